"""The maker: claim an export, write its file, keep it, until none is due.

Nothing here is told what to do: it looks at rows. A claim is a lease that every page renews. A
worker that dies loses only its file on disk, which nobody can see: the next one begins afresh, and
a worker that was given up for dead finds its claim gone and stops.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation

from acquiring.core import audit, clock, ids
from acquiring.exports import faces, kinds
from acquiring.exports.models import Export, Piece

LEASE = timedelta(seconds=60)
AGAIN = timedelta(seconds=30)  # after a try that failed
TRIES = 3
KEPT = timedelta(hours=72)
LARGEST_BYTES = 256 * 1024 * 1024
PIECE_BYTES = 512 * 1024

log = structlog.get_logger("acquiring.exports")

_turn = threading.Lock()


class Lost(Exception):  # noqa: N818 (no error: news)
    """The export is no longer ours: it was canceled, or another worker has it."""


class TooLarge(Exception):  # noqa: N818
    """The file is larger than LARGEST_BYTES."""


def look() -> int:
    """Make what is due, one after the other; how many. Returns at once when another thread of this
    process is at it, so that exports never take more than one of its threads.
    """
    made = 0
    while _turn.acquire(blocking=False):
        try:
            row = claim()
            if row is None:
                return made
            _try(row)
            made += 1
        finally:
            _turn.release()
    return made


def claim() -> Export | None:
    """The export that waits longest, leased to us and committed; None when none is due."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE exports_export AS export
            SET status = 'running', tries = tries + 1, next_at = %s, rows_done = 0
            FROM (
                SELECT merchant_id, id FROM exports_export
                WHERE status IN ('waiting', 'running') AND next_at <= %s
                ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE export.merchant_id = due.merchant_id AND export.id = due.id
            RETURNING export.merchant_id, export.id
            """,
            [now + LEASE, now],
        )
        claimed = cursor.fetchone()
    return Export.objects.get(merchant_id=claimed[0], id=claimed[1]) if claimed else None


def _try(row: Export) -> None:
    """One try, whatever becomes of it."""
    if row.tries > TRIES:  # its workers died, each time
        _end(row, status=Export.Status.FAILED, fault="crashed")
        return
    try:
        with TemporaryFile() as into, translation.override(row.language):
            _write(row, into)
            _keep(row, into)
    except Lost:
        log.info("export_lost", export=row.shown)
    except TooLarge:
        _end(row, status=Export.Status.FAILED, fault="too_large")
    except Exception as error:  # of any room's list; the row must not wait for its lease
        log.exception("export_failed", export=row.shown, error=type(error).__name__)
        if row.tries < TRIES:
            _mine(row).update(status=Export.Status.WAITING, next_at=clock.now() + AGAIN)
        else:
            _end(row, status=Export.Status.FAILED, fault="error")


def _write(row: Export, into: IO[bytes]) -> None:
    """The whole list into a file; the lease is renewed and progress told at every page."""
    kind = kinds.named(row.kind)
    _renew(row, rows_expected=kinds.found(kind, row.merchant_id, row.filters).order_by().count())
    zone = ZoneInfo(row.time_zone)
    face = faces.face(row.format, into, str(kind.title), kind.columns, zone)
    for rows in kinds.pages(kind, row.merchant_id, row.filters):
        face.add(rows)
        row.rows_done += len(rows)
        _renew(row, rows_done=row.rows_done)
        if into.tell() > LARGEST_BYTES:
            raise TooLarge
    face.close()
    if into.tell() > LARGEST_BYTES:
        raise TooLarge


@transaction.atomic
def _keep(row: Export, into: IO[bytes]) -> None:
    """The file into the database and the export done, in one transaction."""
    size = into.tell()
    _end(row, status=Export.Status.DONE, bytes=size, expires_at=clock.now() + KEPT)
    into.seek(0)
    for ordinal, start in enumerate(range(0, size, PIECE_BYTES)):
        Piece.objects.create(
            id=ids.new(),
            merchant_id=row.merchant_id,
            export_id=row.id,
            ordinal=ordinal,
            data=into.read(min(PIECE_BYTES, size - start)),
        )


def _renew(row: Export, **progress: int) -> None:
    if not _mine(row).update(next_at=clock.now() + LEASE, **progress):
        raise Lost


@transaction.atomic
def _end(row: Export, **facts: str | int | datetime) -> None:
    """Over, one way or the other; the audit log, which `notices` reads, says so. Raises Lost."""
    if not _mine(row).update(finished_at=clock.now(), **facts):
        raise Lost
    row.refresh_from_db()
    changes = {
        "asked_by": ids.show("usr", row.asked_by) if row.asked_by else None,
        "rows": row.rows_done,
        "expires_at": clock.rfc3339(row.expires_at) if row.expires_at else None,
    }
    audit.record("system", f"export.{row.status}", row.shown, row.merchant_id, changes)


def _mine(row: Export) -> QuerySet[Export]:
    """The row while this try holds it."""
    return Export.objects.filter(
        merchant_id=row.merchant_id, id=row.id, status=Export.Status.RUNNING, tries=row.tries
    )
