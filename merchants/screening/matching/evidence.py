"""What is known beside the names: birth dates, countries and identifiers raise or lower a score.

They never make a hit of strangers: only an identifier that is the same does, since a passport or a
register gives a number once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from merchants.screening.entries import Born, Entry

SAME_IDENTIFIER = 0.97  # the least score of who has the same number
SAME_DAY, SAME_YEAR, OTHER_YEAR, FAR_YEAR = 0.10, 0.05, -0.12, -0.25
SAME_COUNTRY, OTHER_COUNTRY = 0.04, -0.04
MOST = SAME_DAY + SAME_COUNTRY  # what facts other than identifiers can add
SLACK_YEARS, CIRCA_YEARS, FAR_YEARS = 1, 3, 8
# Numbers that are unique by themselves; of the others the country must agree as well, where known.
SHORTEST_NUMBER = 5
_SEPARATORS = re.compile(r"[^0-9A-Z]")


class Fact(NamedTuple):
    """One reason beside the names: what was compared and by how much it moved the score."""

    what: str
    ours: str
    theirs: str
    change: float


class Facts(NamedTuple):
    """What is known of who is screened. Dates are ISO 8601 (or a year), countries alpha-2 codes."""

    birth_date: str = ""
    countries: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()  # (number, country or "")


def weigh(value: float, facts: Facts, entry: Entry) -> tuple[float, tuple[Fact, ...]]:
    """The score with what else is known, from 0 to 1, and each reason for its change."""
    found = [
        fact
        for fact in (_birth(facts.birth_date, entry.born), _country(facts.countries, entry))
        if fact is not None
    ]
    changed = value + sum(fact.change for fact in found)
    if (number := _identifier(facts, entry)) is not None:
        raised = max(changed, SAME_IDENTIFIER)
        found.append(Fact("identifier", number, number, round(raised - changed, 4)))
        changed = raised
    return round(max(0.0, min(changed, 1.0)), 4), tuple(found)


def plain_number(number: str) -> str:
    """A number without what people put between its characters; empty when too short to tell."""
    bare = _SEPARATORS.sub("", number.upper())
    return bare if len(bare) >= SHORTEST_NUMBER and any(one.isdigit() for one in bare) else ""


def _identifier(facts: Facts, entry: Entry) -> str | None:
    listed = {plain_number(one.number): one.country for one in entry.identifiers}
    listed.pop("", None)
    for number, country in facts.identifiers:
        bare = plain_number(number)
        if bare in listed and (not country or not listed[bare] or country == listed[bare]):
            return number
    return None


def _birth(birth_date: str, listed: tuple[Born, ...]) -> Fact | None:
    if not birth_date or not listed:
        return None
    best = max(listed, key=lambda born: _birth_change(birth_date, born))
    return Fact("birth date", birth_date, best.shown, _birth_change(birth_date, best))


def _birth_change(birth_date: str, born: Born) -> float:
    if len(birth_date) > 4 and birth_date == born.on:
        return SAME_DAY
    year = int(birth_date[:4])
    slack = CIRCA_YEARS if born.circa else 0
    away = max(born.first - slack - year, year - born.last - slack, 0)
    if away == 0:
        return SAME_YEAR
    if away <= SLACK_YEARS:
        return 0.0
    return FAR_YEAR if away > FAR_YEARS else OTHER_YEAR


def _country(countries: tuple[str, ...], entry: Entry) -> Fact | None:
    listed = {*entry.countries, *entry.nationalities}
    if not countries or not listed:
        return None
    same = bool(listed & set(countries))
    change = SAME_COUNTRY if same else OTHER_COUNTRY
    return Fact("country", " ".join(countries), " ".join(sorted(listed)), change)
