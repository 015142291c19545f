"""Keys with which a platform takes payments for a business it onboarded, until that has an owner.

They are the business's own keys, of the application's mode and never wider than the named scopes:
a test key opens the sandbox at once, a live one is made once the business is approved. When an
owner begins to work there they end, and the owner makes the next (`merchants.keys.hand_over`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import keys, roles
from merchants.keys import Issued
from merchants.models import ApiKey, Business, Membership, Merchant, Mode
from merchants.onboarding import rows
from merchants.onboarding.models import Application

KINDS = (ApiKey.Kind.RESTRICTED, ApiKey.Kind.PUBLISHABLE)
# What a platform may hold of a business: taking payments, never keys or other applications.
RESOURCES = (
    "payments", "refunds", "customers", "tokens", "checkout", "payment_methods", "balances",
    "events", "webhooks", "clock",
)  # fmt: skip
USUAL = tuple(
    f"{name}:{roles.resources()[name].get('secret', 'read')}"
    for name in RESOURCES
    if name not in ("webhooks", "clock")
)
MOST = 10  # of one application at a time
MOST_A_DAY = 30


@transaction.atomic
def issue(
    application: Application, actor: str, kind: str, name: str = "", scopes: Sequence[str] = ()
) -> Issued:
    """Make a key of the application's business. Raises Problem: `merchant_not_approved` for a live
    one too early, `invalid_state` once the business has an owner, `rate_limited`.
    """
    row = rows.locked(application)
    merchant = _merchant(row)
    if Membership.objects.filter(business_id=row.business_id, role="owner").exists():
        raise Problem("invalid_state", "The business has an owner, who makes its keys.")
    if kind not in KINDS:
        raise Problem("invalid_field", f"A key is one of {', '.join(KINDS)}.", "kind")
    made = ApiKey.objects.filter(merchant=merchant, platform_id=row.platform_id)
    if made.filter(revoked_at=None).count() >= MOST:
        raise Problem("invalid_state", f"A platform has at most {MOST} keys of a business.")
    if made.filter(created_at__gt=clock.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Problem("rate_limited", f"A platform makes {MOST_A_DAY} keys of a business a day.")
    wanted = _scopes(scopes) if kind == ApiKey.Kind.RESTRICTED else None
    issued = keys.issue(
        merchant, kind, actor, name=name, scopes=wanted, platform_id=row.platform_id
    )  # fmt: skip
    _note(row, actor, "platform_key.created", issued.key)
    return issued


def listed(application: Application) -> QuerySet[ApiKey]:
    """The platform's living keys of the business, the newest first."""
    living = ApiKey.objects.filter(
        merchant__business_id=application.business_id,
        merchant__mode=application.mode,
        platform_id=application.platform_id,
        revoked_at=None,
    )
    return living.select_related("merchant").order_by("-id")


def find(application: Application, shown: str) -> ApiKey:
    """One of them. Raises Problem `not_found`."""
    found = listed(application).filter(id=ids.read("key", shown)).first()
    if found is None:
        raise Problem("not_found", f"There is no key {shown[:60]!r}.")
    return found


@transaction.atomic
def revoke(application: Application, actor: str, shown: str) -> None:
    """End one. Raises Problem."""
    row = rows.locked(application)
    key = keys.revoke(find(row, shown), actor)
    _note(row, actor, "platform_key.revoked", key)


def _merchant(row: Application) -> Merchant:
    if row.mode == Mode.LIVE and row.business.status != Business.Status.APPROVED:
        raise Problem("merchant_not_approved", "Live keys are made once the business is approved.")
    return Merchant.objects.get(business_id=row.business_id, mode=row.mode)


def _scopes(given: Sequence[str]) -> list[str]:
    wanted = roles.check_scopes(given or USUAL)
    strange = [one for one in wanted if one.partition(":")[0] not in RESOURCES]
    if strange:
        rule = f"A platform is given no {strange[0]!r} of a business."
        raise Problem("invalid_field", rule, "scopes")
    return wanted


def _note(row: Application, actor: str, action: str, key: ApiKey) -> None:
    """In the platform's own log; the business's has the key's own entry."""
    platform: UUID | None = row.platform_id
    about = {"application": row.shown, "kind": key.kind, "scopes": key.scopes}
    audit.record(actor, action, key.shown, platform, about)
