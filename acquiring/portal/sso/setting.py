"""The page on which owners of an organisation set single sign-on up, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.sso import deeds, door, entrance, forms
from merchants import twosteps
from merchants.models import User
from merchants.organisations.models import Organisation
from merchants.sso import domains, rules, services
from merchants.sso.provider import callback_address

PAGE = "organisation_sso"
TRIED = "single_sign_on_tried"  # the session's word for what the provider said of who tried it
BACK = "single_sign_on_page"  # and for where they return to when it failed
View = Callable[..., HttpResponse]


def room(view: View) -> View:
    """A page of an organisation for its owners; to everybody else there is none."""

    @login_required
    @never_cache
    @wraps(view)
    def shown_to(request: HttpRequest, shown: str, **names: Any) -> HttpResponse:
        try:
            found = Organisation.objects.filter(pk=ids.read("org", shown)).first()
            if found is None or not rules.owns(found.pk, user_of(request)):
                raise Http404(shown)
            return view(request, found, **names)
        except Problem as problem:
            if problem.status != 404:
                raise
            raise Http404(problem.message) from problem

    return shown_to


def changing(what: Any) -> Callable[[View], View]:
    """A button of the page: pressed by owners who said lately who they are."""

    def decorate(view: View) -> View:
        return require_POST(freshly_authenticated(room(view), what=what))

    return decorate


def user_of(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User), "behind the login"
    return request.user


@room
def show(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """How far single sign-on is, and everything about it."""
    return _draw(request, organisation)


@changing(_("Set up single sign-on"))
def set_up(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The provider, looked at at once."""
    form = forms.Provider(request.POST, row=services.of(organisation))
    return _save(request, organisation, "provider", form, deeds.SET_UP, lambda: form.cleaned_data)


@changing(_("Change who is let in by single sign-on"))
def welcome(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What people get who come for the first time."""
    form = forms.Welcome(request.POST, organisation=organisation, row=None)
    return _save(request, organisation, "welcome", form, deeds.WELCOME, lambda: form.cleaned_data)


@changing(_("Switch single sign-on"))
def switch(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Off, on, or the only way in."""
    form = forms.Switch(request.POST, row=services.of(organisation))

    def wanted() -> dict[str, Any]:
        state = form.cleaned_data["state"]
        return {"on": state != forms.OFF, "only": state == forms.ONLY}

    return _save(request, organisation, "switch", form, deeds.SWITCH, wanted)


@changing(_("Take single sign-on away"))
def remove(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Take it away."""
    return _press(request, organisation, lambda: _do(request, organisation, deeds.REMOVE, {}))


@changing(_("Add an e-mail domain"))
def add_domain(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """A domain that is to be proved."""
    form = forms.Domain(request.POST)
    if form.is_valid():
        try:
            domains.add(organisation, user_of(request), form.cleaned_data["name"])
            return redirect(PAGE, organisation.shown)
        except Problem as problem:
            form.refuse(problem)
    return _draw(request, organisation, 422, domain=form)


@changing(_("Prove an e-mail domain"))
def prove(request: HttpRequest, organisation: Organisation, domain: str) -> HttpResponse:
    """Look for the record now."""

    def look() -> str:
        row = domains.prove(organisation, user_of(request), domain)
        return gettext("%(domain)s is yours") % {"domain": row.name}

    return _press(request, organisation, look)


@changing(_("Give an e-mail domain up"))
def remove_domain(request: HttpRequest, organisation: Organisation, domain: str) -> HttpResponse:
    """Give a domain up."""
    given = {"domain": domain}
    return _press(request, organisation, lambda: _do(request, organisation, deeds.DOMAIN, given))


@changing(_("Unlink somebody from single sign-on"))
def unlink(request: HttpRequest, organisation: Organisation, number: int) -> HttpResponse:
    """Forget how somebody is called at the provider."""

    def forget() -> str:
        user = services.unlink(organisation, user_of(request), number)
        return gettext("%(who)s is unlinked and signed out") % {"who": user.get_short_name()}

    return _press(request, organisation, forget)


@room
def attempt(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """There and back, as everybody will go."""
    row = services.of(organisation)
    if row is None:
        raise Http404("Single sign-on is not set up.")
    page = redirect(PAGE, organisation.shown)["Location"]
    request.session[BACK] = page
    return door.onward(request, row, entrance.TRY, page, user_of(request).email)


def _do(request: HttpRequest, organisation: Organisation, deed: str, given: dict[str, Any]) -> str:
    """Do it, or propose it where a business wants a second person; returns what to say."""
    return deeds.wish(organisation, user_of(request), deed, given)


def _save(
    request: HttpRequest,
    organisation: Organisation,
    name: str,
    form: forms.Refusing,
    deed: str,
    given: Callable[[], dict[str, Any]],
) -> HttpResponse:
    if form.is_valid():
        try:
            messages.success(request, _do(request, organisation, deed, given()))
            return redirect(PAGE, organisation.shown)
        except Problem as problem:
            form.refuse(problem)
    return _draw(request, organisation, 422, **{name: form})


def _press(
    request: HttpRequest, organisation: Organisation, act: Callable[[], str]
) -> HttpResponse:
    try:
        messages.success(request, act())
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
    return redirect(PAGE, organisation.shown)


def _draw(
    request: HttpRequest, organisation: Organisation, status: int = 200, **given: Any
) -> HttpResponse:
    row = services.of(organisation)
    user = user_of(request)
    every = domains.listed(organisation)
    context = {
        "organisation": organisation,
        "row": row,
        "redirect_uri": callback_address(organisation),
        "domains": every,
        "proved": any(one.proved_at for one in every),
        "tried": request.session.get(TRIED) if row and row.tested_at else None,
        "people": services.arrived(row) if row else [],
        "own_second_step": twosteps.has(user),
        "provider": forms.Provider(row=row),
        "welcome": forms.Welcome(organisation=organisation, row=row),
        "switch": forms.Switch(row=row),
        "domain": forms.Domain(),
    }
    return render(request, "portal/sso/setting.html", context | given, status=status)
