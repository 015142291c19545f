"""Posting, sealing, snapshots and the daily root."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction

from acquiring.core import clock
from acquiring.ledger import chain, queries
from acquiring.ledger.journals import Leg
from acquiring.ledger.models import DailyRoot, Snapshot, Transfer

SNAPSHOT_EVERY = 1000  # sealed transfers of a merchant between two snapshots


def post(legs: Iterable[Leg]) -> None:
    """Write transfers in the current transaction. Raises IntegrityError for a journal known."""
    Transfer.objects.bulk_create(
        Transfer(**{name: getattr(leg, name) for name in leg.__struct_fields__}) for leg in legs
    )


def snapshot() -> int:
    """Close balances of merchants whose tail of sealed transfers has grown long; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.merchant_id, h.sequence FROM core_chain h WHERE h.name = %s AND h.sequence -"
            " coalesce((SELECT max(s.sequence) FROM ledger_snapshot s"
            "  WHERE s.merchant_id = h.merchant_id), 0) >= %s LIMIT 100",
            [chain.CHAIN.name, SNAPSHOT_EVERY],
        )
        due = cursor.fetchall()
    for merchant_id, sequence in due:
        _close(merchant_id, sequence)
    return len(due)


@transaction.atomic
def _close(merchant_id: UUID, sequence: int) -> None:
    balances = queries.balances_at(merchant_id, sequence)
    now = clock.now()
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                merchant_id=merchant_id,
                account=account,
                currency=currency,
                sequence=sequence,
                amount=amount,
                created_at=now,
            )
            for (account, currency), amount in sorted(balances.items())
        ],
        ignore_conflicts=True,
    )


def publish_roots(today: date | None = None) -> DailyRoot | None:
    """Publish yesterday's Merkle root if it is not published yet, and all its transfers sealed."""
    day = (today or clock.now().date()) - timedelta(days=1)
    if DailyRoot.objects.filter(day=day).exists():
        return None
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    if Transfer.objects.filter(sequence=None, created_at__lt=end).exists():
        return None
    rows = leaves(end)
    before = DailyRoot.objects.filter(day__lt=day).order_by("-day").first()
    previous = bytes(before.root) if before else bytes(32)
    return DailyRoot.objects.create(
        day=day,
        root=merkle_root([leaf for leaf, _ in rows]),
        previous=previous,
        leaves=len(rows),
        transfers=sum(sequence for _, sequence in rows),
        created_at=clock.now(),
    )


def leaves(end: datetime) -> list[tuple[bytes, int]]:
    """Per merchant: a hash over where its chain stood at that moment, and how long it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (merchant_id) merchant_id, sequence, hash FROM ledger_transfer"
            " WHERE sequence IS NOT NULL AND created_at < %s"
            " ORDER BY merchant_id, sequence DESC",
            [end],
        )
        rows = cursor.fetchall()
    return [
        (hashlib.sha256(merchant_id.bytes + b"%d" % sequence + bytes(digest)).digest(), sequence)
        for merchant_id, sequence, digest in rows
    ]


def merkle_root(leaves: list[bytes]) -> bytes:
    """The root of a binary hash tree; an odd node is carried up as it is (RFC 6962 prefixes)."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return level[0]
