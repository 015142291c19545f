"""What becomes known without a merchant asking: webhooks of providers, and our own inquiries.

Both end where replies end (`settling.hear`), so it does not matter which comes first, twice or
never.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from acquiring.catalogue import Connector
from acquiring.connectors.driver import Ask, News, Outcome
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments import (
    asks,
    attempts,
    models,
    money,
    operations,
    schedule,
    settling,
    store,
    wire,
)
from acquiring.payments.change import Change
from acquiring.payments.records import Attempt, Book, Operation, Void
from acquiring.payments.wishes import Instrument
from merchants import accounts
from merchants.accounts import AccountFacts
from merchants.services import now_for

log = structlog.get_logger(__name__)

OPERATIONS: dict[str, type[models.Operation]] = {
    "capture": models.Capture,
    "void": models.Void,
    "refund": models.Refund,
}
_UNPAID = frozenset({"created", "requires_action", "pending"})
PREFIXES = {"capture": "cap", "void": "voi", "refund": "ref"}


def hear_news(account: AccountFacts, news: News, heard: wire.Heard | None = None) -> bool:
    """Let the subject of a webhook hear it; returns whether we know the subject.

    News without a state of its own ("unknown") is only a hint to ask. `heard` is the webhook as
    the wire log of its payment keeps it.
    """
    if news.about == "dispute":
        log.info("dispute news kept for the disputes room", provider=account.provider)
        return False
    found = _payment_news if news.about == "payment" else _operation_news
    try:
        found(account, news, heard)
    except LookupError:
        log.info("news about nothing of ours", provider=account.provider, about=news.about)
        return False
    return True


def inquire_attempt(
    book: Book, attempt: Attempt, heard: wire.Heard | None = None, named: str = ""
) -> Book:
    """Ask the provider what became of an attempt.

    `named` is the provider's id of it as a webhook tells it, for an attempt whose answer was lost.
    """
    account = accounts.account(attempt.merchant_id, attempt.account_id)
    if account is None:
        return _postpone(book, attempt)
    connector = asks.connector_of(book.payment, attempt.provider)
    ask = asks.inquire(book, attempt, connector)
    ask = replace(ask, provider_ref=ask.provider_ref or named)
    exchange = wire.perform(account, ask)
    if exchange.outcome.raw_code == "unsupported":
        if _can_resend(book, attempt):
            ask, exchange = _resend(book, attempt, account)
        else:  # only webhooks tell here, and nothing was learned: what is known stays
            known = "unknown" if attempt.status == "sent" else attempt.status
            exchange = wire.Exchange(Outcome(known))
            book = _call_back(book, attempt, connector)
    elif _is_lost(attempt, attempt, exchange.outcome):
        lost = Outcome("refused", decline="lost_in_transit", raw_code=exchange.outcome.raw_code)
        exchange = exchange._replace(outcome=lost)

    def decide(change: Change) -> None:
        change.book.attempt(attempt.id).inquiries += 1

    exchange = exchange._replace(heard=heard)
    return settling.hear(book, attempt.id, ask, exchange, first=decide)


def inquire_operation(book: Book, operation: Operation, heard: wire.Heard | None = None) -> Book:
    """Ask what became of a capture, void or refund; send it where it was never sent."""
    if operation.sent_at is None:
        return money.send(book, operation)
    attempt = book.attempt(operation.attempt_id)
    account = accounts.account(attempt.merchant_id, attempt.account_id)
    if account is None:
        raise Problem("unavailable", money.NOT_CONNECTED)
    connector = asks.connector_of(book.payment, attempt.provider)
    ask = asks.inquire_operation(book, operation, connector)
    exchange = wire.perform(account, ask)
    verb = asks.VERBS[type(operation)]
    if exchange.outcome.raw_code == "unsupported" and wire.may_resend(attempt.provider, verb):
        # The same bytes under the same key: the provider answers what it answered, or does it now.
        ask = asks.operate(book, operation, connector)
        exchange = wire.perform(account, ask, again=True)
    elif _is_lost(attempt, operation, exchange.outcome):
        lost = Outcome("failed", decline="lost_in_transit", raw_code=exchange.outcome.raw_code)
        exchange = exchange._replace(outcome=lost)

    def decide(change: Change) -> None:
        settling.same_row(change.book, operation).inquiries += 1

    exchange = exchange._replace(heard=heard)
    return settling.hear_operation(book, operation, ask, exchange, first=decide)


def expire(book: Book) -> Book:
    """End a payment whose time is over, after asking the provider once more."""
    attempt = book.success or book.open_attempt
    if attempt is not None and attempt.status != "sent":
        book = inquire_attempt(book, attempt)
    if book.payment.status == "authorized":
        return _let_go(book)

    def decide(change: Change) -> None:
        if change.payment.status not in _UNPAID:
            return  # it was paid meanwhile, or ended in another way
        waiting = change.book.open_attempt
        if waiting is not None and waiting.status in {"sent", "unknown"}:
            change.payment.expires_at = None  # the wire decides, not the clock
            change.touch(waiting)
            return
        if waiting is not None:
            change.move_attempt(waiting, "expired")
        change.payment.decline_code = "payment_expired"
        change.payment.expires_at = None
        change.move_payment("expired")

    return settling.settle(book, decide)


def _payment_news(account: AccountFacts, news: News, heard: wire.Heard | None) -> None:
    book, attempt = _attempt_of(account, news)
    if news.outcome.state == "unknown":
        inquire_attempt(book, attempt, heard, news.provider_ref)
        return
    settling.hear(book, attempt.id, None, wire.Exchange(news.outcome, heard=heard))


def _operation_news(account: AccountFacts, news: News, heard: wire.Heard | None) -> None:
    found = _operation_of(account, news)
    if found is None:
        # An operation we did not begin (the provider's dashboard): the payment's state tells.
        book, attempt = _attempt_of(account, news)
        inquire_attempt(book, attempt, heard)
        return
    book, operation = found
    if news.outcome.state == "unknown":
        inquire_operation(book, operation, heard)
        return
    exchange = wire.Exchange(news.outcome, heard=heard)
    settling.hear_operation(book, operation, None, exchange)


def _attempt_of(account: AccountFacts, news: News) -> tuple[Book, Attempt]:
    """By our own reference, else by the provider's; only what went through this very account."""
    if news.reference.startswith("att_"):
        own = _own_id("att", news.reference)
        book = store.read_by_attempt(account.merchant_id, account.id, own)
        return book, book.attempt(own)
    if not news.provider_ref:
        raise LookupError("the news names nothing")
    book = store.read_by_provider_ref(account.merchant_id, account.id, news.provider_ref)
    named = (one for one in book.attempts if one.account_id == account.id)
    return book, next(one for one in named if one.provider_ref == news.provider_ref)


def _operation_of(account: AccountFacts, news: News) -> tuple[Book, Operation] | None:
    kind = OPERATIONS[news.about]
    rows = kind._default_manager.filter(merchant_id=account.merchant_id)
    if news.reference.startswith(f"{PREFIXES[news.about]}_"):
        rows = rows.filter(id=_own_id(PREFIXES[news.about], news.reference))
    elif news.operation_ref:
        rows = rows.filter(operation_ref=news.operation_ref)
    else:
        return None
    row_id = rows.values_list("id", flat=True).first()
    if row_id is None:
        return None
    book = settling.read_by(kind, account.merchant_id, row_id)
    rows_of_book = [*book.captures, *book.voids, *book.refunds]
    operation = next(one for one in rows_of_book if one.id == row_id)
    if book.attempt(operation.attempt_id).account_id != account.id:
        raise LookupError("the operation went through another account")
    return book, operation


def _own_id(prefix: str, text: str) -> UUID:
    try:
        return ids.read(prefix, text)
    except Problem as problem:
        raise LookupError(text) from problem


def _can_resend(book: Book, attempt: Attempt) -> bool:
    """A card is not kept, so only the ask for another method can be built once more."""
    if attempt.provider_ref or book.payment.method == "card":
        return False
    return wire.may_resend(attempt.provider, "authorize")


def _resend(book: Book, attempt: Attempt, account: AccountFacts) -> tuple[Ask, wire.Exchange]:
    connector = asks.connector_of(book.payment, attempt.provider)
    instrument = Instrument(book.payment.method)
    ask = asks.authorize(book, attempt, instrument, connector, "automatic")
    return ask, wire.perform(account, ask, again=True)


def _is_lost(attempt: Attempt, row: Attempt | Operation, outcome: Outcome) -> bool:
    """Whether the provider knows nothing of a call that can no longer be on its way to it."""
    undecided = row.status in {"sent", "unknown", "pending"}
    late = schedule.lost(now_for(attempt.merchant_id), row.sent_at)
    return undecided and late and wire.is_missing(attempt.provider, outcome)


def _call_back(book: Book, attempt: Attempt, connector: Connector) -> Book:
    """Where a provider can neither be asked nor asked again, an attempt nobody heard of is called
    back by our own reference: then it is certain that nothing will be taken for it."""
    late = schedule.lost(now_for(attempt.merchant_id), attempt.sent_at)
    undecided = attempt.status in {"sent", "unknown"} and not attempt.provider_ref
    if not (undecided and late and connector.void):
        return book

    def decide(change: Change) -> None:
        waiting = change.book.attempt(attempt.id)
        if waiting.open and not change.book.voids:
            change.add(attempts.due(Void, change, waiting, waiting.amount, "lost"))

    return settling.settle(book, decide)


def _postpone(book: Book, attempt: Attempt) -> Book:
    """The account was taken away: keep asking, later."""
    return settling.hear(book, attempt.id, None, wire.Exchange(Outcome(attempt.status)))


def _let_go(book: Book) -> Book:
    """An authorization nobody captured in time is given back."""

    def decide(change: Change) -> None:
        change.payment.expires_at = None
        if any(one.status == "pending" for one in [*change.book.captures, *change.book.voids]):
            return
        void = operations.start_void(change)
        void.origin = "expiry"
        void.sent_at = None
        void.next_inquiry_at = change.now

    return settling.settle(book, decide)
