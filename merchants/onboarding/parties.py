"""The people and companies behind a business: added, changed and removed one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants.kyc import facts, identifiers, markets
from merchants.onboarding import again, paths, rows, sealed
from merchants.onboarding.models import Application, Party

MOST = 60


@transaction.atomic
def add(application: Application, actor: str, values: Mapping[str, Any]) -> Party:
    """Add a person or company from members of `kyc.facts.Party`, dotted ones too.

    Raises Problem naming a member of the wrong shape.
    """
    row = rows.writable(application)
    if Party.objects.filter(application=row, removed_at=None).count() >= MOST:
        raise Problem("invalid_field", f"An application has at most {MOST} people.", "people")
    party = Party(application=row, changed_at=clock.now())
    said = paths.merged({}, values, facts.Party, "people")
    _may_keep(row, said, "people")
    sealed.seal_party(party, said)
    party.save(force_insert=True)
    again.told(row, [f"people.{party.shown}"], actor)
    rows.changed(row, actor, "application.person_added", {"person": party.shown})
    return party


@transaction.atomic
def change(application: Application, actor: str, per_id: str, values: Mapping[str, Any]) -> Party:
    """Change members of one; what is not named stays. Raises Problem."""
    row = rows.writable(application)
    party = find(row, per_id)
    before = sealed.parties(row, [party])[0]
    after = paths.merged(_plain(before), values, facts.Party, f"people.{party.shown}")
    if after == msgspec.structs.replace(before, id=""):
        return party
    _may_keep(row, after, f"people.{party.shown}")
    sealed.seal_party(party, after)
    party.changed_at = clock.now()
    party.save(update_fields=["kind", "name", "roles", "sealed", "changed_at"])
    again.told(row, [f"people.{party.shown}.{name}" for name in values], actor)
    paths_told = {"person": party.shown, "members": sorted(values)}
    rows.changed(row, actor, "application.person_changed", paths_told)
    return party


@transaction.atomic
def remove(application: Application, actor: str, per_id: str) -> None:
    """Take one away. Who was looked at once stays on record, as the law wants it."""
    row = rows.writable(application)
    party = find(row, per_id)
    if row.sent_at is None:
        party.delete()
    else:
        party.removed_at = clock.now()
        party.save(update_fields=["removed_at"])
    again.told(row, [f"people.{per_id}"], actor)
    rows.changed(row, actor, "application.person_removed", {"person": per_id})


def find(application: Application, per_id: str) -> Party:
    """One by its outside id. Raises Problem `not_found`."""
    found = Party.objects.filter(
        application_id=application.pk, id=ids.read("per", per_id, "people"), removed_at=None
    ).first()
    if found is None:
        raise Problem("not_found", f"There is no person {per_id[:60]!r}.", "people")
    found.application = application
    return found


def _may_keep(row: Application, said: facts.Party, at: str) -> None:
    """Refuse a number that a law forbids us to keep: of the business's country where that knows
    such a number, else of the person's own.
    """
    own = markets.market(row.country)
    theirs = [one for one in (said.nationality, said.registration_country) if one]
    for key in said.identifiers:
        known = [own] if key in own.identifiers else map(markets.market, theirs)
        for market in known:
            if forbidden := identifiers.forbidden(market, key):
                raise Problem("invalid_field", forbidden, f"{at}.identifiers.{key}")


def _plain(party: facts.Party) -> dict[str, Any]:
    plain = msgspec.to_builtins(party)
    plain.pop("id", None)
    return plain
