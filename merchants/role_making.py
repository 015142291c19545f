"""Making, changing and deleting the roles of a business's own.

One is a copy of a built-in role with permissions added and taken away. Nobody makes or changes one
that can do more than they can, and one that somebody holds is not deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import custom_roles, roles, team
from merchants.models import Business, Membership, User
from merchants.people import CustomRole

LONGEST_TITLE = 40


@transaction.atomic
def make(
    business: Business, by: User, title: str, wanted: Iterable[str], based_on: str = ""
) -> CustomRole:
    """Make a role. Raises Problem naming the field."""
    mine = team.enter(business, by)
    permissions = _check(mine, wanted)
    if CustomRole.objects.filter(business=business).count() >= custom_roles.MOST_ROLES:
        raise Problem("invalid_state", f"A business makes at most {custom_roles.MOST_ROLES} roles.")
    row = CustomRole(business=business, permissions=permissions, created_at=clock.now())
    row.title = _free_title(business, title)
    row.based_on = based_on if based_on in roles.roles() else ""
    row.save(force_insert=True)
    _record(by, "role.made", row, {"permissions": permissions, "based_on": row.based_on})
    return row


@transaction.atomic
def change(
    business: Business, by: User, shown: str, title: str, wanted: Iterable[str]
) -> CustomRole:
    """Let a role do something else: it counts with the next click of those who hold it.

    What they could give before only is taken back with it: their open invitations.
    """
    mine = team.enter(business, by)
    row = custom_roles.own(business.pk, shown)
    before = frozenset(row.permissions)
    team.check_reach(mine, before)
    permissions = _check(mine, wanted)
    changes = {
        "title": [row.title, _free_title(business, title, row)],
        "added": sorted(set(permissions) - before),
        "taken": sorted(before - set(permissions)),
    }
    row.title, row.permissions = changes["title"][1], permissions
    row.save(update_fields=["title", "permissions"])
    _record(by, "role.changed", row, changes)
    if changes["taken"]:
        holders = Membership.objects.select_related("custom", "user").filter(custom=row)
        for member in holders[: team.MOST_MEMBERS]:
            team.withdraw_beyond(member)
    return row


@transaction.atomic
def delete(business: Business, by: User, shown: str) -> None:
    """Delete a role that nobody holds and nobody is invited to. Raises Problem."""
    mine = team.enter(business, by)
    row = custom_roles.own(business.pk, shown)
    team.check_reach(mine, frozenset(row.permissions))
    if custom_roles.in_use(business.pk).get(row.shown):
        raise Problem(
            "invalid_state", "Somebody holds this role, or is invited to it. Give them another."
        )
    _record(by, "role.deleted", row, {"permissions": row.permissions})
    Membership.objects.filter(business=business, custom=row).update(custom=None)
    row.delete()


def _check(mine: frozenset[str], wanted: Iterable[str]) -> list[str]:
    """The permissions of a role, sorted; who may change a thing also sees it."""
    chosen = set(wanted)
    known = roles.permissions()
    unknown = sorted(chosen - known.keys())
    if unknown:
        raise Problem("invalid_field", f"There is no permission {unknown[0]!r}.", "permissions")
    if not chosen:
        raise Problem("missing_field", "Choose what the role may do.", "permissions")
    sights = {f"{one.partition('.')[0]}.view" for one in chosen}
    chosen |= sights & known.keys()
    if not chosen <= mine:
        raise Problem("forbidden", "A role cannot do more than you can.", "permissions")
    return sorted(chosen)


def _free_title(business: Business, text: str, but: CustomRole | None = None) -> str:
    title = " ".join(text.split())
    if not 2 <= len(title) <= LONGEST_TITLE:
        raise Problem("invalid_field", "A role's name has 2 to 40 characters.", "title")
    taken = {one.casefold() for one in (*roles.titles().values(), *roles.titles())}
    rows = CustomRole.objects.filter(business=business, title__iexact=title)
    others = rows.exclude(pk=but.pk) if but else rows
    if title.casefold() in taken or others.exists():
        raise Problem("conflict", "There is a role of this name already.", "title")
    return title


def _record(by: User, action: str, row: CustomRole, changes: dict) -> None:
    about = {"role": row.shown, "title": row.title, **changes}
    actor = f"user:{ids.show('usr', by.pk)}"
    audit.record(actor, action, ids.show("biz", row.business_id), None, about)
