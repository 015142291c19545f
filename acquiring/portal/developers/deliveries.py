"""Deliveries: one of them beside the others, sent again, or all that were missed at once."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.spans import recent
from acquiring.portal import tables
from acquiring.portal.developers import choices, once, panes
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.webhooks import queries, services
from merchants.queries import Desk
from merchants.services import user_actor

MOST_CHOSEN = 50  # a page of the list
VIEW, CHANGE = "webhooks.view", "webhooks.change"


@page(VIEW)
def delivery(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """The list with this one open."""
    row = queries.delivery(desk.tenant.id, shown)
    endpoints = list(queries.endpoints(desk.tenant.id)[: services.MOST_ENDPOINTS])
    its = queries.endpoint(desk.tenant.id, ids.show("we", row.endpoint_id))
    listing = panes.listing_of(request, desk, endpoints)
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    context = {
        **panes.listed(request, desk, listing),
        "chosen": panes.chosen(request, desk, row, its),
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/delivery.html", context)


@require_POST
@page(CHANGE)
def again(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Send one again."""
    queries.delivery(desk.tenant.id, shown)
    if once.first_time(request, request.POST.get("once", "") or str(ids.new())):
        try:
            services.replay(desk.tenant.id, shown, user_actor(desk.user))
        except Problem as problem:
            messages.error(request, tables.refusal(problem))
        else:
            messages.success(request, gettext("It is sent again now"))
    return redirect(place(desk, "delivery", shown))


@require_POST
@page(CHANGE)
def again_chosen(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Send those again that were chosen in the list, each once."""
    chosen = [one for one in request.POST.getlist("only") if one][:MOST_CHOSEN]
    sent, refused = 0, ""
    if once.first_time(request, request.POST.get("once", "") or str(ids.new())):
        for shown in chosen:
            try:
                services.replay(desk.tenant.id, shown, user_actor(desk.user))
                sent += 1
            except Problem as problem:
                refused = tables.refusal(problem)
    if sent:
        words = ngettext("%(count)s event is sent again", "%(count)s events are sent again", sent)
        messages.success(request, words % {"count": sent})
    if refused:
        messages.error(request, refused)
    return redirect(place(desk, "webhooks"))


@page(CHANGE)
def replay(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """How many events an endpoint missed in a span, and sending exactly those."""
    row = queries.endpoint(desk.tenant.id, shown)
    span = request.GET.get("time", "")
    span = span if span in choices.SPANS else "24h"
    since = recent(span) or clock.now()
    if request.method == "POST":
        return _replay(request, desk, shown)
    refused, count = "", 0
    try:
        count = services.count_missed(desk.tenant.id, shown, since)
    except Problem as problem:
        refused = tables.refusal(problem)
    context = {
        "endpoint": row,
        "shown": shown,
        "spans": [
            choices.Choice(label, f"?time={name}", name == span)
            for name, label in choices.SPANS.items()
        ],
        "since": since,
        "until": clock.now(),
        "count": count,
        "refused": refused,
        "once": ids.new(),
    }
    return draw(request, desk, "portal/deliver_again.html", context)


def _replay(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Send what was counted: the same span to the millisecond."""
    key = request.POST.get("once", "")
    try:
        since = datetime.fromisoformat(request.POST.get("since", ""))
        until = datetime.fromisoformat(request.POST.get("until", ""))
        known = bool(key and since.tzinfo and until.tzinfo)
    except ValueError:
        known = False
    if not known:
        return redirect(place(desk, "webhook_replay", shown))
    if once.first_time(request, key):
        actor = user_actor(desk.user)
        try:
            sent = services.replay_since(desk.tenant.id, shown, since, actor, until=until)
        except Problem as problem:
            messages.error(request, tables.refusal(problem))
        else:
            words = ngettext(
                "%(count)s event is sent again", "%(count)s events are sent again", sent
            )
            messages.success(request, words % {"count": sent})
    return redirect(place(desk, "webhook", shown))
