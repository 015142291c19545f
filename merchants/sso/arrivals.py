"""Who it is that comes back from the provider.

A person is named by issuer and `sub` together. Their address only finds them the first time, when
the organisation has proved its domain and the provider does not call it unverified; then it never
counts again. A second `sub` with the address of the first is somebody else until an owner says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from acquiring.core import clock, ids
from merchants import devices
from merchants import services as people
from merchants.models import Invitation, Membership, User
from merchants.organisations.models import Organisation
from merchants.sso import oidc, rules, services
from merchants.sso.models import SingleSignOn


class Arrival(NamedTuple):
    """Who came: `new` is a person that was made, `linked` one that was here and came first now."""

    user: User
    account: SocialAccount
    new: bool = False
    linked: bool = False


def address(row: SingleSignOn, claims: oidc.Claims) -> str:
    """The address the provider vouches for, of a proved domain; raises Refused.

    Some providers do not say whether it is verified. What the owner of the domain says of it is
    believed, unless they call it unverified.
    """
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise oidc.Refused("no_email") from error
    if claims.get("email_verified", True) not in (True, "true"):
        raise oidc.Refused("email_unverified", email=email)
    if not rules.belongs(row, email):
        raise oidc.Refused("other_domain", email=email)
    return email


@transaction.atomic
def arrive(row: SingleSignOn, claims: oidc.Claims) -> Arrival:
    """The person that these claims name: known, found or made. Raises Refused."""
    if not row.on:
        raise oidc.Refused("switched_off")
    email = address(row, claims)
    Organisation.objects.select_for_update().get(pk=row.organisation_id)
    known = SocialAccount.objects.select_related("user")
    link = known.filter(provider=row.shown, uid=claims["sub"]).first()
    if link and not rules.belongs(row, link.user.email):  # their address is their own by now
        raise oidc.Refused("other_domain", email=link.user.email)
    arrival = Arrival(link.user, link) if link else _first(row, claims, email)
    if not arrival.user.is_active:
        raise oidc.Refused("inactive")
    return arrival


def vouched(row: SingleSignOn, user: User, claims: oidc.Claims) -> bool:
    """Whether the provider's second step stands for ours.

    It does within its own organisation. Who also works elsewhere, or for the platform itself, shows
    theirs as well: another's provider does not open those doors.
    """
    elsewhere = Membership.objects.filter(user=user).exclude(
        business__organisation_id=row.organisation_id
    )
    return oidc.has_second_step(claims) and not user.is_staff and not elsewhere.exists()


def _first(row: SingleSignOn, claims: oidc.Claims, email: str) -> Arrival:
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        return Arrival(made := _make(row, claims, email), _link(row, made, claims), new=True)
    if SocialAccount.objects.filter(provider=row.shown, user=person).exists():
        raise oidc.Refused("other_subject", email=email)
    _secure(person)
    return Arrival(person, _link(row, person, claims), linked=True)


def _make(row: SingleSignOn, claims: oidc.Claims, email: str) -> User:
    """A person who was not here: with the role that is promised, or since they were invited."""
    places = services.welcoming(row) if row.role else []
    if not places and not _is_invited(row, email):
        raise oidc.Refused("unknown", email=email, organisation=str(row.organisation))
    name = " ".join(str(claims.get("name") or "").split())[:120]
    user = User.objects.create_user(email, None, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    for business in places:
        people.add_member(business, user, row.role, f"sso:{row.shown}")
    return user


def _is_invited(row: SingleSignOn, email: str) -> bool:
    rows = Invitation.objects.filter(business__organisation_id=row.organisation_id, email=email)
    return rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now()).exists()


def _secure(person: User) -> None:
    """Whoever signed up with this address without ever proving it loses what they prepared."""
    mine = EmailAddress.objects.filter(user=person, email__iexact=person.email)
    if mine.filter(verified=True).exists():
        return
    person.set_unusable_password()
    person.save(update_fields=["password"])
    Authenticator.objects.filter(user=person).delete()
    devices.end_others(person, None)
    if not mine.update(verified=True, primary=True):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def _link(row: SingleSignOn, user: User, claims: dict[str, Any]) -> SocialAccount:
    account = SocialAccount.objects.create(
        provider=row.shown, uid=claims["sub"], user=user, extra_data={"iss": claims["iss"]}
    )
    about = {"user": ids.show("usr", user.pk), "email": user.email}
    actor = people.user_actor(user)
    services.note(actor, "single_sign_on.linked", row.organisation, about)
    return account
