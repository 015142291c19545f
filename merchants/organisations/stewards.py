"""Who looks after an organisation, and changing that. An owner who can sign in always stays.

Each verb locks the organisation, so that two people at once cannot leave it without an owner.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from merchants.models import User
from merchants.organisations.models import Organisation, Stewardship
from merchants.services import user_actor

OWNER, VIEWER = Stewardship.Role.OWNER, Stewardship.Role.VIEWER
MOST = 100  # of one organisation, and organisations of one person


def of(user: User) -> list[Stewardship]:
    """The organisations a person looks after, by name."""
    rows = Stewardship.objects.select_related("organisation").filter(user=user)
    return list(rows.order_by("organisation__name", "id")[:MOST])


def one(user: User, shown: str) -> Stewardship:
    """How a person looks after an organisation, `org_…`. Raises Problem `not_found`."""
    rows = Stewardship.objects.select_related("organisation").filter(user=user)
    row = rows.filter(organisation_id=ids.read("org", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no organisation {shown[:60]}.")
    row.user = user
    return row


def all_of(organisation_id: UUID) -> list[Stewardship]:
    """Everybody who looks after an organisation, the longest first."""
    rows = Stewardship.objects.select_related("user").filter(organisation_id=organisation_id)
    return list(rows.order_by("id")[:MOST])


def find(organisation: Organisation, shown: str) -> Stewardship:
    """One who looks after it, `stw_…`. Raises Problem `not_found`."""
    rows = Stewardship.objects.select_related("user").filter(organisation=organisation)
    row = rows.filter(pk=ids.read("stw", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no steward {shown[:60]}.")
    return row


def enter(organisation: Organisation, by: User) -> Organisation:
    """Lock an organisation for a change by one of its owners. Raises Problem `forbidden`."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    mine = Stewardship.objects.filter(organisation=locked, user=by, role=OWNER)
    if not mine.exists():
        raise Problem("forbidden", "Only owners of the organisation may do this.")
    return locked


def is_last_owner(row: Stewardship) -> bool:
    """Whether nobody else who can sign in owns the organisation."""
    owners = Stewardship.objects.filter(organisation_id=row.organisation_id, role=OWNER)
    others = owners.filter(user__is_active=True).exclude(pk=row.pk)
    return row.role == OWNER and not others.exists()


@transaction.atomic
def rename(organisation: Organisation, by: User, name: str) -> Organisation:
    """Give it another name. Raises Problem naming the field."""
    row = enter(organisation, by)
    given = " ".join(name.split())
    if not 2 <= len(given) <= 200:
        raise Problem("invalid_field", "The name has 2 to 200 characters.", "name")
    if given != row.name:
        record(by, "organisation.renamed", row, {"name": [row.name, given]})
        row.name = given
        row.save(update_fields=["name"])
    return row


@transaction.atomic
def appoint(organisation: Organisation, user: User, role: str) -> Stewardship:
    """Let somebody look after it who was asked to; who does already keeps the greater role."""
    row, made = Stewardship.objects.get_or_create(
        organisation=organisation, user=user, defaults={"role": role}
    )
    if not made and role == OWNER and row.role != OWNER:
        row.role = role
        row.save(update_fields=["role"])
    return row


@transaction.atomic
def install(organisation: Organisation, user: User, role: str, actor: str) -> Stewardship:
    """Let somebody look after it, or change how, by the people who run the platform."""
    row, _made = Stewardship.objects.update_or_create(
        organisation=organisation, user=user, defaults={"role": role}
    )
    changes = {"user": ids.show("usr", user.pk), "role": role}
    audit.record(actor, "organisation.steward_role", organisation.shown, None, changes)
    return row


@transaction.atomic
def dismiss(row: Stewardship, actor: str) -> None:
    """Let somebody look after it no more, by the people who run the platform. Raises Problem."""
    _keep_an_owner(row)
    changes = {"user": ids.show("usr", row.user_id), "role": [row.role, None]}
    audit.record(actor, "organisation.steward_removed", row.organisation.shown, None, changes)
    Stewardship.objects.filter(pk=row.pk).delete()


@transaction.atomic
def change(organisation: Organisation, by: User, shown: str, role: str) -> Stewardship:
    """Let a steward do more, or less. Raises Problem."""
    enter(organisation, by)
    row = find(organisation, shown)
    if role not in Stewardship.Role.values:
        raise Problem("invalid_field", "A steward is an owner or a viewer.", "role")
    if row.role != role:
        _keep_an_owner(row)
        changes = {"user": ids.show("usr", row.user_id), "role": [row.role, role]}
        record(by, "organisation.steward_role", organisation, changes)
        row.role = role
        row.save(update_fields=["role"])
    return row


@transaction.atomic
def remove(organisation: Organisation, by: User, shown: str) -> Stewardship:
    """Let somebody look after it no more; anybody may go themselves. Raises Problem."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    row = find(organisation, shown)
    if row.user_id != by.pk:
        enter(organisation, by)
    _keep_an_owner(row)
    changes = {"user": ids.show("usr", row.user_id), "role": [row.role, None]}
    record(by, "organisation.steward_removed", organisation, changes)
    Stewardship.objects.filter(pk=row.pk).delete()
    return row


def record(
    by: User, action: str, organisation: Organisation, changes: dict, businesses: tuple = ()
) -> None:
    """Write into the log of the organisation and of the businesses that it is about."""
    for subject in (organisation.shown, *(ids.show("biz", one) for one in businesses)):
        audit.record(user_actor(by), action, subject, None, changes)


def _keep_an_owner(row: Stewardship) -> None:
    if is_last_owner(row):
        rule = "An organisation keeps at least one owner. Make somebody else an owner first."
        raise Problem("invalid_state", rule)
