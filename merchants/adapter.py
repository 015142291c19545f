"""Where allauth asks us: how a person is stored, what they read, and what is not said."""

from __future__ import annotations

from typing import Any

import axes.utils
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from acquiring.core import clock
from merchants import devices, twosteps
from merchants.models import User
from merchants.sso import rules, sessions

ONE_YEAR_SECONDS = 365 * 24 * 3600
LOGGED_IN_AT = "logged_in_at"  # the session's word for the moment of the login, in seconds


class AccountAdapter(DefaultAccountAdapter):
    """Our users have no user name; their language is the one they signed up in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Fill the new person from the sign-up form."""
        user.email = form.cleaned_data["email"].strip().lower()
        user.name = form.cleaned_data.get("name", "")
        user.language = getattr(request, "LANGUAGE_CODE", "en")
        user.set_password(form.cleaned_data["password1"])
        if commit:
            user.save(force_insert=True)
        return user

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        """Nobody comes by password or passkey whose domain comes by single sign-on only."""
        response = super().pre_login(request, user, **facts)
        by_provider = "sociallogin" in (facts.get("signal_kwargs") or {})
        if response or by_provider or rules.demanded_of(user) is None:
            return response
        return redirect("single_sign_on_only")

    def get_login_stages(self) -> list[str]:
        """The second step may have been shown at the provider already."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "merchants.sso.stages.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Who came by single sign-on says there who they are; never by a password that is shut."""
        ways = super().get_reauthentication_methods(user)
        if sessions.by(self.request):
            there = {"id": "sso", "description": "", "url": reverse("single_sign_on_again")}
            ways = [there, *(one for one in ways if one["id"] != "reauthenticate")]
        return ways

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Who came by single sign-on may end that, too."""
        return sessions.way_out(request) or super().get_logout_redirect_url(request)

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """The pages speak the person's language from here on."""
        response = super().post_login(request, user, **facts)
        if not sessions.begin(request, user) and rules.only_for(user.email):
            self.meet_break_in(request, user)
        remember_language(response, user.language)
        request.session[LOGGED_IN_AT] = sessions.said_at(request, int(clock.now().timestamp()))
        if devices.recognise(request, response, user):
            self.meet_strange_browser(request, user)
        return response

    def meet_strange_browser(self, request: HttpRequest, user: User) -> None:
        """A person signed in where they never did before: it stands in the log."""
        twosteps.note(user, "login.new_device")

    def meet_break_in(self, request: HttpRequest, user: User) -> None:
        """An owner came in without the provider that everybody else comes by: it is in the log."""
        twosteps.note(user, "login.without_provider")

    def is_reauthentication_required(self, *, app: str, **facts: Any) -> bool:
        """Whether the login itself is too old to vouch for something sensitive."""
        logged_in_at = self.request.session.get(LOGGED_IN_AT, 0)
        age_seconds = int(clock.now().timestamp()) - logged_in_at
        return age_seconds > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Links in e-mails lead to the address we were given, never to what a request claims."""
        return _at_home("account_confirm_email", key=emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """As above; `key` is "<person>-<token>"."""
        person, _dash, token = key.partition("-")
        return _at_home("account_reset_password_from_key", uidb36=person, key=token)

    def set_password(self, user: User, password: str) -> None:
        """A new password also opens a locked-out login: who could set it owns the mailbox."""
        super().set_password(user, password)
        axes.utils.reset(username=user.email)

    def add_message(self, *args: Any, **keywords: Any) -> None:
        """No "you have logged in": the next page shows it."""


def _at_home(page: str, **names: str) -> str:
    return settings.BASE_URL + reverse(page, kwargs=names)


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the language in the browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=ONE_YEAR_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
