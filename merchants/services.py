"""The verbs of the room: signing up, approving, moving a test clock, and whom to tell.

Keys and provider accounts have modules of their own; their verbs are also named here, so that a
caller needs `merchants.services` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from acquiring import catalogue
from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from merchants import accounts, keys, roles
from merchants.accounts import (
    AccountFacts,
    SandboxAway,
    account,
    account_at,
    add_account,
    change_account,
    connect,
    connect_sandbox,
    connect_sandboxes,
    provider_accounts,
)
from merchants.keys import KeyFacts, authenticate
from merchants.models import ApiKey, Business, Membership, Merchant, Mode, Store, User
from merchants.organisations import founding
from merchants.organisations.models import Organisation

__all__ = [
    "AccountFacts",
    "KeyFacts",
    "SandboxAway",
    "SignedUp",
    "account",
    "account_at",
    "add_account",
    "add_member",
    "advance_clock",
    "approve",
    "authenticate",
    "change_account",
    "choose_language",
    "connect",
    "connect_sandbox",
    "connect_sandboxes",
    "now_for",
    "open_business",
    "people_to_notify",
    "people_who_may",
    "provider_accounts",
    "reset_clock",
    "sign_up",
    "staff_actor",
    "suspend",
    "user_actor",
]

LONGEST_STEP_SECONDS = 400 * 86_400
LONGEST_AHEAD_SECONDS = 10 * 366 * 86_400
TEST_CLOCK_SECONDS = 2  # how soon another process sees a moved clock
LIVE_CLOCK_SECONDS = 300

log = structlog.get_logger(__name__)

_ahead: Memory[UUID, timedelta] = Memory(seconds=LIVE_CLOCK_SECONDS, limit=20_000)


class SignedUp(NamedTuple):
    """What a sign-up made. The keys are in the clear here and nowhere else."""

    business: Business
    merchant: Merchant
    store: Store
    secret_key: str
    publishable_key: str

    def __repr__(self) -> str:
        return f"SignedUp({self.business})"


def sign_up(
    user: User, business_name: str, country: str, within: Organisation | None = None
) -> SignedUp:
    """Give a person a business with a working sandbox: test merchant, store, keys, accounts.

    It is of the organisation `within`, else of a new one, whose owner the person then is. Connects
    the sandbox accounts after COMMIT; when the simulators are away, the beat's next look does.
    Raises Problem for a country or name that cannot be.
    """
    name = check_name(business_name)
    place = check_country(country)
    actor = user_actor(user)
    with transaction.atomic():
        organisation = within or founding.found(name, actor, user)
        business, merchant, store = _found(name, place, actor, organisation)
        Membership.objects.create(
            business=business, user=user, role="owner", created_at=clock.now()
        )
        secret = keys.issue(merchant, ApiKey.Kind.SECRET, actor, created_by=user)
        keys.hold_for_showing(secret)
        publishable = keys.issue(merchant, ApiKey.Kind.PUBLISHABLE, actor, created_by=user)
    transaction.on_commit(lambda: _connect(merchant))
    return SignedUp(business, merchant, store, secret.secret, publishable.secret)


@transaction.atomic
def open_business(business_name: str, country: str, actor: str) -> Business:
    """Open a business for somebody else, as a platform does for its merchants: nobody works there
    yet. Raises Problem as `sign_up` does.
    """
    name, place = check_name(business_name), check_country(country)
    business, merchant, _ = _found(name, place, actor, founding.found(name, actor))
    transaction.on_commit(lambda: _connect(merchant))
    return business


@transaction.atomic
def approve(business: Business, actor: str) -> Merchant:
    """Let a business take live payments: it gets its live merchant. Approving twice is harmless."""
    locked = Business.objects.select_for_update().get(pk=business.pk)
    live = locked.merchants.filter(mode=Mode.LIVE).first()
    if live is None:
        test = locked.merchants.get(mode=Mode.TEST)
        live, _ = _open(locked, Mode.LIVE, test.default_currency)
    if locked.status != Business.Status.APPROVED:
        _set_status(locked, Business.Status.APPROVED, actor)
    return live


@transaction.atomic
def suspend(business: Business, actor: str) -> None:
    """Stop live payments of a business; its sandbox works on."""
    locked = Business.objects.select_for_update().get(pk=business.pk)
    if locked.status != Business.Status.SUSPENDED:
        _set_status(locked, Business.Status.SUSPENDED, actor)


@transaction.atomic
def add_member(business: Business, user: User, role: str, actor: str) -> Membership:
    """Let a person work for a business, or change what they may do. Raises Problem.

    The first owner of a business whose organisation nobody looks after looks after it.
    """
    if role not in roles.roles():
        raise Problem("invalid_field", f"A role is one of {', '.join(roles.roles())}.", "role")
    membership, _ = Membership.objects.update_or_create(
        business=business, user=user, defaults={"role": role}
    )
    if role == "owner":
        founding.adopt(business.organisation, user)
        keys.hand_over(business, actor)
    changes = {"user": ids.show("usr", user.id), "role": role}
    audit.record(actor, "member.added", ids.show("biz", business.id), None, changes)
    return membership


def now_for(merchant_id: UUID) -> datetime:
    """The merchant's present: the real one, moved ahead where a test merchant moved it."""
    ahead = _ahead.get(merchant_id)
    if ahead is None:
        found = Merchant.objects.values_list("mode", "clock_ahead_seconds").get(pk=merchant_id)
        mode, seconds = found
        ahead = timedelta(seconds=seconds)
        lives = TEST_CLOCK_SECONDS if mode == Mode.TEST else LIVE_CLOCK_SECONDS
        _ahead.put(merchant_id, ahead, lives)
    return clock.now() + ahead


def advance_clock(merchant_id: UUID, seconds: int, actor: str = "system") -> datetime:
    """Move a test merchant's clock, and the simulators' for it, forward; returns its present.

    Raises Problem `test_only` for a live merchant and `invalid_field` for a step that is none.
    """
    if not 1 <= seconds <= LONGEST_STEP_SECONDS:
        rule = f"The clock moves 1 to {LONGEST_STEP_SECONDS} seconds forward at a time."
        raise Problem("invalid_field", rule, "advance_seconds")
    with transaction.atomic():
        merchant = Merchant.objects.select_for_update().get(pk=merchant_id)
        if merchant.mode != Mode.TEST:
            raise Problem("test_only", "Only a test merchant's clock can be moved.")
        ahead = merchant.clock_ahead_seconds + seconds
        if ahead > LONGEST_AHEAD_SECONDS:
            raise Problem("invalid_state", "The clock is already ten years ahead.")
        merchant.clock_ahead_seconds = ahead
        merchant.save(update_fields=["clock_ahead_seconds"])
        changes = {"advanced_seconds": seconds, "ahead_seconds": ahead}
        audit.record(actor, "clock.advanced", ids.show("mer", merchant_id), merchant_id, changes)
    _ahead.forget(merchant_id)
    try:
        accounts.tell_sandbox_the_time(merchant_id, ahead)
    except SandboxAway as away:
        raise Problem(
            "unavailable", "Our clock moved, the simulators' did not: move it once more by 1 s."
        ) from away
    return now_for(merchant_id)


def reset_clock(merchant_id: UUID, actor: str = "system") -> datetime:
    """Bring a test merchant, and the simulators for it, back to real time; returns it.

    What happened ahead keeps its dates. Raises Problem `test_only` for a live merchant.
    """
    with transaction.atomic():
        merchant = Merchant.objects.select_for_update().get(pk=merchant_id)
        if merchant.mode != Mode.TEST:
            raise Problem("test_only", "Only a test merchant's clock can be moved.")
        before = merchant.clock_ahead_seconds
        merchant.clock_ahead_seconds = 0
        merchant.save(update_fields=["clock_ahead_seconds"])
        changes = {"ahead_seconds": [before, 0]}
        audit.record(actor, "clock.reset", ids.show("mer", merchant_id), merchant_id, changes)
    _ahead.forget(merchant_id)
    try:
        accounts.tell_sandbox_the_time(merchant_id, 0)
    except SandboxAway as away:
        raise Problem(
            "unavailable", "Our clock is back, the simulators' is not: do it once more."
        ) from away
    return now_for(merchant_id)


def people_to_notify(
    merchant_id: UUID, wanted: Iterable[str] = ("owner", "admin", "developer")
) -> list[User]:
    """The people with one of these roles at the merchant's business who can still log in."""
    return _people(merchant_id, Q(memberships__role__in=list(wanted)))


def people_who_may(merchant_id: UUID, permission: str) -> list[User]:
    """The people at the merchant's business whose role holds a permission, custom roles too."""
    able = [role for role in roles.roles() if roles.may(role, permission)]
    custom = Q(memberships__custom__permissions__contains=[permission])
    own = custom & Q(memberships__role__startswith="rol_")
    return _people(merchant_id, Q(memberships__role__in=able) | own)


def _people(merchant_id: UUID, able: Q) -> list[User]:
    rows = User.objects.filter(able, is_active=True, memberships__business__merchants=merchant_id)
    return list(rows.order_by("email").distinct())


def choose_language(user: User, language: str) -> None:
    """Remember the language a person reads; raises Problem for one we do not speak."""
    if language not in dict(settings.LANGUAGES):
        raise Problem("invalid_field", f"There is no language {language[:10]!r}.", "language")
    User.objects.filter(pk=user.pk).update(language=language)


def user_actor(user: User) -> str:
    """A person as the audit log names them."""
    return f"user:{ids.show('usr', user.id)}"


def staff_actor(user: User) -> str:
    """Somebody of the platform at work on a merchant's affairs. The platform's own people read who
    it was; merchants read the platform's name.
    """
    return f"staff:{ids.show('usr', user.id)}"


def check_name(text: str) -> str:
    """A business's name, trimmed; raises Problem."""
    name = " ".join(text.split())
    if not 2 <= len(name) <= 200:
        raise Problem("invalid_field", "The name has 2 to 200 characters.", "business_name")
    return name


def check_country(code: str) -> catalogue.Country:
    """A country by its ISO 3166-1 alpha-2 code; raises Problem."""
    country = catalogue.countries().get(code.upper())
    if country is None:
        raise Problem("invalid_field", f"There is no country {code[:10]!r}.", "country")
    return country


def _found(
    name: str, place: catalogue.Country, actor: str, organisation: Organisation
) -> tuple[Business, Merchant, Store]:
    """A business with a test merchant, a store and sandbox accounts."""
    business = Business.objects.create(
        organisation=organisation,
        legal_name=name,
        trading_name=name,
        country=place.code,
        created_at=clock.now(),
    )
    merchant, store = _open(business, Mode.TEST, place.currency)
    for priority, provider in enumerate(accounts.SANDBOX_PROVIDERS, start=1):
        add_account(merchant, provider, actor, priority=priority * 10)
    _record(actor, "business.signed_up", business, merchant.id)
    return business, merchant, store


def _open(business: Business, mode: Mode, currency: str) -> tuple[Merchant, Store]:
    merchant = Merchant.objects.create(
        business=business,
        mode=mode,
        name=business.trading_name or business.legal_name,
        default_currency=currency,
        created_at=clock.now(),
    )
    store = Store.objects.create(
        merchant=merchant,
        name=merchant.name,
        country=business.country,
        currency=currency,
        created_at=clock.now(),
    )
    return merchant, store


def _connect(merchant: Merchant) -> None:
    """Connect a fresh merchant's sandbox now; what fails is left to the beat's next look."""
    try:
        for row in merchant.accounts.filter(connected_at=None).order_by("priority"):
            connect_sandbox(row)
    except SandboxAway as away:
        log.info("sandbox_away", reason=str(away), merchant=ids.show("mer", merchant.id))


def _set_status(business: Business, status: str, actor: str) -> None:
    changes = {"status": [business.status, status]}
    business.status = status
    business.save(update_fields=["status"])
    audit.record(actor, "business.status", ids.show("biz", business.id), None, changes)
    transaction.on_commit(keys.forget_all)


def _record(actor: str, action: str, business: Business, merchant_id: UUID) -> None:
    changes = {"country": business.country, "legal_name": business.legal_name}
    audit.record(actor, action, ids.show("biz", business.id), merchant_id, changes)
