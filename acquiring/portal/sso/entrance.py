"""Where allauth asks us about who comes back from a provider: let in, asked again, refused."""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.notices import sign_on
from acquiring.portal.sso import words
from merchants.models import User
from merchants.sso import arrivals, calls, oidc, provider, services, sessions
from merchants.sso.models import SingleSignOn

LOGIN, TRY, AGAIN = "login", "try", "again"
ASKED_AGAIN = {"prompt": "login", "max_age": "0"}


def leave(request: HttpRequest, row: SingleSignOn, process: str, then: str, hint: str) -> str:
    """The provider's address that a browser goes to now; raises Refused."""
    nonce = secrets.token_urlsafe(32)
    asked = {"nonce": nonce, **({"login_hint": hint} if hint else {})}
    asked |= ASKED_AGAIN if process == AGAIN else {}
    oidc.document(row.issuer)
    answer = provider.Provider(request, app=provider.app(row)).redirect(
        request, process, next_url=then or None, auth_params=asked, nonce=nonce, begun=time.time()
    )
    return answer["Location"]


def refuse(
    request: HttpRequest, code: str, facts: dict[str, str] | None = None, process: str = LOGIN
) -> HttpResponse:
    """The page that says why nobody came in."""
    if process == TRY and request.user.is_authenticated:
        messages.error(request, words.reason(code, facts or {}))
        back = request.session.pop("single_sign_on_page", "")
        if back:
            return redirect(back)
    said = {"reason": words.reason(code, facts or {}), "again": process == AGAIN}
    return render(request, "portal/sso/refused.html", said, status=403)


class Adapter(DefaultSocialAccountAdapter):
    """Our rows, our sockets, our pages; nobody is found by e-mail, and no form signs anybody up."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one application that is asked for."""
        try:
            return [app_of(services.by_id(provider or ""))]
        except Problem:
            return []

    def get_requests_session(self) -> calls.Session:
        return calls.Session()

    def generate_state_param(self, state: dict) -> str:
        return secrets.token_urlsafe(32)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def send_notification_mail(self, *args: Any, **facts: Any) -> None:
        """Our letters say it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Everything is verified but what belongs to this browser's own beginning."""
        state, claims = sociallogin.state, sociallogin.claims
        oidc.check_nonce(claims, str(state.get("nonce", "")))
        row = services.by_id(sociallogin.account.provider)
        if state.get("process") == TRY:
            raise ImmediateHttpResponse(_tried(request, row, claims, state))
        if state.get("process") == AGAIN:
            raise ImmediateHttpResponse(_again(request, row, sociallogin))
        _arrive(request, row, sociallogin)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Whatever went wrong is said on our own page."""
        state = (extra_context or {}).get("state") or {}
        code, facts = _fault(request, error, exception, bool(state))
        page = refuse(request, code, facts, str(state.get("process", LOGIN)))
        raise ImmediateHttpResponse(page)


def app_of(row: SingleSignOn) -> SocialApp:
    """The row as allauth knows it."""
    return provider.app(row)


def _fault(
    request: HttpRequest, error: Any, exception: Exception | None, known: bool
) -> tuple[str, dict[str, str]]:
    if isinstance(exception, oidc.Refused):
        return exception.code, exception.facts
    if error == AuthError.CANCELLED:
        return "cancelled", {}
    if not known:
        return "begun_elsewhere", {}
    if exception is not None:
        return "provider_refused", {"said": str(exception)[:200]}
    said = request.GET.get("error_description") or request.GET.get("error") or "-"
    return "provider_refused", {"said": said[:200]}


@transaction.atomic
def _arrive(request: HttpRequest, row: SingleSignOn, login: SocialLogin) -> None:
    arrival = arrivals.arrive(row, login.claims)
    if arrival.linked:
        sign_on.tell_linked(row, arrival.user)
    if arrival.new:
        language = getattr(request, "LANGUAGE_CODE", "en")
        User.objects.filter(pk=arrival.user.pk).update(language=language)
    login.user, login.account = arrival.user, arrival.account
    asked_at = login.claims.get("auth_time")
    # For `sessions`, once allauth has signed the person in; Django's requests carry such facts.
    request.single_sign_on = {  # type: ignore[attr-defined]
        "strong": arrivals.vouched(row, arrival.user, login.claims),
        "at": int(asked_at) if isinstance(asked_at, int | float) else 0,
        "signed": login.signed,
    }


def _again(request: HttpRequest, row: SingleSignOn, login: SocialLogin) -> HttpResponse:
    """Who is signed in was asked once more, and is the same person."""
    oidc.check_fresh(login.claims, float(login.state["begun"]))
    known = login.account.pk is not None and login.account.user_id == request.user.pk
    if not known or sessions.by(request) != row.shown:
        raise oidc.Refused("other_person")
    record_authentication(
        request, request.user, sessions.METHOD, reauthenticated=True,
        provider=row.shown, uid=login.account.uid,
    )  # fmt: skip
    return redirect(login.state.get("next") or "start")


def _tried(
    request: HttpRequest, row: SingleSignOn, claims: oidc.Claims, state: dict[str, Any]
) -> HttpResponse:
    """An owner was there and back: what the provider said, and whether that is enough."""
    arrivals.address(row, claims)
    if not isinstance(request.user, User):  # signed out while they were at the provider
        raise oidc.Refused("other_person")
    try:
        services.tried(row, request.user)
    except Problem as problem:
        raise oidc.Refused("other_person") from problem
    request.session["single_sign_on_tried"] = {
        "name": str(claims.get("name", ""))[:120],
        "email": str(claims["email"]),
        "verified": claims.get("email_verified"),
        "strong": oidc.has_second_step(claims),
        "auth_time": isinstance(claims.get("auth_time"), int | float),
        "at": clock.rfc3339(clock.now()),
    }
    messages.success(request, gettext("You were there and back: all is right"))
    return redirect(state.get("next") or reverse("start"))
