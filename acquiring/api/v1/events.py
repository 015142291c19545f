"""Events: everything that happened, in order, for whoever wants to read instead of be told."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1.answers import platform as answers
from acquiring.webhooks import filters, queries, render


class EventPage(Nothing, kw_only=True):
    """Which events."""

    after: Annotated[
        str, Meta(max_length=64, description="A sequence number, or the id of an event.")
    ] = "0"
    types: Annotated[
        str, Meta(max_length=1000, description="Types or patterns such as payment.*, by comma.")
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=100, description="How many, at most.")] = 20


class Events(Endpoint):
    """`/v1/events`"""

    tag = "Events"

    @operation(
        "Replay events",
        "events:read",
        answers.EventList,
        query=EventPage,
        problems=("not_found",),
    )
    def get(self, asked: Asked[None, EventPage]) -> Any:
        """The oldest first, from where you stopped: numbers have no gaps, so nothing is missed."""
        page = asked.query
        types = filters.check(page.types.split(",")) if page.types else ()
        rows = queries.events(asked.merchant_id, _position(page.after), types)
        found = list(rows[: page.limit + 1])
        data = [render.event(row, asked.caller.mode) for row in found[: page.limit]]
        return lists.shown(data, len(found) > page.limit)


class Event(Endpoint):
    """`/v1/events/{event}`"""

    tag = "Events"

    @operation("Retrieve an event", "events:read", answers.Event)
    def get(self, asked: Asked[None, Nothing], event: str) -> Any:
        """With the object as it was at that moment."""
        return render.event(queries.event(asked.merchant_id, event), asked.caller.mode)


def _position(text: str) -> int | str:
    """A number of at most 18 digits as one; anything else is taken for an event's id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else text
