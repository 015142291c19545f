"""One tree of errors: a `Problem` names a row of `data/problems.toml`.

The row fixes the type, the HTTP status and the advice; the raiser adds which field and which rule.
A decline is no problem: the payment is answered, with its `decline_code`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any


class Problem(Exception):  # noqa: N818 (the house's word for it)
    """A refusal with a code of the table. `facts` travel as headers or details, never secrets."""

    def __init__(
        self, code: str, message: str | None = None, param: str | None = None, **facts: Any
    ) -> None:
        row = problems()[code]
        self.code = code
        self.type: str = row["type"]
        self.status: int = row["status"]
        self.message: str = message or row["message"]
        self.param = param
        self.facts = facts
        super().__init__(self.message)


@lru_cache(maxsize=1)
def problems() -> dict[str, dict]:
    """Every code with its type, status, default message and advice."""
    return tomllib.loads((Path(__file__).parent / "data" / "problems.toml").read_text("utf-8"))
