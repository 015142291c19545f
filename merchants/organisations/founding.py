"""How an organisation begins: with its first business, named as it."""

from __future__ import annotations

from acquiring.core import audit
from merchants.models import User
from merchants.organisations.models import Organisation, Stewardship


def found(name: str, actor: str, owner: User | None = None) -> Organisation:
    """A new organisation; without an owner it is one that a platform opens for somebody else."""
    made = Organisation.objects.create(name=name)
    if owner is not None:
        adopt(made, owner)
    audit.record(actor, "organisation.founded", made.shown, None, {"name": name})
    return made


def adopt(organisation: Organisation, owner: User) -> bool:
    """Give an organisation that nobody looks after its first owner; whether it had none."""
    if Stewardship.objects.filter(organisation=organisation).exists():
        return False
    Stewardship.objects.create(organisation=organisation, user=owner, role=Stewardship.Role.OWNER)
    return True
