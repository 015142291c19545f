"""Captures, voids and refunds: the intent, the wire, the outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from acquiring.catalogue import Connector
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Claim
from acquiring.payments import asks, operations, settling, store, wire
from acquiring.payments.change import Change
from acquiring.payments.records import Book, Operation
from acquiring.payments.replays import Done, known_answer, replay
from merchants import accounts
from merchants.services import now_for

NOT_CONNECTED = "The provider account of this payment is not connected."


def capture(
    merchant_id: UUID,
    payment_id: UUID,
    amount: int | None = None,
    final: bool = True,
    claim: Claim | None = None,
) -> Done:
    """Take (part of) an authorized sum. Raises Problem."""
    book = settling.read(merchant_id, payment_id)
    if known := known_answer(claim, 200):
        return known
    connector = _connector(book)
    if amount is not None and amount < book.capturable and not connector.partial_capture:
        raise Problem("unsupported", "The provider captures only the whole sum.", param="amount")
    if not final and not connector.multiple_capture:
        raise Problem("unsupported", "The provider takes one capture per payment.", param="final")
    return _operate(book, lambda change: operations.start_capture(change, amount, final), claim)


def refund(
    merchant_id: UUID,
    payment_id: UUID,
    amount: int | None = None,
    reason: str = "",
    metadata: dict[str, str] | None = None,
    claim: Claim | None = None,
) -> Done:
    """Give captured money back; the answer is the refund. Raises Problem."""
    book = settling.read(merchant_id, payment_id)
    if known := known_answer(claim, 201):
        return known
    terms = _connector(book).refund
    if terms in (None, "none"):
        raise Problem("unsupported", "The provider does not refund this payment method.")
    partly = amount is not None and amount < book.payment.amount_captured
    if terms == "full" and partly:
        raise Problem("unsupported", "The provider refunds only the whole sum.", param="amount")

    def start(change: Change) -> Operation:
        return operations.start_refund(change, amount, reason, metadata or {})

    return _operate(book, start, claim, status=201, shows_row=True)


def void(book: Book, claim: Claim | None = None) -> Done:
    """Give an authorization, or an open wish, back. Raises Problem."""
    connector = _connector(book)
    attempt = book.success or book.open_attempt
    if attempt is not None and attempt.status == "action" and not connector.void:
        return _drop(book, claim)
    if not connector.void:
        raise Problem("unsupported", "The provider cannot cancel this payment.")
    return _operate(book, operations.start_void, claim, then=drop_unpaid)


def drop_unpaid(change: Change) -> None:
    """Where the provider cannot cancel what nobody has paid yet, we stop waiting for it.

    Should the shopper pay all the same, that money is surplus and goes back by itself.
    """
    attempt = change.book.open_attempt
    failed = any(one.status == "failed" for one in change.book.voids)
    if attempt is None or attempt.status != "action" or not failed:
        return
    change.move_attempt(attempt, "voided")
    change.move_payment("canceled")


def send(book: Book, operation: Operation) -> Book:
    """Send an operation that is committed and was never sent (surplus, automatic capture)."""

    def mark(change: Change) -> None:
        row = settling.same_row(change.book, operation)
        row.sent_at = change.now
        change.touch(row)

    return _perform(settling.settle(book, mark), operation)


def _operate(
    book: Book,
    start: Callable[[Change], Operation],
    claim: Claim | None,
    *,
    status: int = 200,
    shows_row: bool = False,
    then: settling.Decide | None = None,
) -> Done:
    """Commit the intent, send it, commit the outcome with the answer."""
    for _ in range(settling.MAX_DECISIONS):
        change = Change(book, now_for(book.payment.merchant_id))
        operation = start(change)
        try:
            prior = store.write(change, claim=claim, shown=operation)
        except store.Stale:
            book = settling.read(book.payment.merchant_id, book.payment.id)
            continue
        if known := replay(prior, claim, status):
            return known
        shown = _picks(operation) if shows_row else None
        book = _perform(change.book, operation, claim, status, shown, then)
        return Done(book, row=settling.same_row(book, operation))
    raise Problem("conflict", "The payment keeps changing. Read it, then decide.")


def _picks(operation: Operation) -> Callable[[Book], Any]:
    """Finds the row of this operation in a fresher book."""
    return lambda book: settling.same_row(book, operation)


def _perform(
    book: Book,
    operation: Operation,
    claim: Claim | None = None,
    status: int = 200,
    shown: Callable[[Book], Any] | None = None,
    then: settling.Decide | None = None,
) -> Book:
    attempt = book.attempt(operation.attempt_id)
    account = accounts.account(attempt.merchant_id, attempt.account_id)
    if account is None:
        raise Problem("unavailable", NOT_CONNECTED)
    connector = asks.connector_of(book.payment, attempt.provider)
    ask = asks.operate(book, settling.same_row(book, operation), connector)
    exchange = wire.perform(account, ask)
    return settling.hear_operation(
        book, operation, ask, exchange, claim=claim, status=status, shown=shown, then=then
    )


def _drop(book: Book, claim: Claim | None) -> Done:
    def decide(change: Change) -> None:
        attempt = change.book.open_attempt
        if attempt is None or attempt.status != "action":
            raise Problem("conflict", "The payment changed at the same moment.")
        change.move_attempt(attempt, "voided")
        change.move_payment("canceled")

    change = Change(book, now_for(book.payment.merchant_id))
    decide(change)
    try:
        prior = store.write(change, claim=claim, answered=claim)
    except store.Stale as stale:
        raise Problem("conflict", "The payment changed at the same moment.") from stale
    return replay(prior, claim, 200) or Done(change.book)


def _connector(book: Book) -> Connector:
    """The connector of the attempt that holds the money, or is about to."""
    attempt = book.success or book.open_attempt or next(reversed(book.attempts), None)
    if attempt is None:
        raise Problem(
            "invalid_state", f"The payment is {book.payment.status}; nothing was taken for it."
        )
    return asks.connector_of(book.payment, attempt.provider)
