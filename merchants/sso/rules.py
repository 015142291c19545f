"""Whose door single sign-on is: decided by the domain of an e-mail address, and by nothing else.

What a stranger may learn by typing an address is therefore the same for everybody at that domain.
"""

from __future__ import annotations

from uuid import UUID

from merchants import twosteps
from merchants.models import User
from merchants.organisations.models import Stewardship
from merchants.sso.models import SignOnDomain, SingleSignOn


def domain_of(email: str) -> str:
    """What stands behind the last @, as DNS knows it; "" for what is no address."""
    name, at, domain = email.strip().lower().rpartition("@")
    if not (name and at):
        return ""
    try:
        return domain.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return ""


def for_address(email: str) -> SingleSignOn | None:
    """The single sign-on, switched on, that people of this address's domain come by."""
    domain = domain_of(email)
    if not domain:
        return None
    rows = SignOnDomain.objects.select_related("organisation__single_sign_on")
    row = rows.filter(
        name=domain,
        proved_at__isnull=False,
        organisation__single_sign_on__since__isnull=False,
    ).first()
    return row.organisation.single_sign_on if row else None


def only_for(email: str) -> SingleSignOn | None:
    """The same where nothing else opens the door."""
    row = for_address(email)
    return row if row and row.only else None


def demanded_of(user: User) -> SingleSignOn | None:
    """The single sign-on a person must come by; None where a password may open, too.

    An owner of the organisation with two-step login may always come in without it, or nobody could
    mend a provider that is broken.
    """
    row = only_for(user.email)
    return None if row is None or may_break_in(row, user) else row


def may_break_in(row: SingleSignOn, user: User) -> bool:
    """Whether a person may come in without the provider, when only it opens the door."""
    return owns(row.organisation_id, user) and twosteps.has(user)


def owns(organisation_id: UUID, user: User) -> bool:
    """Whether a person is an owner of an organisation."""
    mine = Stewardship.objects.filter(organisation_id=organisation_id, user_id=user.pk)
    return mine.filter(role=Stewardship.Role.OWNER).exists()


def belongs(row: SingleSignOn, email: str) -> bool:
    """Whether an address is of a domain that the organisation has proved."""
    mine = SignOnDomain.objects.filter(organisation_id=row.organisation_id, proved_at__isnull=False)
    return mine.filter(name=domain_of(email)).exists()
