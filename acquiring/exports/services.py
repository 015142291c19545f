"""Asking for an export. A short list is made at once; a long one becomes a row that a worker finds.

What is asked for is written into the audit log: an export takes data out of the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from acquiring.core import audit, clock, ids, wake
from acquiring.core.errors import Problem
from acquiring.exports import faces, kinds, queries
from acquiring.exports.kinds import Filters, Kind
from acquiring.exports.models import Export, Piece
from merchants.models import Merchant, User
from merchants.services import user_actor

SHORT_ROWS = 2000
UNDER_WAY_AT_MOST = 10  # of a merchant
MAKE = "acquiring.exports.tasks.make"  # the task that looks for what was asked
EXPIRE_BATCH = 100


def check(kind: str, filters: Filters, format: str, merchant_id: UUID) -> Kind:
    """The list that is meant; raises Problem for one that cannot be exported so."""
    wanted = kinds.named(kind)
    if format not in faces.FORMATS:
        raise Problem("invalid_field", f"format is one of {', '.join(faces.FORMATS)}.", "format")
    kinds.found(wanted, merchant_id, filters)
    return wanted


def is_short(merchant_id: UUID, kind: Kind, filters: Filters) -> bool:
    """Whether the list has at most SHORT_ROWS rows; never counts further."""
    found = kinds.found(kind, merchant_id, filters)
    return len(found.values_list("id", flat=True)[: SHORT_ROWS + 1]) <= SHORT_ROWS


def at_once(merchant: Merchant, kind: str, filters: Filters, format: str, user: User) -> bytes:
    """The file of a short list. The active language is that of its headings.

    Raises Problem as `check` does.
    """
    wanted = check(kind, filters, format, merchant.id)
    into = BytesIO()
    zone = ZoneInfo(merchant.time_zone)
    face = faces.face(format, into, str(wanted.title), wanted.columns, zone)
    for rows in kinds.pages(wanted, merchant.id, filters):
        face.add(rows)
    face.close()
    _record(user, "export.made", ids.show("mer", merchant.id), merchant.id, kind, filters, format)
    return into.getvalue()


@transaction.atomic
def ask(merchant: Merchant, kind: str, filters: Filters, format: str, user: User) -> Export:
    """Have a list made into a file by a worker. Raises Problem as `check` does, and
    `invalid_state` when too many are under way.
    """
    check(kind, filters, format, merchant.id)
    under_way = Export.objects.filter(merchant_id=merchant.id, status__in=queries.UNDER_WAY)
    if under_way.count() >= UNDER_WAY_AT_MOST:
        rule = f"{UNDER_WAY_AT_MOST} exports are being made. Wait for one to be done."
        raise Problem("invalid_state", rule)
    row = Export(
        merchant_id=merchant.id,
        kind=kind,
        filters=dict(filters),
        format=format,
        language=translation.get_language() or "en",
        time_zone=merchant.time_zone,
        asked_by=user.id,
    )
    row.save(force_insert=True)
    _record(user, "export.asked", row.shown, merchant.id, kind, filters, format)
    transaction.on_commit(partial(wake.look, MAKE))
    return row


def note_download(row: Export, user: User) -> None:
    """Write down who took a file away. Raises Problem `invalid_state` when there is none."""
    if row.status != Export.Status.DONE:
        raise Problem("invalid_state", "There is no file of this export.")
    audit.record(user_actor(user), "export.downloaded", row.shown, row.merchant_id)


@transaction.atomic
def cancel(row: Export, user: User) -> bool:
    """Stop an export that is under way; its worker notices at its next page. False if it was
    already over."""
    stopped = Export.objects.filter(
        merchant_id=row.merchant_id, id=row.id, status__in=queries.UNDER_WAY
    ).update(status=Export.Status.FAILED, fault="canceled", finished_at=clock.now())
    if stopped:
        audit.record(user_actor(user), "export.canceled", row.shown, row.merchant_id)
    return bool(stopped)


def expire(limit: int = EXPIRE_BATCH) -> int:
    """Forget files whose time is over; returns how many. One short transaction a file."""
    due = Export.objects.filter(status=Export.Status.DONE, expires_at__lte=clock.now())
    rows = list(due.values_list("merchant_id", "id")[:limit])
    for merchant_id, export_id in rows:
        with transaction.atomic():
            Export.objects.filter(
                merchant_id=merchant_id, id=export_id, status=Export.Status.DONE
            ).update(status=Export.Status.EXPIRED)
            Piece.objects.filter(merchant_id=merchant_id, export_id=export_id).delete()
    return len(rows)


def _record(
    user: User,
    action: str,
    subject: str,
    merchant_id: UUID,
    kind: str,
    filters: Mapping[str, list[str]],
    format: str,
) -> None:
    changes = {"kind": kind, "filters": dict(filters), "format": format}
    audit.record(user_actor(user), action, subject, merchant_id, changes)
