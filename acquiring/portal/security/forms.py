"""The forms of two-step login, with a limit of tries that every web process counts together."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.utils.translation import gettext_lazy as _

from acquiring.portal.forms import Plain
from merchants import twosteps


class Counted(Plain):
    """A field for a code; wrong ones count with wrong passwords, and lock out like them."""

    errors_said = {"code": _("Enter the code")}
    locked = _("Too many tries. Wait an hour, then try again.")

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        field = self.fields["code"]
        field.label = _("Code")
        field.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}

    def clean_code(self) -> str:
        """The code, without the spaces and dashes that people read it in."""
        credentials = {"username": self.user.email, "login": self.user.email}  # type: ignore[attr-defined]
        if not AxesProxyHandler.is_allowed(context.request, credentials):
            raise forms.ValidationError(self.locked)
        typed = self.cleaned_data["code"]
        self.cleaned_data["code"] = typed.replace(" ", "").replace("-", "")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            AxesProxyHandler.user_login_failed(self, credentials, context.request)
            raise
        used = getattr(self, "authenticator", None)
        if used is not None and used.type == used.Type.TOTP and not twosteps.spend(used, code):
            raise twosteps.Adapter().validation_error("incorrect_code")
        return code


class Code(Counted, base.AuthenticateForm):
    """The second step of a login."""


class CodeAgain(Counted, base.ReauthenticateForm):
    """A code before something sensitive."""


class FirstCode(Counted, totp.ActivateTOTPForm):
    """The first code of an authenticator app: it proves that the app has the secret."""


class Passkey(Plain, webauthn.AddWebAuthnForm):
    """A passkey to be made; every one may also sign in alone."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields.pop("passwordless", None)
        self.fields["name"].label = _("Name")
        self.fields["name"].help_text = _("Where it lives, such as “My phone”.")
        self.fields["name"].max_length = 60  # type: ignore[attr-defined]


class PasskeyName(Plain, webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    errors_said = {"name": _("Enter a name")}

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["name"].label = _("Name")
