"""Counting payments into the statistics, a little at a time.

A payment counts on the day it was made, by the clock of the merchant's time zone; what happens to
it later (a capture, a refund) changes what that day counts. Sealed events tell which payments
changed: their numbers have no gaps, so none is missed and none needs a time. What each payment was
counted as is kept (`Counted`), and the difference goes into the slices: the cost is that of what
changed, however many payments there are, and the same news twice counts once.

The days of a merchant who moves to another zone are counted anew.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction

from acquiring.core import chain, ids
from acquiring.payments import models
from merchants.models import Merchant

log = structlog.get_logger(__name__)

PAGE = 2_000  # events or payments of one transaction
PAGES = 50  # of one merchant in one run
MERCHANTS = 1_000  # of one run
NOBODY = UUID(int=0)

_BEHIND = """
    SELECT head.merchant_id FROM core_chain AS head
    JOIN merchants_merchant AS merchant ON merchant.id = head.merchant_id
    LEFT JOIN payments_tally AS tally ON tally.merchant_id = head.merchant_id
    WHERE head.name = %s AND (tally.sequence IS NULL OR tally.sequence < head.sequence
          OR tally.built IS NOT NULL OR tally.zone <> merchant.time_zone)
    LIMIT %s
"""
_CHANGED = """
    SELECT sequence, CASE WHEN subject LIKE 'pay\\_%%' THEN subject
                          WHEN subject SIMILAR TO '(cap|ref|voi)\\_%%' THEN payload ->> 'payment'
                     END
    FROM core_event WHERE merchant_id = %s AND sequence > %s ORDER BY sequence LIMIT %s
"""
# A wish that no shopper took up was not tried; one that was called off before a bank agreed
# neither. What a bank agreed to once was paid, whatever became of it.
_FOLD = """
    WITH fresh AS MATERIALIZED (
        SELECT id, (created_at AT TIME ZONE %(zone)s)::date AS day,
               extract(hour FROM created_at AT TIME ZONE %(zone)s)::smallint AS hour,
               currency, coalesce(store_id, %(nobody)s) AS store_id, method, country,
               CASE WHEN amount_authorized = 0 AND (status = 'declined'
                         OR status = 'expired' AND method <> '') THEN decline_code
                    ELSE '' END AS reason,
               (amount_authorized > 0 OR status = 'declined'
                OR status = 'expired' AND method <> '')::int AS tried,
               (amount_authorized > 0)::int AS paid,
               amount_captured AS captured, amount_refunded AS refunded
        FROM payments_payment WHERE merchant_id = %(merchant)s AND id = ANY(%(wanted)s)
    ), old AS MATERIALIZED (
        SELECT id, day, hour, currency, store_id, method, country, reason, tried, paid, captured,
               refunded
        FROM payments_counted WHERE merchant_id = %(merchant)s AND id = ANY(%(wanted)s)
    ), moved AS (
        SELECT 1 AS sign, gained.* FROM (TABLE fresh EXCEPT TABLE old) AS gained
        UNION ALL
        SELECT -1, lost.* FROM (TABLE old EXCEPT TABLE fresh) AS lost
    ), kept AS (
        INSERT INTO payments_counted (merchant_id, id, day, hour, currency, store_id, method,
                                      country, reason, tried, paid, captured, refunded)
        SELECT %(merchant)s, id, day, hour, currency, store_id, method, country, reason, tried,
               paid, captured, refunded
        FROM moved WHERE sign = 1
        ON CONFLICT (merchant_id, id) DO UPDATE SET
            day = excluded.day, hour = excluded.hour, currency = excluded.currency,
            store_id = excluded.store_id, method = excluded.method, country = excluded.country,
            reason = excluded.reason, tried = excluded.tried, paid = excluded.paid,
            captured = excluded.captured, refunded = excluded.refunded
    )
    INSERT INTO payments_statistic AS slice (id, merchant_id, day, currency, store_id, facet,
                                             value, payments, tried, paid, captured, refunded)
    SELECT gen_random_uuid(), %(merchant)s, day, currency, store_id, facet, value, sum(sign),
           sum(sign * tried), sum(sign * paid), sum(sign * captured), sum(sign * refunded)
    FROM moved, LATERAL (VALUES ('day', ''), ('hour', lpad(hour::text, 2, '0')),
         ('method', method), ('country', country), ('reason', reason)) AS cut (facet, value)
    WHERE facet <> 'reason' OR value <> ''
    GROUP BY day, currency, store_id, facet, value
    ON CONFLICT (merchant_id, currency, day, facet, value, store_id) DO UPDATE SET
        payments = slice.payments + excluded.payments, tried = slice.tried + excluded.tried,
        paid = slice.paid + excluded.paid, captured = slice.captured + excluded.captured,
        refunded = slice.refunded + excluded.refunded
"""


def count_everything() -> int:
    """Count what changed, for every merchant; how many merchants had news."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [chain.EVENTS.name, MERCHANTS])
        behind = [merchant_id for (merchant_id,) in cursor.fetchall()]
    for merchant_id in behind:
        try:
            count(merchant_id)
        except DatabaseError:  # one merchant's trouble must not keep the others waiting
            log.exception("could not count payments", merchant=ids.show("mer", merchant_id))
    return len(behind)


def count(merchant_id: UUID) -> None:
    """Count a merchant's changed payments, at most PAGES times PAGE of them."""
    for _ in range(PAGES):
        if not _one_page(merchant_id):
            return


@transaction.atomic
def _one_page(merchant_id: UUID) -> bool:
    """Count a page; False when there is nothing left, or somebody else counts this merchant."""
    zone = Merchant.objects.values_list("time_zone", flat=True).get(id=merchant_id)
    tallies = models.Tally.objects.filter(merchant_id=merchant_id)
    if not tallies.exists():
        fresh = models.Tally(merchant_id=merchant_id, sequence=0, zone="")
        models.Tally.objects.bulk_create([fresh], ignore_conflicts=True)
    tally = tallies.select_for_update(skip_locked=True).first()
    if tally is None:
        return False
    if tally.zone != zone:
        _begin_anew(tally, zone)
    wanted, more = _rest(tally) if tally.built is not None else _changed(tally)
    if wanted:
        _fold(merchant_id, zone, wanted)
    tallies.update(sequence=tally.sequence, zone=tally.zone, built=tally.built)
    return more


def _fold(merchant_id: UUID, zone: str, wanted: list[UUID]) -> None:
    """Put into the slices what these payments count for beyond what they were counted as."""
    values: dict[str, Any] = {
        "merchant": merchant_id,
        "zone": zone,
        "wanted": wanted,
        "nobody": NOBODY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, values)


def _begin_anew(tally: models.Tally, zone: str) -> None:
    """Forget all and count from the first payment; what changes meanwhile comes by its event."""
    for table in (models.Statistic, models.Counted):
        rows = table.objects.filter(merchant_id=tally.merchant_id)
        rows._raw_delete(rows.db)
    tally.zone, tally.built = zone, NOBODY
    tally.sequence = chain.head_of(chain.EVENTS, tally.merchant_id).sequence


def _rest(tally: models.Tally) -> tuple[list[UUID], bool]:
    """The next payments of the first count."""
    rows = models.Payment.objects.filter(merchant_id=tally.merchant_id, id__gt=tally.built)
    wanted = list(rows.order_by("id").values_list("id", flat=True)[:PAGE])
    tally.built = wanted[-1] if len(wanted) == PAGE else None
    return wanted, True


def _changed(tally: models.Tally) -> tuple[list[UUID], bool]:
    """The payments that the next events are about."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [tally.merchant_id, tally.sequence, PAGE])
        events = cursor.fetchall()
    if events:
        tally.sequence = events[-1][0]
    shown = {payment for _, payment in events if payment}
    return [ids.read("pay", payment) for payment in shown], len(events) == PAGE
