"""The question to an index and its answer. Apart from the index, whose libraries are heavy: whoever
asks by way of `indexes` loads them with the first question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from merchants.screening.entries import Entry
from merchants.screening.matching.evidence import Fact, Facts

if TYPE_CHECKING:
    from merchants.screening.matching.scoring import Score

THRESHOLD = 0.68  # from here on two names are a hit


class Hit(NamedTuple):
    """An entry that may be who was asked about, and why."""

    source: str
    entry: Entry
    value: float
    score: Score
    facts: tuple[Fact, ...]


class Asked(NamedTuple):
    """Who is asked about: the names as written, whether a person (None = unknown), and facts."""

    names: tuple[str, ...]
    person: bool | None
    facts: Facts = Facts()
    family: str = ""
    given: str = ""
