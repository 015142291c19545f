"""Setting an organisation's single sign-on up, switching it, taking it away.

Only owners of the organisation may. What changes stands in the log of each of its businesses, never
with the client's secret. It is switched on once somebody has been there and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM
from acquiring.vault.sealing import seal
from merchants import custom_roles, roles, team, twosteps
from merchants import services as people
from merchants.models import Business, User
from merchants.organisations.models import Organisation, Stewardship
from merchants.sso import domains, oidc, provider, rules, sessions
from merchants.sso.models import SingleSignOn

MOST_BUSINESSES = 1000
MOST_PEOPLE = 500
OWNER = "owner"  # a role nobody gets by arriving


def of(organisation: Organisation) -> SingleSignOn | None:
    """The organisation's single sign-on, if one is set up."""
    return SingleSignOn.objects.filter(organisation=organisation).first()


def by_id(shown: str) -> SingleSignOn:
    """A single sign-on, `sso_…`. Raises Problem `not_found`."""
    rows = SingleSignOn.objects.select_related("organisation")
    row = rows.filter(pk=ids.read("sso", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no single sign-on {shown[:60]}.")
    return row


def set_up(
    organisation: Organisation, by: User, issuer: str, client_id: str, secret: str = ""
) -> SingleSignOn:
    """The provider and our client there; without a secret the known one stays. Raises Problem.

    Another issuer or client switches it off until it is tried; another issuer forgets who came.
    """
    check_owner(organisation, by)
    name, client = issuer.strip(), client_id.strip()
    if not 0 < len(client) <= 191:
        raise Problem("invalid_field", "A client id has 1 to 191 characters.", "client_id")
    oidc.check(name)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        row = of(organisation) or SingleSignOn(pk=organisation.pk, organisation=organisation)
        before = {"issuer": row.issuer, "client_id": row.client_id}
        if not secret and (row.issuer != name or not row.secret):
            raise Problem("invalid_field", "Write the client's secret.", "secret")
        if row.issuer and row.issuer != name:
            forget(row)
        if (row.issuer, row.client_id) != (name, client):
            row.since, row.only = None, False
        row.issuer, row.client_id, row.tested_at = name, client, None
        if secret:
            row.secret = seal(PLATFORM, secret.encode(), provider.purpose(row))
        row.save()
        after = {"issuer": name, "client_id": client}
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        _record(by, "single_sign_on.set_up", organisation, {**changes, "new_secret": bool(secret)})
    return row


@transaction.atomic
def welcome(organisation: Organisation, by: User, role: str, chosen: Sequence[str]) -> SingleSignOn:
    """What whoever comes first may do, and where; no role means nobody is made. Raises Problem.

    Nobody promises more than they may give themselves.
    """
    row = _locked(organisation, by)
    businesses = list(organisation.businesses.filter(pk__in=[ids.read("biz", x) for x in chosen]))
    if role and (role not in roles.roles() or role == OWNER):
        raise Problem("invalid_field", "Choose a role, but not the owner's.", "role")
    if role and not businesses:
        raise Problem("invalid_field", "Choose where they get the role.", "businesses")
    for one in businesses if role else []:
        team.check_reach(team.enter(one, by), custom_roles.named(one.pk, role).held)
    before = {"role": row.role, "businesses": row.businesses}
    row.role = role
    row.businesses = [ids.show("biz", one.pk) for one in businesses] if role else []
    row.save(update_fields=["role", "businesses"])
    after = {"role": row.role, "businesses": row.businesses}
    _record(by, "single_sign_on.welcome", organisation, _between(before, after))
    return row


@transaction.atomic
def switch(organisation: Organisation, by: User, on: bool, only: bool = False) -> SingleSignOn:
    """Let people come by it, or by nothing else, or not at all. Raises Problem."""
    row = _locked(organisation, by)
    proved = [one.name for one in domains.listed(organisation) if one.proved_at]
    if on and row.tested_at is None:
        raise Problem("invalid_state", "Try it first: somebody has to come back from there.")
    if on and not proved:
        raise Problem("invalid_state", "Prove an e-mail domain first.")
    if on and only and not twosteps.has(by):
        words = "Set up two-step login for yourself first: it lets you in when the provider fails."
        raise Problem("invalid_state", words)
    before = {"on": row.on, "only": row.only}
    row.since = (row.since or clock.now()) if on else None
    row.only = on and only
    row.save(update_fields=["since", "only"])
    if not on:
        sessions.end_all(row)
    if row.only and not before["only"]:
        sessions.end_others(row, proved)
    _record(
        by,
        "single_sign_on.switched",
        organisation,
        _between(before, {"on": row.on, "only": row.only}),
    )
    return row


@transaction.atomic
def switch_off(row: SingleSignOn, actor: str) -> None:
    """Switch it off from outside the organisation, and sign out who came by it."""
    row.since, row.only = None, False
    row.save(update_fields=["since", "only"])
    sessions.end_all(row)
    note(actor, "single_sign_on.switched", row.organisation, {"on": [True, False]})


@transaction.atomic
def tried(row: SingleSignOn, by: User) -> None:
    """Note that an owner came back from the provider and all was right."""
    check_owner(row.organisation, by)
    row.tested_at = clock.now()
    row.save(update_fields=["tested_at"])
    _record(by, "single_sign_on.tried", row.organisation, {})


@transaction.atomic
def remove(organisation: Organisation, by: User) -> None:
    """Take it away; who came by it is signed out and comes by password again. Raises Problem."""
    row = _locked(organisation, by)
    forget(row)
    _record(by, "single_sign_on.removed", organisation, {"issuer": [row.issuer, None]})
    SingleSignOn.objects.filter(pk=row.pk).delete()


def arrived(row: SingleSignOn) -> list[SocialAccount]:
    """Who came by it, the last one first."""
    rows = SocialAccount.objects.select_related("user").filter(provider=row.shown)
    return list(rows.order_by("-last_login")[:MOST_PEOPLE])


@transaction.atomic
def unlink(organisation: Organisation, by: User, number: int) -> User:
    """Forget how somebody is called at the provider, and sign them out. Raises Problem."""
    row = _locked(organisation, by)
    link = (
        SocialAccount.objects.select_related("user").filter(provider=row.shown, pk=number).first()
    )
    if link is None:
        raise Problem("not_found", "Nobody came by this.")
    sessions.end_of(row, link.user)
    link.delete()
    about = {"user": ids.show("usr", link.user.pk), "email": link.user.email}
    _record(by, "single_sign_on.unlinked", organisation, about)
    return link.user


def owners(organisation: Organisation) -> list[User]:
    """The owners of an organisation who can log in."""
    rows = Stewardship.objects.select_related("user").filter(organisation=organisation)
    rows = rows.filter(role=Stewardship.Role.OWNER, user__is_active=True)
    return [one.user for one in rows.order_by("id")[:MOST_PEOPLE]]


def check_owner(organisation: Organisation, by: User) -> None:
    """Raises Problem `forbidden` for who is no owner of the organisation."""
    if not rules.owns(organisation.pk, by):
        raise Problem("forbidden", "Only owners of the organisation may change this.")


def forget(row: SingleSignOn) -> None:
    """Forget who came by it, and sign them out."""
    sessions.end_all(row)
    SocialAccount.objects.filter(provider=row.shown).delete()


def welcoming(row: SingleSignOn) -> list[Business]:
    """The businesses, still of the organisation, where who comes first gets the role."""
    chosen = [ids.read("biz", one) for one in row.businesses]
    return list(Business.objects.filter(organisation_id=row.organisation_id, pk__in=chosen))


def _locked(organisation: Organisation, by: User) -> SingleSignOn:
    check_owner(organisation, by)
    row = SingleSignOn.objects.select_for_update().filter(organisation=organisation).first()
    if row is None:
        raise Problem("not_found", "Single sign-on is not set up.")
    return row


def _between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def _record(by: User, action: str, organisation: Organisation, changes: Mapping[str, Any]) -> None:
    note(people.user_actor(by), action, organisation, changes)


def note(actor: str, action: str, organisation: Organisation, changes: Mapping[str, Any]) -> None:
    """Write into the log of the organisation and of each of its businesses."""
    audit.record(actor, action, organisation.shown, None, dict(changes))
    for business_id in organisation.businesses.values_list("pk", flat=True)[:MOST_BUSINESSES]:
        audit.record(actor, action, ids.show("biz", business_id), None, dict(changes))
