"""What an idempotency key that was claimed before leads to: the first answer, or its completion."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Answer, Claim, Prior, answered, find, take_over
from acquiring.payments import hearing, settling
from acquiring.payments.records import Book


class Done(NamedTuple):
    """What a verb came to: the book, or the answer an earlier try with the same key had got."""

    book: Book | None
    replay: Answer | None = None
    row: object = None  # the operation the answer is about


def replay(prior: Prior | None, claim: Claim | None, status: int) -> Done | None:
    """None for a fresh key. The first answer for a known one; when the first try died midway, its
    deed is finished by asking the provider, never by doing it again. Raises Problem for another
    body under the key, and while the first try is still running.
    """
    if prior is None or claim is None:
        return None
    found = answered(prior, claim)
    if found is not None:
        return Done(None, found)
    if not take_over(claim):
        raise Problem("idempotency_in_progress", retry_after=2)
    payment, _, operation = prior.subject.partition(":")
    return _finish(claim, ids.read("pay", payment), operation, status)


def known_answer(claim: Claim | None, status: int) -> Done | None:
    """`replay` before any rule is looked at: the first request changed what the rules see."""
    return replay(find(claim), claim, status) if claim else None


def _finish(claim: Claim, payment_id: UUID, operation: str, status: int) -> Done:
    book = settling.read(claim.merchant_id, payment_id)
    if operation:
        row = settling.find_shown(book, operation)
        if row.status == "pending":
            book = hearing.inquire_operation(book, row)
        row = settling.same_row(book, row)
        shown = lambda fresh: settling.same_row(fresh, row)  # noqa: E731 (as short as it is)
        book = settling.settle(book, _nothing, claim=claim, status=status, shown=shown)
        return Done(book, row=settling.same_row(book, row))
    attempt = book.open_attempt
    if attempt and attempt.status == "sent":
        book = hearing.inquire_attempt(book, attempt)
    return Done(settling.settle(book, _nothing, claim=claim, status=status))


def _nothing(_: object) -> None:
    """A commit that only answers a key."""
