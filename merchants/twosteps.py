"""Two-step login: how its secrets are kept, and the businesses that ask it of everybody.

allauth does the steps themselves. A business sets a moment from which nobody works there without
them; until then those without are reminded, afterwards they are led to set it up.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM
from acquiring.vault.sealing import seal, unseal
from merchants.models import Business, Membership, User

STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none
GRACE_DAYS = (0, 3, 7, 14)
OWNERS = "owner"
MOST_BUSINESSES = 100
CODE_LASTS_SECONDS = 120
_PURPOSE = "two-step login"


class Adapter(DefaultMFAAdapter):
    """Secrets are sealed by the vault; the words are ours."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not the code. It changes every 30 seconds: type the next."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return b64encode(seal(PLATFORM, text.encode(), _PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return unseal(PLATFORM, b64decode(encrypted_text), _PURPOSE).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code that an authenticator app reads, dark on white in every theme."""
        drawn = BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=5, border=3, light="#fff")
        return drawn.getvalue().decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a passkey is called until its owner names it."""
        known = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": known + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey belongs to: our host, under our name."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


def has(user: User) -> bool:
    """Whether a person's login has a second step."""
    return Authenticator.objects.filter(user=user, type__in=STEPS).exists()


def asked_with(reference: str) -> Exists:
    """The same as a part of a query whose rows name the person in `reference`."""
    return Exists(Authenticator.objects.filter(user_id=OuterRef(reference), type__in=STEPS))


@transaction.atomic
def demand(business: Business, by: User, on: bool, grace_days: int = 7) -> Business:
    """Ask two-step login of everybody who works here from some days on, or no longer.

    Only owners may, and only those who have it themselves. Raises Problem.
    """
    row = Business.objects.select_for_update().get(pk=business.pk)
    member = Membership.objects.filter(business=row, user=by).first()
    if member is None or member.role != OWNERS:
        raise Problem("forbidden", "Only owners may change this.")
    if on and grace_days not in GRACE_DAYS:
        raise Problem("invalid_field", "Choose 0, 3, 7 or 14 days.", "grace_days")
    if on and not has(by):
        raise Problem("invalid_state", "Set up two-step login for yourself first.")
    if on == (row.two_steps_from is not None):
        return row
    before = row.two_steps_from
    row.two_steps_from = clock.now() + timedelta(days=grace_days) if on else None
    row.save(update_fields=["two_steps_from"])
    changes = {"two_steps_from": [_said(before), _said(row.two_steps_from)]}
    actor = f"user:{ids.show('usr', by.pk)}"
    audit.record(actor, "business.two_steps", ids.show("biz", row.pk), None, changes)
    return row


@transaction.atomic
def spend(authenticator: Authenticator, code: str) -> bool:
    """Take a code of an authenticator app for good: False when it was taken before.

    A code is right for a minute and a half. Remembered in the database, so that no other web
    process takes it once more meanwhile.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    now, taken = int(clock.now().timestamp()), row.data.get("taken", {})
    name = sha256(f"{row.pk}:{code}".encode()).hexdigest()[:32]
    if now - taken.get(name, 0) < CODE_LASTS_SECONDS:
        return False
    fresh = {one: at for one, at in taken.items() if now - at < CODE_LASTS_SECONDS}
    row.data = authenticator.data = {**row.data, "taken": {**fresh, name: now}}
    row.save(update_fields=["data"])
    return True


def note(user: User, action: str) -> None:
    """Write into the log of every business a person works for that their login changed.

    `action` is such as "login.two_steps_off".
    """
    mine = Membership.objects.filter(user=user).values_list("business_id", flat=True)
    for business_id in mine[:MOST_BUSINESSES]:
        shown = ids.show("usr", user.pk)
        about = {"user": shown, "email": user.email}
        audit.record(f"user:{shown}", action, ids.show("biz", business_id), None, about)


def demanding(user: User) -> Business | None:
    """The business of a person that asks for two-step login, the first to be without patience."""
    rows = Business.objects.filter(memberships__user=user, two_steps_from__isnull=False)
    return rows.order_by("two_steps_from", "id").first()


def _said(moment: Any) -> str | None:
    return clock.rfc3339(moment) if moment else None
