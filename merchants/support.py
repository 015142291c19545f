"""The platform's support looks in at a business: only by its consent, for hours, in plain sight.

An owner says for how long, whether support may only look or also act, and why. What is sensitive
stays refused: keys, secrets, team, bank accounts, credentials, refunds, people's data. Every page
support opens there is a line in the business's log, with the name of who let them in.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import roles, team
from merchants.models import Business, Membership, Merchant, User
from merchants.people import SupportGrant
from merchants.queries import Desk

HOURS = (1, 4, 24, 72)
SESSION = "support"  # the session's word for the consent that support looks in by
PERMISSION = "merchants.change_supportgrant"  # of the platform's own people
SENSITIVE = frozenset(
    {
        "team.change", "keys.change", "accounts.change", "payouts.change", "payments.refund",
        "customers.change", "business.change", "webhooks.change",
    }
)  # fmt: skip


@transaction.atomic
def grant(business: Business, by: User, scope: str, hours: int, reason: str) -> SupportGrant:
    """Let support in; a consent given before ends. Only owners may. Raises Problem."""
    _check_owner(business, by)
    if scope not in SupportGrant.Scope.values:
        raise Problem("invalid_field", "Support may look, or act.", "scope")
    if hours not in HOURS:
        raise Problem("invalid_field", "Choose 1, 4, 24 or 72 hours.", "hours")
    said = " ".join(reason.split())[:300]
    if not said:
        raise Problem("missing_field", "Say what support should help with.", "reason")
    _end_open(business)
    row = SupportGrant.objects.create(
        business=business, scope=scope, reason=said, made_by=by,
        until=clock.now() + timedelta(hours=hours),
    )  # fmt: skip
    changes = {"scope": scope, "until": clock.rfc3339(row.until), "reason": said}
    _record(by, "support.granted", business, changes)
    return row


@transaction.atomic
def revoke(business: Business, by: User) -> None:
    """Send support away: it is over with their next click. Raises Problem."""
    _check_owner(business, by)
    if _end_open(business):
        _record(by, "support.revoked", business, {})


def current(business_id: UUID) -> SupportGrant | None:
    """The consent in force at a business, if there is one."""
    rows = SupportGrant.objects.select_related("made_by").filter(business_id=business_id)
    row = rows.order_by("-id").first()
    return row if row and row.open else None


def desk(staff: User, mode: str, grant_id: UUID) -> Desk | None:
    """Where support looks in; None when the consent is over, or the person is no staff any more."""
    if not (staff.is_active and staff.is_staff and staff.has_perm(PERMISSION)):
        return None
    row = SupportGrant.objects.select_related("business", "made_by").filter(pk=grant_id).first()
    if row is None or not row.open:
        return None
    merchant = Merchant.objects.filter(business=row.business, mode=mode).first()
    if merchant is not None:
        merchant.business = row.business
    held = _held(row.scope)
    return Desk(
        staff, row.business, "support", mode, merchant, two_steps=True, held=held,
        role_title="Caravel support", support=row, seen_at=clock.now(),
    )  # fmt: skip


def enter(staff: User, row: SupportGrant) -> None:
    """Note that support came in; raises Problem when the consent is over."""
    if not row.open:
        raise Problem("invalid_state", "This consent is over. Ask an owner for another.")
    about = {"staff": staff.get_short_name(), "granted_by": str(row.made_by or "")}
    _record(staff, "support.entered", row.business, about)


def may(desk: Desk, permission: str, method: str) -> bool:
    """Whether support may open or do this: a page to look at takes nothing from it."""
    looks = method in ("GET", "HEAD")
    return desk.may(permission) and (looks or not permission.endswith(".view"))


def saw(desk: Desk, method: str, path: str) -> None:
    """Write into the business's log what support opened or did, and who let them in."""
    row = desk.support
    assert row is not None, "asked of support only"
    about = {
        "page": path[:200],
        "staff": desk.user.get_short_name(),
        "granted_by": str(row.made_by or ""),
    }
    action = "support.saw" if method in ("GET", "HEAD") else "support.did"
    _record(desk.user, action, desk.business, about)


def _held(scope: str) -> frozenset[str]:
    every = frozenset(roles.permissions())
    if scope == SupportGrant.Scope.FULL:
        return every - SENSITIVE
    return frozenset(one for one in every if one.endswith(".view"))


def _check_owner(business: Business, by: User) -> None:
    Business.objects.select_for_update().get(pk=business.pk)
    mine = Membership.objects.filter(business=business, user=by).first()
    if mine is None or mine.role != team.OWNER:
        raise Problem("forbidden", "Only owners may change this.")


def _end_open(business: Business) -> int:
    rows = SupportGrant.objects.filter(business=business, revoked_at=None)
    return rows.filter(until__gt=clock.now()).update(revoked_at=clock.now())


def _record(by: User, action: str, business: Business, changes: dict) -> None:
    actor = f"user:{ids.show('usr', by.pk)}"
    audit.record(actor, action, ids.show("biz", business.pk), None, changes)
