"""The rows of the payments room as plain values.

Decisions about money are made on these, away from the database, so that they can be tested by the
million; `store.py` reads them with one query and writes them with one. Their fields are the
columns of `models.py`, to the letter (a test compares them).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from acquiring.payments import states


class Payment(msgspec.Struct, kw_only=True):
    """One wish for money. Sums are minor units of `currency`."""

    merchant_id: UUID
    id: UUID
    version: int = 0
    status: str = "created"
    amount: int
    currency: str
    amount_authorized: int = 0
    amount_captured: int = 0
    amount_refunded: int = 0
    amount_disputed: int = 0
    capture_method: str = "automatic"
    method: str = ""
    method_details: dict[str, Any] = {}
    token_id: UUID | None = None
    customer_id: UUID | None = None
    store_id: UUID | None = None
    session_id: UUID | None = None
    initiator: str = "shopper"
    reference: str = ""
    description: str = ""
    descriptor: str = ""
    return_url: str = ""
    country: str = ""
    locale: str = ""
    shopper: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    next_action: dict[str, Any] | None = None
    decline_code: str = ""
    decision: dict[str, Any] = {}
    attention: str = ""
    expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Attempt(msgspec.Struct, kw_only=True):
    """One try on one route."""

    merchant_id: UUID
    id: UUID
    payment_id: UUID
    ordinal: int
    account_id: UUID
    provider: str
    status: str = "new"
    amount: int
    currency: str
    amount_authorized: int = 0
    provider_ref: str = ""
    decline_code: str = ""
    raw_code: str = ""
    raw_message: str = ""
    facts: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    surplus: bool = False
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    milliseconds: int = 0
    inquiries: int = 0
    next_inquiry_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def open(self) -> bool:
        """Whether the shopper, the provider or the wire may still decide it."""
        return self.status in states.OPEN_ATTEMPT


class Operation(msgspec.Struct, kw_only=True):
    """What captures, voids and refunds have in common."""

    merchant_id: UUID
    id: UUID
    payment_id: UUID
    attempt_id: UUID
    status: str = "pending"
    amount: int
    currency: str
    origin: str = "merchant"
    reference: str = ""
    operation_ref: str = ""
    decline_code: str = ""
    raw_code: str = ""
    raw_message: str = ""
    unknown: bool = False
    sent_at: datetime | None = None
    inquiries: int = 0
    next_inquiry_at: datetime | None = None
    finished_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Capture(Operation, kw_only=True):
    """Taking (part of) an authorized sum. `fee` is what the platform keeps of it."""

    final: bool = True
    fee: int = 0
    available_at: datetime | None = None
    released_at: datetime | None = None


class Void(Operation, kw_only=True):
    """Giving an authorization back."""


class Refund(Operation, kw_only=True):
    """Giving captured money back. `reason` is the merchant's word.

    `returned`: it had succeeded, and then the shopper's bank sent it back. That is the last word.
    """

    reason: str = ""
    returned: bool = False
    metadata: dict[str, str] = {}


class Book(msgspec.Struct, kw_only=True):
    """A payment with everything that ever happened to it.

    `picture` is what the API shows of it as JSON, left by the commit that drew it for its event or
    its answer; empty where none did.
    """

    payment: Payment
    attempts: list[Attempt] = []
    captures: list[Capture] = []
    voids: list[Void] = []
    refunds: list[Refund] = []
    picture: bytes = b""

    def attempt(self, attempt_id: UUID) -> Attempt:
        """The attempt of that id; raises LookupError."""
        return next_or_fail(self.attempts, attempt_id)

    @property
    def open_attempt(self) -> Attempt | None:
        """The one attempt that is still undecided, if any."""
        return next((one for one in self.attempts if one.open), None)

    @property
    def success(self) -> Attempt | None:
        """The attempt whose money this payment is; surplus ones are not it."""
        return next(
            (one for one in self.attempts if one.status in states.MONEY and not one.surplus), None
        )

    @property
    def refund_pending(self) -> int:
        """Minor units on their way back to the shopper; surplus is not this payment's money."""
        return sum(
            one.amount
            for one in self.refunds
            if one.status == "pending" and one.origin == "merchant"
        )

    @property
    def capturable(self) -> int:
        """Minor units that may still be captured."""
        payment = self.payment
        closed = any(one.final and one.status == "succeeded" for one in self.captures)
        if closed or payment.status not in states.MONEY:
            return 0
        return payment.amount_authorized - payment.amount_captured

    @property
    def refundable(self) -> int:
        """Minor units that may still be refunded, those on their way counted as gone."""
        payment = self.payment
        return payment.amount_captured - payment.amount_refunded - self.refund_pending


def next_or_fail(rows: list[Any], row_id: UUID) -> Any:
    """The row of that id; raises LookupError."""
    for row in rows:
        if row.id == row_id:
            return row
    raise LookupError(f"no row {row_id}")
