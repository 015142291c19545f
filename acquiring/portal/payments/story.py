"""What was unusual about a payment, in one sentence. Nothing for a payment that just went well."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.payments import states
from acquiring.payments.records import Attempt, Book, Operation
from acquiring.portal import tables
from acquiring.portal.payments import words


class Story(NamedTuple):
    """The sentence: its first words, the rest, and a moment that belongs to it, if any."""

    tone: str
    icon: str
    title: str
    text: str
    at: datetime | None = None


def of(book: Book, event_types: frozenset[str] = frozenset()) -> Story | None:
    """The most important unusual thing: doubt first, then money, then the outcome."""
    for tell in (_doubt, _person, _surplus, _came_back, _late, _second_route, _declined, _secure):
        found = tell(book, event_types)
        if found:
            return found
    return None


def _doubt(book: Book, _events: frozenset[str]) -> Story | None:
    attempt = book.open_attempt
    if attempt and attempt.status == "unknown":
        return Story(
            "unsure",
            "help",
            _("We do not know yet whether this was charged."),
            _("%(provider)s did not answer. Do not charge again: we ask until we know.")
            % {"provider": tables.provider(attempt.provider)},
            attempt.next_inquiry_at,
        )
    operation = next((one for one in _operations(book) if one.unknown), None)
    if operation is None:
        return None
    provider = tables.provider(book.attempt(operation.attempt_id).provider)
    amount = words.sum_of(operation.amount, operation.currency)
    return Story(
        "unsure",
        "help",
        _("We do not know yet whether %(amount)s moved.") % {"amount": amount},
        _("%(provider)s did not answer. Do not try again: we ask until we know.")
        % {"provider": provider},
        operation.next_inquiry_at,
    )


def _person(book: Book, _events: frozenset[str]) -> Story | None:
    if not book.payment.attention:
        return None
    return Story(
        "bad", "alert-triangle", _("A person should look at this."), book.payment.attention
    )


def _surplus(book: Book, _events: frozenset[str]) -> Story | None:
    surplus = next((one for one in book.attempts if one.surplus), None)
    if surplus is None:
        return None
    rows = [one for one in [*book.voids, *book.refunds] if one.origin == "surplus"]
    done = bool(rows) and all(one.status == "succeeded" for one in rows)
    told = {
        "provider": tables.provider(surplus.provider),
        "amount": words.sum_of(surplus.amount_authorized, surplus.currency),
    }
    if done:
        text = _("%(provider)s took %(amount)s that nobody was waiting for. It was sent back.")
    else:
        text = _("%(provider)s took %(amount)s that nobody was waiting for. It is on its way back.")
    return Story("ok" if done else "wait", "arrow-back-up", _("Money came twice."), text % told)


def _came_back(book: Book, _events: frozenset[str]) -> Story | None:
    refund = next((one for one in book.refunds if one.returned), None)
    if refund is None:
        return None
    amount = words.sum_of(refund.amount, refund.currency)
    text = _("The shopper's bank sent %(amount)s back. The shopper does not have the money.")
    return Story("bad", "alert-triangle", _("A refund came back."), text % {"amount": amount})


def _late(book: Book, events: frozenset[str]) -> Story | None:
    over = {"payment.expired", "payment.declined"} & events
    if not over or book.payment.status not in states.MONEY:
        return None
    text = _("The payment was already over when the money came. It counts, and is yours.")
    return Story("ok", "history", _("The money came late."), text)


def _second_route(book: Book, _events: frozenset[str]) -> Story | None:
    success = book.success
    if success is None or success is book.attempts[0]:
        return None
    first = next(one for one in book.attempts if one is not success)
    text = _("%(first)s said “%(reason)s”, so %(second)s was asked and approved.") % {
        "first": tables.provider(first.provider),
        "reason": tables.plain(first.decline_code or first.status),
        "second": tables.provider(success.provider),
    }
    return Story("ok", "sparkles", _("Saved by another route."), text)


def _declined(book: Book, _events: frozenset[str]) -> Story | None:
    known = catalogue.declines().get(book.payment.decline_code)
    if book.payment.status != "declined" or known is None:
        return None
    title = _("Declined by %(who)s: %(reason)s.") % {
        "who": words.WHO[known.who],
        "reason": tables.plain(known.code),
    }
    return Story("bad", "x", title, f"{tables.advice(known.code)} {words.RETRY[known.retry]}")


def _secure(book: Book, _events: frozenset[str]) -> Story | None:
    if book.success is None or not is_secured(book.success):
        return None
    text = _("Liability for fraud has moved to the bank, where the card scheme says so.")
    return Story("ok", "fingerprint", _("The shopper confirmed with 3-D Secure."), text)


def is_secured(attempt: Attempt) -> bool:
    """Whether the provider told that 3-D Secure was passed."""
    facts = attempt.facts
    passed = facts.get("three_ds_result") == "authenticated"
    return passed or str(facts.get("three_ds_authenticated")).lower() == "true"


def _operations(book: Book) -> list[Operation]:
    return [*book.captures, *book.voids, *book.refunds]
