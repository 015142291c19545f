"""Which deeds need a second person at a business, and changing that.

Once something does, taking it away needs a second person too: else the rule would be none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from merchants import proposals, team
from merchants.models import Business, Membership, User

KIND = "second_person.change"
Rules = Mapping[str, Mapping[str, Any]]


def check(rules: Rules) -> dict[str, dict[str, Any]]:
    """Rules by kind, `above` and `currency` where small amounts need nobody. Raises Problem."""
    known = proposals.kinds()
    found: dict[str, dict[str, Any]] = {}
    for kind, rule in rules.items():
        if kind not in known or kind == KIND:
            raise Problem("invalid_field", f"There is no rule for {kind[:40]!r}.", "rules")
        limited = known[kind].with_limit and rule.get("above")
        given: dict[str, Any] = (
            {"above": int(rule["above"]), "currency": str(rule["currency"])} if limited else {}
        )
        if given and given["above"] < 0:
            raise Problem("invalid_field", "A limit is zero or more.", "above")
        found[kind] = given
    return found


def weakens(before: Rules, after: Rules) -> bool:
    """Whether some deed that needs a second person now would not afterwards."""
    return any(kind not in after or _looser(before[kind], after[kind]) for kind in before)


@transaction.atomic
def change(business: Business, by: User, rules: Rules, *, agreed: bool = False) -> Business:
    """Set which deeds need a second person. Only owners may; to ask less, somebody else `agreed`.

    Raises Problem.
    """
    row = Business.objects.select_for_update().get(pk=business.pk)
    member = Membership.objects.filter(business=row, user=by).first()
    if member is None or member.role != team.OWNER:
        raise Problem("forbidden", "Only owners may change this.")
    wanted = check(rules)
    if wanted == row.second_person:
        return row
    if not agreed and weakens(row.second_person, wanted):
        raise Problem("invalid_state", "The rules were changed meanwhile. Look at them once more.")
    changes = {"rules": [row.second_person, wanted]}
    row.second_person = wanted
    row.save(update_fields=["second_person"])
    actor = f"user:{ids.show('usr', by.pk)}"
    audit.record(actor, "business.second_person", ids.show("biz", row.pk), None, changes)
    return row


def _looser(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if "above" not in after:
        return False
    if "above" not in before:
        return True
    return before["currency"] != after["currency"] or after["above"] > before["above"]
