"""The page on which owners of an organisation set single sign-on up, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.organisation.doors import draw, room
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.sso import deeds, door, entrance, forms
from merchants import twosteps
from merchants.organisations.models import Stewardship
from merchants.sso import domains, services
from merchants.sso.provider import callback_address

PAGE = "organisation_sso"
TRIED = "single_sign_on_tried"  # the session's word for what the provider said of who tried it
BACK = "single_sign_on_page"  # and for where they return to when it failed
View = Callable[..., HttpResponse]


def changing(what: Any) -> Callable[[View], View]:
    """A button of the page: pressed by owners who said lately who they are."""

    def decorate(view: View) -> View:
        return require_POST(freshly_authenticated(room(view, owners=True), what=what))

    return decorate


@room(owners=True)
def show(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """How far single sign-on is, and everything about it."""
    return _draw(request, mine)


@changing(_("Set up single sign-on"))
def set_up(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """The provider, looked at at once."""
    form = forms.Provider(request.POST, row=services.of(mine.organisation))
    return _save(request, mine, "provider", form, deeds.SET_UP, lambda: form.cleaned_data)


@changing(_("Change who is let in by single sign-on"))
def welcome(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """What people get who come for the first time."""
    form = forms.Welcome(request.POST, organisation=mine.organisation, row=None)
    return _save(request, mine, "welcome", form, deeds.WELCOME, lambda: form.cleaned_data)


@changing(_("Switch single sign-on"))
def switch(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Off, on, or the only way in."""
    form = forms.Switch(request.POST, row=services.of(mine.organisation))

    def wanted() -> dict[str, Any]:
        state = form.cleaned_data["state"]
        return {"on": state != forms.OFF, "only": state == forms.ONLY}

    return _save(request, mine, "switch", form, deeds.SWITCH, wanted)


@changing(_("Take single sign-on away"))
def remove(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Take it away."""
    return _press(request, mine, lambda: deeds.wish(mine.organisation, mine.user, deeds.REMOVE, {}))


@changing(_("Add an e-mail domain"))
def add_domain(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """A domain that is to be proved."""
    form = forms.Domain(request.POST)
    if form.is_valid():
        try:
            domains.add(mine.organisation, mine.user, form.cleaned_data["name"])
            return redirect(PAGE, mine.organisation.shown)
        except Problem as problem:
            form.refuse(problem)
    return _draw(request, mine, 422, domain=form)


@changing(_("Prove an e-mail domain"))
def prove(request: HttpRequest, mine: Stewardship, domain: str) -> HttpResponse:
    """Look for the record now."""

    def look() -> str:
        row = domains.prove(mine.organisation, mine.user, domain)
        return gettext("%(domain)s is yours") % {"domain": row.name}

    return _press(request, mine, look)


@changing(_("Give an e-mail domain up"))
def remove_domain(request: HttpRequest, mine: Stewardship, domain: str) -> HttpResponse:
    """Give a domain up."""
    given = {"domain": domain}
    return _press(
        request, mine, lambda: deeds.wish(mine.organisation, mine.user, deeds.DOMAIN, given)
    )


@changing(_("Unlink somebody from single sign-on"))
def unlink(request: HttpRequest, mine: Stewardship, number: int) -> HttpResponse:
    """Forget how somebody is called at the provider."""

    def forget() -> str:
        user = services.unlink(mine.organisation, mine.user, number)
        return gettext("%(who)s is unlinked and signed out") % {"who": user.get_short_name()}

    return _press(request, mine, forget)


@room(owners=True)
def attempt(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """There and back, as everybody will go."""
    row = services.of(mine.organisation)
    if row is None:
        raise Http404("Single sign-on is not set up.")
    page = redirect(PAGE, mine.organisation.shown)["Location"]
    request.session[BACK] = page
    return door.onward(request, row, entrance.TRY, page, mine.user.email)


def _save(
    request: HttpRequest,
    mine: Stewardship,
    name: str,
    form: forms.Refusing,
    deed: str,
    given: Callable[[], dict[str, Any]],
) -> HttpResponse:
    if form.is_valid():
        try:
            messages.success(request, deeds.wish(mine.organisation, mine.user, deed, given()))
            return redirect(PAGE, mine.organisation.shown)
        except Problem as problem:
            form.refuse(problem)
    return _draw(request, mine, 422, **{name: form})


def _press(request: HttpRequest, mine: Stewardship, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
    return redirect(PAGE, mine.organisation.shown)


def _draw(request: HttpRequest, mine: Stewardship, status: int = 200, **given: Any) -> HttpResponse:
    row = services.of(mine.organisation)
    every = domains.listed(mine.organisation)
    context = {
        "row": row,
        "redirect_uri": callback_address(mine.organisation),
        "domains": every,
        "proved": any(one.proved_at for one in every),
        "tried": request.session.get(TRIED) if row and row.tested_at else None,
        "people": services.arrived(row) if row else [],
        "own_second_step": twosteps.has(mine.user),
        "provider": forms.Provider(row=row),
        "welcome": forms.Welcome(organisation=mine.organisation, row=row),
        "switch": forms.Switch(row=row),
        "domain": forms.Domain(),
    }
    return draw(request, mine, "portal/sso/setting.html", context | given, status)
