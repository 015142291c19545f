"""Letters about the safety of a person's login and work: each kind's words, and its way out.

They go to the person alone, in their language, whatever they chose to be told: who took an account
over would choose silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import clock, ids
from acquiring.notices import services, words
from merchants.models import User

TEMPLATE = "emails/safety"


class Kind(NamedTuple):
    """A kind of letter: heading, words, colour of its sign, and the page its button opens."""

    title: str | Promise
    text: str | Promise
    tone: str = "calm"
    page: str = "mfa_index"
    action: str | Promise = _("See how you sign in")


KINDS: dict[str, Kind] = {
    "two_steps_on": Kind(
        _("Two-step login is on"),
        _("From now on you sign in with your password and a code of your authenticator app."),
        "ok",
    ),
    "two_steps_off": Kind(
        _("Your authenticator app was taken off"),
        _("Codes of the app no longer open your account."),
        "wait",
    ),
    "passkey_added": Kind(_("A passkey was added"), _("It signs you in without a password."), "ok"),
    "passkey_removed": Kind(_("A passkey was removed"), _("It opens nothing any more."), "wait"),
    "codes_new": Kind(
        _("New recovery codes were made"),
        _("Each opens your account once, without the app. The old ones are dead."),
        "wait",
    ),
    "password_new": Kind(
        _("Your password was changed"), _("The old one opens nothing any more."), "wait"
    ),
    "new_device": Kind(
        _("Somebody signed in to your account from a new device"),
        _("If that was you, there is nothing to do."),
        "wait",
    ),
    "role_changed": Kind(
        _("Your role at %(business)s is now: %(role)s"),
        _("It counts from your next click."),
        page="start",
        action=_("Go to work"),
    ),
    "support_granted": Kind(
        _("%(who)s let Caravel's support look in at %(business)s"),
        _("All that support opens stands in your audit log. Any owner may end it at once."),
        "wait",
        page="test:settings_security",
        action=_("See or end it"),
    ),
    "steward_added": Kind(
        _("%(who)s looks after %(organisation)s now"),
        _("They were asked by one of its owners. You can change or end it at any time."),
        page="organisations",
        action=_("See the organisation"),
    ),
    "steward_role": Kind(
        _("How you look after %(organisation)s has changed: %(role)s"),
        _("It counts from your next click."),
        page="organisations",
        action=_("See the organisation"),
    ),
    "steward_removed": Kind(
        _("You no longer look after %(organisation)s"),
        _("Your roles at its businesses are what they were."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "business_joined": Kind(
        _("%(business)s belongs to the organisation %(organisation)s now"),
        _("Its payments, people and books are what they were. Any owner may let it leave again."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "business_left": Kind(
        _("%(business)s left the organisation %(organisation)s"),
        _("It has an organisation of its own now, looked after by its owners."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "sso_linked": Kind(
        _("You now sign in by %(organisation)s"),
        _("%(provider)s says who you are. If that is not your employer's, tell us at once."),
    ),
    "sso_instead": Kind(
        _("You sign in by %(organisation)s"),
        _("Somebody asked for a new password. Yours opens nothing: %(provider)s lets you in."),
        page="account_login",
        action=_("Sign in"),
    ),
    "sso_changed": Kind(
        _("Single sign-on of %(organisation)s was changed"),
        _("If you did not expect that, look at once: it decides who comes in."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "sso_break_in": Kind(
        _("%(who)s came in without single sign-on"),
        _("Owners with two-step login may, for the day the provider fails. Was this such a day?"),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "domain_missed": Kind(
        _("The record of %(domain)s is gone"),
        _("Put the TXT record back within seven days, or single sign-on ends for its people."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
    "domain_lost": Kind(
        _("%(domain)s is no longer proved"),
        _("Its people come by password again, until the TXT record is there and you prove it."),
        "wait",
        page="start",
        action=_("Go to work"),
    ),
}
ROWS = (
    ("organisation", _("Organisation")),
    ("domain", _("E-mail domain")),
    ("provider", _("Provider")),
    ("deed", _("What")),
    ("business", _("Business")),
    ("role", _("Role")),
    ("who", _("Who")),
    ("reason", _("Reason")),
    ("until", _("Until")),
    ("device", _("Device")),
    ("address", _("Internet address")),
    ("at", _("When")),
)


def write(kind: str, person: User, **facts: str) -> None:
    """Write a person a letter of KINDS, in the current transaction; empty facts are left out."""
    with transaction.atomic():
        services.write(
            f"safety:{ids.new().hex}",
            TEMPLATE,
            person.email,
            person.language,
            {"kind": kind, "person": str(person.pk), "at": clock.rfc3339(clock.now()), **facts},
        )


def drawn(facts: Mapping[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """What `emails/safety` is filled with, without its sender; raises LookupError."""
    person = User.objects.filter(pk=facts["person"]).first()
    if person is None:
        raise LookupError("nobody to write to")
    return filled(facts, person)


def filled(facts: Mapping[str, Any], person: User) -> dict[str, Any]:
    """The words of a letter to this person."""
    kind = KINDS[facts["kind"]]
    said = words.readable({**facts, "at": _moment(facts["at"], person.time_zone)}, person.time_zone)
    if deed := said.get("deed"):
        said["deed"] = gettext(deed)  # written down in English
    rows = [(str(title), said[name]) for name, title in ROWS if said.get(name)]
    own = kind.page.startswith("mfa_")
    return {
        "title": gettext(str(kind.title)) % said,
        "text": gettext(str(kind.text)) % said,
        "tone": kind.tone,
        "chip": pgettext("letter", "Your account") if own else pgettext("letter", "Your work"),
        "rows": rows,
        "link": settings.BASE_URL + reverse(kind.page),
        "action": str(kind.action),
        "reset": settings.BASE_URL + reverse("account_reset_password") if own else "",
    }


def _moment(text: str, zone: str) -> str:
    return words.moment(datetime.fromisoformat(text), zone)
