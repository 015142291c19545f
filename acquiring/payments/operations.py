"""Captures, voids and refunds: when one may begin, and how it hears its outcome.

An operation is committed as `pending` before a byte leaves. Silence leaves it pending, marked
unknown, and it is asked about until the provider speaks; while it is open no other operation that
could move the same money begins.
"""

from __future__ import annotations

from acquiring.connectors.driver import Outcome
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.ledger import journals
from acquiring.payments import attempts, schedule, states
from acquiring.payments.attempts import Terms
from acquiring.payments.change import Change
from acquiring.payments.records import Attempt, Book, Capture, Operation, Refund, Void

MAX_REFUNDS = 100
PAID_TWICE = "The checkout session had been paid already; this payment goes back by itself."
WORDS = {Capture: "capture", Void: "void", Refund: "refund"}


def start_capture(change: Change, amount: int | None, final: bool) -> Capture:
    """Begin to take `amount` minor units (None: all that is left). Raises Problem."""
    book, payment = change.book, change.payment
    attempt = book.success
    if attempt is None or not book.capturable:
        raise Problem(
            "invalid_state",
            f"The payment is {payment.status} and has nothing left to capture.",
        )
    _nothing_open(book, Capture, Void)
    left = book.capturable
    if amount is not None and amount > left:
        raise Problem("amount_too_large", f"At most {left} can be captured.", param="amount")
    capture = _begin(change, attempt, Capture, amount or left)
    capture.final = final or capture.amount == left
    return capture


def start_void(change: Change) -> Void:
    """Begin to give an authorization back. Raises Problem."""
    book, payment = change.book, change.payment
    attempt = book.success or book.open_attempt
    if attempt is None or payment.status not in {"requires_action", "pending", "authorized"}:
        raise Problem(
            "invalid_state", f"The payment is {payment.status}; only an open one can be canceled."
        )
    _nothing_open(book, Capture, Void)
    if attempt.status in {"sent", "unknown"}:
        raise Problem(
            "operation_in_progress",
            "The outcome of the attempt is still unknown; it is being asked for.",
        )
    return _begin(change, attempt, Void, attempt.amount_authorized or attempt.amount)


def start_refund(change: Change, amount: int | None, reason: str, metadata: dict) -> Refund:
    """Begin to give `amount` minor units back (None: all that is left). Raises Problem."""
    book, payment = change.book, change.payment
    attempt = book.success
    if attempt is None or not payment.amount_captured:
        raise Problem("invalid_state", f"The payment is {payment.status}; nothing was captured.")
    if not book.refundable or len(book.refunds) >= MAX_REFUNDS:
        raise Problem("invalid_state", "Nothing is left to refund.")
    if amount is not None and amount > book.refundable:
        raise Problem(
            "amount_too_large", f"At most {book.refundable} can be refunded.", param="amount"
        )
    refund = _begin(change, attempt, Refund, amount or book.refundable)
    refund.reason, refund.metadata = reason, metadata
    return refund


def start_return(change: Change) -> None:
    """Give back a payment whose checkout session another one had fulfilled; the worker sends it.

    A hold whose capture is on its way is left until that has ended: then this comes again.
    """
    book = change.book
    waiting = any(one.status == "pending" for one in [*book.captures, *book.voids])
    row: Operation
    if change.payment.status == "captured" and book.refundable:
        row = start_refund(change, None, "duplicate", {})
    elif change.payment.status == "authorized" and not waiting:
        row = start_void(change)
    else:
        return
    row.sent_at, row.next_inquiry_at = None, change.now
    change.attention(PAID_TWICE)


def hear(change: Change, operation: Operation, outcome: Outcome, terms: Terms) -> bool:
    """Let an operation hear an outcome; returns whether it was news."""
    operation.operation_ref = outcome.operation_ref or operation.operation_ref
    change.touch(operation)
    _keep(change, operation, outcome)
    state = "failed" if outcome.state == "refused" else outcome.state
    if state in {"pending", "unknown"}:
        _wait(change, operation, unknown=state == "unknown")
        return False
    table = states.REFUND if isinstance(operation, Refund) else states.OPERATION
    returned = isinstance(operation, Refund) and operation.returned
    if returned or not states.may(table, operation.status, state):
        return False
    if state == "failed":
        _fail(change, operation, outcome)
    else:
        _succeed(change, operation, outcome, terms)
    return True


def _keep(change: Change, operation: Operation, outcome: Outcome) -> None:
    """What the driver wants to be handed the next time is kept with the attempt."""
    attempt = change.book.attempt(operation.attempt_id)
    kept = {**attempt.kept, **outcome.keep}
    if kept != attempt.kept:
        attempt.kept = kept
        change.touch(attempt)


def _nothing_open(book: Book, *kinds: type) -> None:
    rows: list[Operation] = [*book.captures, *book.voids]
    for row in rows:
        if row.status == "pending" and isinstance(row, kinds):
            raise Problem(
                "operation_in_progress", f"A {WORDS[type(row)]} of this payment is still open."
            )


def _begin(change: Change, attempt: Attempt, kind: type, amount: int):
    row = kind(
        merchant_id=attempt.merchant_id,
        id=ids.new(),
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        amount=amount,
        currency=attempt.currency,
        sent_at=change.now,
        next_inquiry_at=change.now + schedule.ANSWER,
        created_at=change.now,
        updated_at=change.now,
    )
    change.add(row)
    if kind is Refund:
        change.announce("refund.created", row)
    return row


def _wait(change: Change, operation: Operation, unknown: bool) -> None:
    if operation.status != "pending":
        return
    operation.unknown = unknown
    if unknown and schedule.past_horizon(change.now, operation.sent_at):
        operation.next_inquiry_at = None
        change.attention(
            f"The outcome of a {WORDS[type(operation)]} is still unknown after 72 hours."
        )
        return
    operation.next_inquiry_at = schedule.next_inquiry(change.now, operation.inquiries, unknown)


def _fail(change: Change, operation: Operation, outcome: Outcome) -> None:
    word = WORDS[type(operation)]
    operation.decline_code = outcome.decline or f"{word}_refused"
    operation.raw_code = outcome.raw_code
    operation.raw_message = outcome.raw_message[:1000]
    was = operation.status
    change.move_operation(operation, "failed")
    if isinstance(operation, Refund) and was == "succeeded":
        _take_refund_back(change, operation)
    change.announce(f"{word}.failed", operation)
    if operation.origin == "surplus":
        change.attention(f"Money taken twice could not be given back: {operation.raw_code}.")


def _take_refund_back(change: Change, refund: Refund) -> None:
    """The shopper's bank sent a refund back after it had succeeded."""
    refund.returned = True
    attempt = change.book.attempt(refund.attempt_id)
    money = Money(refund.amount, refund.currency)
    facts = change.facts(attempt, refund.id, ids.show("pay", refund.payment_id))
    if refund.origin == "surplus":
        change.post(journals.surplus(facts.derived("returned"), money))
        return
    change.payment.amount_refunded -= refund.amount
    change.post(journals.refund_returned(facts, money))


def _succeed(change: Change, operation: Operation, outcome: Outcome, terms: Terms) -> None:
    attempt = change.book.attempt(operation.attempt_id)
    operation.decline_code = operation.raw_code = operation.raw_message = ""
    if isinstance(operation, Capture):
        most = change.payment.amount_authorized - change.payment.amount_captured
        told = outcome.money.amount if outcome.money else operation.amount
        if most <= 0:  # the provider told the whole sum as captured before it told of this capture
            _fail(change, operation, Outcome("failed", raw_code="already_captured"))
            return
        attempts.settle_capture(change, attempt, operation, min(told, most), terms)
    elif isinstance(operation, Void):
        _voided(change, attempt, operation)
    else:
        _refunded(change, attempt, operation)


def _voided(change: Change, attempt: Attempt, void: Void) -> None:
    change.move_operation(void, "succeeded")
    if states.may(states.ATTEMPT, attempt.status, "voided"):
        change.move_attempt(attempt, "voided")
    if void.origin == "surplus":
        change.announce("payment.surplus_returned")
        return
    target = "expired" if void.origin == "expiry" else "canceled"
    if states.may(states.PAYMENT, change.payment.status, target):
        change.move_payment(target)


def _refunded(change: Change, attempt: Attempt, refund: Operation) -> None:
    money = Money(refund.amount, refund.currency)
    facts = change.facts(attempt, refund.id, ids.show("pay", refund.payment_id))
    change.move_operation(refund, "succeeded")
    if refund.origin == "surplus":
        change.post(journals.surplus_returned(facts, money))
        change.announce("payment.surplus_returned")
        return
    change.payment.amount_refunded += refund.amount
    change.post(journals.refund(facts, money))
    change.announce("refund.succeeded", refund)
