"""Deliveries and events by a list's filters, as addresses of pages and exports write them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.core.spans import recent
from acquiring.webhooks import queries
from acquiring.webhooks.models import Delivery

DELIVERY_FILTERS = ("endpoint", "status", "event", "type", "time")
EVENT_FILTERS = ("q", "type", "subject", "time")


def deliveries(merchant_id: UUID, given: Mapping[str, str]) -> QuerySet[Delivery]:
    """A merchant's deliveries, newest first, by DELIVERY_FILTERS; `endpoint` and `event` are
    outside ids, `time` one of `spans.RECENT`. Raises Problem for what cannot be.
    """
    plain = ("endpoint", "status", "event", "type")
    named = {name: given[name] for name in plain if given.get(name)}
    return queries.deliveries(merchant_id, since=recent(given.get("time", "")), **named)


def events(merchant_id: UUID, given: Mapping[str, str]) -> QuerySet[Event]:
    """A merchant's events, newest first, by EVENT_FILTERS; `q` is an event's id, or what an event
    is about.
    """
    found = Event.objects.filter(merchant_id=merchant_id).order_by("-id")
    term = given.get("q", "")
    if term:
        own = _event(term)
        found = found.filter(id=own) if own else found.filter(subject=term)
    for name in ("type", "subject"):
        if given.get(name):
            found = found.filter(**{name: given[name]})
    since = recent(given.get("time", ""))
    return found.filter(id__gte=ids.first_at(since)) if since else found


def _event(term: str) -> UUID | None:
    try:
        return ids.read("evt", term)
    except Problem:
        return None
