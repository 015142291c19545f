"""Reads. The merchant and the person come first, so that nobody sees another's."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.notices.models import Notice
from merchants.models import User

MOST_COUNTED = 100


def notices(merchant_id: UUID, person_id: UUID) -> QuerySet[Notice]:
    """A person's notices about a merchant, the newest first."""
    found = Notice.objects.filter(merchant_id=merchant_id, person_id=person_id)
    return found.order_by("-id")


def notice(merchant_id: UUID, person_id: UUID, shown: str) -> Notice:
    """One of a person's notices, `not_…`. Raises Problem `not_found`."""
    found = notices(merchant_id, person_id).filter(pk=ids.read("not", shown)).first()
    if found is None:
        raise Problem("not_found", f"There is no notice {shown[:60]!r}.")
    return found


def unread_count(user: User, merchant_id: UUID) -> int:
    """How many notices wait to be read, counted up to a hundred. One read of an index."""
    unread = notices(merchant_id, user.pk).filter(read_at=None).order_by()
    return unread.values("pk")[:MOST_COUNTED].count()
