"""Where the money of a payment went, from the ledger alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from acquiring.core import ids
from acquiring.ledger.models import Transfer
from acquiring.portal import tables
from acquiring.portal.payments import words

KINDS = ("pending", "available", "reserve", "dispute")


class Part(NamedTuple):
    """What one kind of transfer did to the merchant's money, in minor units."""

    title: Any
    amount: int
    times: int


class Breakdown(NamedTuple):
    """The parts, and what they leave the merchant with."""

    parts: list[Part]
    kept: int
    currency: str
    transfers: list[Transfer]


def of(merchant_id: UUID, currency: str, transfers: list[Transfer]) -> Breakdown:
    """Sum a payment's transfers as the merchant feels them; those between their own accounts
    change nothing and are left out."""
    prefix = f"merchant:{ids.show('mer', merchant_id)}:"
    sums: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for row in reversed(transfers):
        change = row.amount * (_own(row.target, prefix) - _own(row.source, prefix))
        if change:
            sums[row.reason] += change
            counts[row.reason] += 1
    parts = [
        Part(words.REASONS.get(reason, tables.plain(reason)), amount, counts[reason])
        for reason, amount in sums.items()
    ]
    return Breakdown(parts, sum(sums.values()), currency, transfers)


def _own(account: str, prefix: str) -> bool:
    """Whether it is the merchant's money, not the surplus that is owed to the shopper."""
    return account.startswith(prefix) and account.removeprefix(prefix).split(":")[0] in KINDS
