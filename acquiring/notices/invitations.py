"""Invitations with their letters: what the room of people decides, and who is written to or told.

The letter carries the invitation's id; its secret is worked out when the letter is drawn.
"""

from __future__ import annotations

from django.db import transaction

from acquiring.core import ids
from acquiring.notices import services
from merchants import invitations, team
from merchants.models import Business, Invitation, Membership, Mode, User


@transaction.atomic
def invite(business: Business, by: User, email: str, role: str) -> Invitation:
    """Invite somebody and write to them. Raises Problem naming the field."""
    row = invitations.invite(business, by, email, role)
    _write(row, by)
    return row


@transaction.atomic
def send_again(business: Business, by: User, shown: str) -> Invitation:
    """Renew an open invitation and write once more. Raises Problem."""
    row = invitations.renew(business, by, shown)
    _write(row, by)
    return row


@transaction.atomic
def accept(token: str, user: User) -> Membership:
    """Begin to work where one was invited to; who may change the team is told. Raises Problem."""
    membership = invitations.accept(token, user)
    _tell_the_others(membership)
    return membership


def _write(row: Invitation, by: User) -> None:
    """A letter in the reader's language where we know it, else in that of who invited."""
    known = User.objects.filter(email__iexact=row.email).first()
    services.write(
        f"invitation:{row.pk.hex}:{row.sent_at.timestamp()}",
        "emails/invite",
        row.email,
        (known or by).language,
        {"invitation": str(row.pk)},
    )


def _tell_the_others(membership: Membership) -> None:
    """Once, where the business works in earnest: live when it may, else in test."""
    merchants = {one.mode: one for one in membership.business.merchants.all()}
    merchant = merchants.get(Mode.LIVE) or merchants[Mode.TEST]
    others = services.people(merchant.pk, team.CHANGE)
    services.tell(
        merchant.pk,
        "member.added",
        ids.show("mem", membership.pk),
        {"who": membership.user.get_short_name(), "role": membership.role_name},
        once=f"member.added:{membership.pk.hex}",
        only={person.pk for person in others if person.pk != membership.user_id},
    )
