"""What a business asks of the people who work there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.notices import work
from acquiring.portal.approvals import asking, deeds
from acquiring.portal.frame import draw, page, place
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings import people_forms as forms
from acquiring.portal.settings.editing import refuse
from merchants import second_person, support, team, twosteps
from merchants.queries import Desk

VIEW = "team.view"
PAGE = "settings_security"


@freshly_authenticated(what=_("Change how everybody signs in"))
@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Whether everybody needs two-step login, and who has none yet."""
    on = desk.business.two_steps_from is not None
    form = forms.TwoSteps(request.POST or None, initial={"on": on})
    if request.method == "POST":
        if desk.role != team.OWNER:
            return refuse(request, desk, team.CHANGE)
        if form.is_valid():
            try:
                twosteps.demand(desk.business, desk.user, **form.cleaned_data)
            except Problem as problem:
                form.refuse(problem)
            else:
                messages.success(request, gettext("Saved"))
                return redirect(place(desk, PAGE))
    return _draw(request, desk, form, 422 if form.errors else 200)


@freshly_authenticated(what=_("Change what needs a second person"))
@page(VIEW)
def two_people(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Which deeds need a second person; loosening that needs one too."""
    if request.method != "POST":
        return redirect(place(desk, PAGE))
    if desk.role != team.OWNER:
        return refuse(request, desk, team.CHANGE)
    form = _second(desk, request.POST)
    if form.is_valid():
        try:
            rules = second_person.check(form.rules())
            if second_person.weakens(desk.business.second_person, rules):
                given = {"rules": rules}
                once = f"rules:{ids.new().hex}"
                return asking.propose(request, desk, deeds.RULES, given, given, once)
            second_person.change(desk.business, desk.user, rules)
        except Problem as problem:
            form.refuse(problem)
        else:
            messages.success(request, gettext("Saved"))
            return redirect(place(desk, PAGE))
    two_steps = forms.TwoSteps(initial={"on": desk.business.two_steps_from is not None})
    return _draw(request, desk, two_steps, 422, form)


@require_POST
@freshly_authenticated(what=_("Let support in"))
@page(VIEW)
def let_support_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Give the platform's support a consent."""
    if desk.role != team.OWNER:
        return refuse(request, desk, team.CHANGE)
    form = forms.SupportConsent(request.POST)
    if form.is_valid():
        try:
            work.let_support_in(desk.business, desk.user, **form.cleaned_data)
        except Problem as problem:
            form.refuse(problem)
        else:
            messages.success(request, gettext("Support may look in now"))
            return redirect(place(desk, PAGE))
    two_steps = forms.TwoSteps(initial={"on": desk.business.two_steps_from is not None})
    return _draw(request, desk, two_steps, 422, consent=form)


@require_POST
@page(VIEW)
def send_support_away(request: HttpRequest, desk: Desk) -> HttpResponse:
    """End the consent; support is out with its next click."""
    if desk.role != team.OWNER:
        return refuse(request, desk, team.CHANGE)
    support.revoke(desk.business, desk.user)
    messages.success(request, gettext("Support can look in no longer"))
    return redirect(place(desk, PAGE))


def _second(desk: Desk, data: Any = None) -> forms.SecondPerson:
    return forms.SecondPerson(data, desk=desk, currency=desk.tenant.default_currency)


def _draw(
    request: HttpRequest,
    desk: Desk,
    form: forms.TwoSteps,
    status: int,
    second: forms.SecondPerson | None = None,
    consent: forms.SupportConsent | None = None,
) -> HttpResponse:
    members = team.members(desk.business.pk)
    context = {
        "form": form,
        "second": second or _second(desk),
        "consent": consent or forms.SupportConsent(),
        "support": support.current(desk.business.pk),
        "on": desk.business.two_steps_from,
        "is_owner": desk.role == team.OWNER,
        "without": [one.user for one in members if not getattr(one, "two_steps", False)],
        "members": len(members),
    }
    return draw(request, desk, "portal/settings_security.html", context, status)
