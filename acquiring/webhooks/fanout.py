"""From events to deliveries: every endpoint is shown every sealed event exactly once."""

from __future__ import annotations

import uuid

from django.db import transaction

from acquiring.core.models import Event
from acquiring.webhooks import filters, queries
from acquiring.webhooks.models import Delivery, Endpoint

BATCH = 500


def fan_out() -> int:
    """Make the deliveries of all events that endpoints have not been shown; returns how many."""
    return sum(_fan_out_to(*pair) for pair in queries.behind())


def _fan_out_to(merchant_id: uuid.UUID, endpoint_id: uuid.UUID) -> int:
    made = 0
    while True:
        shown, added = _one_batch(merchant_id, endpoint_id)
        made += added
        if shown < BATCH:
            return made


@transaction.atomic
def _one_batch(merchant_id: uuid.UUID, endpoint_id: uuid.UUID) -> tuple[int, int]:
    """Show an endpoint the next events; returns how many it was shown and how many it wants.

    The cursor moves in the transaction that makes the deliveries, under the endpoint's lock: a
    worker that dies here leaves nothing half done. Whoever finds the lock taken leaves it be.
    """
    endpoint = (
        Endpoint.objects.select_for_update(skip_locked=True)
        .filter(merchant_id=merchant_id, pk=endpoint_id, status=Endpoint.Status.ENABLED)
        .first()
    )
    if endpoint is None:
        return 0, 0
    events = list(
        Event.objects.filter(merchant_id=merchant_id, sequence__gt=endpoint.last_sequence)
        .order_by("sequence")
        .values_list("id", "sequence", "type", "subject")[:BATCH]
    )
    if not events:
        return 0, 0
    wanted = [
        Delivery(
            merchant_id=merchant_id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type=type,
            event_sequence=sequence or 0,
        )
        for event_id, sequence, type, subject in events
        if filters.wants(endpoint_id, endpoint.types, type, subject)
    ]
    Delivery.objects.bulk_create(wanted, ignore_conflicts=True)
    Endpoint.objects.filter(merchant_id=merchant_id, pk=endpoint_id).update(
        last_sequence=events[-1][1]
    )
    return len(events), len(wanted)
