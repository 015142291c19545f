"""How long the delivery log is kept; its tries go with their partitions."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from acquiring.core import clock, ids

KEPT = timedelta(days=90)
BATCH = 5000


def drop_expired() -> int:
    """Drop finished deliveries older than 90 days; returns how many. Short transactions only."""
    before = ids.first_at(clock.now() - KEPT)
    dropped = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "DELETE FROM webhooks_delivery WHERE (merchant_id, id) IN ("
                " SELECT merchant_id, id FROM webhooks_delivery"
                " WHERE status <> 'pending' AND id < %s LIMIT %s)",
                [before, BATCH],
            )
            dropped += cursor.rowcount
            if cursor.rowcount < BATCH:
                return dropped
