"""The scenarios of `scenarios.toml`, and how an amount chooses one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

DECLINE = "decline:"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one payment will go through; the fields are explained in `scenarios.toml`."""

    name: str
    meaning: str
    amount: int = 0
    result: Literal["approve", "decline", "pending"] = "approve"
    authentication: Literal["", "frictionless", "challenge", "failed"] = ""
    later: Literal["", "approve", "decline", "expire", "dispute"] = ""
    after_seconds: int = 0
    decline: str = ""
    answer: Literal["", "timeout", "timeout_uncharged", "error_after_charge"] = ""
    webhooks: Literal["", "twice", "late", "reordered", "forged", "never"] = ""
    capture: Literal["", "fail"] = ""
    refund: Literal["", "fail", "pending"] = ""


@lru_cache(maxsize=1)
def scenarios() -> dict[str, Scenario]:
    """Every scenario by name; a decline's name is `decline:<unified code>`."""
    rows = _table()
    amounts = rows.pop("decline")["amounts"]
    del rows["settlement"]
    declines = [_declined(code, int(amount)) for amount, code in amounts.items()]
    return {name: Scenario(name, **row) for name, row in rows.items()} | {
        scenario.name: scenario for scenario in declines
    }


def spoilings() -> dict[str, str]:
    """What can be wrong in the statements of a settlement day: names and their meanings."""
    return {name: str(row["meaning"]) for name, row in _table()["settlement"].items()}


def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "scenarios.toml").read_text("utf-8"))


def named(name: str) -> Scenario:
    """A scenario by its name; `decline:<code>` exists for every code. Raises KeyError."""
    known = scenarios().get(name)
    if known is None and name.startswith(DECLINE):
        return _declined(name.removeprefix(DECLINE))
    return scenarios()[name] if known is None else known


def by_amount(amount: int) -> Scenario:
    """The scenario an amount in minor units chooses: `approve` for nearly all of them."""
    return _by_amount().get(amount % 10_000, scenarios()["approve"])


@lru_cache(maxsize=1)
def _by_amount() -> dict[int, Scenario]:
    return {one.amount: one for one in scenarios().values() if one.amount}


def _declined(code: str, amount: int = 0) -> Scenario:
    return Scenario(f"{DECLINE}{code}", "Declined.", amount=amount, result="decline", decline=code)
