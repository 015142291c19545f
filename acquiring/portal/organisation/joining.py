"""How a business comes into an organisation and leaves it, and the page behind an invitation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.notices import organisations as letters
from acquiring.portal import invitations
from acquiring.portal.organisation import forms
from acquiring.portal.organisation.doors import draw, is_shut, person_of, room
from acquiring.portal.organisation.stewards import answer
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings.forms import Setting
from merchants.models import User
from merchants.organisations import asking, belonging
from merchants.organisations.models import Asked, Stewardship


@freshly_authenticated(what=_("Ask for a business"))
@room(owners=True)
def ask(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Ask the owner of an address to bring a business in, or bring in one's own."""
    form = forms.Address(request.POST or None)
    own = belonging.own(mine.user, but=mine.organisation)

    def send() -> str:
        row = letters.ask(mine.organisation, mine.user, form.cleaned_data["email"], form.kind())
        return gettext("We wrote to %(email)s") % {"email": row.email}

    context = {"own": forms.OwnBusiness(businesses=own, prefix="own") if own else None}
    return answer(request, mine, form, send, "portal/organisation/join.html", context)


@freshly_authenticated(what=_("Bring the business in"))
@require_POST
@room(owners=True)
def bring(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Bring one's own business in."""
    own = belonging.own(mine.user, but=mine.organisation)
    form = forms.OwnBusiness(request.POST, businesses=own, prefix="own")
    if form.is_valid():
        try:
            left = letters.bring_own(mine.organisation, mine.user, form.chosen())
        except Problem as problem:
            form.refuse(problem)
        else:
            said = gettext("%(business)s belongs to this organisation now")
            messages.success(request, said % {"business": left.business})
            return redirect("organisation", mine.organisation.shown)
    context = {"form": forms.Address(), "own": form}
    return draw(request, mine, "portal/organisation/join.html", context, 422)


@freshly_authenticated(what=_("Let the business go"))
@login_required
@never_cache
def leave(request: HttpRequest, business: str) -> HttpResponse:
    """Part a business from its organisation: for an owner of either."""
    person = person_of(request)
    if is_shut(person):
        return redirect("mfa_index")
    try:
        row = belonging.leaving(person, business)
    except Problem as problem:
        raise Http404(problem.message) from problem
    form = Setting(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            left = letters.leave(row, person)
        except Problem as problem:
            form.refuse(problem)
        else:
            said = gettext("%(business)s left %(organisation)s")
            facts = {"business": left.business, "organisation": left.before.name}
            messages.success(request, said % facts)
            return redirect("start")
    context = {"business": row, "form": form, "owns": belonging.owns(row, person)}
    status = 422 if form.errors else 200
    return render(request, "portal/organisation/leave.html", context, status=status)


@never_cache
def asked(request: HttpRequest, token: str) -> HttpResponse:
    """Who asks for what, and the way in: an account, a new one, or another address."""
    return _asked(request, token)


@freshly_authenticated(what=_("Accept the invitation"))
@login_required
@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Look after the organisation, or bring the chosen business in."""
    person = person_of(request)
    if is_shut(person):
        return redirect("mfa_index")
    form = None
    try:
        row = asking.at(token)
        if row.kind != Asked.Kind.BUSINESS:
            appointed = letters.accept(token, person)
            messages.success(request, gettext("You look after %(organisation)s now")
                             % {"organisation": appointed.organisation})  # fmt: skip
            return redirect("organisation", appointed.organisation.shown)
        form = forms.OwnBusiness(request.POST, businesses=belonging.own(person))
        if form.is_valid():
            left = letters.join(token, person, form.chosen())
            messages.success(request, gettext("%(business)s belongs to %(organisation)s now")
                             % {"business": left.business, "organisation": left.after})  # fmt: skip
            return redirect("start")
    except Problem as problem:
        if form is not None and problem.status != 404:
            form.refuse(problem)
    return _asked(request, token, form)


class SignUp(invitations.SignUp):
    """An account for the asked address, which begins to look after the organisation at once."""

    template_name = "portal/organisation/asked_join.html"
    page = "joining"

    def at(self, token: str) -> Asked:
        row = asking.at(token)
        if row.kind == Asked.Kind.BUSINESS:
            raise Problem("not_found", "This invitation is for who has a business.")
        return row

    def admit(self, user: User) -> None:
        letters.accept(self.kwargs["token"], user)

    def facts(self) -> dict[str, Any]:
        return {"invitation": self.invitation, "token": self.kwargs["token"]}


def _asked(request: HttpRequest, token: str, form: forms.OwnBusiness | None = None) -> HttpResponse:
    try:
        row = asking.at(token)
    except Problem:
        return render(request, "portal/invitation_over.html", status=404)
    person = request.user if isinstance(request.user, User) else None
    fits = person is not None and asking.is_for(row, person)
    context: dict[str, Any] = {"asked": row, "token": token, "fits": fits}
    if fits and person is not None and row.kind == Asked.Kind.BUSINESS:
        own = belonging.own(person, but=row.organisation)
        context["form"] = form or (forms.OwnBusiness(businesses=own) if own else None)
    context["uses"] = {name.value: use for name, _title, use in forms.ROLES}.get(row.kind, "")
    status = 403 if person is not None and not fits else 422 if form else 200
    return render(request, "portal/organisation/asked.html", context, status=status)
