"""Proposals with their letters: to who may approve one, and how it ended to who made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from acquiring.notices import services
from merchants import proposals
from merchants.models import Merchant, User
from merchants.people import Proposal


@transaction.atomic
def propose(
    merchant: Merchant, by: User, kind: str, payload: Mapping[str, Any], **about: Any
) -> Proposal:
    """Ask for a second person and tell those who can be it; `about` as in `proposals.propose`."""
    row = proposals.propose(merchant.business, by, merchant.mode, kind, payload, **about)
    facts = {"who": by.get_short_name(), "deed": kind, "until": row.expires_at.isoformat()}
    able = {one.pk for one in proposals.approvers_of(row)}
    once = f"proposal.waiting:{row.pk.hex}"
    services.tell(merchant.pk, "proposal.waiting", row.shown, facts, once=once, only=able)
    return row


def approve(merchant: Merchant, by: User, shown: str) -> Proposal:
    """Approve a proposal, do it, and tell who made it. Raises Problem."""
    return _told(merchant, by, proposals.approve(merchant.business, by, shown))


def resume(merchant: Merchant, by: User, shown: str) -> Proposal:
    """Do what was agreed to and cut short, and tell who made it. Raises Problem."""
    row = proposals.finish(merchant.business, shown)
    waits = row.status == Proposal.Status.APPROVED
    return row if waits else _told(merchant, by, row)


def decline(merchant: Merchant, by: User, shown: str, reason: str = "") -> Proposal:
    """Decline a proposal and tell who made it; or take one's own back. Raises Problem."""
    return _told(merchant, by, proposals.decline(merchant.business, by, shown, reason))


def _told(merchant: Merchant, by: User, row: Proposal) -> Proposal:
    services.settle(merchant.pk, "proposal.waiting", row.shown)
    if row.made_by_id not in (None, by.pk):
        facts = {"who": by.get_short_name(), "deed": row.kind, "outcome": row.status}
        once = f"proposal.{row.status}:{row.pk.hex}"
        only = {row.made_by_id}
        services.tell(merchant.pk, "proposal.decided", row.shown, facts, once=once, only=only)
    return row
