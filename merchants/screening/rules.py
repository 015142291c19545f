"""Which lists a party is compared with, and from which score on it is a hit (`data/rules.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import get_args

import msgspec
from django.conf import settings

from acquiring.core import shapes
from merchants.screening.matching.asking import THRESHOLD
from merchants.screening.models import SOURCES
from merchants.screening.party import Party, Role

DATA = Path(__file__).parent / "data"
PER_MILLE = 1000


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: whom it holds for, the lists they are compared with, and why."""

    name: str
    lists: tuple[str, ...]
    source: str
    modes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def holds_for(self, party: Party) -> bool:
        """Whether the party falls under this rule."""
        if (self.modes and party.mode not in self.modes) or (
            self.roles and party.role not in self.roles
        ):
            return False
        everybody = not self.currencies and not self.countries
        touched = {*self.currencies} & {*party.currencies} or {*self.countries} & {*party.countries}
        return everybody or bool(touched)


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    rules: tuple[Rule, ...]
    thresholds: dict[str, int]
    days: dict[str, int]


shapes.prepare(Rules)


@lru_cache(maxsize=1)
def table() -> Rules:
    """The rules as they were shipped."""
    return msgspec.convert(tomllib.loads((DATA / "rules.toml").read_text("utf-8")), Rules)


def lists_for(party: Party) -> tuple[str, ...]:
    """The lists a party must be compared with, in their order; where things are only tried, the
    test list stands for those that the rules ask for.
    """
    if settings.SCREENING_REHEARSAL:
        return ("test", *(source for source in SOURCES if source in settings.SCREENING_LISTS))
    wanted = {one for rule in table().rules if rule.holds_for(party) for one in rule.lists}
    if party.mode == "live":
        wanted.update(settings.SCREENING_LISTS)
    return tuple(source for source in SOURCES if source in wanted)


def threshold(role: str) -> float:
    """The least score of a hit, from 0 to 1."""
    return table().thresholds[role] / PER_MILLE


def interval(role: str) -> timedelta:
    """After how long a party of this role is looked at again."""
    return timedelta(days=table().days[role])


def check() -> Iterator[str]:
    """A line for each fault of the tables and settings; see core.checks."""
    roles = set(get_args(Role))
    for source in (*settings.SCREENING_LISTS, *settings.SCREENING_DOWNLOADS, *_named()):
        if source not in SOURCES:
            yield f"screening: there is no list {source!r}"
    for name, given in (("thresholds", table().thresholds), ("days", table().days)):
        if set(given) != roles:
            yield f"screening/data/rules.toml: {name} are of {sorted(roles)}, not {sorted(given)}"
    if min(table().thresholds.values()) < THRESHOLD * PER_MILLE - 1:
        yield "screening/data/rules.toml: a threshold is below that of the matching"


def _named() -> Iterable[str]:
    return (source for rule in table().rules for source in rule.lists)
