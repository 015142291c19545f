"""Reading the sealed chains: everything that happened is looked at once, in order.

Like the fan-out of webhooks: the number up to which a chain was read moves in the transaction that
writes what people are told, so a worker that dies here leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import connection, transaction

from acquiring.core import chain, clock
from acquiring.core.models import PLATFORM, AuditEntry, Event
from acquiring.notices import happenings
from acquiring.notices.happenings import Happened
from acquiring.notices.models import Reading

BATCH = 500
FRESH = timedelta(days=7)  # what is older is history: nobody is told of it

log = structlog.get_logger("acquiring.notices")


class Source(NamedTuple):
    """A chain, its rows of certain types since a number, and what is made of them together."""

    chain: chain.Chain
    rows: Callable[[UUID, int, int], Iterable[Happened]]
    together: Callable[[UUID, list[Happened]], None]


def read_everything() -> int:
    """Read every chain to its end; returns how many rows were of interest."""
    return sum(_read(source, one) for source in SOURCES for one in _behind(source.chain))


def _read(source: Source, merchant_id: UUID) -> int:
    total = 0
    while True:
        found, more = _one_batch(source, merchant_id)
        total += found
        if not more:
            return total


@transaction.atomic
def _one_batch(source: Source, merchant_id: UUID) -> tuple[int, bool]:
    """Read the next numbers; whoever finds another at it leaves it be."""
    name = source.chain.name
    Reading.objects.bulk_create(
        [Reading(merchant_id=merchant_id, chain=name)], ignore_conflicts=True
    )
    place = (
        Reading.objects.select_for_update(skip_locked=True)
        .filter(merchant_id=merchant_id, chain=name)
        .first()
    )
    end = chain.head_of(source.chain, merchant_id).sequence
    if place is None or place.last_sequence >= end:
        return 0, False
    until = min(place.last_sequence + BATCH, end)
    since = clock.now() - FRESH
    rows = [one for one in source.rows(merchant_id, place.last_sequence, until) if one.at >= since]
    for one in rows:
        if one.type not in happenings.TOLD:
            continue  # looked at together below: no savepoint for what tells nobody
        _apart(partial(happenings.one, one))
    _apart(partial(source.together, merchant_id, rows))
    Reading.objects.filter(merchant_id=merchant_id, chain=name).update(last_sequence=until)
    return len(rows), until < end


def _apart(step: Callable[[], None]) -> None:
    """One row's trouble must not keep a merchant's other news waiting for ever."""
    try:
        with transaction.atomic():
            step()
    except Exception:
        log.exception("could not tell")


def _behind(one: chain.Chain, limit: int = 1000) -> list[UUID]:
    """Merchants whose chain was not read to its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT head.merchant_id FROM core_chain AS head
            LEFT JOIN notices_reading AS place
              ON place.merchant_id = head.merchant_id AND place.chain = head.name
            WHERE head.name = %s AND head.sequence > coalesce(place.last_sequence, 0)
              AND head.merchant_id <> %s
            LIMIT %s
            """,
            [one.name, PLATFORM, limit],
        )
        return [merchant_id for (merchant_id,) in cursor.fetchall()]


def _events(merchant_id: UUID, after: int, until: int) -> Iterable[Happened]:
    found = Event.objects.filter(
        merchant_id=merchant_id,
        sequence__gt=after,
        sequence__lte=until,
        type__in=happenings.EVENTS,
    ).order_by("sequence")
    # A payment as it was drawn is large, and what is needed of it is read afresh.
    whole = {
        one.id: one.payload
        for one in found.filter(type__in=happenings.WITH_PAYLOAD).only("id", "payload")
    }
    for id, type, subject, at in found.values_list("id", "type", "subject", "created_at"):
        yield Happened(merchant_id, id, type, subject, whole.get(id, {}), "system", at)


def _changes(merchant_id: UUID, after: int, until: int) -> Iterable[Happened]:
    found = AuditEntry.objects.filter(
        merchant_id=merchant_id,
        sequence__gt=after,
        sequence__lte=until,
        action__in=happenings.CHANGES,
    ).order_by("sequence")
    rows = list(found)
    successors = {one.changes.get("successor") for one in rows}
    for one in rows:
        if one.action == "api_key.created" and one.subject in successors:
            continue  # it is told of as the rotation it was part of
        yield Happened(
            merchant_id, one.id, one.action, one.subject, one.changes, one.actor, one.created_at
        )


SOURCES = (
    Source(chain.EVENTS, _events, happenings.events_together),
    Source(chain.AUDIT, _changes, lambda merchant_id, rows: None),
)
