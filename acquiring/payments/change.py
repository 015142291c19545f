"""A change: what one commit will do to a book, gathered before anything is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from acquiring.core import clock
from acquiring.ledger import journals
from acquiring.ledger.journals import Leg
from acquiring.payments import states
from acquiring.payments.records import Attempt, Book, Capture, Operation, Refund, Void

# Where a kind of row lives, and the prefix of its outside id.
TABLES: dict[type, str] = {
    Attempt: "attempts",
    Capture: "captures",
    Void: "voids",
    Refund: "refunds",
}


class Notice(NamedTuple):
    """An event to be: its type and the row it shows (None: the payment)."""

    type: str
    row: Attempt | Operation | None


class Change:
    """Moves rows of a book along the tables and remembers what must be committed together.

    `now` is the merchant's time. Nothing here touches the database: `store.write` commits it, or
    finds the book stale, and then the decision is made again on the fresh one.
    """

    def __init__(self, book: Book, now: datetime) -> None:
        self.book = book
        self.now = now
        self.notices: list[Notice] = []
        self.transfers: list[Leg] = []
        self.wire: list[dict[str, Any]] = []
        self._touched: dict[UUID, Attempt | Operation] = {}

    @property
    def payment(self):
        """The payment of the book."""
        return self.book.payment

    @staticmethod
    def now_real() -> datetime:
        """The real time: locks and leases do not follow a test merchant's clock."""
        return clock.now()

    def touch(self, row: Any) -> None:
        """The row must be written."""
        row.updated_at = self.now
        self._touched[row.id] = row

    def rows(self, kind: type) -> list[Any]:
        """The touched rows of a kind."""
        return [row for row in self._touched.values() if type(row) is kind]

    @property
    def empty(self) -> bool:
        """Whether the book stays as it is; the wire log may still have grown."""
        return not (self._touched or self.notices or self.transfers)

    def move_payment(self, status: str) -> None:
        """Move the payment, and announce it."""
        payment = self.payment
        if payment.status == status:
            return
        states.check(states.PAYMENT, payment.status, status)
        payment.status = status
        if status != "requires_action":
            payment.next_action = None
        self.announce(f"payment.{status}")

    def move_attempt(self, attempt: Attempt, status: str) -> None:
        """Move an attempt; a decided one is no longer asked about."""
        states.check(states.ATTEMPT, attempt.status, status)
        attempt.status = status
        if status not in states.OPEN_ATTEMPT:
            attempt.finished_at = self.now
            attempt.next_inquiry_at = None
        self.touch(attempt)

    def move_operation(self, operation: Operation, status: str) -> None:
        """Move a capture, void or refund; a decided one is no longer asked about."""
        table = states.REFUND if isinstance(operation, Refund) else states.OPERATION
        states.check(table, operation.status, status)
        operation.status = status
        operation.unknown = False
        operation.finished_at = self.now
        operation.next_inquiry_at = None
        self.touch(operation)

    def add(self, row: Attempt | Operation) -> None:
        """A new row of the book."""
        getattr(self.book, TABLES[type(row)]).append(row)
        self.touch(row)

    def announce(self, event_type: str, row: Attempt | Operation | None = None) -> None:
        """An event; what it shows is the state at the commit."""
        self.notices.append(Notice(event_type, row))

    def attention(self, why: str) -> None:
        """A person should look at this payment."""
        self.payment.attention = why
        self.announce("payment.needs_attention")

    def post(self, legs: list[Leg]) -> None:
        """Transfers of this commit."""
        self.transfers += legs

    def facts(self, attempt: Attempt, journal: UUID, subject: str) -> journals.Facts:
        """Who, where and when, for the ledger."""
        return journals.Facts(attempt.merchant_id, attempt.account_id, journal, subject, self.now)
