"""A payment as a short row beside what it belongs to: a link, a customer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from acquiring.payments.models import Payment
from acquiring.portal import naming, status


class Paid(NamedTuple):
    """A payment in a few words. The amount is in minor units."""

    shown: str
    amount: int
    currency: str
    state: str
    logo: str
    method: str
    created_at: datetime

    @classmethod
    def of(cls, row: Payment) -> Paid:
        """The row of a payment; a card is called by its brand and last four digits."""
        card = row.method_details.get("card")
        if card:
            logo, method = card["brand"], naming.card(card["brand"], card["last4"])
        else:
            logo, method = row.method, naming.method(row.method)
        sums = (row.amount_captured, row.amount_refunded, row.amount_disputed)
        return cls(
            shown=str(row),
            amount=row.amount,
            currency=row.currency,
            state=status.of_payment(row.status, *sums),
            logo=logo,
            method=method,
            created_at=row.created_at,
        )
