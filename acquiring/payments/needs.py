"""What of a merchant's payments waits for a person: bounded looks, however many payments there are.

Each kind is counted to MOST; what is counted is what was made first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from acquiring.payments import states

MOST = 500

# The partial unique index on open attempts and the index on the status carry these.
_WAITING = """
    SELECT 'unknown' AS kind, currency, count(*), sum(amount)::bigint, min(next_inquiry_at),
           (array_agg(payment_id))[1]
    FROM (SELECT currency, amount, next_inquiry_at, payment_id FROM payments_attempt
          WHERE merchant_id = %(merchant)s AND status = ANY(%(open)s) AND status = 'unknown'
          LIMIT %(most)s) AS doubt
    GROUP BY currency
    UNION ALL
    SELECT 'capture', currency, count(*), sum(amount_authorized - amount_captured)::bigint,
           min(expires_at), (array_agg(id ORDER BY expires_at))[1]
    FROM (SELECT id, currency, amount_authorized, amount_captured, expires_at
          FROM payments_payment WHERE merchant_id = %(merchant)s AND status = 'authorized'
          ORDER BY id LIMIT %(most)s) AS held
    GROUP BY currency
    UNION ALL
    SELECT 'attention', currency, count(*), sum(amount)::bigint, NULL, (array_agg(id))[1]
    FROM (SELECT id, currency, amount FROM payments_payment
          WHERE merchant_id = %(merchant)s AND attention <> '' LIMIT %(most)s) AS odd
    GROUP BY currency
"""


class Waiting(NamedTuple):
    """Payments of one currency that wait for the same reason; `amount` is in its minor units.

    `kind`: unknown (we ask again at `due`), capture (the authorization ends at `due`), attention.
    `first` is one of the payments: the most urgent where there is a `due`.
    """

    kind: str
    currency: str
    payments: int
    amount: int
    due: datetime | None
    first: UUID


def waiting(merchant_id: UUID) -> list[Waiting]:
    """What waits, by kind and currency. One read."""
    values: dict[str, Any] = {
        "merchant": merchant_id,
        "open": sorted(states.OPEN_ATTEMPT),
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, values)
        return [Waiting(*row) for row in cursor.fetchall()]
