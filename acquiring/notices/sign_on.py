"""Letters about single sign-on: to who came by it first, and to the owners of the organisation."""

from __future__ import annotations

from django.db import transaction

from acquiring.notices import safety
from merchants.models import User
from merchants.organisations.models import Organisation
from merchants.sso import domains, services
from merchants.sso.models import SingleSignOn


def tell_linked(row: SingleSignOn, user: User) -> None:
    """Tell a person whose account their organisation's provider opens from now on."""
    facts = {"organisation": str(row.organisation), "provider": row.host}
    safety.write("sso_linked", user, **facts)


def tell_owners(organisation: Organisation, kind: str, **facts: str) -> None:
    """Write all owners of the organisation the same letter."""
    with transaction.atomic():
        for owner in services.owners(organisation):
            safety.write(kind, owner, organisation=str(organisation), **facts)


def tell_instead(row: SingleSignOn, user: User) -> None:
    """Tell who asked for a new password that theirs opens nothing."""
    facts = {"organisation": str(row.organisation), "provider": row.host}
    safety.write("sso_instead", user, **facts)


def watch_domains() -> int:
    """Look at the proved domains that are due; owners hear of one that is missing or lost."""
    due = domains.due()
    for row in due:
        found = domains.look(row)
        if found.state != "proved":
            tell_owners(row.organisation, f"domain_{found.state}", domain=row.name)
    return len(due)
