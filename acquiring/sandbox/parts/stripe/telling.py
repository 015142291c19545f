"""Which of Stripe's events an endpoint hears, and in which form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts.stripe import objects
from acquiring.sandbox.parts.stripe.lookup import NEWEST

# The events an endpoint listens to unless the account's facts name others ("*" for all).
EVENTS = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing",
    "payment_intent.canceled", "payment_intent.amount_capturable_updated",
    "refund.created", "refund.updated", "refund.failed", "charge.dispute.created",
)  # fmt: skip


class Teller:
    """Tells events to the account's webhook endpoint."""

    def tell(
        self,
        book: Book,
        charge: Charge,
        name: str,
        shown: Mapping[str, Any],
        delay: timedelta = timedelta(),
    ) -> None:
        """Queue an event, if the endpoint listens to its kind."""
        wanted = book.account.facts.get("enabled_events") or EVENTS
        if name in wanted or "*" in wanted:
            event = objects.event(name, shown, NEWEST, book.now)
            book.tell(charge, name, event, delay)
