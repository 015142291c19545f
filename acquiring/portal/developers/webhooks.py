"""Webhook endpoints: how they do, made, changed, tried out, switched off, their secrets rolled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.developers import forms, once, panes
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.webhooks import health, queries, services
from acquiring.webhooks.models import Endpoint
from merchants.queries import Desk
from merchants.services import user_actor

VIEW, CHANGE = "webhooks.view", "webhooks.change"


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The endpoints, and below them the deliveries with the newest one open."""
    endpoints = list(queries.endpoints(desk.tenant.id)[: services.MOST_ENDPOINTS])
    listing = panes.listing_of(request, desk, endpoints)
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    doing = health.of(desk.tenant.id, endpoints)
    context = {
        **_may(desk),
        "endpoints": [(one, ids.show("we", one.pk), doing[one.pk]) for one in endpoints],
        **panes.listed(request, desk, listing),
    }
    if context["deliveries"]:
        newest = context["deliveries"][0][0]
        its = next((one for one in endpoints if one.pk == newest.endpoint_id), None)
        if its is not None:
            context["chosen"] = panes.chosen(request, desk, newest, its)
    return draw(request, desk, "portal/webhooks.html", context)


@page(CHANGE)
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A new endpoint, and its secret for the only time."""
    form = forms.Endpoint(request.POST or None, initial={"once": ids.new(), "everything": "1"})
    if request.method == "POST" and form.is_valid():
        key = str(form.cleaned_data["once"])
        if not once.first_time(request, key):
            return redirect(place(desk, "webhooks"))
        try:
            made = services.create_endpoint(
                desk.tenant.id,
                form.cleaned_data["url"].strip(),
                user_actor(desk.user),
                form.patterns(),
                form.cleaned_data["description"].strip(),
            )
        except Problem as problem:
            once.forget(request, key)
            form.refuse(problem)
        else:
            return _secret(request, desk, made)
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/webhook_create.html", {"form": form}, status)


@page(VIEW)
def endpoint(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One endpoint: its health, what it is told, its secrets."""
    row = queries.endpoint(desk.tenant.id, shown)
    initial = {
        "url": row.url,
        "description": row.description,
        "once": ids.new(),
        **forms.Endpoint.initial_of(row.types),
    }
    form = forms.Endpoint(request.POST or None, initial=initial)
    if request.method == "POST":
        if not desk.may(CHANGE):
            able = {"able": who_may(CHANGE)}
            return draw(request, desk, "portal/no_permission.html", able, 403)
        if form.is_valid():
            given = form.cleaned_data
            try:
                services.update_endpoint(
                    desk.tenant.id,
                    shown,
                    user_actor(desk.user),
                    url=given["url"].strip(),
                    types=form.patterns(),
                    description=given["description"].strip(),
                )
            except Problem as problem:
                form.refuse(problem)
            else:
                messages.success(request, gettext("Saved"))
                return redirect(place(desk, "webhook", shown))
    if not desk.may(CHANGE):
        for field in form.fields.values():
            field.disabled = True
    context = {**_may(desk), **_whole(desk, row, shown), "form": form}
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/webhook.html", context, status)


@require_POST
@page(CHANGE)
def test(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Send a test event to this endpoint alone."""
    return _do(
        request,
        desk,
        shown,
        lambda: services.send_test_event(desk.tenant.id, shown, user_actor(desk.user)),
        gettext("A test event is on its way"),
    )


@require_POST
@page(CHANGE)
def switch(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Enable or disable an endpoint."""
    on = request.POST.get("on") == "1"
    verb = services.enable_endpoint if on else services.disable_endpoint
    words = gettext("The endpoint is enabled") if on else gettext("The endpoint is disabled")
    return _do(
        request, desk, shown, lambda: verb(desk.tenant.id, shown, user_actor(desk.user)), words
    )


@page(CHANGE)
def roll(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Ask how long the old secret signs as well; then the new one."""
    row = queries.endpoint(desk.tenant.id, shown)
    form = forms.Roll(request.POST or None, initial={"once": ids.new()})
    if request.method == "POST" and form.is_valid():
        if not once.first_time(request, str(form.cleaned_data["once"])):
            return redirect(place(desk, "webhook", shown))
        overlap = timedelta(seconds=form.cleaned_data["overlap_seconds"])
        made = services.rotate_secret(desk.tenant.id, shown, user_actor(desk.user), overlap)
        return _secret(request, desk, made)
    context = {"form": form, "endpoint": row, "shown": shown}
    return draw(request, desk, "portal/webhook_roll.html", context)


@require_POST
@page(CHANGE)
def end_old_secret(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Stop signing with the old secret."""
    return _do(
        request,
        desk,
        shown,
        lambda: services.end_previous_secret(desk.tenant.id, shown, user_actor(desk.user)),
        gettext("Only the new secret signs now"),
    )


@page(CHANGE)
def remove(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Say what goes with an endpoint; then remove it."""
    row = queries.endpoint(desk.tenant.id, shown)
    if request.method == "POST":
        services.delete_endpoint(desk.tenant.id, shown, user_actor(desk.user))
        messages.success(request, gettext("The endpoint is removed"))
        return redirect(place(desk, "webhooks"))
    return draw(request, desk, "portal/webhook_remove.html", {"endpoint": row, "shown": shown})


def _do(request: HttpRequest, desk: Desk, shown: str, deed: Any, words: str) -> HttpResponse:
    """Do something to an endpoint and go back to it, saying what came of it."""
    queries.endpoint(desk.tenant.id, shown)
    try:
        deed()
    except Problem as problem:
        messages.error(request, tables.refusal(problem))
    else:
        messages.success(request, words)
    return redirect(place(desk, "webhook", shown))


def _whole(desk: Desk, row: Endpoint, shown: str) -> dict[str, Any]:
    until = row.previous_until
    deliveries = list(queries.deliveries(desk.tenant.id, endpoint=shown)[:8])
    return {
        "endpoint": row,
        "shown": shown,
        "doing": health.of(desk.tenant.id, [row])[row.pk],
        "deliveries": [(one, ids.show("del", one.pk)) for one in deliveries],
        "two_secrets": row.previous_secret is not None and until and until > clock.now(),
    }


def _may(desk: Desk) -> dict[str, Any]:
    return {"may_change": desk.may(CHANGE), "able": who_may(CHANGE)}


def _secret(request: HttpRequest, desk: Desk, made: services.Shown) -> HttpResponse:
    context = {
        "endpoint": made.endpoint,
        "shown": ids.show("we", made.endpoint.pk),
        "secret": made.secret,
    }
    return draw(request, desk, "portal/webhook_secret.html", context)
