"""A merchant's account at a simulator, used through our driver and client, in this process.

Neither the driver nor the simulator knows the other. Calls go through the one place where bytes
leave, which leads to the simulators here; what they would post to us is signed by them and read by
the driver.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.connectors import client
from acquiring.connectors.client import Account, perform
from acquiring.connectors.driver import (
    Address,
    Ask,
    Card,
    Device,
    Driver,
    Inbound,
    News,
    Outcome,
    Party,
)
from acquiring.connectors.registry import drivers
from acquiring.core import clock, http
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox import engine
from acquiring.sandbox.engine import Delivery, simulators
from acquiring.sandbox.parts import wallets
from acquiring.sandbox.wire import Request

BASE = "https://sandbox.example"
TYPED = {
    "account_holder": "Amber Ash",
    "account_number": "000123456",
    "bank": "maybank2u",
    "birth_date": "1990-02-28",
    "branch_number": "110000000",
    "vpa": "amber@bank",
    "plan": "3",
    "bsb_number": "000000",
    "code": "777124",
    "iban": "NL13TEST0123456789",
    "tax_id": "00000000000",
}
HOME = Address("1 High Street", "", "Amsterdam", "", "1011AB", "NL")
numbers = itertools.count(1)

SIMULATED = [one for one in drivers().values() if one.name in simulators() and not one.asks_nobody]


every_driver = pytest.mark.parametrize("driver", SIMULATED, ids=lambda d: d.name)


def wallet_token(connector: Connector) -> dict[str, str]:
    """What the sandbox's wallet makes for a provider, where the method is a wallet's."""
    if connector.flow != "wallet_token":
        return {}
    made = wallets.payload(connector.method, connector.provider, "visa")
    if connector.method == "apple_pay":
        return {"token": json.dumps(made["paymentData"])}
    return {"token": made["paymentMethodData"]["tokenizationData"]["token"]}


class Shop:
    """A merchant's account at a simulator, used through our driver and client."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.simulator = driver, simulators()[driver.name]
        credentials = self.simulator.credentials({})
        key = credentials[self.simulator.key_credential]
        ref = f"round-trip-{next(numbers)}"
        url = f"{BASE}/webhooks"
        self.there = books.register(books.Account(driver.name, ref, key, credentials, {}, url))
        self.here = Account(driver.name, ref, credentials, base_url=f"{BASE}/{driver.name}")
        self.heard = 0

    def ask(self, connector: Connector, amount: int = 1999, **members: Any) -> Ask:
        currency = "EUR" if connector.currencies == "*" else sorted(connector.currencies)[0]
        currency = "EUR" if "EUR" in connector.currencies else currency
        country = "NL" if connector.countries == "*" else sorted(connector.countries)[0]
        ask = Ask(
            verb="authorize",
            reference=f"att_{next(numbers):06d}",
            payment="pay_1",
            money=Money(fitting(connector, amount, currency), currency),
            method=connector.method,
            code=connector.code,
            extra=connector.extra,
            card=Card("4111111111111111", 3, 2030, "737") if connector.flow == "card" else None,
            details={
                name: one
                for name, one in (TYPED | wallet_token(connector)).items()
                if f"details.{name}" in connector.needs
            },
            return_url="https://shop.example/done?order=7",
            webhook_url=f"{BASE}/webhooks",
            customer=Party("cus_1", "Amber Ash", "amber@shop.example", "+351234567890"),
            billing=replace(HOME, country=country),
            shipping=replace(HOME, country=country),
            device=Device("203.0.113.9", "Mozilla/5.0", "text/html", "en", "", 24, 1440, 900),
            country=country,
            now=clock.now(),
        )
        return replace(ask, **members)

    def card(self, amount: int = 1999, **members: Any) -> Ask:
        return self.ask(catalogue.connector(self.driver.name, "card"), amount, **members)

    def first(self, amount: int = 1999, **members: Any) -> Ask:
        """A card payment, or what comes first where the provider takes no cards."""
        rows = catalogue.provider(self.driver.name).connectors
        cards = [row for row in rows if row.method == "card"]
        return self.ask((cards or list(rows))[0], amount, **members)

    def named(self, ask: Ask) -> set[str]:
        """What is said of a payment that nobody can ask for until its webhook has named it."""
        book = books.Book(self.there)
        charge = books.charges("account = %s ORDER BY row", [self.there.ref])[-1]
        self.simulator.advance(book, charge, "approve")
        book.save(charge)
        named = {one.provider_ref for one in self.news() if one.reference == ask.reference}
        later = replace(ask, verb="inquire", card=None)
        return {self.does(replace(later, provider_ref=name)).state for name in named}

    def approved(self, ask: Ask, begun: Outcome) -> set[str]:
        """What is said of a payment once the shopper, where asked, has agreed."""
        told = self.states("payment", ask, begun)
        if begun.state in ("action", "pending"):
            book = books.Book(self.there)
            if self.driver.asks_nobody:
                self.simulator.scan(begun.action["data"])
            charge = books.charges("account = %s ORDER BY row", [self.there.ref])[-1]
            if charge.state == "action":
                back = self.simulator.shopper(book, charge, "approve")
            else:
                back = ""
                self.simulator.advance(book, charge, "approve")
            book.save(charge)
            if "resume" in self.driver.verbs and back:
                returned = dict(parse_qsl(urlsplit(back).query))
                members = {"reference": ask.reference, "returned": returned}
                told.add(self.then(ask, begun, "resume", **members)[1].state)
            told |= self.states("payment", ask, begun)
            if "inquire" in self.driver.verbs:
                told.add(self.then(ask, begun, "inquire", reference=ask.reference)[1].state)
        return told

    def does(self, ask: Ask, **more: Any) -> Outcome:
        return perform(self.driver, ask, self.here, **more).outcome

    def then(self, ask: Ask, first: Outcome, verb: str, **members: Any) -> tuple[Ask, Outcome]:
        """A follow-up of a payment, and its first answer."""
        known = {"provider_ref": first.provider_ref, "kept": first.keep, "card": None}
        own = {"reference": f"{verb[:3]}_{next(numbers)}", "total": ask.money}
        later = replace(ask, verb=verb, **{**own, **known, **members})
        return later, self.does(later)

    def posts(self) -> list[Any]:
        """Every webhook of this shop so far, signed as it would be sent now."""
        found = books.rows(
            "SELECT coalesce(copy_of, id), name, message, created_at FROM sandbox_delivery"
            " WHERE account = %s"
            " AND NOT forged ORDER BY id",
            [self.there.ref],
        )
        told = [Delivery(row[0], row[1], orjson.loads(row[2]), row[3]) for row in found]
        return [self.simulator.sign(self.there, one, clock.now()) for one in told]

    def news(self, forged: bool = False) -> list[News]:
        """What the simulator has to tell since the last time, as the driver reads it."""
        found = books.rows(
            "SELECT id, name, message, created_at, copy_of FROM sandbox_delivery"
            " WHERE account = %s AND id > %s AND forged = %s ORDER BY id",
            [self.there.ref, self.heard, forged],
        )
        read = []
        for number, name, message, created_at, copy_of in found:
            delivery = Delivery(copy_of or number, name, orjson.loads(message), created_at)
            stranger = replace(self.there, credentials=self.simulator.credentials({}))
            signer = stranger if forged else self.there
            read += self.hears(self.simulator.sign(signer, delivery, clock.now()))
        self.heard = max([self.heard, *(row[0] for row in found)])
        return read

    def hears(self, post: Any) -> list[News]:
        headers = {name.lower(): value for name, value in post.headers.items()}
        url = post.url or self.there.webhook_url
        inbound = Inbound("POST", url, headers, post.body, now=clock.now())
        return self.driver.news(inbound, self.here.credentials)

    def states(self, about: str, ask: Ask, first: Outcome) -> set[str]:
        """All that was said of a payment or operation: the answer, and the news since."""
        told = [one for one in self.news() if one.about == about]
        ours = {ask.reference, first.operation_ref or first.provider_ref}
        named = [one for one in told if {one.reference, one.operation_ref, one.provider_ref} & ours]
        heard = {first.state, *(one.outcome.state for one in named)}
        if about != "payment" and "pending" in heard and "inquire" in self.driver.verbs:
            # Some providers tell what became of a refund only when they are asked.
            later = replace(ask, verb="inquire", target=about, operation_ref=first.operation_ref)
            heard.add(self.does(later).state)
        return heard


def fitting(connector: Connector, amount: int, currency: str) -> int:
    """The amount, in the steps of its currency, or the nearest the connector takes."""
    step = connector.multiple_of.get(currency, 1)
    amount *= step  # where there are whole units only, those choose the scenario
    least, most = connector.minimum.get(currency, 1), connector.maximum.get(currency, amount)
    return max(least, min(most, amount)) // step * step


class Silent(Exception):  # noqa: N818 (a scenario)
    """A simulator hangs: its caller has gone before it answers."""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for an answer that does not come."""

    def hang(account: books.Account) -> None:
        raise Silent

    monkeypatch.setattr(engine, "_hang", hang)


@pytest.fixture(autouse=True)
def _wired(monkeypatch) -> Iterator[None]:
    """The one socket leads to the simulators of this process."""

    def send(method: str, url: str, headers: dict, body: bytes = b"", **_: int) -> http.Response:
        parts = urlsplit(url)
        mount, _, path = parts.path.lstrip("/").partition("/")
        lowered = {name.lower(): value for name, value in headers.items()}
        request = Request(method, f"/{path}", lowered, parts.query, body, parts.netloc)
        try:
            answer = simulators()[mount].serve(request)
        except Silent:
            raise http.NoAnswer("no answer in time") from None
        told = {name.lower(): value for name, value in answer.headers.items()}
        told = {"content-type": answer.content_type(), **told}
        return http.Response(answer.status, told, answer.content(), 1)

    monkeypatch.setattr(http, "send", send)
    client.forget_failures()
    yield
    client.forget_failures()
