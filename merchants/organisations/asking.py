"""Asking the owner of an address to look after an organisation, or to bring a business in.

The link's secret is worked out from the row whenever a letter is drawn, and stored nowhere: the row
keeps its SHA-256. It opens one invitation, for one address, for a week.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants.invitations import LASTS, check_address, digest
from merchants.models import User
from merchants.organisations import stewards
from merchants.organisations.models import Asked, Organisation, Stewardship

MOST_A_DAY = 50  # of one organisation: strangers are written to


@transaction.atomic
def ask(organisation: Organisation, by: User, email: str, kind: str) -> Asked:
    """Ask somebody; whether they have an account is neither asked nor told. Raises Problem."""
    stewards.enter(organisation, by)
    address = check_address(email)
    if kind not in Asked.Kind.values:
        raise Problem("invalid_field", "Ask for an owner, a viewer or a business.", "kind")
    _check_new(organisation, address, kind)
    row = Asked(organisation=organisation, email=address, kind=kind, asked_by=by)
    row.expires_at = row.created_at + LASTS
    row.digest = digest(token_of(row))
    row.save(force_insert=True)
    _record(by, "organisation.asked", row)
    return row


@transaction.atomic
def revoke(organisation: Organisation, by: User, shown: str) -> Asked:
    """Take an open invitation back: its link opens nothing any more. Raises Problem."""
    stewards.enter(organisation, by)
    row = _open().filter(organisation=organisation, pk=ids.read("oin", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no open invitation {shown[:60]}.")
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    _record(by, "organisation.asked_no_more", row)
    return row


@transaction.atomic
def accept(token: str, user: User) -> Stewardship:
    """Begin to look after an organisation.

    Raises Problem `not_found` for a link that opens nothing, `forbidden` for another's invitation.
    """
    row = claim(token, user)
    if row.kind == Asked.Kind.BUSINESS:
        raise Problem("invalid_state", "This one asks for a business.")
    appointed = stewards.appoint(row.organisation, user, row.kind)
    settle(row, user)
    return appointed


def claim(token: str, user: User) -> Asked:
    """Lock the open invitation behind a link for its answer, within a transaction of the caller's.

    Who asked must still be an owner. Raises Problem `not_found`, `forbidden` and `invalid_state`.
    """
    known = at(token)
    Organisation.objects.select_for_update().get(pk=known.organisation_id)
    row = at(token)
    if not is_for(row, user):
        raise Problem("forbidden", "This invitation is for another address.")
    return row


def settle(row: Asked, user: User) -> None:
    """Note that an invitation was accepted: its link is spent."""
    row.accepted_at = clock.now()
    row.save(update_fields=["accepted_at"])
    _record(user, "organisation.accepted", row)


def at(token: str) -> Asked:
    """The open invitation behind a link; raises Problem `not_found`, whatever it was before.

    Who asked must still own the organisation: what an owner began ends with their stewardship.
    """
    rows = _open().select_related("organisation", "asked_by")
    row = rows.filter(digest=digest(token), expires_at__gt=clock.now()).first()
    if row is not None:
        owners = Stewardship.objects.filter(organisation=row.organisation, role=stewards.OWNER)
        if owners.filter(user=row.asked_by).exists():
            return row
    raise Problem("not_found", "This invitation no longer works.")


def pending(organisation: Organisation) -> list[Asked]:
    """What was neither accepted nor taken back, the newest first; of some the time is over."""
    rows = _open().select_related("asked_by").filter(organisation=organisation)
    return list(rows.order_by("-id")[: MOST_A_DAY * 2])


def is_for(row: Asked, user: User) -> bool:
    """Whether an invitation was sent to this person's address."""
    return row.email == user.email.lower()


def token_of(row: Asked) -> str:
    """The secret in an invitation's link."""
    said = f"{row.pk.hex}:{row.expires_at.isoformat()}"
    made = salted_hmac("merchants.organisations.asking", said, algorithm="sha256").digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _check_new(organisation: Organisation, address: str, kind: str) -> None:
    """Refuse who looks after it or is asked already, and an organisation that asks without end."""
    if kind != Asked.Kind.BUSINESS:
        known = Stewardship.objects.filter(organisation=organisation)
        if known.filter(user__email__iexact=address).exists():
            raise Problem("conflict", "This person looks after it already.", "email")
    open_one = _open().filter(organisation=organisation, email=address, kind=kind).first()
    if open_one and not open_one.expired:
        rule = "This address was asked already. Take that invitation back first."
        raise Problem("conflict", rule, "email")
    since = ids.first_at(clock.now() - timedelta(days=1))
    if Asked.objects.filter(organisation=organisation, id__gte=since).count() >= MOST_A_DAY:
        raise Problem("rate_limited", f"An organisation sends {MOST_A_DAY} invitations a day.")
    if open_one:  # its time is over: the new one takes its place
        open_one.revoked_at = clock.now()
        open_one.save(update_fields=["revoked_at"])


def _open() -> QuerySet[Asked]:
    return Asked.objects.filter(accepted_at=None, revoked_at=None)


def _record(by: User, action: str, row: Asked) -> None:
    about = {"invitation": row.shown, "email": row.email, "kind": row.kind}
    stewards.record(by, action, row.organisation, about)
