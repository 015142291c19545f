"""Giving roles: what is proposed where a second person must agree, and several at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.notices import invitations as letters
from acquiring.notices import second_person, work
from acquiring.portal.approvals import deeds
from merchants import custom_roles, invitations, proposals, team
from merchants.models import Business, Membership, Merchant, Mode, User


class Wish(NamedTuple):
    """What somebody should be at a business: `role` is "" for nothing any more.

    `member` is who works there already; else the owner of the address is invited.
    """

    business: Business
    role: str
    member: Membership | None = None
    email: str = ""


class Refused(Exception):  # noqa: N818 (a fact, not a fault)
    """One of several wishes cannot be; none was done."""

    def __init__(self, wish: Wish, problem: Problem) -> None:
        super().__init__(problem.message)
        self.wish, self.problem = wish, problem


class Given(NamedTuple):
    """How many roles were given or taken, and how many wait for a second person."""

    done: int
    proposed: int


@transaction.atomic
def give(by: User, wishes: Iterable[Wish]) -> Given:
    """Do all of it or nothing, each by the rules of its business. Raises Refused."""
    done = proposed = 0
    for wish in wishes:
        try:
            if wish.role and proposals.needed(wish.business, deeds.ROLE):
                _propose(by, wish)
                proposed += 1
            else:
                _do(by, wish)
                done += 1
        except Problem as problem:
            raise Refused(wish, problem) from problem
    return Given(done, proposed)


def proposed(
    business_id: UUID, verb: str, role: str, email: str = "", member: Membership | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a proposal of a role is done with, and what of it people read. Raises Problem."""
    wanted = custom_roles.named(business_id, role)
    before = member.role_name if member else ""
    who = str(member.user) if member else invitations.check_address(email)
    payload = {"verb": verb, "role": role, "email": who, "held": sorted(wanted.held)}
    if member:
        payload |= {"member": member.shown, "held": sorted(wanted.held | member.held)}
    after = wanted.title if wanted.custom else wanted.name
    return payload, {"verb": verb, "who": who, "role": [before, after]}


def _do(by: User, wish: Wish) -> None:
    if wish.member is None:
        letters.invite(wish.business, by, wish.email, wish.role)
    elif wish.role:
        work.change_role(wish.business, by, wish.member.shown, wish.role)
    else:
        team.remove(wish.business, by, wish.member.shown)


def _propose(by: User, wish: Wish) -> None:
    verb = "role" if wish.member else "invite"
    payload, facts = proposed(wish.business.pk, verb, wish.role, wish.email, wish.member)
    where = {one.mode: one for one in Merchant.objects.filter(business=wish.business)}
    merchant = where.get(Mode.LIVE) or where[Mode.TEST]
    merchant.business = wish.business
    about = {"once": f"role:{ids.new().hex}", "facts": facts}
    second_person.propose(merchant, by, deeds.ROLE, payload, **about)
