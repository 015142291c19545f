"""Deciding and committing: where every change of a payment ends.

Nobody holds a lock while thinking. A decision is made on a book that was read, and committed only
if the payment has not moved since; if it has, it is made again on the fresh book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from acquiring.connectors.driver import Ask
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Claim
from acquiring.payments import attempts, checkout, models, operations, render, store, wire
from acquiring.payments.change import TABLES, Change
from acquiring.payments.queries import book as read  # noqa: F401 (callers say settling.read)
from acquiring.payments.records import Book, Operation, next_or_fail
from acquiring.vault import services as vault
from merchants.services import now_for

MAX_DECISIONS = 20

# A decision changes the book; True says that more is to come before a caller may be answered.
Decide = Callable[[Change], bool | None]


def settle(
    book: Book,
    decide: Decide,
    *,
    claim: Claim | None = None,
    status: int = 200,
    shown: Callable[[Book], Any] | None = None,
) -> Book:
    """Decide, commit, return the book as committed. Raises Problem `conflict` after many tries.

    `claim` is the key this commit answers (with `status` and the row that `shown` picks).
    """
    merchant_id, payment_id = book.payment.merchant_id, book.payment.id
    for _ in range(MAX_DECISIONS):
        change = Change(book, now_for(merchant_id))
        more = decide(change)
        answered = None if more else claim
        if change.empty and answered is None:
            store.log(change)
            return change.book
        try:
            row = shown(change.book) if shown else None
            store.write(change, answered=answered, status=status, shown=row)
        except store.Stale:
            book = store.read(merchant_id, payment_id)
            continue
        _remember_card(change.book)
        wanted = checkout.complete_session(change.book)
        return change.book if wanted else settle(change.book, operations.start_return)
    raise Problem("conflict", "The payment keeps changing. Read it, then decide.")


def hear(
    book: Book,
    attempt_id: UUID,
    ask: Ask | None,
    exchange: wire.Exchange,
    first: Decide | None = None,
) -> Book:
    """Let an attempt hear an outcome: a reply, a poll or a webhook."""

    def decide(change: Change) -> None:
        if first:
            first(change)
        attempt = change.book.attempt(attempt_id)
        terms = wire.terms(change.payment, attempt.provider)
        attempts.hear(change, attempt, exchange.outcome, terms)
        wire.keep_log(change, attempt, ask, exchange)

    return settle(book, decide)


def hear_operation(
    book: Book,
    operation: Operation,
    ask: Ask | None,
    exchange: wire.Exchange,
    *,
    claim: Claim | None = None,
    status: int = 200,
    shown: Callable[[Book], Any] | None = None,
    first: Decide | None = None,
    then: Decide | None = None,
) -> Book:
    """Let a capture, void or refund hear an outcome; `first` and `then` decide around it."""

    def decide(change: Change) -> None:
        if first:
            first(change)
        row = same_row(change.book, operation)
        attempt = change.book.attempt(row.attempt_id)
        terms = wire.terms(change.payment, attempt.provider)
        operations.hear(change, row, exchange.outcome, terms)
        wire.keep_log(change, attempt, ask, exchange)
        if then:
            then(change)

    return settle(book, decide, claim=claim, status=status, shown=shown)


def same_row(book: Book, operation: Operation) -> Any:
    """The row of this book that `operation` was in an earlier one."""
    return next_or_fail(getattr(book, TABLES[type(operation)]), operation.id)


def read_by(kind: type[models.Attempt | models.Operation], merchant_id: UUID, row_id: UUID) -> Book:
    """The book that an attempt, capture, void or refund belongs to; raises LookupError."""
    found = kind._default_manager.filter(merchant_id=merchant_id, id=row_id)
    payment_id = found.values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise LookupError(f"no {kind.__name__} {row_id}")
    return store.read(merchant_id, payment_id)


def find_shown(book: Book, outside_id: str) -> Any:
    """The operation of a book by its outside id; raises LookupError."""
    for row in [*book.captures, *book.voids, *book.refunds]:
        if render.outside_id(row) == outside_id:
            return row
    raise LookupError(outside_id)


def _remember_card(book: Book) -> None:
    """After money: keep a card the shopper agreed to keep, and the scheme's reference of it."""
    payment, success = book.payment, book.success
    if success is None or payment.token_id is None or not payment.method_details.get("saved"):
        return
    try:
        vault.keep(payment.merchant_id, payment.token_id, payment.customer_id)
    except Problem:
        return  # erased meanwhile: by time, or because the shopper asked for it
    reference = success.facts.get("network_reference")
    if reference:
        vault.agree(payment.merchant_id, payment.token_id, str(reference), {})
