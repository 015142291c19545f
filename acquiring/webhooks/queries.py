"""Reads. The merchant comes first, so that nobody sees another's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint

Row = TypeVar("Row", bound=Model)


def endpoints(merchant_id: uuid.UUID) -> QuerySet[Endpoint]:
    """The merchant's endpoints, newest first."""
    return Endpoint.objects.filter(merchant_id=merchant_id).order_by("-id")


def endpoint(merchant_id: uuid.UUID, shown: str, param: str | None = None) -> Endpoint:
    """The endpoint `we_…`; raises Problem `not_found`."""
    wanted = ids.read("we", shown, param)
    return _one(endpoints(merchant_id).filter(pk=wanted), "webhook endpoint", shown, param)


def deliveries(
    merchant_id: uuid.UUID,
    endpoint: str | None = None,
    status: str | None = None,
    event: str | None = None,
    type: str | None = None,
    since: datetime | None = None,
) -> QuerySet[Delivery]:
    """The merchant's deliveries, newest first; `endpoint` is we_…, `event` evt_…."""
    found = Delivery.objects.filter(merchant_id=merchant_id).order_by("-id")
    if endpoint is not None:
        found = found.filter(endpoint=ids.read("we", endpoint, "endpoint"))
    if event is not None:
        found = found.filter(event_id=ids.read("evt", event, "event"))
    if type is not None:
        found = found.filter(event_type=type)
    if since is not None:
        found = found.filter(id__gte=ids.first_at(since))
    if status is not None:
        if status not in Delivery.Status.values:
            rule = f"status is one of {', '.join(Delivery.Status.values)}."
            raise Problem("invalid_field", rule, "status")
        found = found.filter(status=status)
    return found


def delivery(merchant_id: uuid.UUID, shown: str) -> Delivery:
    """The delivery `del_…`; raises Problem `not_found`."""
    found = deliveries(merchant_id).filter(pk=ids.read("del", shown))
    return _one(found, "webhook delivery", shown)


def attempts(merchant_id: uuid.UUID, delivery_id: uuid.UUID) -> QuerySet[DeliveryAttempt]:
    """Every try of a delivery, newest first."""
    kept = DeliveryAttempt.objects.filter(merchant_id=merchant_id, delivery_id=delivery_id)
    return kept.order_by("-id")


def events(
    merchant_id: uuid.UUID, after: int | str | None = None, types: Iterable[str] = ()
) -> QuerySet[Event]:
    """Sealed events in the order of their numbers, those after a number or after an event evt_….

    `types` are patterns as endpoints have them. An event of the last moment has no number yet and
    appears a moment later, so that a reader who asks for what comes after never misses one.
    """
    found = Event.objects.filter(merchant_id=merchant_id, sequence__isnull=False)
    if isinstance(after, str):
        after = event(merchant_id, after, "after").sequence
    if after is not None:
        found = found.filter(sequence__gt=after)
    wanted = Q()
    for pattern in types:
        exact = not pattern.endswith("*")
        wanted |= Q(type=pattern) if exact else Q(type__startswith=pattern[:-1])
    return found.filter(wanted).order_by("sequence")


def event(merchant_id: uuid.UUID, shown: str, param: str | None = None) -> Event:
    """The event `evt_…`; raises Problem `not_found`."""
    found = Event.objects.filter(merchant_id=merchant_id, pk=ids.read("evt", shown, param))
    return _one(found, "event", shown, param)


def count_due() -> int:
    """Deliveries whose time has come, counted up to ten thousand."""
    due = Delivery.objects.filter(status=Delivery.Status.PENDING, next_at__lte=clock.now())
    return due.values("id")[:10_000].count()


def behind() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(merchant, endpoint) pairs that have not been shown all sealed events."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT endpoint.merchant_id, endpoint.id FROM webhooks_endpoint AS endpoint
            JOIN core_chain AS head
              ON head.merchant_id = endpoint.merchant_id AND head.name = 'events'
            WHERE endpoint.status = 'enabled' AND endpoint.last_sequence < head.sequence
            """
        )
        return cursor.fetchall()


def due_endpoints(limit: int = 200) -> list[Endpoint]:
    """Endpoints with something due, the longest waiting first.

    One index probe per endpoint with pending deliveries, however many those are: a dead endpoint's
    backlog costs the others nothing.
    """
    first = """
        SELECT merchant_id, endpoint_id, next_at FROM webhooks_delivery WHERE status = 'pending'
    """
    order = "ORDER BY merchant_id, endpoint_id, next_at LIMIT 1"
    found = Endpoint.objects.raw(
        f"""
        WITH RECURSIVE due AS (
            ({first} {order})
            UNION ALL
            SELECT following.* FROM due, LATERAL (
                {first} AND (merchant_id, endpoint_id) > (due.merchant_id, due.endpoint_id) {order}
            ) AS following
        )
        SELECT endpoint.* FROM due JOIN webhooks_endpoint AS endpoint
          ON endpoint.merchant_id = due.merchant_id AND endpoint.id = due.endpoint_id
        WHERE due.next_at <= %s AND endpoint.status = 'enabled'
        ORDER BY due.next_at LIMIT %s
        """,  # noqa: S608 (only texts of our own)
        [clock.now(), limit],
    )
    return list(found)


def _one(found: QuerySet[Row], what: str, shown: str, param: str | None = None) -> Row:
    row = found.first()
    if row is None:
        raise Problem("not_found", f"There is no {what} {shown[:60]!r}.", param)
    return row
