"""The way through the application: where to begin, where to go on, and each of the six steps."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext, ngettext

from acquiring import catalogue
from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.portal.business import choices, drawing, sending, standing, steps
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import refused
from acquiring.portal.forms import countries
from merchants.kyc import industries, markets
from merchants.kyc.requirements import STEPS, Step
from merchants.onboarding.models import Application

FOUND = 8  # industries offered at once
BREAK = timedelta(minutes=30)  # who was away for so long is told where they are


def entry(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where the application stands: on with it, or how it went."""
    if visit.application.status != Application.Status.DRAFT:
        return standing.show(request, visit)
    if not visit.application.entity:
        return redirect(visit.at("begin"))
    if clock.now() - visit.application.changed_at > BREAK:
        messages.info(request, _welcome(visit))
    return redirect(visit.at("step", steps.first_open(visit.asking)))


def begin(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The country and the kind of legal entity: everything else hangs on them."""
    said = request.POST if request.method == "POST" else request.GET
    country = said.get("country") or visit.application.country
    if country not in catalogue.countries():
        country = visit.application.country
    entity = said.get("entity") or visit.application.entity
    market = markets.market(country)
    fault = ""
    if request.method == "POST" and visit.editable:
        if entity in market.entities:
            try:
                visit.tell({"country": country, "entity": entity})
                return redirect(visit.at("step", "company"))
            except Problem as problem:
                fault = refused(problem)
        else:
            fault = gettext("Choose the kind of legal entity")
    titles = choices.entities()
    kinds = [(key, *titles[key], row.title) for key, row in market.entities.items()]
    context = {
        "countries": [row for row in countries() if row[0]],
        "country": country,
        "entity": entity,
        "kinds": kinds,
        "market": market,
        "fault": fault,
        "fixed": visit.application.sent_at is not None,
    }
    return visit.draw(request, "begin", context, 422 if fault else 200)


def _welcome(visit: Visit) -> str:
    """For whoever was away: since when, and how little is left."""
    left = sum(one.open for one in steps.stages(visit.asking))
    moment = visit.application.changed_at.astimezone(ZoneInfo(visit.zone))
    words = ngettext(
        "Welcome back. All you said until %(day)s is kept; %(count)s answer is open.",
        "Welcome back. All you said until %(day)s is kept; %(count)s answers are open.",
        left,
    )
    return words % {"day": formats.date_format(moment, "j N, H:i"), "count": left}


def step(request: HttpRequest, visit: Visit, step: str) -> HttpResponse:
    """One of the six."""
    if step not in STEPS:
        raise Http404("There is no such step.")
    if not visit.application.entity:
        return redirect(visit.at("begin"))
    here = cast(Step, step)
    if request.method != "POST" or not visit.editable:
        return drawing.draw(request, visit, here, checked="check" in request.GET)
    if here not in drawing.FORMS:
        return drawing.leave(request, visit, here)
    groups = visit.asking.groups(here)
    if request.headers.get("HX-Request"):
        return drawing.autosave(request, visit, groups, here)
    saved = drawing.keep(visit, groups, request)
    if here == "send" and not saved.faults:
        return sending.send(request, visit)
    return drawing.leave(request, visit, here, saved)


def industry(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The lines of business that fit some words, for the list under the field."""
    if "HX-Request" not in request.headers:
        return redirect(visit.at("step", "activity"))
    words = request.GET.get("activity.mcc:words", "").strip()
    found = industries.search(words, FOUND) if words else []
    context = {"found": found, "words": words, "country": visit.application.country}
    return render(request, "portal/business/industries.html", context)
