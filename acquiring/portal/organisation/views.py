"""An organisation: its businesses side by side, its name, and opening another one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from acquiring.core import auditing
from acquiring.core.errors import Problem
from acquiring.portal.frame import BUSINESS
from acquiring.portal.organisation import forms
from acquiring.portal.organisation.doors import draw, person_of, room
from acquiring.portal.organisation.figures import lines
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings import audit, deeds
from merchants.models import Business
from merchants.organisations import belonging, queries, stewards
from merchants.organisations.models import Stewardship
from merchants.services import user_actor


@login_required
@never_cache
def first(request: HttpRequest) -> HttpResponse:
    """The organisation of the business where the person works now, else the first they have."""
    rows = stewards.of(person_of(request))
    if not rows:
        raise Http404("You look after no organisation.")
    chosen = request.session.get(BUSINESS)
    here = Business.objects.filter(pk=chosen).first() if chosen else None
    fits = [one for one in rows if here and one.organisation_id == here.organisation_id]
    return redirect("organisation", (fits or rows)[0].organisation.shown)


@room
def show(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Its businesses, with how far each is and what it took."""
    rows = queries.businesses(mine.organisation_id)
    context = {"lines": lines(rows, queries.memberships(mine.organisation_id, mine.user))}
    return draw(request, mine, "portal/organisation/show.html", context)


@room(owners=True)
def rename(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Give it another name."""
    form = forms.Name(request.POST or None, initial={"name": mine.organisation.name})
    if request.method == "POST" and form.is_valid():
        try:
            stewards.rename(mine.organisation, mine.user, form.cleaned_data["name"])
        except Problem as problem:
            form.refuse(problem)
        else:
            messages.success(request, gettext("Saved"))
            return redirect("organisation", mine.organisation.shown)
    status = 422 if form.errors else 200
    return draw(request, mine, "portal/organisation/rename.html", {"form": form}, status)


@freshly_authenticated
@room(owners=True)
def open_another(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Open a business in it, and go to work there."""
    form = forms.Open(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = belonging.open_another(mine.organisation, mine.user, **form.cleaned_data)
        except Problem as problem:
            form.refuse(problem)
        else:
            request.session[BUSINESS] = str(made.business.pk)
            said = gettext("%(business)s is open, with a sandbox of its own")
            messages.success(request, said % {"business": made.business})
            return redirect("test:overview")
    status = 422 if form.errors else 200
    return draw(request, mine, "portal/organisation/open.html", {"form": form}, status)


@room
def log(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """The newest of what was done to it, by whom."""
    rows = auditing.of_subject(mine.organisation.shown)
    people = [one.user for one in stewards.all_of(mine.organisation_id)]
    known = {"system": gettext("The system")} | {user_actor(one): str(one) for one in people}
    known |= audit.strangers({row.actor for row in rows} - known.keys())
    seals = auditing.verified(rows)
    lines = [
        audit.Line(
            row,
            known.get(row.actor, row.actor),
            deeds.said(row.action),
            audit.changed(row.changes),
            seals.get(row.id),
        )
        for row in rows
    ]
    return draw(request, mine, "portal/organisation/log.html", {"lines": lines})
