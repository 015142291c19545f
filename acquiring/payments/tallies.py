"""How much waits: counts that stop counting, so that they cost the same however much there is."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

COUNTED = 100  # "99+" beyond

_WAITING = """
    SELECT (SELECT count(*) FROM (SELECT FROM payments_payment WHERE merchant_id = %(merchant)s
                AND status = 'authorized' LIMIT %(most)s) AS held),
           (SELECT count(*) FROM (SELECT FROM payments_attempt WHERE merchant_id = %(merchant)s
                AND status IN ('new', 'sent', 'action', 'pending', 'unknown')
                AND status = 'unknown' LIMIT %(most)s) AS doubtful)
"""


def waiting(merchant_id: UUID) -> dict[str, int]:
    """Payments to capture (`authorized`) and tries without an outcome (`unknown`), to COUNTED."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"merchant": merchant_id, "most": COUNTED})
        held, doubtful = cursor.fetchone()
    return {"authorized": held, "unknown": doubtful}
