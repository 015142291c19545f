"""Deliveries in two panes: the list on one side, the chosen one with its tries on the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.portal.developers import choices, drawing
from acquiring.portal.frame import place
from acquiring.portal.listing import Filter, Listing, View
from acquiring.webhooks import queries, render, schedule, search, secrets, sending
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint
from merchants.queries import Desk, mode_of

VIEWS = (
    View(pgettext_lazy("view", "All")),
    View(_("Failed"), "status=failed"),
    View(_("Retrying"), "status=pending"),
)
STATUS = Filter(
    "status",
    _("Status"),
    choices=(
        ("succeeded", _("Delivered")),
        ("pending", _("Retrying")),
        ("failed", _("Failed")),
        ("abandoned", _("Stopped")),
    ),
)
PARTS = ("body", "headers", "reply", "verify")
MOST_TRIES = 50


def listing_of(request: HttpRequest, desk: Desk, endpoints: list[Endpoint]) -> Listing:
    """The list with its filters."""
    named = tuple((ids.show("we", one.pk), one.description or one.url) for one in endpoints)
    return Listing(
        request,
        desk,
        lambda given, _zone: search.deliveries(desk.tenant.id, given),
        "del",
        (STATUS, choices.TYPE, Filter("endpoint", _("Endpoint"), choices=named), choices.TIME),
        views=VIEWS,
        room="webhooks",
    )


def listed(request: HttpRequest, desk: Desk, listing: Listing) -> dict[str, Any]:
    """The list with the last try of each."""
    tries = _last_tries(desk, listing.rows)
    shown = [(one, ids.show("del", one.pk), tries.get(one.pk)) for one in listing.rows]
    return {
        "listing": listing,
        "deliveries": shown,
        "query": request.GET.urlencode(),
        "once": ids.new(),
    }


def chosen(request: HttpRequest, desk: Desk, row: Delivery, endpoint: Endpoint) -> dict[str, Any]:
    """One delivery: what came of it in words, its tries, and one part of what was sent."""
    tries = list(queries.attempts(desk.tenant.id, row.pk)[:MOST_TRIES])
    event = _event(desk, row)
    part = request.GET.get("part", "body")
    part = part if part in PARTS else "body"
    titles = {
        "body": _("Body"),
        "headers": _("Headers"),
        "reply": _("Reply"),
        "verify": _("Verify"),
    }
    shown = ids.show("del", row.pk)
    here = place(desk, "delivery", shown)
    return {
        "delivery": row,
        "shown": shown,
        "endpoint": endpoint,
        "endpoint_shown": ids.show("we", endpoint.pk),
        "event_shown": ids.show("evt", row.event_id),
        "tries": [(row.tries - index, one) for index, one in enumerate(tries)],
        "said": _said(row, tries),
        "part": part,
        "parts": [
            choices.Choice(titles[one], f"{here}{_with_part(request, one)}", one == part)
            for one in PARTS
        ],
        "text": _text(part, event, endpoint, tries),
        "once": ids.new(),
        "may_replay": desk.may("webhooks.change") and endpoint.status == Endpoint.Status.ENABLED,
    }


def _with_part(request: HttpRequest, part: str) -> str:
    query = request.GET.copy()
    query["part"] = part
    return f"?{query.urlencode()}"


def _last_tries(desk: Desk, rows: list[Delivery]) -> dict[Any, DeliveryAttempt]:
    mine = DeliveryAttempt.objects.filter(
        merchant_id=desk.tenant.id, delivery_id__in=[one.pk for one in rows]
    )
    newest = mine.order_by("delivery_id", "-id").distinct("delivery_id").defer("response")
    return {one.delivery_id: one for one in newest}


def _event(desk: Desk, row: Delivery) -> Event | None:
    """The event, unless it is older than events are kept."""
    try:
        return queries.event(desk.tenant.id, ids.show("evt", row.event_id))
    except Problem:
        return None


def _said(row: Delivery, tries: list[DeliveryAttempt]) -> dict[str, Any]:
    """What came of it: a tone, a word for the sentence, and the moments that the next one names."""
    last = tries[0] if tries else None
    if row.status == Delivery.Status.SUCCEEDED:
        return {"tone": "ok", "icon": "check", "word": "taken", "last": last}
    if row.status == Delivery.Status.ABANDONED:
        return {"tone": "bad", "icon": "ban", "word": "abandoned", "last": last}
    if row.status == Delivery.Status.FAILED:
        return {"tone": "bad", "icon": "x", "word": "failed", "last": last}
    if last is None or row.tries == 0:
        return {"tone": "calm", "icon": "clock", "word": "waiting", "last": None}
    left = sum(schedule.DELAYS_SECONDS[row.tries :])
    until = row.next_at + timedelta(seconds=left)
    return {"tone": "wait", "icon": "clock", "word": "retrying", "last": last, "until": until}


def _text(part: str, event: Event | None, endpoint: Endpoint, tries: list[DeliveryAttempt]) -> Any:
    if part == "reply":
        return tries[0].response if tries else ""
    if event is None:
        return ""
    whole = render.event(event, mode_of(endpoint.merchant_id))
    if part == "body":
        return drawing.drawn(whole)
    moment = next((one.sent_at for one in tries if one.sent_at), None)
    if moment is None:
        return ""
    message, body = ids.show("evt", event.pk), orjson.dumps(whole)
    headers = sending.headers_of(message, moment, body, secrets.in_force(endpoint))
    if part == "headers":
        lines = [f"POST {endpoint.url}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\n".join(lines)
    return _VERIFY.format(message=message, timestamp=headers["webhook-timestamp"])


_VERIFY = """import base64, hashlib, hmac

def is_ours(secret, headers, body):            # body: the bytes as they came
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(),         # {message}
                        headers["webhook-timestamp"].encode(),  # {timestamp}
                        body])
    ours = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    theirs = [one[3:] for one in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(ours, one) for one in theirs)"""
