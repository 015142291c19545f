"""Countries as the Financial Action Task Force judges them, from `data/fatf.toml`."""

from __future__ import annotations

import datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from merchants.kyc.checks.records import Seen


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the two public lists and when they were decided."""

    published: datetime.date
    source: str
    call_for_action: tuple[str, ...]
    increased_monitoring: tuple[str, ...]


@lru_cache(maxsize=1)
def listing() -> Listing:
    """The lists of the file."""
    path = Path(__file__).parent.parent / "data" / "fatf.toml"
    return msgspec.toml.decode(path.read_bytes(), type=Listing)


def standing(country: str) -> str:
    """`call_for_action`, `increased_monitoring` or `none`."""
    if country in listing().call_for_action:
        return "call_for_action"
    return "increased_monitoring" if country in listing().increased_monitoring else "none"


def seen(path: str, country: str) -> Seen:
    """What the lists say of the country at a path."""
    said, day = standing(country), listing().published
    words = f"{country}: {said.replace('_', ' ')} on the FATF's lists of {day}."
    return Seen(path, said, words, {"country": country, "published": str(day)})
