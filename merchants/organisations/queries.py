"""What an organisation's page reads of its businesses and of who works there. Bounded reads."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Prefetch, Q

from merchants.models import Business, Membership, Merchant, User
from merchants.organisations.belonging import MOST_BUSINESSES

MOST_PEOPLE = 300  # on one page
MOST_ROLES = 5000


class Worker(NamedTuple):
    """Somebody, and their membership at each of the businesses they work for, by its id."""

    user: User
    at: dict[UUID, Membership]


def businesses(organisation_id: UUID) -> list[Any]:
    """The businesses, by name: `people` work there, `modes` are its merchants with `shops`."""
    open_ones = Count("stores", filter=Q(stores__closed_at=None))
    modes = Prefetch("merchants", Merchant.objects.annotate(shops=open_ones), to_attr="modes")
    rows = Business.objects.filter(organisation_id=organisation_id).prefetch_related(modes)
    rows = rows.annotate(workers=Count("memberships"))
    return list(rows.order_by("trading_name", "id")[:MOST_BUSINESSES])


def memberships(organisation_id: UUID, user: User) -> dict[UUID, Membership]:
    """A person's memberships at an organisation's businesses, by the business's id."""
    rows = Membership.objects.select_related("custom", "user", "business")
    rows = rows.filter(business__organisation_id=organisation_id, user=user)
    return {row.business_id: row for row in rows[:MOST_BUSINESSES]}


def workers(organisation_id: UUID, term: str = "") -> list[Worker]:
    """Who works for any of the businesses, by name; `term` is part of a name or an address."""
    rows = Membership.objects.select_related("custom", "user")
    rows = rows.filter(business__organisation_id=organisation_id)
    if term:
        rows = rows.filter(Q(user__name__icontains=term) | Q(user__email__icontains=term))
    found: dict[UUID, Worker] = {}
    for row in rows.order_by("user__name", "user__email", "id")[:MOST_ROLES]:
        known = found.setdefault(row.user_id, Worker(row.user, {}))
        known.at[row.business_id] = row
    return list(found.values())


def worker(organisation_id: UUID, user_id: UUID) -> User | None:
    """Somebody who works for one of the businesses."""
    rows = User.objects.filter(memberships__business__organisation_id=organisation_id)
    return rows.filter(pk=user_id).first()
