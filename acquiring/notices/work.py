"""What changes about somebody's work, with the letter that tells them."""

from __future__ import annotations

from django.db import transaction

from acquiring.notices import safety
from merchants import support, team
from merchants.models import Business, Membership, User
from merchants.people import SupportGrant


@transaction.atomic
def change_role(business: Business, by: User, shown: str, role: str) -> Membership:
    """Let somebody do something else here and write to them. Raises Problem."""
    before = team.member(business.pk, shown).role
    row = team.change_role(business, by, shown, role)
    if row.role != before:
        facts = {"business": str(business), "role": row.role_name, "who": by.get_short_name()}
        safety.write("role_changed", row.user, **facts)
    return row


@transaction.atomic
def let_support_in(
    business: Business, by: User, scope: str, hours: int, reason: str
) -> SupportGrant:
    """Let the platform's support look in, and write to every owner. Raises Problem."""
    row = support.grant(business, by, scope, hours, reason)
    owners = Membership.objects.select_related("user").filter(business=business, role=team.OWNER)
    facts = {"business": str(business), "who": by.get_short_name(), "until": row.until.isoformat()}
    for owner in owners.filter(user__is_active=True)[: team.MOST_MEMBERS]:
        safety.write("support_granted", owner.user, reason=row.reason, **facts)
    return row
