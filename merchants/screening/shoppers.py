"""Payers, compared with the lists where a rule says so (`data/shoppers.toml`).

It lies on the payment path. Whether a rule asks is a look into a table; only then are the lists of
this process asked. Who resembles nobody leaves no row; who does is remembered, and becomes a case
whose decision holds for the same payer's next payment. Merchants and shoppers never learn more than
that a payer was not cleared.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
import structlog
from django.db import DatabaseError

from acquiring.core import shapes
from merchants.screening import indexes, services
from merchants.screening.models import Hit
from merchants.screening.party import Party, digest
from merchants.screening.rules import DATA

log = structlog.get_logger("merchants.screening")
Outcome = Literal["clear", "hold", "block", "not_made", "unnamed"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: which payments' payers are asked about, and what follows."""

    name: str
    source: str
    hit: Literal["hold", "block"]
    away: Literal["hold", "allow"]
    unnamed: Literal["ask", "allow"]
    mccs: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    above_dollars: int = 0


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    wait_seconds: float
    rules: tuple[Rule, ...]


class Payment(NamedTuple):
    """What a rule may look at. `dollars` is asked only where a rule names an amount."""

    mcc: str
    tier: str
    kind: str
    countries: frozenset[str]
    dollars: Callable[[], int]


shapes.prepare(Table)


@lru_cache(maxsize=1)
def table() -> Table:
    """The rules as they were shipped."""
    return msgspec.convert(tomllib.loads((DATA / "shoppers.toml").read_text("utf-8")), Table)


def rule_for(payment: Payment, rules: tuple[Rule, ...] | None = None) -> Rule | None:
    """The rule that asks about this payment's payer, if any."""
    for rule in table().rules if rules is None else rules:
        if (
            (not rule.mccs or payment.mcc in rule.mccs)
            and (not rule.tiers or payment.tier in rule.tiers)
            and (not rule.kinds or payment.kind in rule.kinds)
            and (not rule.countries or not rule.countries.isdisjoint(payment.countries))
            and (not rule.above_dollars or payment.dollars() >= rule.above_dollars)
        ):
            return rule
    return None


def look(rule: Rule, payer: Party, merchant_id: UUID) -> Outcome:
    """Compare a payer with the lists, and say what becomes of the payment.

    `payer` has the role shopper and no `ref`: it is remembered by merchant and by what is compared.
    """
    ref = f"shopper:{merchant_id.hex}:{digest(payer)[:32]}"
    try:
        known = services.screen_in_passing(
            msgspec.structs.replace(payer, ref=ref), table().wait_seconds
        )
    except (DatabaseError, OSError, indexes.Busy) as error:
        log.warning("payer_not_screened", rule=rule.name, error=type(error).__name__)
        return _away(rule)
    if any(row.state == Hit.State.CONFIRMED for row in known.cases):
        return "block"
    if known.decision == "hit":
        return rule.hit
    return _away(rule) if known.decision == "stale" else "clear"


def check() -> Iterator[str]:
    """A line for each fault of the table; see core.checks."""
    for rule in table().rules:
        if not (rule.mccs or rule.tiers or rule.kinds or rule.countries or rule.above_dollars):
            yield f"screening/data/shoppers.toml: {rule.name} asks about everybody"


def _away(rule: Rule) -> Outcome:
    return "hold" if rule.away == "hold" else "not_made"
