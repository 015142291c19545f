"""The door: the e-mail address first, then a password or the organisation's provider.

A browser goes on to the provider from a page of its own, not from the form: the pages' policy lets
no form end elsewhere, and people see where they are sent.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from acquiring.core.errors import Problem
from acquiring.portal.sso import entrance
from merchants.models import User
from merchants.sso import oidc, rules, services, sessions
from merchants.sso.models import SingleSignOn
from merchants.sso.provider import Doorway

HINT = "single_sign_on_hint"  # the session's word for the address that was typed
PASSWORD = "password"  # noqa: S105 (the name of a way)


class Door(LoginView):
    """Asks the address, then what its domain comes by. Sent together, both are taken at once."""

    def post(self, request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
        """On to the provider, to the password, or in."""
        email = request.POST.get("login", "").strip()[:254]
        row = None if request.POST.get("way") == PASSWORD else rules.for_address(email)
        if row is not None:
            request.session[HINT] = email
            return redirect(way_in(row, get_next_redirect_url(request)))
        if "password" not in request.POST and rules.domain_of(email):
            self.initial = {"login": email}
            return self.render_to_response(self.get_context_data(form=self._fresh(email)))
        return super().post(request, *args, **names)

    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        """Whether the password is asked on this page."""
        shown = super().get_context_data(**facts)
        request = self.request
        way = request.POST.get("way") or request.GET.get("way")
        asked = request.method == "POST" and (
            "password" in request.POST or not shown["form"].errors
        )
        return {**shown, "way": way, "with_password": way == PASSWORD or asked}

    def _fresh(self, email: str) -> Any:
        return self.get_form_class()(initial={"login": email}, request=self.request)


def way_in(row: SingleSignOn, then: str | None) -> str:
    """The address from which a browser goes on to the provider."""
    query = f"?{urlencode({'next': then})}" if then else ""
    return reverse("openid_connect_login", args=[row.shown]) + query


@never_cache
def begin(request: HttpRequest, shown: str) -> HttpResponse:
    """On to the provider."""
    row = _row(shown)
    if not row.on:
        return entrance.refuse(request, "switched_off")
    hint = request.session.get(HINT, "")
    return onward(request, row, entrance.LOGIN, get_next_redirect_url(request) or "", hint)


@never_cache
def callback(request: HttpRequest, shown: str) -> HttpResponse:
    """Back from the provider."""
    _row(shown)
    try:
        return OAuth2CallbackView.adapter_view(Doorway(request, shown))(request)
    except SocialApp.DoesNotExist as gone:
        raise Http404(shown) from gone


@login_required
@never_cache
def again(request: HttpRequest) -> HttpResponse:
    """To the provider, to say there once more who one is."""
    if not sessions.by(request):
        return redirect("account_reauthenticate")
    row = _row(sessions.by(request))
    then = get_next_redirect_url(request) or ""
    assert isinstance(request.user, User), "behind the login"
    return onward(request, row, entrance.AGAIN, then, request.user.email)


@never_cache
def only(request: HttpRequest) -> HttpResponse:
    """A password or passkey was right, and opens nothing: the domain comes by single sign-on."""
    return render(request, "portal/sso/only.html", status=403)


@never_cache
def out(request: HttpRequest) -> HttpResponse:
    """Signed out here; on to be signed out at the provider."""
    to = sessions.signed(request.GET.get("to", ""))
    if not to:
        return redirect("account_login")
    return render(
        request, "portal/sso/onward.html", {"to": to, "host": urlsplit(to).netloc, "out": True}
    )


def onward(
    request: HttpRequest, row: SingleSignOn, process: str, then: str, hint: str
) -> HttpResponse:
    """The page that leads on to a provider, by itself or by a press."""
    try:
        to = entrance.leave(request, row, process, then, hint)
    except oidc.Refused as refused:
        return entrance.refuse(request, refused.code, refused.facts, process)
    return render(request, "portal/sso/onward.html", {"to": to, "host": urlsplit(to).netloc})


def _row(shown: str) -> SingleSignOn:
    try:
        return services.by_id(shown)
    except Problem as problem:
        raise Http404(problem.message) from problem
