"""Letters as they are sent: subject, plain text and HTML, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, pgettext

from acquiring.core import ids
from acquiring.notices import organisations, safety, services, words
from merchants import invitations, notices, queries, roles
from merchants.branding import Look
from merchants.models import Invitation, Merchant, User

INK, WHITE = "#10222c", "#ffffff"
OUR_COLOUR = "#123642"

Facts = Mapping[str, Any]


class Sender(NamedTuple):
    """In whose name a letter is: the tile at its top."""

    name: str
    colour: str
    ink: str
    reply_to: str = ""

    @property
    def initials(self) -> str:
        """One or two letters that stand for the name."""
        words = self.name.split()
        letters = words[0][:1] + words[1][:1] if len(words) > 1 else self.name[:2]
        return letters.upper()


class Drawn(NamedTuple):
    """A letter in its two forms."""

    sender: Sender
    subject: str
    text: str
    html: str


def draw(template: str, language: str, facts: Facts, merchant_id: UUID) -> Drawn:
    """Fill a letter's three files; raises LookupError when whom it is about is gone."""
    with translation.override(language):
        return fill(template, CONTEXTS.get(template, _account)(facts, merchant_id))


def fill(template: str, context: dict[str, Any]) -> Drawn:
    """The three files of a template, filled, in the language that is active."""
    around = {"host": urlsplit(settings.BASE_URL).netloc, "base_url": settings.BASE_URL, **context}
    subject = render_to_string(f"{template}_subject.txt", around)
    around["subject"] = " ".join(subject.split())
    return Drawn(
        context["sender"],
        around["subject"],
        render_to_string(f"{template}_message.txt", around).strip() + "\n",
        render_to_string(f"{template}_message.html", around),
    )


def ours() -> Sender:
    """A letter of the platform itself."""
    return Sender("Caravel", OUR_COLOUR, WHITE)


def about_a_notice(facts: Facts, merchant: Merchant, person: User) -> dict[str, Any]:
    """What `emails/notice` is filled with."""
    kind, subject = facts["kind"], facts["subject"]
    said = words.say(kind, facts["facts"], person.time_zone)
    mode = mode_of(merchant.mode, facts["facts"])
    return {
        "sender": Sender(merchant.name, OUR_COLOUR, WHITE),
        "said": said,
        "is_test": mode == "test",
        "link": settings.BASE_URL + address(mode, kind, subject),
        "choose": settings.BASE_URL + reverse(f"{merchant.mode}:settings_notices"),
        "rows": _rows(facts["facts"], person.time_zone),
        "person": person.get_short_name(),
    }


def to_a_shopper(facts: Facts, look: Look, is_test: bool) -> dict[str, Any]:
    """What `emails/receipt` and `emails/refund` are filled with."""
    rows = [
        (pgettext("receipt", "Order"), facts["reference"]),
        (pgettext("receipt", "For"), facts["description"]),
        (pgettext("receipt", "Paid with"), facts["paid_with"]),
        (pgettext("receipt", "Date"), words.day(datetime.fromisoformat(facts["at"]), "UTC")),
        (pgettext("receipt", "Number"), facts["number"]),
    ]
    return {
        "sender": Sender(look.name, look.colour, ink_on(look.colour), look.support_email),
        "look": look,
        "is_test": is_test,
        "country": words.locale().territories.get(look.country, look.country),
        "amount": words.shoppers_money(facts["amount"], facts["currency"]),
        "rows": [(name, value) for name, value in rows if value],
    }


def to_the_invited(invitation: Invitation) -> dict[str, Any]:
    """What `emails/invite` is filled with. It is ours, and answers go to who invited."""
    by = invitation.invited_by
    role = gettext(invitation.role_title)
    rows = [
        (pgettext("invitation", "Business"), str(invitation.business)),
        (pgettext("invitation", "Your role"), role),
        (pgettext("invitation", "Invited by"), f"{by.name} ({by.email})".strip() if by else ""),
        (pgettext("invitation", "Valid until"), words.moment(invitation.expires_at, "UTC")),
    ]
    token = invitations.token_of(invitation)
    return {
        "sender": ours()._replace(reply_to=by.email if by else ""),
        "business": str(invitation.business),
        "who": by.get_short_name() if by else str(invitation.business),
        "role": role,
        "use": gettext(roles.uses()[invitation.role]) if invitation.role in roles.uses() else "",
        "rows": [(name, value) for name, value in rows if value],
        "link": settings.BASE_URL + reverse("invitation", args=(token,)),
    }


def mode_of(mode: str, facts: Facts) -> str:
    """The mode a notice is about: that of whom it is told to, unless it says another. The test
    merchant hears of the application for live payments.
    """
    return str(facts.get("mode", mode))


def address(mode: str, kind: str, subject: str) -> str:
    """The page of the portal that a notice opens."""
    about = words.WORDS[kind]
    return reverse(f"{mode}:{about.page}", args=() if about.alone else (subject,))


def ink_on(colour: str) -> str:
    """White or ink, whichever is easier to read on a colour (`#rrggbb`)."""
    light = _luminance(colour)
    on_white = (1 + 0.05) / (light + 0.05)
    on_ink = (light + 0.05) / (_luminance(INK) + 0.05)
    return WHITE if on_white >= on_ink else INK


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rows(facts: Facts, zone: str) -> list[tuple[str, str]]:
    """The facts that stand in a letter's table besides its sentences."""
    shown = words.readable(facts, zone)
    return [(str(title), shown[name]) for name, title in words.ROWS if shown.get(name)]


def _notice(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    person = User.objects.filter(pk=facts["person"], is_active=True).first()
    if merchant is None or person is None:
        raise LookupError("nobody to write to")
    permission = notices.kinds()[facts["kind"]].permission
    if person not in services.people(merchant_id, permission):  # a letter may wait for a day
        raise LookupError("it is no longer for them to know")
    return about_a_notice(facts, merchant, person)


def _shopping(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    store_id = ids.read("sto", facts["store"]) if facts.get("store") else None
    look = queries.branding(merchant_id, store_id)
    return to_a_shopper(facts, look, queries.mode_of(merchant_id) == "test")


def _invitation(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    about = Invitation.objects.select_related("business", "invited_by", "custom")
    row = about.filter(pk=facts["invitation"], accepted_at=None, revoked_at=None).first()
    if row is None:
        raise LookupError("the invitation was taken back")
    return to_the_invited(row)


def _account(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    return {"sender": ours(), **facts}


def _safety(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    return {"sender": ours(), **safety.drawn(facts, merchant_id)}


def _joining(facts: Facts, merchant_id: UUID) -> dict[str, Any]:
    return to_the_asked(organisations.drawn(facts, merchant_id))


def to_the_asked(context: dict[str, Any]) -> dict[str, Any]:
    """What `emails/joining` is filled with. Answers go to who asked."""
    return {"sender": ours()._replace(reply_to=context["reply_to"]), **context}


CONTEXTS: dict[str, Callable[[Facts, UUID], dict[str, Any]]] = {
    "emails/invite": _invitation,
    "emails/notice": _notice,
    "emails/receipt": _shopping,
    "emails/refund": _shopping,
    organisations.TEMPLATE: _joining,
    safety.TEMPLATE: _safety,
}
