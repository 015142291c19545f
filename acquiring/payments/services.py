"""The verbs of a payment: create, confirm, cancel, and the shopper's way back.

Three commits and no more: the intent, then the wire outside any transaction, then the outcome. A
cascade joins the outcome of one attempt and the intent of the next in one commit. Captures, voids
and refunds are in `money.py`, what providers tell of their own accord in `hearing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from acquiring.connectors import registry
from acquiring.connectors.driver import Ask
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Claim
from acquiring.core.money import Money
from acquiring.payments import (
    asks,
    attempts,
    limits,
    models,
    money,
    planning,
    schedule,
    settling,
    states,
    store,
    wire,
)
from acquiring.payments.change import Change
from acquiring.payments.planning import Plan
from acquiring.payments.records import Attempt, Book, Payment
from acquiring.payments.replays import Done, known_answer, replay
from acquiring.payments.wishes import Instrument, Manner, Wish
from copilot.routing import Route
from merchants import accounts, offering
from merchants.services import now_for


class Merchant(NamedTuple):
    """Whose payment it is."""

    id: UUID
    mode: str


def create(
    merchant: Merchant,
    wish: Wish,
    instrument: Instrument | None = None,
    manner: Manner = Manner(),  # noqa: B008 (immutable)
    claim: Claim | None = None,
    payment_id: UUID | None = None,
) -> Done:
    """A new payment; with an instrument it is confirmed at once. Raises Problem.

    `payment_id` is given where the id had to be known before (a token is claimed by it).
    """
    now = now_for(merchant.id)
    payment = _payment(merchant, wish, now, payment_id or ids.new())
    change = Change(Book(payment=payment), now)
    change.announce("payment.created")
    if instrument is None:
        prior = store.write(change, claim=claim, answered=claim, status=201)
        return replay(prior, claim, 201) or Done(change.book)
    plan = _plan(payment, merchant, instrument, manner)
    return _pay(change, plan, instrument, manner, claim, 201)


def confirm(
    merchant: Merchant,
    payment_id: UUID,
    instrument: Instrument,
    manner: Manner,
    claim: Claim | None = None,
) -> Done:
    """Try to get the money for a payment that was created without an instrument. Raises Problem."""
    book = settling.read(merchant.id, payment_id)
    if known := known_answer(claim, 200):
        return known
    if book.payment.status != "created":
        raise Problem(
            "invalid_state",
            f"The payment is {book.payment.status}; only a created one can be confirmed.",
        )
    change = Change(book, now_for(merchant.id))
    plan = _plan(book.payment, merchant, instrument, manner)
    return _pay(change, plan, instrument, manner, claim, 200)


def returned(merchant_id: UUID, attempt_id: UUID, parameters: Mapping[str, str]) -> Book:
    """The shopper is back from the bank, the wallet or the issuer. Raises LookupError.

    What the browser carries is only a hint: the provider is asked, and its word counts.
    """
    book = settling.read_by(models.Attempt, merchant_id, attempt_id)
    return _back(book, book.attempt(attempt_id), parameters)


def returned_named(merchant_id: UUID, account_id: UUID, parameters: Mapping[str, str]) -> Book:
    """The same where all payments of an account share an address. Raises LookupError.

    The provider names the payment in the query.
    """
    account = accounts.account(merchant_id, account_id)
    member = registry.driver(account.provider).returns_named if account else ""
    named = parameters.get(member, "") if member else ""
    if not named:
        raise LookupError(f"nothing of account {account_id} is named")
    book = store.read_by_provider_ref(merchant_id, account_id, named)
    attempt = next(one for one in book.attempts if one.provider_ref == named)
    return _back(book, attempt, parameters)


def _back(book: Book, attempt: Attempt, parameters: Mapping[str, str]) -> Book:
    account = accounts.account(attempt.merchant_id, attempt.account_id)
    if attempt.status not in {"action", "pending", "unknown"} or account is None:
        return book
    connector = asks.connector_of(book.payment, attempt.provider)
    ask = asks.resume(book, attempt, connector, parameters)
    return settling.hear(book, attempt.id, ask, wire.perform(account, ask))


def cancel(merchant: Merchant, payment_id: UUID, claim: Claim | None = None) -> Done:
    """Give up a payment that nothing was taken for. Raises Problem."""
    book = settling.read(merchant.id, payment_id)
    if known := known_answer(claim, 200):
        return known
    if book.payment.status != "created":
        return money.void(book, claim)
    change = Change(book, now_for(merchant.id))
    change.move_payment("canceled")
    prior = _write_or_conflict(change, claim, answered=claim)
    return replay(prior, claim, 200) or Done(change.book)


def _payment(merchant: Merchant, wish: Wish, now: datetime, payment_id: UUID) -> Payment:
    members = wish._asdict()
    members["expires_at"] = wish.expires_at or now + schedule.CREATED_EXPIRY
    return Payment(
        merchant_id=merchant.id, id=payment_id, created_at=now, updated_at=now, **members
    )


def _plan(payment: Payment, merchant: Merchant, instrument: Instrument, manner: Manner) -> Plan:
    """Take over what the confirmation adds, then decide."""
    planning.check_method(instrument.method)
    payment.method = instrument.method
    payment.method_details = instrument.described(manner.save)
    payment.token_id = instrument.token_id
    payment.country = manner.country or payment.country
    payment.locale = manner.locale or payment.locale
    payment.return_url = manner.return_url or payment.return_url
    payment.shopper = {**payment.shopper, **manner.shopper}
    bars = limits.of(merchant.id)
    bars.check(instrument.method, Money(payment.amount, payment.currency))
    known = accounts.provider_accounts(merchant.id)
    chosen = offering.offering(merchant.id)
    return planning.plan(payment, instrument, merchant.mode, known, chosen, bars)


def _pay(
    change: Change,
    plan: Plan,
    instrument: Instrument,
    manner: Manner,
    claim: Claim | None,
    status: int,
) -> Done:
    """The intent, and then the cascade."""
    if plan.risk.action == "block":
        change.payment.decline_code = plan.risk.decline_code
        change.move_payment("declined")
        prior = _write_or_conflict(change, claim, answered=claim, status=status)
        return replay(prior, claim, status) or Done(change.book)
    three_ds = "required" if plan.risk.action == "three_ds" else manner.three_ds
    cascade = _Cascade(plan.routes, instrument, three_ds)
    attempt = cascade.begin(change, 0)
    prior = _write_or_conflict(change, claim)
    known = replay(prior, claim, status)
    return known or Done(cascade.run(change.book, attempt, claim, status))


def _write_or_conflict(
    change: Change, claim: Claim | None, answered: Claim | None = None, status: int = 200
):
    try:
        return store.write(change, claim=claim, answered=answered, status=status)
    except store.Stale as stale:
        raise Problem("conflict", "Another request changed this payment just now.") from stale
    except store.Busy as busy:
        rule = "Another payment of this checkout session is under way, or has been made."
        raise Problem("operation_in_progress", rule, "checkout_session") from busy


class _Cascade:
    """The routes of a plan, tried in order until an answer is worth keeping."""

    def __init__(self, routes: tuple[Route, ...], instrument: Instrument, three_ds: str) -> None:
        self.routes = routes
        self.instrument = instrument
        self.three_ds = three_ds

    def begin(self, change: Change, index: int) -> Attempt:
        """The intent of an attempt on the route; its commit must come before its first byte."""
        account = self.routes[index].account
        seconds = wire.timeouts(account.provider).read_seconds
        return attempts.start(change, account.id, account.provider, seconds)

    def run(self, book: Book, attempt: Attempt, claim: Claim | None, status: int) -> Book:
        """Perform the committed intent, and the ones that follow from it."""
        following: Attempt | None = attempt
        for index, route in enumerate(self.routes):
            if following is None:
                break
            own = following.id
            ask = asks.authorize(book, following, self.instrument, route.connector, self.three_ds)
            exchange = wire.perform(route.account, ask)
            begun: list[Attempt] = []

            def decide(
                change: Change,
                index: int = index,
                own: UUID = own,
                ask: Ask = ask,
                exchange: wire.Exchange = exchange,
                begun: list[Attempt] = begun,
            ) -> bool:
                begun[:] = self._decide(change, index, own, ask, exchange)
                return bool(begun)

            book = settling.settle(book, decide, claim=claim, status=status)
            following = begun[0] if begun else None
        return book

    def _decide(
        self, change: Change, index: int, own: UUID, ask: Ask, exchange: wire.Exchange
    ) -> list[Attempt]:
        """Hear the outcome; begin the next attempt in the same commit where it is worth one."""
        attempt = change.book.attempt(own)
        last = index + 1 == len(self.routes)
        another = not last and wire.worth_another_route(exchange.outcome)
        terms = wire.terms(change.payment, attempt.provider)._replace(more_routes=another)
        attempts.hear(change, attempt, exchange.outcome, terms)
        attempt.milliseconds = exchange.milliseconds
        wire.keep_log(change, attempt, ask, exchange)
        ended = attempt.status in {"declined", "refused"}
        if another and ended and change.payment.status in states.UNDECIDED_PAYMENT:
            return [self.begin(change, index + 1)]
        return []
