"""When something is looked at again: the table `data/again.toml`, read once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec

from merchants.kyc import markets, modules
from merchants.kyc.checks import GROUPS

DAYS_A_MONTH = 30


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long things wait."""

    quiet_minutes: int
    cooling_hours: int
    reminders_days: tuple[int, ...]
    task_days: int


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    months: dict[str, int]
    pace: Pace
    reopens: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def table() -> Table:
    """The table. Raises ValueError naming what is wrong with it."""
    path = Path(__file__).parent / "data" / "again.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Table)
    except msgspec.DecodeError as error:
        raise ValueError(f"onboarding/data/again.toml: {error}") from error


def check() -> list[str]:
    """What is wrong with the table, a line per fault, for `manage.py check`."""
    try:
        read = table()
    except ValueError as error:
        return [str(error)]
    strange = {group for groups in read.reopens.values() for group in groups} - set(GROUPS)
    return [f"onboarding/data/again.toml: there is no group {one}" for one in sorted(strange)]


def next_look(tier: str, now: datetime, country: str) -> datetime:
    """When a business of a tier is looked at as a whole again: by the table, or sooner where the
    regulatory modules of its country ask for it.
    """
    months = min(table().months[tier], modules.recheck_months(markets.market(country), tier))
    return now + timedelta(days=months * DAYS_A_MONTH)


def cooling() -> timedelta:
    """How long nothing is paid to a changed bank account."""
    return timedelta(hours=table().pace.cooling_hours)


def quiet() -> timedelta:
    """How long a change waits for the next one before it is looked at."""
    return timedelta(minutes=table().pace.quiet_minutes)


def reopened_by(path: str) -> tuple[str, ...]:
    """The groups of checks that a change of one piece re-opens."""
    known = table().reopens
    while path not in known and "." in path:
        path = path.rpartition(".")[0]
    return known.get(path, ())
