"""A payment as a short row beside what it belongs to: a link, a customer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from acquiring import catalogue
from acquiring.payments.models import Payment
from acquiring.portal import status


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
            brand = catalogue.brands().get(card["brand"])
            logo, method = (
                card["brand"],
                f"{brand.name if brand else card['brand']} ·· {card['last4']}",
            )
        else:
            known = catalogue.methods().get(row.method)
            logo, method = row.method, known.name if known else row.method
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
