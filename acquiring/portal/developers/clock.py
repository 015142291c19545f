"""The test clock: moved forward by steps, with what comes due, and back to real time."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import clock as real
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments import foresight
from acquiring.portal import tables
from acquiring.portal.developers import forms, once
from acquiring.portal.frame import draw, page, place, who_may
from merchants import services
from merchants.queries import Desk

CHANGE = "keys.change"


@page("keys.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where the clock stands, and what each step would bring."""
    form = forms.Step(request.POST or None, initial={"once": ids.new(), "seconds": 86_400})
    may = desk.may(CHANGE) and desk.is_test
    if request.method == "POST" and may and form.is_valid():
        if once.first_time(request, str(form.cleaned_data["once"])):
            _move(request, desk, form.cleaned_data["seconds"])
        return redirect(place(desk, "clock"))
    now = services.now_for(desk.tenant.id)
    moments = [now + timedelta(seconds=seconds) for seconds, _label in forms.STEPS]
    ahead = foresight.until(desk.tenant.id, moments)
    steps = [
        (seconds, label, moment, coming)
        for (seconds, label), moment, coming in zip(forms.STEPS, moments, ahead, strict=True)
    ]
    context = {
        "form": form,
        "now": now,
        "real": real.now(),
        "ahead": desk.tenant.clock_ahead_seconds,
        "steps": steps if desk.is_test else [],
        "may_change": may,
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/clock.html", context)


@require_POST
@page(CHANGE)
def back(request: HttpRequest, desk: Desk) -> HttpResponse:
    """To real time again."""
    try:
        services.reset_clock(desk.tenant.id, services.user_actor(desk.user))
    except Problem as problem:
        messages.error(request, tables.refusal(problem))
    else:
        messages.success(request, gettext("The clock shows real time again"))
    return redirect(place(desk, "clock"))


def _move(request: HttpRequest, desk: Desk, seconds: int) -> None:
    try:
        services.advance_clock(desk.tenant.id, seconds, services.user_actor(desk.user))
    except Problem as problem:
        messages.error(request, tables.refusal(problem))
    else:
        messages.success(request, gettext("The clock is moved"))
