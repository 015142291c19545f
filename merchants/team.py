"""Who works for a business: their roles, their leaving, and when they were last seen.

Nobody gives or takes a role that can do more than their own: an administrator makes no owner. A
business always keeps an owner who can log in. Each verb locks the business, so that two people who
change the team at once cannot leave it without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import custom_roles, services, twosteps
from merchants.models import Business, Invitation, Membership, User
from merchants.queries import Desk

CHANGE = "team.change"
OWNER = "owner"
MOST_MEMBERS = 500
SEEN_EVERY = timedelta(minutes=5)


def members(business_id: UUID) -> list[Membership]:
    """Everybody who works for a business, the longest first; `two_steps` says whether they have."""
    rows = Membership.objects.select_related("user", "custom").filter(business_id=business_id)
    rows = rows.annotate(two_steps=twosteps.asked_with("user_id"))
    return list(rows.order_by("id")[:MOST_MEMBERS])


def member(business_id: UUID, shown: str) -> Membership:
    """One who works for the business, `mem_…`. Raises Problem `not_found`."""
    rows = Membership.objects.select_related("user", "business", "custom")
    row = rows.filter(business_id=business_id, pk=ids.read("mem", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no member {shown[:60]}.")
    return row


def may_give(mine: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether who holds some permissions may give or take a role with others: none beyond them."""
    return CHANGE in mine and wanted <= mine


def is_last_owner(row: Membership) -> bool:
    """Whether the business has no other owner who can log in."""
    owners = Membership.objects.filter(business_id=row.business_id, role=OWNER)
    others = owners.filter(user__is_active=True).exclude(pk=row.pk)
    return row.role == OWNER and not others.exists()


@transaction.atomic
def change_role(business: Business, by: User, shown: str, role: str) -> Membership:
    """Let somebody do something else here. Raises Problem.

    What they could give in the old role only is taken back with it: their open invitations.
    """
    mine = enter(business, by)
    row = member(business.pk, shown)
    wanted = custom_roles.named(business.pk, role)
    check_reach(mine, row.held)
    check_reach(mine, wanted.held)
    if row.role == role:
        return row
    _keep_an_owner(row)
    before = row.role_name
    row.role, row.custom = role, wanted.custom
    changes = {"role": [before, row.role_name]}
    row.save(update_fields=["role", "custom"])
    withdraw_beyond(row)
    _record(services.user_actor(by), "member.role", row, changes)
    return row


@transaction.atomic
def remove(business: Business, by: User, shown: str) -> Membership:
    """End somebody's work here; it is over with their next click. Raises Problem.

    Invitations they sent and nobody accepted are taken back.
    """
    mine = enter(business, by)
    row = member(business.pk, shown)
    check_reach(mine, row.held)
    dismiss(row, services.user_actor(by))
    return row


@transaction.atomic
def dismiss(row: Membership, actor: str) -> None:
    """End a membership whoever wants it; raises Problem for that of the last owner."""
    Business.objects.select_for_update().get(pk=row.business_id)
    _keep_an_owner(row)
    _withdraw(row, None)
    _record(actor, "member.removed", row, {"role": [row.role_name, None]})
    Membership.objects.filter(pk=row.pk).delete()


def saw(desk: Desk) -> None:
    """Note that a person is at work here, at most once in five minutes."""
    now = clock.now()
    if desk.seen_at is None or now - desk.seen_at > SEEN_EVERY:
        rows = Membership.objects.filter(user=desk.user, business=desk.business)
        rows.update(last_seen_at=now)


def enter(business: Business, by: User) -> frozenset[str]:
    """Lock the team for a change; returns what its maker may do. Raises Problem `forbidden`."""
    Business.objects.select_for_update().get(pk=business.pk)
    mine = Membership.objects.select_related("custom").filter(business=business, user=by).first()
    if mine is None or CHANGE not in mine.held:
        raise Problem("forbidden", "Your role may not change the team.")
    return mine.held


def check_reach(mine: frozenset[str], wanted: frozenset[str]) -> None:
    """Refuse to give or take what can do more than who gives it; raises Problem `forbidden`."""
    if not may_give(mine, wanted):
        raise Problem(
            "forbidden", "Your role cannot give or take one that may do more than it.", "role"
        )


def _keep_an_owner(row: Membership) -> None:
    if is_last_owner(row):
        rule = "A business keeps at least one owner. Make somebody else an owner first."
        raise Problem("invalid_state", rule)


def withdraw_beyond(row: Membership) -> None:
    """Take back the open invitations of somebody to roles that they may give no longer."""
    given = custom_roles.every(row.business_id)
    _withdraw(row, [one.name for one in given if not may_give(row.held, one.held)])


def _withdraw(row: Membership, of: Iterable[str] | None) -> None:
    """Take back the open invitations that somebody sent for some roles, or for all."""
    rows = Invitation.objects.filter(business_id=row.business_id, invited_by=row.user)
    rows = rows.filter(accepted_at=None, revoked_at=None)
    rows = rows if of is None else rows.filter(role__in=list(of))
    rows.update(revoked_at=clock.now())


def _record(actor: str, action: str, row: Membership, changes: dict) -> None:
    about = {"user": ids.show("usr", row.user_id), **changes}
    audit.record(actor, action, ids.show("biz", row.business_id), None, about)
