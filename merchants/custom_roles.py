"""The roles of a business: the built-in ones of `data/roles.toml`, and those it made for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from acquiring.core import ids
from acquiring.core.errors import Problem
from merchants import roles
from merchants.models import Invitation, Membership
from merchants.people import CustomRole

MOST_ROLES = 20  # of one business's own
MOST_BUSINESSES = 100  # whose roles are read at once


class Role(NamedTuple):
    """A role as a business knows it; `title` and `use` of a built-in one are in English."""

    name: str
    title: str
    use: str
    held: frozenset[str]
    custom: CustomRole | None = None


def every(business_id: UUID) -> list[Role]:
    """The built-in roles, then the business's own, the first one first."""
    own = CustomRole.objects.filter(business_id=business_id).order_by("id")[:MOST_ROLES]
    return [*built_in(), *(_own(one) for one in own)]


def built_in() -> list[Role]:
    """The roles that every business has."""
    titles, uses = roles.titles(), roles.uses()
    return [Role(name, titles[name], uses[name], held) for name, held in roles.roles().items()]


def of_several(business_ids: Iterable[UUID]) -> dict[UUID, list[Role]]:
    """The roles that some businesses made for themselves, by business. One read."""
    found: dict[UUID, list[Role]] = {}
    rows = CustomRole.objects.filter(business_id__in=list(business_ids)).order_by("id")
    for one in rows[: MOST_ROLES * MOST_BUSINESSES]:
        found.setdefault(one.business_id, []).append(_own(one))
    return found


def named(business_id: UUID, name: str) -> Role:
    """A role that can be given there; raises Problem `invalid_field`."""
    known = {one.name: one for one in every(business_id)}
    if name not in known:
        raise Problem("invalid_field", f"A role is one of {', '.join(known)}.", "role")
    return known[name]


def own(business_id: UUID, shown: str) -> CustomRole:
    """A role that the business made, `rol_…`. Raises Problem `not_found`."""
    found = CustomRole.objects.filter(business_id=business_id, pk=ids.read("rol", shown)).first()
    if found is None:
        raise Problem("not_found", f"There is no role {shown[:60]}.")
    return found


def in_use(business_id: UUID) -> dict[str, int]:
    """By a role's name, how many people hold it or are invited to it."""
    members = Membership.objects.filter(business_id=business_id)
    asked = Invitation.objects.filter(business_id=business_id, accepted_at=None, revoked_at=None)
    counted: Counter[str] = Counter()
    for rows in (members, asked):
        counted.update(dict(rows.values_list("role").annotate(Count("pk")).order_by()))
    return counted


def _own(row: CustomRole) -> Role:
    return Role(row.shown, row.title, "", frozenset(row.permissions), row)
