"""Is the ledger whole? Chains are recomputed, sums must be zero, published roots must hold."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from acquiring.core import chain as chains
from acquiring.core import clock, ids
from acquiring.ledger import queries, services
from acquiring.ledger.chain import CHAIN
from acquiring.ledger.models import DailyRoot, Snapshot, Transfer, Verification

EVERY = timedelta(days=1)
AT_ONCE = 5

_DUE = """
    SELECT head.merchant_id, head.sequence FROM core_chain AS head
    LEFT JOIN ledger_verification AS last ON last.merchant_id = head.merchant_id
    WHERE head.name = %s AND (last.verified_at IS NULL OR last.verified_at < %s)
    ORDER BY last.verified_at NULLS FIRST LIMIT %s
"""


class Report(NamedTuple):
    """What was looked at, and every fault in words (the first of each merchant)."""

    merchants: int
    transfers: int
    roots: int
    faults: list[str]


def verify(merchants: list[UUID] | None = None) -> Report:
    """Verify some merchants' books, or all of them and the daily roots."""
    everyone = merchants if merchants is not None else _merchants()
    faults = [fault for merchant_id in everyone for fault in _merchant(merchant_id)]
    roots = 0
    if merchants is None:
        found = list(DailyRoot.objects.order_by("day"))
        faults += _roots(found)
        roots = len(found)
    count = Transfer.objects.filter(merchant_id__in=everyone).count()
    return Report(len(everyone), count, roots, faults)


def verify_due() -> int:
    """Verify merchants whose last look is a day old, the oldest first; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [CHAIN.name, clock.now() - EVERY, AT_ONCE])
        due = cursor.fetchall()
    for merchant_id, sequence in due:
        faults = _merchant(merchant_id)
        Verification.objects.bulk_create(
            [
                Verification(
                    merchant_id=merchant_id,
                    sequence=sequence,
                    fault=faults[0] if faults else "",
                    verified_at=clock.now(),
                )
            ],
            update_conflicts=True,
            unique_fields=["merchant_id"],
            update_fields=["sequence", "fault", "verified_at"],
        )
    return len(due)


def _merchants() -> list[UUID]:
    return list(Transfer.objects.values_list("merchant_id", flat=True).distinct())


def _merchant(merchant_id: UUID) -> list[str]:
    shown = ids.show("mer", merchant_id)
    fault = chains.verify(CHAIN, merchant_id)
    if fault:
        return [f"{shown}: {fault.message}"]
    faults = [
        f"{shown}: the accounts in {currency} add up to {total}, not 0."
        for currency, total in queries.totals(merchant_id).items()
        if total
    ]
    return faults + [f"{shown}: {fault}" for fault in _snapshots(merchant_id)]


def _snapshots(merchant_id: UUID) -> list[str]:
    """The last snapshot must be what the transfers say, summed from the beginning."""
    last = Snapshot.objects.filter(merchant_id=merchant_id).order_by("-sequence").first()
    if last is None:
        return []
    summed = queries.summed_to(merchant_id, last.sequence)
    rows = Snapshot.objects.filter(merchant_id=merchant_id, sequence=last.sequence)
    return [
        f"snapshot {last.sequence} says {row.amount} for {row.account}."
        for row in rows
        if summed.get((row.account, row.currency), 0) != row.amount
    ]


def _roots(found: list[DailyRoot]) -> list[str]:
    faults = []
    previous = bytes(32)
    for row in found:
        end = datetime.combine(row.day + timedelta(days=1), time(), UTC)
        leaves = [leaf for leaf, _ in services.leaves(end)]
        if bytes(row.previous) != previous or bytes(row.root) != services.merkle_root(leaves):
            faults.append(f"the root published for {row.day} is not what the transfers give.")
        previous = bytes(row.root)
    return faults
