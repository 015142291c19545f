"""When captured money becomes available: by day of the merchant's zone."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

_BY_DAY = """
    SELECT currency, (available_at AT TIME ZONE %s)::date AS day,
           sum(amount - fee)::bigint, count(*)
    FROM payments_capture
    WHERE merchant_id = %s AND released_at IS NULL AND status = 'succeeded'
          AND available_at IS NOT NULL
    GROUP BY currency, day ORDER BY day, currency
"""


class Release(NamedTuple):
    """What becomes available on a day: minor units of a currency, after our fees."""

    currency: str
    day: date
    amount: int
    captures: int


def releases(merchant_id: UUID, zone: str) -> list[Release]:
    """What is pending, by the day it becomes available, the next day first. One read."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, [zone, merchant_id])
        return [Release(*row) for row in cursor.fetchall()]
