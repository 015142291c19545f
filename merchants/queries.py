"""Reads about people and merchants. Whoever asks comes first, so that nobody sees another's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import JSONBAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, JSONField, Q, QuerySet, Value
from django.db.models.functions import JSONObject

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from merchants import branding as look
from merchants import notices, proposals, roles, twosteps
from merchants.models import (
    ApiKey,
    Business,
    Membership,
    Merchant,
    Mode,
    ProviderAccount,
    Store,
    User,
)
from merchants.organisations.models import Stewardship
from merchants.people import SupportGrant

_modes: Memory[UUID, str] = Memory(seconds=3600, limit=10_000)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a person works: one of their businesses, in one mode, with their role there.

    `habits` is how they like their lists (see `merchants.habits`). `merchant` is None in live mode
    until the business is approved. `seen_at` is when they were last here, to within minutes, and
    `two_steps` whether their login has a second step. `held` are the permissions of their role,
    `proposed` the kinds of what waits here for a second person, which others proposed. With
    `support` it is the platform's own staff who looks in, by that consent. `looks_after` are the
    organisations the person looks after, each with their role there.
    """

    user: User
    business: Business
    role: str
    mode: str
    merchant: Merchant | None
    habits: dict[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None
    two_steps: bool = False
    held: frozenset[str] = frozenset()
    role_title: str = ""
    proposed: tuple[str, ...] = ()
    support: SupportGrant | None = None
    looks_after: dict[UUID, str] = field(default_factory=dict)

    def may(self, permission: str) -> bool:
        """Whether the person's role here holds a permission."""
        return roles.holds(self.held, permission)

    @property
    def tenant(self) -> Merchant:
        """The merchant of pages that are shown only when there is one."""
        assert self.merchant is not None, "a page without a merchant asked for it"
        return self.merchant

    @property
    def is_test(self) -> bool:
        return self.mode == Mode.TEST

    @property
    def steward_here(self) -> str:
        """How the person looks after the organisation of this business, "" if they do not."""
        return self.looks_after.get(self.business.organisation_id, "")

    @property
    def opens_businesses(self) -> bool:
        """Whether the person may open another business in the organisation of this one."""
        return self.steward_here == Stewardship.Role.OWNER

    @property
    def two_steps_by(self) -> datetime | None:
        """When the business wants a second step of this person's login, which it has not got."""
        return None if self.two_steps else self.business.two_steps_from

    @property
    def is_shut(self) -> bool:
        """Whether that moment has come: nothing opens here before the second step is set up."""
        return self.two_steps_by is not None and self.two_steps_by <= clock.now()


def desk(user: User, mode: str, business_id: UUID | None = None) -> Desk | None:
    """The person's place of work; without `business_id` their first one. None if they have none."""
    here = FilteredRelation("business__merchants", condition=Q(business__merchants__mode=mode))
    memberships = Membership.objects.annotate(merchant=here).filter(user=user)
    # The types know nothing of annotated relations.
    joined = ("business__organisation", "merchant", "custom")
    memberships = memberships.select_related(*joined)  # type: ignore[misc]
    memberships = memberships.annotate(
        two_steps=twosteps.asked_with("user_id"),
        proposed=proposals.waiting("business_id", user),
        looked_after=_looked_after(user),
    )
    if business_id is not None:
        memberships = memberships.filter(business_id=business_id)
    membership = memberships.order_by("id").first()
    if membership is None:
        return None
    merchant = getattr(membership, "merchant", None)  # not set where there is none
    if merchant is not None:
        merchant.business = membership.business
    two_steps = getattr(membership, "two_steps", False)
    facts = membership.habits, membership.last_seen_at, two_steps
    role = membership.held, membership.role_title, tuple(getattr(membership, "proposed", ()))
    stewardships = {UUID(one["of"]): one["role"] for one in getattr(membership, "looked_after", ())}
    return Desk(
        user, membership.business, membership.role, mode, merchant, *facts, *role,
        looks_after=stewardships,
    )  # fmt: skip


def _looked_after(user: User) -> ArraySubquery:
    rows = Stewardship.objects.filter(user=user).order_by("id")
    facts = JSONObject(of="organisation_id", role="role")
    return ArraySubquery(rows.values(facts=facts)[:100])


def mode_of(merchant_id: UUID) -> str:
    """test or live; a merchant never changes it. Raises Merchant.DoesNotExist."""
    mode = _modes.get(merchant_id)
    if mode is None:
        mode = Merchant.objects.values_list("mode", flat=True).get(pk=merchant_id)
        _modes.put(merchant_id, mode)
    return mode


def businesses(user: User, mode: str = Mode.TEST) -> list[Business]:
    """The businesses a person works for, by organisation and name, at most 200; `stores` are the
    open ones of each, the first one first, as {"id", "name"}.
    """
    opened = Q(merchants__mode=mode, merchants__stores__isnull=False)
    stores = JSONBAgg(
        JSONObject(id="merchants__stores__id", name="merchants__stores__name"),
        filter=opened & Q(merchants__stores__closed_at=None),
        order_by="merchants__stores__id",
        default=Value([], JSONField()),
    )
    rows = user.businesses.select_related("organisation").annotate(stores=stores)
    order = ("organisation__name", "organisation_id", "trading_name", "id")
    return list(rows.order_by(*order)[:200])


def api_keys(merchant_id: UUID) -> QuerySet[ApiKey]:
    """The merchant's keys that still open something, newest first."""
    alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    keys = ApiKey.objects.select_related("created_by")
    return keys.filter(alive, merchant_id=merchant_id, revoked_at=None).order_by("-id")


def api_key(merchant_id: UUID, shown: str) -> ApiKey:
    """One key by its outside id, revoked ones too. Raises Problem `not_found`."""
    key = ApiKey.objects.filter(merchant_id=merchant_id, id=ids.read("key", shown)).first()
    if key is None:
        raise Problem("not_found", f"There is no API key {shown}.")
    return key


def account_rows(merchant_id: UUID) -> QuerySet[ProviderAccount]:
    """The merchant's provider accounts, the first to be asked first."""
    return ProviderAccount.objects.filter(merchant_id=merchant_id).order_by("priority", "id")


def branding(merchant_id: UUID, store_id: UUID | None = None) -> look.Look:
    """How the merchant, or one of its stores, looks to shoppers; defaults where none was chosen."""
    return look.look(merchant_id, store_id)


def notice_preferences(user_id: UUID, merchant_id: UUID) -> dict[str, frozenset[str]]:
    """By kind of notice (`merchants.notices.kinds()`), the ways it reaches a person."""
    return notices.preferences(user_id, merchant_id)


def stores(merchant_id: UUID) -> QuerySet[Store]:
    """The merchant's open stores, the first one first."""
    return Store.objects.filter(merchant_id=merchant_id, closed_at=None).order_by("id")


def store_id(merchant_id: UUID, shown: str, param: str = "store") -> UUID | None:
    """The id of a store by its outside id, None for "". Raises Problem `not_found`."""
    if not shown:
        return None
    store = ids.read("sto", shown, param)
    if not stores(merchant_id).filter(id=store).exists():
        raise Problem("not_found", f"There is no store {shown}.", param)
    return store
