"""How an address is written in each country: which parts it has, and what a postal code is."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from acquiring.core import shapes

HERE = Path(__file__).parent
Part = Literal["city", "region", "postal_code"]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One country's. `asked` are the parts every address there has beside the street;
    `postal_code` is a pattern, empty where there are no codes; `region` and `code` their names.
    """

    asked: tuple[Part, ...] = ("city",)
    postal_code: str = ""
    example: str = ""
    region: str = "Province or region"
    code: str = "Postal code"


shapes.prepare(dict[str, Form])


@lru_cache(maxsize=1)
def forms() -> dict[str, Form]:
    """Every country whose way is known, by code."""
    text = (HERE / "data" / "addresses.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, Form])


def form(country: str) -> Form:
    """How an address is written there."""
    return forms().get(country, Form())


def postal_code_problem(country: str, text: str) -> str | None:
    """What is wrong with a postal code; None when it is right, or when there is none to check."""
    row = form(country)
    if not row.postal_code or re.fullmatch(row.postal_code, text.strip().upper()):
        return None
    return f"This is no {row.code.lower()} of that country: it looks like {row.example}."
