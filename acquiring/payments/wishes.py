"""What a merchant wishes for, as plain values: the input of the services."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from acquiring import catalogue
from acquiring.vault.services import CardSecret


class Instrument(NamedTuple):
    """What is paid with. `details` are what a method other than a card asks of the shopper.

    `provider` is set where it can be used at one provider only (a wallet's payload is made for it);
    `seen` is what may be shown of the card behind a wallet: its `network` and `last4`.
    """

    method: str
    card: CardSecret | None = None
    details: dict[str, str] = {}
    token_id: UUID | None = None
    reusable_token: bool = False
    network_reference: str = ""
    provider: str = ""
    seen: dict[str, str] = {}

    def described(self, save: bool = False) -> dict[str, Any]:
        """What may be stored and shown of it."""
        shown: dict[str, Any] = {"type": self.method}
        if self.card:
            card = self.card
            shown["card"] = {
                "brand": card.brand,
                "bin": card.bin,
                "last4": card.last4,
                "exp_month": card.exp_month,
                "exp_year": card.exp_year,
                "fingerprint": card.fingerprint,
            }
        if any(self.seen.values()):
            shown["wallet"] = self.seen
        if save:
            shown["saved"] = True
        return shown

    @property
    def kind(self) -> str:
        """The kind of the method, which fees go by."""
        return catalogue.methods()[self.method].kind


class Wish(NamedTuple):
    """A payment to be. Amounts are minor units; texts are as the API checked them."""

    amount: int
    currency: str
    capture_method: Literal["automatic", "manual"] = "automatic"
    customer_id: UUID | None = None
    store_id: UUID | None = None
    session_id: UUID | None = None
    initiator: Literal["shopper", "merchant"] = "shopper"
    reference: str = ""
    description: str = ""
    descriptor: str = ""
    return_url: str = ""
    country: str = ""
    locale: str = ""
    shopper: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    expires_at: datetime | None = None


class Manner(NamedTuple):
    """How a payment is to be confirmed."""

    three_ds: Literal["automatic", "required", "skip"] = "automatic"
    save: bool = False  # the shopper agreed that the card is kept for later
    country: str = ""
    locale: str = ""
    return_url: str = ""
    shopper: dict[str, Any] = {}
