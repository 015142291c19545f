"""Events: what happened, by type and subject, with the object as it was then."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from acquiring.core import ids
from acquiring.portal.developers import choices, drawing
from acquiring.portal.frame import draw, page
from acquiring.portal.listing import Filter, Listing
from acquiring.webhooks import queries, render, search
from merchants.queries import Desk

PAGES = {"pay": "payment", "ref": "refund", "cus": "customer", "pl": "link", "we": "webhook"}


@page("webhooks.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest first."""
    listing = Listing(
        request,
        desk,
        lambda given, _zone: search.events(desk.tenant.id, given).defer("payload"),
        "evt",
        (choices.TYPE, Filter("subject", gettext("About"), "text"), choices.TIME),
    )
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    events = [(one, ids.show("evt", one.pk)) for one in listing.rows]
    context = {"listing": listing, "events": events}
    return draw(request, desk, "portal/events.html", context)


@page("webhooks.view")
def event(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One event: its payload, where it was delivered, and how a program asks for it."""
    row = queries.event(desk.tenant.id, shown)
    deliveries = list(queries.deliveries(desk.tenant.id, event=shown)[:20])
    endpoints = {one.pk: one for one in queries.endpoints(desk.tenant.id)[:20]}
    address = f"{settings.BASE_URL}/v1/events/{shown}"
    context = {
        "event": row,
        "shown": shown,
        "subject_page": PAGES.get(row.subject.partition("_")[0], ""),
        "payload": drawing.drawn(render.event(row, desk.mode)),
        "deliveries": [
            (one, ids.show("del", one.pk), endpoints.get(one.endpoint_id)) for one in deliveries
        ],
        "curl": f'curl {address} \\\n  -H "Authorization: Bearer sk_{desk.mode}_…"',
    }
    return draw(request, desk, "portal/event.html", context)
