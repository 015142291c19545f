"""What changes about somebody's work, with the letter that tells them."""

from __future__ import annotations

from django.db import transaction

from acquiring.notices import safety
from merchants import team
from merchants.models import Business, Membership, User


@transaction.atomic
def change_role(business: Business, by: User, shown: str, role: str) -> Membership:
    """Let somebody do something else here and write to them. Raises Problem."""
    before = team.member(business.pk, shown).role
    row = team.change_role(business, by, shown, role)
    if row.role != before:
        facts = {"business": str(business), "role": row.role_name, "who": by.get_short_name()}
        safety.write("role_changed", row.user, **facts)
    return row
