"""Which organisation a business belongs to: opened within one, brought in, let go.

It is brought in when an owner of the organisation asked and an owner of the business agrees; it
leaves when an owner of either side wants it, and then has an organisation of its own again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants import services, team
from merchants.models import Business, Membership, User
from merchants.organisations import asking, founding, stewards
from merchants.organisations.models import Asked, Organisation, Stewardship

MOST_BUSINESSES = 100  # of one organisation
MOST_OPENED_A_DAY = 20  # each with a sandbox


class Left(NamedTuple):
    """A business that moved: from where, to where, and who looked after the former if that is no
    more.
    """

    business: Business
    before: Organisation
    after: Organisation
    gone: list[User]


@transaction.atomic
def open_another(
    organisation: Organisation, by: User, business_name: str, country: str
) -> services.SignedUp:
    """Open a business with a working sandbox, which its maker owns. Raises Problem."""
    row = stewards.enter(organisation, by)
    _check_room(row)
    since = clock.now() - timedelta(days=1)
    if row.businesses.filter(created_at__gte=since).count() >= MOST_OPENED_A_DAY:
        raise Problem("rate_limited", f"An organisation opens {MOST_OPENED_A_DAY} a day.")
    made = services.sign_up(by, business_name, country, row)
    facts = {"business": ids.show("biz", made.business.pk), "legal_name": str(made.business)}
    stewards.record(by, "organisation.business_opened", row, facts)
    return made


def own(user: User, but: Organisation | None = None) -> list[Business]:
    """The businesses a person owns, by name, without those of one organisation."""
    rows = Business.objects.select_related("organisation")
    rows = rows.filter(memberships__user=user, memberships__role=team.OWNER)
    rows = rows.exclude(organisation=but) if but else rows
    return list(rows.order_by("trading_name", "id")[:MOST_BUSINESSES])


@transaction.atomic
def accept(token: str, user: User, business_id: UUID) -> Left:
    """Bring a business into the organisation that asked for one. Raises Problem."""
    row = asking.claim(token, user)
    if row.kind != Asked.Kind.BUSINESS:
        raise Problem("invalid_state", "This one asks for no business.")
    left = _move(row.organisation, user, business_id)
    asking.settle(row, user)
    return left


@transaction.atomic
def bring_own(organisation: Organisation, by: User, business_id: UUID) -> Left:
    """Bring a business in, as an owner of both. Raises Problem."""
    return _move(stewards.enter(organisation, by), by, business_id)


def leaving(user: User, shown: str) -> Business:
    """A business that this person may part from its organisation, `biz_…`. Raises Problem."""
    rows = Business.objects.select_related("organisation").filter(pk=ids.read("biz", shown))
    row = rows.first()
    if row is None or not (owns(row, user) or _looks_after(row.organisation, user)):
        raise Problem("not_found", f"There is no business {shown[:60]}.")
    return row


@transaction.atomic
def leave(business: Business, by: User) -> Left:
    """Give a business an organisation of its own again, looked after by its owners.

    An owner of either side decides it alone: nobody can be held. Raises Problem.
    """
    before = Organisation.objects.select_for_update().get(pk=business.organisation_id)
    row = Business.objects.select_for_update().get(pk=business.pk)
    steward = _looks_after(before, by)
    if row.organisation_id != before.pk or not (steward or owns(row, by)):
        raise Problem("not_found", "There is no such business here.")
    if steward and not before.businesses.exclude(pk=row.pk).exists():
        raise Problem("invalid_state", "It is the only one here: there is nothing to leave.")
    after = founding.found(str(row), services.user_actor(by))
    for member in Membership.objects.filter(business=row, role=team.OWNER)[: stewards.MOST]:
        Stewardship.objects.create(organisation=after, user_id=member.user_id, role=stewards.OWNER)
    return _settle(row, before, after, by, "organisation.business_left")


def owns(business: Business, user: User) -> bool:
    """Whether a person is an owner of a business."""
    rows = Membership.objects.filter(business=business, user=user, role=team.OWNER)
    return rows.exists()


def _move(organisation: Organisation, user: User, business_id: UUID) -> Left:
    row = Business.objects.select_for_update().filter(pk=business_id).first()
    if row is None or not owns(row, user):
        raise Problem("not_found", "There is no such business of yours.", "business")
    before = Organisation.objects.select_for_update().get(pk=row.organisation_id)
    if before == organisation:
        raise Problem("invalid_state", "It belongs to this organisation already.", "business")
    if before.businesses.exclude(pk=row.pk).exists():
        rule = "It belongs to an organisation with others. Let it leave that one first."
        raise Problem("invalid_state", rule, "business")
    if before.stewardships.exists() and not _looks_after(before, user):
        rule = "Only an owner of its own organisation may bring it into another."
        raise Problem("forbidden", rule, "business")
    if hasattr(before, "single_sign_on"):  # it would end with its organisation, and lock people out
        rule = "Its own organisation has single sign-on. Take that away first."
        raise Problem("invalid_state", rule, "business")
    _check_room(organisation)
    return _settle(row, before, organisation, user, "organisation.business_joined")


def _settle(
    row: Business, before: Organisation, after: Organisation, by: User, action: str
) -> Left:
    row.organisation = after
    row.save(update_fields=["organisation"])
    facts = {
        "business": ids.show("biz", row.pk),
        "legal_name": str(row),
        "organisation": [before.name, after.name],
    }
    stewards.record(by, action, before, facts)
    stewards.record(by, action, after, facts, (row.pk,))
    gone: list[User] = []
    if not before.businesses.exists():
        gone = [one.user for one in stewards.all_of(before.pk)]
        stewards.record(by, "organisation.ended", before, {"name": before.name})
        before.delete()
    return Left(row, before, after, gone)


def _looks_after(organisation: Organisation, user: User) -> bool:
    rows = Stewardship.objects.filter(organisation=organisation, user=user, role=stewards.OWNER)
    return rows.exists()


def _check_room(organisation: Organisation) -> None:
    if organisation.businesses.count() >= MOST_BUSINESSES:
        rule = f"An organisation has at most {MOST_BUSINESSES} businesses."
        raise Problem("invalid_state", rule)
