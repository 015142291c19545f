"""Addresses where a sub-merchant fills in its application without an account of ours.

The secret in the address is kept nowhere, only its SHA-256. It opens one application, for a week,
as often as its holder comes back.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from acquiring.core import clock
from acquiring.core.errors import Problem
from merchants.kyc import identifiers
from merchants.onboarding import rows
from merchants.onboarding.models import Application, Link

LASTS = timedelta(days=7)
MOST_OPEN = 20  # of one application
LONGEST_URL = 300


@transaction.atomic
def make(application: Application, actor: str, return_url: str = "") -> str:
    """An address for the sub-merchant; `return_url` is where its last page leads back to.

    Raises Problem for a `return_url` that is no web address.
    """
    row = rows.locked(application)
    if return_url and (len(return_url) > LONGEST_URL or identifiers.website(return_url)):
        raise Problem("invalid_field", "Write the whole address, with https://.", "return_url")
    now = clock.now()
    living = Link.objects.filter(application=row, revoked_at=None, expires_at__gt=now)
    if living.count() >= MOST_OPEN:
        raise Problem("invalid_state", f"It has {MOST_OPEN} links already. Revoke them first.")
    secret = secrets.token_urlsafe(32)
    Link.objects.create(
        application=row, digest=_digest(secret), return_url=return_url, expires_at=now + LASTS
    )
    rows.note(row, actor, "application.link_made", {})
    return f"{settings.BASE_URL}/onboard/{secret}"


@transaction.atomic
def revoke(application: Application, actor: str) -> int:
    """End every link of an application; returns how many there were."""
    row = rows.locked(application)
    living = Link.objects.filter(application=row, revoked_at=None)
    ended = living.update(revoked_at=clock.now())
    rows.note(row, actor, "application.links_revoked", {"links": ended})
    return ended


def enter(secret: str) -> Application:
    """The application a link opens. Raises Problem `not_found` for one that opens nothing."""
    return at(secret).application


def at(secret: str) -> Link:
    """The link itself, with its `return_url`. Raises Problem `not_found`."""
    rows_ = Link.objects.select_related("application__business")
    link = rows_.filter(digest=_digest(secret), revoked_at=None, expires_at__gt=clock.now()).first()
    if link is None:
        raise Problem("not_found", "This link no longer works. Ask who sent it for a new one.")
    if link.used_at is None:
        Link.objects.filter(pk=link.pk, used_at=None).update(used_at=clock.now())
    return link


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
