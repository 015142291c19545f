"""How long notices and the log of letters are kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection

from acquiring.core import clock, ids

KEPT = {
    "notices_notice": (timedelta(days=180), "TRUE"),
    "notices_letter": (timedelta(days=30), "status <> 'pending'"),
}
BATCH = 5000


def drop_expired() -> int:
    """Drop notices older than 180 days and finished letters older than 30; returns how many."""
    return sum(
        _drop(table, ids.first_at(clock.now() - age), condition)
        for table, (age, condition) in KEPT.items()
    )


def _drop(table: str, before: UUID, condition: str) -> int:
    dropped = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"DELETE FROM {table} WHERE (merchant_id, id) IN ("  # noqa: S608 (our own texts)
                f" SELECT merchant_id, id FROM {table} WHERE {condition} AND id < %s LIMIT %s)",
                [before, BATCH],
            )
            dropped += cursor.rowcount
            if cursor.rowcount < BATCH:
                return dropped
