"""How an attempt hears news, and what that makes of its payment.

Replies, webhooks and polls all end in `hear`. It is idempotent and does not care about order: news
that is no news changes nothing, bad news never undoes money, and money that comes when it is no
longer wanted is on its way back before the commit ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from acquiring.connectors.driver import Outcome
from acquiring.core import ids
from acquiring.core.money import Money
from acquiring.ledger import journals
from acquiring.ledger.fees import Price
from acquiring.payments import schedule, states
from acquiring.payments.change import Change
from acquiring.payments.records import Attempt, Capture, Refund, Void


class Terms(NamedTuple):
    """What a decision needs to know beyond the book."""

    price: Price
    settle_days: int
    confirmation: str = "instant"  # how soon the method usually knows: instant, minutes, days
    more_routes: bool = False  # the caller will try the next route after a decline


def start(change: Change, account_id: UUID, provider: str, read_timeout_seconds: int) -> Attempt:
    """A new attempt, committed as `sent` before a byte leaves.

    Should this process die, the sweeper finds it once the wire must have gone quiet.
    """
    payment, now = change.payment, change.now
    attempt = Attempt(
        merchant_id=payment.merchant_id,
        id=ids.new(),
        payment_id=payment.id,
        ordinal=len(change.book.attempts) + 1,
        account_id=account_id,
        provider=provider,
        status="sent",
        amount=payment.amount,
        currency=payment.currency,
        sent_at=now,
        next_inquiry_at=now + timedelta(seconds=2 * read_timeout_seconds + 15),
        created_at=now,
        updated_at=now,
    )
    change.add(attempt)
    return attempt


def hear(change: Change, attempt: Attempt, outcome: Outcome, terms: Terms) -> bool:
    """Let an attempt hear an outcome; returns whether it was news."""
    state = outcome.state
    if state == attempt.status:
        if _note(attempt, outcome) or attempt.open:
            change.touch(attempt)
            _ask_again(change, attempt, outcome)
        return False
    if not states.may(states.ATTEMPT, attempt.status, state):
        return False
    _note(attempt, outcome)
    change.move_attempt(attempt, state)
    if state in states.MONEY:
        _take(change, attempt, outcome, terms)
    elif state in states.OPEN_ATTEMPT:
        _wait(change, attempt, outcome, terms)
    else:
        _close(change, attempt, terms)
    return True


def _note(attempt: Attempt, outcome: Outcome) -> bool:
    """Keep what the provider told, nothing replaced by nothing; returns whether any is new."""
    before = msgspec.structs.astuple(attempt)
    attempt.provider_ref = outcome.provider_ref or attempt.provider_ref
    if outcome.facts:
        attempt.facts = {**attempt.facts, **outcome.facts}
    if outcome.keep:
        attempt.kept = {**attempt.kept, **outcome.keep}
    if outcome.state in {"declined", "refused", "expired", "voided", "unknown"}:
        attempt.decline_code = outcome.decline or attempt.decline_code
        attempt.raw_code = (outcome.raw_code or attempt.raw_code)[:255]
        attempt.raw_message = (outcome.raw_message or attempt.raw_message)[:1000]
    return msgspec.structs.astuple(attempt) != before


def _ask_again(change: Change, attempt: Attempt, outcome: Outcome) -> None:
    if not attempt.open:
        return
    unknown = attempt.status in {"sent", "unknown"}
    if unknown and schedule.past_horizon(change.now, attempt.sent_at):
        attempt.next_inquiry_at = None
        change.attention("The outcome is still unknown after 72 hours of asking the provider.")
        return
    attempt.next_inquiry_at = schedule.next_inquiry(change.now, attempt.inquiries, unknown)
    if outcome.action and change.payment.status == "requires_action":
        change.payment.next_action = dict(outcome.action)


def _wait(change: Change, attempt: Attempt, outcome: Outcome, terms: Terms) -> None:
    """The shopper must act, or the provider must still decide."""
    payment = change.payment
    _ask_again(change, attempt, outcome)
    status = "requires_action" if attempt.status == "action" else "pending"
    if payment.status not in {"created", "requires_action", "pending"}:
        return
    if status == "requires_action":
        payment.next_action = dict(outcome.action or {})
    wait = schedule.PENDING_EXPIRY[terms.confirmation]
    if attempt.status != "unknown":
        payment.expires_at = change.now + wait
    change.move_payment(status)


def _close(change: Change, attempt: Attempt, terms: Terms) -> None:
    """The attempt came to nothing. The payment ends with it unless another route is tried."""
    payment = change.payment
    if attempt.status == "refused":
        attempt.decline_code = attempt.decline_code or "provider_unavailable"
    if payment.status not in {"created", "requires_action", "pending"}:
        if attempt.status == "expired" and payment.status == "authorized":
            change.move_payment("expired")
        elif attempt.status == "voided" and payment.status == "authorized":
            change.move_payment("canceled")
        return
    if attempt.status == "voided":
        change.move_payment("canceled")
    elif attempt.status == "expired":
        payment.decline_code = attempt.decline_code or "payment_expired"
        change.move_payment("expired")
    elif not terms.more_routes:
        payment.decline_code = attempt.decline_code or "generic_decline"
        change.move_payment("declined")


def _take(change: Change, attempt: Attempt, outcome: Outcome, terms: Terms) -> None:
    """Money: this payment's, or one too many."""
    payment = change.payment
    attempt.amount_authorized = outcome.money.amount if outcome.money else attempt.amount
    rivals = [one for one in change.book.attempts if one is not attempt and not one.surplus]
    taken = any(one.status in states.MONEY for one in rivals)
    if attempt.surplus or taken or payment.status in {"declined", "canceled"}:
        _give_back(change, attempt)
        return
    attempt.decline_code = attempt.raw_code = attempt.raw_message = ""
    payment.decline_code = ""
    _stop_rivals(change, attempt)
    if attempt.status == "authorized":
        _authorize(change, attempt)
    else:
        _capture(change, attempt, outcome, terms)


def _stop_rivals(change: Change, attempt: Attempt) -> None:
    """A late success while another try is open: whatever that one brings will be surplus."""
    for rival in change.book.attempts:
        if rival is not attempt and rival.open:
            rival.surplus = True
            change.touch(rival)


def _authorize(change: Change, attempt: Attempt) -> None:
    payment = change.payment
    payment.amount_authorized = min(payment.amount, attempt.amount_authorized)
    payment.expires_at = change.now + schedule.AUTHORIZATION_EXPIRY
    change.move_payment("authorized")
    if payment.capture_method == "automatic":
        # The provider holds what should have been taken at once: take it now.
        change.add(due(Capture, change, attempt, payment.amount_authorized, "automatic"))


def _capture(change: Change, attempt: Attempt, outcome: Outcome, terms: Terms) -> None:
    """The provider says the money is taken: by its own hand, or confirming a capture of ours."""
    payment = change.payment
    if payment.amount_captured:
        return
    waiting = [one for one in change.book.captures if one.status == "pending"]
    taken = min(payment.amount, attempt.amount_authorized)
    payment.amount_authorized = max(payment.amount_authorized, taken)
    capture = waiting[0] if waiting else due(Capture, change, attempt, taken, "provider")
    if waiting:
        taken = min(outcome.money.amount if outcome.money else capture.amount, taken)
    else:
        capture.sent_at = change.now
        change.add(capture)
    settle_capture(change, attempt, capture, taken, terms)


def settle_capture(
    change: Change, attempt: Attempt, capture: Capture, amount: int, terms: Terms
) -> None:
    """A capture is done: sums, ledger, states. `amount` is what was really taken."""
    payment = change.payment
    money = Money(amount, payment.currency)
    capture.amount = amount
    capture.fee = terms.price.of(money)
    capture.available_at = change.now + timedelta(days=terms.settle_days)
    change.move_operation(capture, "succeeded")
    payment.amount_captured += amount
    payment.expires_at = None
    subject = ids.show("pay", payment.id)
    change.post(journals.capture(change.facts(attempt, capture.id, subject), money, capture.fee))
    if attempt.status == "authorized":
        change.move_attempt(attempt, "captured")
    if payment.status == "captured":
        change.announce("payment.captured")
    else:
        change.move_payment("captured")
    change.announce("capture.succeeded", capture)


def _give_back(change: Change, attempt: Attempt) -> None:
    """Money that nobody is waiting for goes back: a hold is voided, a capture refunded."""
    attempt.surplus = True
    undone = any(
        one.attempt_id == attempt.id and one.origin == "surplus" and type(one) is kind
        for kind, rows in ((Void, change.book.voids), (Refund, change.book.refunds))
        for one in rows
        if (kind is Refund) == (attempt.status == "captured")
    )
    if undone:
        return
    amount = attempt.amount_authorized
    if attempt.status == "captured":
        journal = journals.derive(attempt.id, "surplus")
        facts = change.facts(attempt, journal, ids.show("pay", attempt.payment_id))
        change.post(journals.surplus(facts, Money(amount, attempt.currency)))
        change.add(due(Refund, change, attempt, amount, "surplus"))
    else:
        change.add(due(Void, change, attempt, amount, "surplus"))
    change.announce("payment.surplus_found")


def due(kind: type, change: Change, attempt: Attempt, amount: int, origin: str):
    """An operation that the worker will send: it is due at once and was never sent."""
    return kind(
        merchant_id=attempt.merchant_id,
        id=ids.new(),
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        amount=amount,
        currency=attempt.currency,
        origin=origin,
        next_inquiry_at=change.now,
        created_at=change.now,
        updated_at=change.now,
    )
