"""Events: what happened, by type and subject, with the object as it was then."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from acquiring.core import ids
from acquiring.core.models import Event
from acquiring.portal.developers import drawing, paging
from acquiring.portal.developers.forms import EXACT_TYPES
from acquiring.portal.frame import draw, page
from acquiring.webhooks import queries, render
from merchants.queries import Desk

PAGES = {"pay": "payment", "ref": "refund", "cus": "customer", "pl": "link", "we": "webhook"}


@page("webhooks.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest first."""
    types = [(one, one) for one in EXACT_TYPES]
    rows = Event.objects.filter(merchant_id=desk.tenant.id).defer("payload").order_by("-id")
    wanted = paging.chosen(request, "type", types)
    if wanted:
        rows = rows.filter(type=wanted)
    subject = request.GET.get("subject", "").strip()[:80]
    if subject:
        rows = rows.filter(subject=subject)
    begin = paging.since(request)
    if begin is not None:
        rows = rows.filter(id__gte=ids.first_at(begin))
    found = paging.page_of(request, rows)
    context = {
        "page": found,
        "events": [(one, ids.show("evt", one.pk)) for one in found.rows],
        "subject": subject,
        "filters": [
            paging.filter_of(request, "type", gettext("Type"), types),
            paging.filter_of(request, "time", gettext("Time"), paging.spans()),
        ],
    }
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
