"""Asking somebody to work for a business, and their answer.

The link's secret is worked out from the row whenever a letter is drawn, and stored nowhere: the row
keeps its SHA-256. It opens one invitation, for one address, for a week.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import custom_roles, keys, services, team
from merchants.models import Business, Invitation, Membership, User

LASTS = timedelta(days=7)
PAUSE = timedelta(minutes=5)  # between two letters to the same address
MOST_A_DAY = 50  # of one business: strangers are written to


@transaction.atomic
def invite(business: Business, by: User, email: str, role: str) -> Invitation:
    """Ask the owner of an address to work here in a role. Raises Problem naming the field.

    Whether the address has an account is neither asked nor told.
    """
    mine = team.enter(business, by)
    address = check_address(email)
    wanted = custom_roles.named(business.pk, role)
    team.check_reach(mine, wanted.held)
    _check_new(business, address)
    row = Invitation(business=business, email=address, role=role, invited_by=by)
    row.custom = wanted.custom
    _stamp(row)
    row.save(force_insert=True)
    _record(by, "invitation.sent", row)
    return row


@transaction.atomic
def renew(business: Business, by: User, shown: str) -> Invitation:
    """Let an open invitation last another week, with a new link: the old one is dead."""
    mine = team.enter(business, by)
    row = _open_one(business, shown)
    team.check_reach(mine, custom_roles.named(business.pk, row.role).held)
    if clock.now() - row.sent_at < PAUSE:
        raise Problem("invalid_state", "It was sent a moment ago. Wait five minutes.")
    row.invited_by = by
    _stamp(row)
    row.save(update_fields=["invited_by", "digest", "sent_at", "expires_at"])
    _record(by, "invitation.sent_again", row)
    return row


@transaction.atomic
def revoke(business: Business, by: User, shown: str) -> Invitation:
    """Take an open invitation back: its link opens nothing any more."""
    mine = team.enter(business, by)
    row = _open_one(business, shown)
    team.check_reach(mine, custom_roles.named(business.pk, row.role).held)
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    _record(by, "invitation.revoked", row)
    return row


@transaction.atomic
def accept(token: str, user: User) -> Membership:
    """Begin to work where one was invited to.

    Raises Problem `not_found` for a link that opens nothing, `forbidden` for another's invitation.
    """
    known = at(token)
    Business.objects.select_for_update().get(pk=known.business_id)
    row = at(token)
    if not is_for(row, user):
        raise Problem("forbidden", "This invitation is for another address.")
    now = clock.now()
    facts = {"role": row.role, "custom": row.custom, "created_at": now}
    membership, _joined = Membership.objects.get_or_create(
        business=row.business, user=user, defaults=facts
    )
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    if membership.role == team.OWNER:
        keys.hand_over(row.business, services.user_actor(user))
    _record(user, "invitation.accepted", row)
    return membership


def at(token: str) -> Invitation:
    """The open invitation behind a link; raises Problem `not_found`, whatever it was before."""
    rows = _open().select_related("business", "invited_by", "custom")
    row = rows.filter(digest=digest(token), expires_at__gt=clock.now()).first()
    if row is None:
        raise Problem("not_found", "This invitation no longer works.")
    return row


def joined_by(token: str, user: User) -> Membership | None:
    """Where somebody works already who opens the link of an invitation they accepted."""
    row = Invitation.objects.filter(digest=digest(token)).exclude(accepted_at=None).first()
    if row is None or not is_for(row, user):
        return None
    return Membership.objects.filter(business_id=row.business_id, user=user).first()


def pending(business_id: UUID) -> list[Invitation]:
    """What was neither accepted nor taken back, the newest first; of some the time is over."""
    rows = _open().select_related("invited_by", "custom").filter(business_id=business_id)
    return list(rows.order_by("-id")[: MOST_A_DAY * 4])


def is_for(row: Invitation, user: User) -> bool:
    """Whether an invitation was sent to this person's address."""
    return row.email == user.email.lower()


def token_of(row: Invitation) -> str:
    """The secret in an invitation's link, another one each time it is sent."""
    said = f"{row.pk.hex}:{row.expires_at.isoformat()}"
    made = salted_hmac("merchants.invitations", said, algorithm="sha256").digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def digest(token: str) -> str:
    """What is stored of a secret."""
    return sha256(token.encode()).hexdigest()


def check_address(email: str) -> str:
    """An e-mail address in lower case; raises Problem."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as wrong:
        rule = "Enter an e-mail address, such as name@example.com."
        raise Problem("invalid_field", rule, "email") from wrong
    return address


def _check_new(business: Business, address: str) -> None:
    """Refuse who works here or is invited already, and a business that invites without end."""
    if Membership.objects.filter(business=business, user__email__iexact=address).exists():
        raise Problem("conflict", "This person works here already.", "email")
    open_one = _open().filter(business=business, email=address).first()
    if open_one and not open_one.expired:
        rule = "This address is invited already. Send that invitation again, or take it back."
        raise Problem("conflict", rule, "email")
    since = clock.now() - timedelta(days=1)
    sent = Invitation.objects.filter(business=business, id__gte=ids.first_at(since))
    if sent.count() >= MOST_A_DAY:
        rule = f"A business sends at most {MOST_A_DAY} invitations a day."
        raise Problem("rate_limited", rule)
    if open_one:  # its time is over: the new one takes its place
        open_one.revoked_at = clock.now()
        open_one.save(update_fields=["revoked_at"])


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)


def _open_one(business: Business, shown: str) -> Invitation:
    rows = _open().select_related("business", "invited_by")
    row = rows.filter(business=business, pk=ids.read("inv", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no open invitation {shown[:60]}.")
    return row


def _stamp(row: Invitation) -> None:
    """Give an invitation its week and, by it, its secret."""
    row.sent_at = clock.now()
    row.expires_at = row.sent_at + LASTS
    row.digest = digest(token_of(row))


def _record(by: User, action: str, row: Invitation) -> None:
    about = {"invitation": row.shown, "email": row.email, "role": row.role_name}
    subject = ids.show("biz", row.business_id)
    audit.record(services.user_actor(by), action, subject, None, about)
