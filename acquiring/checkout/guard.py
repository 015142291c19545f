"""The defence against trying out stolen cards: so many tries an hour from one address.

A session has its own limit (`tries.MOST_TRIES`); this one holds across the sessions of a merchant,
since whoever tries out cards opens a new session for every few. It is counted in the database, in
one statement, so it holds whichever web process is asked. The hour is the wall clock's: an address
that used up its tries waits for the next hour at most. Ways to pay without a card stay open.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from acquiring.checkout.models import CardTries
from acquiring.core import clock, ids
from acquiring.vault import services as vault

MOST_CARDS = 30  # an hour from one address: offices and mobile networks share one
KEPT = timedelta(hours=24)
_COUNT = """
    INSERT INTO checkout_cardtries AS row (id, merchant_id, address, hour, tries)
    VALUES (%s, %s, %s, %s, 1)
    ON CONFLICT (merchant_id, hour, address) DO UPDATE SET tries = row.tries + 1
    RETURNING tries
"""


def too_many(merchant_id: UUID, address: str) -> bool:
    """Count a try with a card, and whether it is one too many; no address is never too many."""
    if not address:
        return False
    now = clock.now()
    tries = _counted(merchant_id, address, now.replace(minute=0, second=0, microsecond=0))
    if tries == 1:
        old = CardTries.objects.filter(merchant_id=merchant_id, hour__lt=now - KEPT)
        old.delete()
    return tries > MOST_CARDS


def _counted(merchant_id: UUID, address: str, hour: datetime) -> int:
    """The hour's tries from the address, this one among them."""
    digest = vault.fingerprint(merchant_id, f"address {address}")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [ids.new(), merchant_id, digest, hour])
        return int(cursor.fetchone()[0])
