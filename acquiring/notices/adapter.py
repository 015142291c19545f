"""Where allauth asks us to write to somebody: the letter is queued like every other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import translation

from acquiring.core import context as request_context
from acquiring.core import ids
from acquiring.notices import safety, services, sign_on
from merchants import adapter, twosteps
from merchants.agents import read
from merchants.models import User
from merchants.sso import rules

# What allauth tells people of, by the template it would use, as we call it.
KINDS = {
    "mfa/email/totp_activated": "two_steps_on",
    "mfa/email/totp_deactivated": "two_steps_off",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "codes_new",
    "account/email/password_reset": "password_new",
    "account/email/password_changed": "password_new",
    "account/email/password_set": "password_new",
}


class AccountAdapter(adapter.AccountAdapter):
    """Our people's account, with letters that wait for no mail server."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the letter; a signed-up person reads it in their own language."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        facts = {name: value for name, value in context.items() if isinstance(value, str)}
        with transaction.atomic():
            services.write(f"account:{ids.new().hex}", template_prefix, email, language, facts)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that the way they sign in changed, and note it where they work."""
        kind = KINDS.get(template_prefix)
        if kind is None:
            return
        if kind != "password_new":
            twosteps.note(user, f"login.{kind}")
        self._write(kind, user)

    def meet_strange_browser(self, request: HttpRequest, user: User) -> None:
        """Noted, and the person is written to."""
        super().meet_strange_browser(request, user)
        self._write("new_device", user)

    def meet_break_in(self, request: HttpRequest, user: User) -> None:
        """Noted, and every owner of the organisation is written to."""
        super().meet_break_in(request, user)
        row = rules.only_for(user.email)
        if row is not None:
            agent = str(read(request.META.get("HTTP_USER_AGENT", "")))
            facts = {"who": user.get_short_name(), "device": agent}
            address = request_context.address()
            sign_on.tell_owners(row.organisation, "sso_break_in", **facts, address=address)

    def _write(self, kind: str, user: User) -> None:
        agent = str(read(self.request.META.get("HTTP_USER_AGENT", "")))
        safety.write(kind, user, device=agent, address=request_context.address())
