"""One payment at a simulator from its first ask on: what is done about it, and what is heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.connectors.driver import Ask, Driver, Outcome
from acquiring.connectors.registry import drivers
from acquiring.core import clock
from acquiring.core.money import Money
from acquiring.sandbox import background
from acquiring.sandbox import book as books
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import Delivery, simulators
from acquiring.sandbox.scenarios import named
from tests.connectors.shop import Shop

ROUND = 10_000  # the digits of an amount that choose a scenario
PAID = {"authorized", "captured"}
LOST = {"declined", "expired", "voided"}
SETTLED = PAID | LOST
DRIVERS = [one for one in drivers().values() if one.name in simulators()]

every_simulated = pytest.mark.parametrize("driver", DRIVERS, ids=lambda one: one.name)


class NotPlayed(AssertionError):  # noqa: N818 (a fact)
    """The scenario did not show."""


def show(fact: object, what: str) -> None:
    """Where a scenario has to show itself; what must hold in any case is asserted plainly."""
    if not fact:
        raise NotPlayed(what)


@contextmanager
def played(driver: Driver, scenario: str) -> Iterator[None]:
    """The scenario shows, or the simulator says why it cannot, and then it does not."""
    if scenario not in simulators()[driver.name].cannot:
        yield
        return
    with pytest.raises(NotPlayed):
        yield


def connectors(driver: Driver, **wanted: object) -> list[Connector]:
    """What the provider carries, cards first; members of a row narrow the choice."""
    rows = [
        row
        for row in catalogue.provider(driver.name).connectors
        if all(getattr(row, name) == value for name, value in wanted.items())
    ]
    return sorted(rows, key=lambda row: row.flow != "card")


def without_cards(driver: Driver) -> list[Connector]:
    """The same, cards last: they seldom pend."""
    return connectors(driver)[::-1]


class Story:
    """A payment that plays a scenario, by the first method whose limits allow its amount."""

    def __init__(self, driver: Driver, scenario: str, rows: list[Connector] | None = None) -> None:
        self.driver, self.shop = driver, Shop(driver)
        self.ask = self._ask(rows or connectors(driver), named(scenario).amount or 1999)
        self.begun = Outcome("unknown")

    def _ask(self, rows: list[Connector], digits: int) -> Ask:
        asks = [(row, self.shop.ask(row, digits)) for row in rows]
        # Currencies that are paid in whole units come last: not every provider lets those choose.
        for row, ask in sorted(asks, key=lambda one: one[1].money.currency in one[0].multiple_of):
            if money := playing(row, digits, ask.money.currency):
                manual = row.capture == "manual"
                return replace(ask, money=money, capture="manual" if manual else "automatic")
        raise NotPlayed(f"no method of {self.driver.title} takes such an amount")

    def begin(self, **members: object) -> Story:
        """Ask for it."""
        self.ask = replace(self.ask, **members)  # type: ignore[arg-type]
        self.begun = self.shop.does(self.ask)
        return self

    def pay(self) -> Story:
        """Ask for it, and let the shopper agree where asked."""
        return self.begin().agree()

    def agree(self) -> Story:
        """The shopper says yes, and comes back to the shop where there is a way."""
        if self.driver.asks_nobody and self.begun.action:
            self.shop.simulator.scan(self.begun.action["data"])  # type: ignore[attr-defined]
        charge = self.charges()[-1]
        if charge.state != "action":
            return self
        book = Book(self.shop.there)
        back = self.shop.simulator.shopper(book, charge, "approve")
        book.save(charge)
        if "resume" in self.driver.verbs and back:
            returned = dict(parse_qsl(urlsplit(back).query))
            members = {"reference": self.ask.reference, "returned": returned}
            resumed = self.shop.then(self.ask, self.begun, "resume", **members)[1]
            self.begun = replace(self.begun, state=resumed.state)
            self._learn(resumed)
        return self

    def refund(self, amount: int = 0) -> tuple[Ask, Outcome]:
        """Give some of it back, or all."""
        money = Money(amount, self.ask.money.currency) if amount else self.ask.money
        return self.shop.then(self.ask, self.begun, "refund", money=money)

    def wait(self, seconds: int = 60) -> Story:
        """Time passes at the provider."""
        there = self.shop.there
        self.shop.there = replace(there, ahead_seconds=there.ahead_seconds + seconds)
        books.execute(
            "UPDATE sandbox_account SET ahead_seconds = %s WHERE provider = %s AND ref = %s",
            [self.shop.there.ahead_seconds, there.provider, there.ref],
        )
        background.settle_due()
        return self

    def switch(self, **switches: object) -> Story:
        """Put the account into a mood."""
        there = self.shop.there
        books.execute(
            "UPDATE sandbox_account SET switches = %s WHERE provider = %s AND ref = %s",
            [books.text(switches), there.provider, there.ref],
        )
        return self

    # What is heard.

    def heard(self) -> set[str]:
        """All that was said of the payment since the last time: by webhooks, and when asked."""
        told = self.shop.states("payment", self.ask, self.begun)
        return told | self.asked()

    def asked(self) -> set[str]:
        """What an inquiry, or else the same call again, says of the payment."""
        if "inquire" in self.driver.verbs:
            known = {"reference": self.ask.reference}
            said = self.shop.then(self.ask, self.begun, "inquire", **known)[1]
            self._learn(said)
            return {said.state}
        if "authorize" in self.driver.resendable:
            return {self.shop.does(self.ask, again=True).state}
        return set()

    def _learn(self, said: Outcome) -> None:
        """What the platform keeps of an answer: the provider's name of the payment, and more."""
        name = said.provider_ref or self.begun.provider_ref
        self.begun = replace(self.begun, provider_ref=name, keep={**self.begun.keep, **said.keep})

    def charges(self) -> list[Charge]:
        """What the provider has in its book."""
        ref = self.shop.there.ref
        return books.charges("provider = %s AND account = %s ORDER BY row", [self.driver.name, ref])

    def deliveries(self) -> list[tuple]:
        """The webhooks so far, in order of sending: (id, when made, when due, what it says)."""
        found = books.rows(
            "SELECT coalesce(copy_of, id), created_at, due_at, name, message::text"
            " FROM sandbox_delivery"
            " WHERE provider = %s AND account = %s AND NOT forged ORDER BY due_at, id",
            [self.driver.name, self.shop.there.ref],
        )
        shop, now = self.shop, clock.now()
        told = []
        for number, made, due, name, message in found:
            delivery = Delivery(number, name, orjson.loads(message), made)
            told.append(
                (number, made, due, shop.hears(shop.simulator.sign(shop.there, delivery, now)))
            )
        return told


def playing(row: Connector, digits: int, currency: str) -> Money | None:
    """A sum within the limits of a connector that chooses the scenario; None where there is none.

    Where there are whole units only, those choose.
    """
    step = row.multiple_of.get(currency, 1)
    least = row.minimum.get(currency, 1)
    rounds = max(0, -(-(least - digits * step) // (ROUND * step)))
    amount = (digits + rounds * ROUND) * step
    return Money(amount, currency) if amount <= row.maximum.get(currency, amount) else None
