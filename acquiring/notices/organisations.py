"""What changes about an organisation, with the letters that tell those who gain or lose by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from acquiring.notices import safety, services, words
from merchants import team
from merchants.models import Business, Membership, User
from merchants.organisations import asking, belonging, stewards
from merchants.organisations.belonging import Left
from merchants.organisations.models import Asked, Organisation, Stewardship

TEMPLATE = "emails/joining"
TITLES: dict[str, str] = {
    stewards.OWNER: "Owner",
    stewards.VIEWER: "Viewer",
}  # translated when a letter is drawn
ASKS = {
    Asked.Kind.OWNER: (
        _("Look after %(organisation)s on Caravel"),
        _("%(who)s asks you to look after an organisation with them, as one of its owners."),
    ),
    Asked.Kind.VIEWER: (
        _("Look after %(organisation)s on Caravel"),
        _("%(who)s asks you to look after an organisation with them, as a viewer."),
    ),
    Asked.Kind.BUSINESS: (
        _("Bring your business into %(organisation)s on Caravel"),
        _("%(who)s asks you to bring a business of yours into their organisation."),
    ),
}


@transaction.atomic
def ask(organisation: Organisation, by: User, email: str, kind: str) -> Asked:
    """Ask somebody and write to them. Raises Problem naming the field."""
    row = asking.ask(organisation, by, email, kind)
    known = User.objects.filter(email__iexact=row.email).first()
    facts = {"asked": str(row.pk)}
    services.write(f"asked:{row.pk.hex}", TEMPLATE, row.email, (known or by).language, facts)
    return row


@transaction.atomic
def accept(token: str, user: User) -> Stewardship:
    """Begin to look after an organisation; its owners are told. Raises Problem."""
    row = asking.accept(token, user)
    facts = {"organisation": row.organisation.name, "who": user.get_short_name()}
    others = [one for one in _owners(row.organisation_id) if one.pk != user.pk]
    _write("steward_added", others, {**facts, "role": TITLES[row.role]})
    return row


@transaction.atomic
def change_steward(organisation: Organisation, by: User, shown: str, role: str) -> Stewardship:
    """Let a steward do more, or less, and write to them. Raises Problem."""
    before = stewards.find(organisation, shown).role
    row = stewards.change(organisation, by, shown, role)
    if row.role != before:
        _write("steward_role", [row.user], _about(organisation, by) | {"role": TITLES[row.role]})
    return row


@transaction.atomic
def remove_steward(organisation: Organisation, by: User, shown: str) -> Stewardship:
    """Let somebody look after it no more and write to them. Raises Problem."""
    row = stewards.remove(organisation, by, shown)
    _write("steward_removed", [row.user], _about(organisation, by))
    return row


@transaction.atomic
def join(token: str, user: User, business_id: UUID) -> Left:
    """Bring a business in by an invitation; both sides' owners are told. Raises Problem."""
    return _told("business_joined", belonging.accept(token, user, business_id), user)


@transaction.atomic
def bring_own(organisation: Organisation, by: User, business_id: UUID) -> Left:
    """Bring a business in as an owner of both; other owners are told. Raises Problem."""
    return _told("business_joined", belonging.bring_own(organisation, by, business_id), by)


@transaction.atomic
def leave(business: Business, by: User) -> Left:
    """Let a business go; both sides' owners are told. Raises Problem."""
    before = business.organisation_id
    former = _owners(before)
    return _told("business_left", belonging.leave(business, by), by, former)


def drawn(facts: Mapping[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """What `emails/joining` is filled with, without its sender; raises LookupError."""
    rows = Asked.objects.select_related("organisation", "asked_by")
    row = rows.filter(pk=facts["asked"], accepted_at=None, revoked_at=None).first()
    if row is None:
        raise LookupError("the invitation was taken back")
    return filled(row)


def filled(row: Asked) -> dict[str, Any]:
    """The words of a letter to who is asked."""
    by = row.asked_by
    title, text = ASKS[Asked.Kind(row.kind)]
    said = {
        "organisation": row.organisation.name,
        "who": by.get_short_name() if by else row.organisation.name,
    }
    asker = f"{by.name} ({by.email})".strip() if by else ""
    rows = [
        (pgettext("invitation", "Organisation"), row.organisation.name),
        (pgettext("invitation", "Invited by"), asker),
        (pgettext("invitation", "Valid until"), words.moment(row.expires_at, "UTC")),
    ]
    return {
        "title": gettext(str(title)) % said,
        "text": gettext(str(text)) % said,
        "rows": [(name, value) for name, value in rows if value],
        "link": settings.BASE_URL + reverse("joining", args=(asking.token_of(row),)),
        "reply_to": by.email if by else "",
    }


def _told(kind: str, left: Left, by: User, former: Iterable[User] = ()) -> Left:
    mine = Membership.objects.select_related("user").filter(business=left.business, role=team.OWNER)
    owners = [one.user for one in mine.filter(user__is_active=True)[: stewards.MOST]]
    people = [*owners, *_owners(left.after.pk), *former, *left.gone]
    name = left.before.name if kind == "business_left" else left.after.name
    facts = {"organisation": name, "who": by.get_short_name(), "business": str(left.business)}
    _write(kind, {one.pk: one for one in people}.values(), facts)
    return left


def _owners(organisation_id: UUID) -> list[User]:
    rows = stewards.all_of(organisation_id)
    return [one.user for one in rows if one.role == stewards.OWNER and one.user.is_active]


def _about(organisation: Organisation, by: User) -> dict[str, str]:
    return {"organisation": organisation.name, "who": by.get_short_name()}


def _write(kind: str, people: Iterable[User], facts: Mapping[str, str]) -> None:
    for person in people:
        safety.write(kind, person, **facts)
