"""A provider that says what a test tells it to, in the place of the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acquiring.connectors.driver import Ask, News, Outcome
from acquiring.core.idempotency import Claim
from acquiring.payments import hearing, services, wire
from acquiring.payments.records import Attempt, Book
from acquiring.payments.replays import Done
from acquiring.payments.wishes import Instrument, Manner, Wish
from acquiring.vault import services as vault
from merchants import accounts
from tests import cast


class Provider:
    """Answers asks from a script and remembers them; silence when the script is at its end."""

    def __init__(self) -> None:
        self.script: list[Outcome | Callable[[Ask], Outcome]] = []
        self.asks: list[Ask] = []

    def says(self, *outcomes: Outcome | Callable[[Ask], Outcome]) -> None:
        self.script += outcomes

    def perform(self, account: Any, ask: Ask, again: bool = False) -> wire.Exchange:
        self.asks.append(ask)
        if not self.script:
            return wire.Exchange(Outcome("unknown", raw_code="no_answer"))
        line = self.script.pop(0)
        return wire.Exchange(line(ask) if callable(line) else line)


class Till:
    """A merchant's till: the services, with the merchant filled in."""

    def __init__(self, shop: cast.Shop, provider: Provider) -> None:
        self.shop = shop
        self.provider = provider
        self.merchant = services.Merchant(shop.merchant.id, "test")

    @property
    def id(self):
        return self.merchant.id

    def card(self, number: str = "4242424242424242") -> Instrument:
        return Instrument("card", vault.card(self.id, number, 12, 2031, "123"))

    def pay(
        self,
        *outcomes: Outcome,
        amount: int = 1999,
        currency: str = "EUR",
        claim: Claim | None = None,
        instrument: Instrument | None = None,
        manner: Manner | None = None,
        **wish: Any,
    ) -> Done:
        self.provider.says(*outcomes)
        return services.create(
            self.merchant,
            Wish(amount, currency, **wish),
            instrument or self.card(),
            manner or Manner(),
            claim,
        )

    def hears(
        self,
        book: Book,
        about: str,
        outcome: Outcome,
        attempt: Attempt | None = None,
        **names: str,
    ) -> bool:
        """A webhook about an attempt (the last one), or about the operation named."""
        attempt = attempt or book.attempts[-1]
        account = accounts.account(self.id, attempt.account_id)
        names = names or {"reference": f"att_{attempt.id.hex}"}
        return hearing.hear_news(account, News(about, outcome, **names))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    found = Provider()
    monkeypatch.setattr(wire, "perform", found.perform)
    return found


@pytest.fixture
def till(ambers_shop: cast.Shop, provider: Provider) -> Till:
    cast.connected(ambers_shop)
    return Till(ambers_shop, provider)
