"""Finding what is due: open attempts and operations to ask about, payments whose time is over,
captures whose money becomes available.

Rows are claimed by moving their due time ahead (a lease) in a transaction of its own, so that no
lock is held while a provider is asked, and a worker that dies loses nothing but the lease.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from uuid import UUID

import structlog
from django.db import connection, transaction

from acquiring.core import clock, ids
from acquiring.core.money import Money
from acquiring.ledger import journals
from acquiring.ledger import services as ledger
from acquiring.payments import hearing, models, schedule, store
from acquiring.payments.records import Book, Capture, Refund, Void

log = structlog.get_logger(__name__)

BATCH = 64
RELEASE_BATCH = 500
WORKERS = 8

# Due by the merchant's own clock, which a test merchant may have moved ahead.
_CLAIM = """
    UPDATE {table} t SET {due} = %(until)s + make_interval(secs => m.clock_ahead_seconds)
    FROM merchants_merchant m
    WHERE m.id = t.merchant_id AND (t.merchant_id, t.id) IN (
        SELECT d.merchant_id, d.id FROM {table} d
        JOIN merchants_merchant c ON c.id = d.merchant_id
        WHERE d.{due} <= %(now)s + make_interval(secs => c.clock_ahead_seconds) {condition}
        ORDER BY d.{due} LIMIT %(batch)s FOR UPDATE OF d SKIP LOCKED)
    RETURNING t.merchant_id, {payment}, t.id
"""
# What may still be on the wire is left to whoever sent it. That is told by the id, which is of the
# real time, since the merchant's own clock may have been moved meanwhile.
_ANSWERED = "AND (d.status <> 'sent' OR d.id < %(quiet)s)"
_ANSWERED_OPERATION = (
    "AND (d.sent_at IS NULL OR d.unknown OR d.inquiries > 0 OR d.operation_ref <> ''"
    " OR d.id < %(quiet)s)"
)
_EXPIRABLE = "AND d.status IN ('created', 'requires_action', 'pending', 'authorized')"


def sweep() -> int:
    """Ask about every attempt and operation that is due, at most BATCH of each; how many."""
    count = 0
    for table, answered, step in (
        ("payments_attempt", _ANSWERED, _attempt),
        ("payments_capture", _ANSWERED_OPERATION, _operation("captures")),
        ("payments_void", _ANSWERED_OPERATION, _operation("voids")),
        ("payments_refund", _ANSWERED_OPERATION, _operation("refunds")),
    ):
        count += _each(_claim(table, "next_inquiry_at", "t.payment_id", answered), step)
    return count


def expire() -> int:
    """End payments whose time is over; returns how many were looked at."""
    rows = _claim("payments_payment", "expires_at", "t.id", _EXPIRABLE)
    return _each(rows, lambda book, _: hearing.expire(book))


def release() -> int:
    """Move captured money from pending to available where it is due; returns how many captures."""
    now = clock.now()
    with transaction.atomic():
        rows = list(
            models.Capture.objects.raw(
                "SELECT c.* FROM payments_capture c"
                " JOIN merchants_merchant m ON m.id = c.merchant_id"
                " WHERE c.released_at IS NULL AND c.status = 'succeeded'"
                " AND c.available_at <= %s + make_interval(secs => m.clock_ahead_seconds)"
                " ORDER BY c.available_at LIMIT %s FOR UPDATE OF c SKIP LOCKED",
                [now, RELEASE_BATCH],
            )
        )
        legs = [leg for row in rows for leg in _release_legs(row)]
        ledger.post(legs)
        for row in rows:
            models.Capture.objects.filter(merchant_id=row.merchant_id, id=row.id).update(
                released_at=now
            )
    return len(rows)


def _release_legs(row: models.Capture) -> list[journals.Leg]:
    subject = ids.show("pay", row.payment_id)
    facts = journals.Facts(row.merchant_id, None, row.id, subject, clock.now())
    due = row.amount - row.fee
    return journals.release(facts, Money(due, row.currency)) if due else []


def _claim(table: str, due: str, payment: str, condition: str = "") -> list[tuple]:
    sql = _statement(table, due, payment, condition)
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        quiet = ids.first_at(now - schedule.QUIET)
        until = now + schedule.LEASE
        cursor.execute(sql, {"now": now, "until": until, "quiet": quiet, "batch": BATCH})
        return cursor.fetchall()


@cache
def _statement(table: str, due: str, payment: str, condition: str) -> str:
    return _CLAIM.format(table=table, due=due, payment=payment, condition=condition)


def _attempt(book: Book, row_id: UUID) -> None:
    attempt = book.attempt(row_id)
    if attempt.open:
        hearing.inquire_attempt(book, attempt)


def _operation(name: str) -> Callable[[Book, UUID], None]:
    def step(book: Book, row_id: UUID) -> None:
        rows: list[Capture | Void | Refund] = getattr(book, name)
        operation = next(one for one in rows if one.id == row_id)
        if operation.status == "pending":
            hearing.inquire_operation(book, operation)

    return step


def _each(rows: list[tuple], step: Callable[[Book, UUID], object]) -> int:
    """A step for every claimed row, several at a time: most of it is waiting for providers."""
    if not rows:
        return 0
    if connection.in_atomic_block:  # a test's transaction belongs to its own connection
        for row in rows:
            _one(row, step)
        return len(rows)
    with ThreadPoolExecutor(min(WORKERS, len(rows)), thread_name_prefix="sweep") as pool:
        list(pool.map(lambda row: _one_in_thread(row, step), rows))
    return len(rows)


def _one_in_thread(row: tuple, step: Callable[[Book, UUID], object]) -> None:
    try:
        _one(row, step)
    finally:
        connection.close()


def _one(row: tuple, step: Callable[[Book, UUID], object]) -> None:
    """One row's trouble must not keep the others waiting; its lease brings it back."""
    merchant_id, payment_id, row_id = row
    try:
        step(store.read(merchant_id, payment_id), row_id)
    except Exception:
        log.exception("could not sweep", payment=ids.show("pay", payment_id))
