"""What a merchant does with webhooks. `actor` is who does it: user:…, key:… or system."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from acquiring.core import audit, chain, clock, ids, outbox, wake
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.webhooks import addresses, disabling, filters, queries, render, secrets
from acquiring.webhooks.models import Delivery, Endpoint
from merchants.queries import mode_of

MOST_ENDPOINTS = 20
LONGEST_DESCRIPTION = 200
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
MOST_REPLAYED = 10_000


class Shown(NamedTuple):
    """An endpoint with its secret in clear, which is shown this once."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def create_endpoint(
    merchant_id: UUID,
    url: str,
    actor: str,
    types: Iterable[str] = (filters.EVERYTHING,),
    description: str = "",
) -> Shown:
    """A new endpoint, told of what happens from now on; raises Problem naming the field."""
    if queries.endpoints(merchant_id).count() >= MOST_ENDPOINTS:
        raise Problem("invalid_state", f"A merchant has at most {MOST_ENDPOINTS} endpoints.")
    endpoint = Endpoint(
        merchant_id=merchant_id,
        url=addresses.check(url, mode_of(merchant_id)),
        description=_description(description),
        types=filters.check(types),
        api_version=str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        last_sequence=chain.head_of(chain.EVENTS, merchant_id).sequence,
    )
    secret = secrets.give(endpoint)
    endpoint.save(force_insert=True)
    _record(actor, "created", endpoint, {"url": [None, endpoint.url], "types": endpoint.types})
    return Shown(endpoint, secret)


@transaction.atomic
def update_endpoint(
    merchant_id: UUID,
    shown: str,
    actor: str,
    url: str | None = None,
    types: Iterable[str] | None = None,
    description: str | None = None,
) -> Endpoint:
    """Change what is given; raises Problem `not_found` or one that names the field."""
    endpoint = _locked(merchant_id, shown)
    wanted: dict[str, object] = {}
    if url is not None:
        wanted["url"] = addresses.check(url, mode_of(merchant_id))
    if types is not None:
        wanted["types"] = filters.check(types)
    if description is not None:
        wanted["description"] = _description(description)
    changes = {
        name: [getattr(endpoint, name), value]
        for name, value in wanted.items()
        if getattr(endpoint, name) != value
    }
    if changes:
        for name in changes:
            setattr(endpoint, name, wanted[name])
        endpoint.save(update_fields=list(changes))
        _record(actor, "updated", endpoint, changes)
    return endpoint


@transaction.atomic
def rotate_secret(merchant_id: UUID, shown: str, actor: str, overlap: timedelta = OVERLAP) -> Shown:
    """A new secret; the former signs too for `overlap`: 24 hours unless told, 7 days at most."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        rule = f"The overlap is 0 to {int(LONGEST_OVERLAP.total_seconds())} seconds."
        raise Problem("invalid_field", rule, "overlap_seconds")
    endpoint = _locked(merchant_id, shown)
    secret = secrets.replace(endpoint, overlap)
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    _record(actor, "secret_rotated", endpoint, {"overlap_seconds": int(overlap.total_seconds())})
    return Shown(endpoint, secret)


def disable_endpoint(merchant_id: UUID, shown: str, actor: str) -> Endpoint:
    """Stop an endpoint; what was waiting for it is abandoned. Doing it twice is doing it once."""
    endpoint = queries.endpoint(merchant_id, shown)
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.ASKED, actor)
    return queries.endpoint(merchant_id, shown)


@transaction.atomic
def enable_endpoint(merchant_id: UUID, shown: str, actor: str) -> Endpoint:
    """Begin again with what happens from now on; `replay_since` fetches what was missed."""
    endpoint = _locked(merchant_id, shown)
    if endpoint.status == Endpoint.Status.ENABLED:
        return endpoint
    endpoint.status, endpoint.reason = Endpoint.Status.ENABLED, ""
    endpoint.failing_since = None
    endpoint.last_sequence = chain.head_of(chain.EVENTS, merchant_id).sequence
    endpoint.save(update_fields=["status", "reason", "failing_since", "last_sequence"])
    _record(actor, "enabled", endpoint, {"status": ["disabled", "enabled"]})
    return endpoint


@transaction.atomic
def delete_endpoint(merchant_id: UUID, shown: str, actor: str) -> None:
    """Remove an endpoint, its secrets and its delivery log."""
    endpoint = _locked(merchant_id, shown)
    Delivery.objects.filter(merchant_id=merchant_id, endpoint=endpoint.id).delete()
    Endpoint.objects.filter(merchant_id=merchant_id, pk=endpoint.id).delete()
    _record(actor, "deleted", endpoint, {"url": [endpoint.url, None]})


@transaction.atomic
def send_test_event(merchant_id: UUID, shown: str, actor: str) -> Event:
    """An event for this endpoint alone, delivered like any other; raises Problem when disabled."""
    endpoint = _enabled(merchant_id, shown)
    _record(actor, "tested", endpoint, {})
    return outbox.announce(merchant_id, filters.TEST, shown, render.endpoint(endpoint))


@transaction.atomic
def replay(merchant_id: UUID, shown: str, actor: str) -> Delivery:
    """Deliver `del_…` again, with all its tries before it; raises Problem when it cannot be."""
    delivery = queries.delivery(merchant_id, shown)
    endpoint = _enabled(merchant_id, ids.show("we", delivery.endpoint_id))
    if not Event.objects.filter(merchant_id=merchant_id, pk=delivery.event_id).exists():
        raise Problem("invalid_state", "The event is older than we keep events.")
    delivery.status, delivery.tries, delivery.next_at = Delivery.Status.PENDING, 0, clock.now()
    Delivery.objects.filter(merchant_id=merchant_id, pk=delivery.id).update(
        status=delivery.status, tries=0, next_at=delivery.next_at
    )
    _record(actor, "delivery_replayed", endpoint, {"delivery": shown})
    transaction.on_commit(partial(wake.look, outbox.DELIVER))
    return delivery


@transaction.atomic
def replay_since(
    merchant_id: UUID,
    shown: str,
    since: datetime,
    actor: str,
    everything: bool = False,
    until: datetime | None = None,
) -> int:
    """Deliver to an endpoint what it missed since a moment; returns how many events.

    Missed is what failed, was abandoned, or happened while the endpoint was disabled. With
    `everything`, also what it has already taken. Raises Problem above 10,000 events.
    """
    endpoint = _enabled(merchant_id, shown)
    events = _missed(endpoint, since, until, everything)
    now = clock.now()
    Delivery.objects.bulk_create(
        [
            Delivery(
                merchant_id=merchant_id,
                endpoint=endpoint,
                event_id=event.id,
                event_type=event.type,
                event_sequence=event.sequence or 0,
                next_at=now,
            )
            for event in events
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["merchant_id", "event_id", "endpoint"],
        update_fields=["status", "tries", "next_at"],
    )
    changes = {"since": clock.rfc3339(since), "events": len(events), "everything": everything}
    _record(actor, "replayed", endpoint, changes)
    transaction.on_commit(partial(wake.look, outbox.DELIVER))
    return len(events)


def count_missed(
    merchant_id: UUID,
    shown: str,
    since: datetime,
    everything: bool = False,
    until: datetime | None = None,
) -> int:
    """How many events `replay_since` would deliver now; raises what it raises."""
    endpoint = queries.endpoint(merchant_id, shown)
    return len(_missed(endpoint, since, until, everything))


@transaction.atomic
def end_previous_secret(merchant_id: UUID, shown: str, actor: str) -> Endpoint:
    """Sign with the newest secret only, from now on; raises Problem when there is no other."""
    endpoint = _locked(merchant_id, shown)
    if endpoint.previous_secret is None:
        raise Problem("invalid_state", "The endpoint has only one secret.")
    endpoint.previous_secret, endpoint.previous_until = None, None
    endpoint.save(update_fields=["previous_secret", "previous_until"])
    _record(actor, "previous_secret_ended", endpoint, {})
    return endpoint


def _missed(
    endpoint: Endpoint, since: datetime, until: datetime | None, everything: bool
) -> list[Event]:
    events = _wanted_since(endpoint, since, until)
    if everything:
        return events
    settled = [Delivery.Status.SUCCEEDED, Delivery.Status.PENDING]
    known = Delivery.objects.filter(
        merchant_id=endpoint.merchant_id, endpoint=endpoint.id, status__in=settled
    )
    taken = set(known.filter(event_id__gte=ids.first_at(since)).values_list("event_id", flat=True))
    return [event for event in events if event.id not in taken]


def _wanted_since(endpoint: Endpoint, since: datetime, until: datetime | None) -> list[Event]:
    found = Event.objects.filter(
        merchant_id=endpoint.merchant_id,
        id__gte=ids.first_at(since),
        sequence__lte=endpoint.last_sequence,  # what comes after is on its way by itself
    )
    if until is not None:
        found = found.filter(id__lt=ids.first_at(until))
    events = list(found.defer("payload").order_by("sequence")[: MOST_REPLAYED + 1])
    if len(events) > MOST_REPLAYED:
        rule = f"More than {MOST_REPLAYED} events have happened since; name a later moment."
        raise Problem("invalid_field", rule, "since")
    return [
        event
        for event in events
        if filters.wants(endpoint.id, endpoint.types, event.type, event.subject)
    ]


def _locked(merchant_id: UUID, shown: str) -> Endpoint:
    queries.endpoint(merchant_id, shown)
    return Endpoint.objects.select_for_update().get(
        merchant_id=merchant_id, pk=ids.read("we", shown)
    )


def _enabled(merchant_id: UUID, shown: str) -> Endpoint:
    endpoint = _locked(merchant_id, shown)
    if endpoint.status != Endpoint.Status.ENABLED:
        raise Problem("invalid_state", "The endpoint is disabled; enable it first.")
    return endpoint


def _description(text: object) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_DESCRIPTION or "\0" in text:
        rule = f"description is a text of at most {LONGEST_DESCRIPTION} characters."
        raise Problem("invalid_field", rule, "description")
    return text


def _record(actor: str, action: str, endpoint: Endpoint, changes: dict[str, Any]) -> None:
    shown = ids.show("we", endpoint.id)
    audit.record(actor, f"webhook_endpoint.{action}", shown, endpoint.merchant_id, changes)
