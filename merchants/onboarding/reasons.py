"""Why a person decided, as data: `data/reasons.toml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

PATH = Path(__file__).parent / "data" / "reasons.toml"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`told` is for the merchant, `words` for colleagues; a `silent` one tells nothing of why."""

    told: str
    words: str
    silent: bool = False


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All reasons: of one paper, of a question, of an approval and of a refusal."""

    papers: dict[str, Reason]
    ask: dict[str, Reason]
    approve: dict[str, Reason]
    refuse: dict[str, Reason]


@lru_cache(maxsize=1)
def table() -> Table:
    """Every reason. Raises ValueError naming what is wrong with the file."""
    try:
        return msgspec.toml.decode(PATH.read_bytes(), type=Table)
    except msgspec.DecodeError as error:
        raise ValueError(f"onboarding/data/reasons.toml: {error}") from error


def of_paper(reason: str) -> str:
    """What the merchant reads about a refused paper: a known key's words, or the words given."""
    known = table().papers.get(reason)
    return known.told if known else reason.strip()
