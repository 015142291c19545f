"""Every driver against the simulator of its provider: two readings of the same documents.

Neither knows the other. The simulators are called in this process, through the one place where
bytes leave; what they would post to us is signed by them and read by the driver.
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
    BadSignature,
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
from acquiring.sandbox.engine import Delivery, simulators
from acquiring.sandbox.parts import wallets
from acquiring.sandbox.wire import Request

pytestmark = pytest.mark.django_db

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


def carries_cards(driver: Driver) -> bool:
    rows = catalogue.provider(driver.name).connectors
    return any(
        row.flow == "card" and row.method == "card" and row.capture == "both" for row in rows
    )


every_driver = pytest.mark.parametrize("driver", SIMULATED, ids=lambda d: d.name)
every_card_driver = pytest.mark.parametrize(
    "driver", [one for one in SIMULATED if carries_cards(one)], ids=lambda d: d.name
)
every_connector = pytest.mark.parametrize(
    ("driver", "connector"),
    [
        pytest.param(one, connector, id=f"{one.name}: {connector.method}")
        for one in drivers().values()
        for connector in catalogue.provider(one.name).connectors
    ],
)


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
            "SELECT id, name, message, created_at FROM sandbox_delivery WHERE account = %s"
            " AND NOT forged ORDER BY id",
            [self.there.ref],
        )
        told = [Delivery(row[0], row[1], orjson.loads(row[2]), row[3]) for row in found]
        return [self.simulator.sign(self.there, one, clock.now()) for one in told]

    def news(self, forged: bool = False) -> list[News]:
        """What the simulator has to tell since the last time, as the driver reads it."""
        found = books.rows(
            "SELECT id, name, message, created_at FROM sandbox_delivery"
            " WHERE account = %s AND id > %s AND forged = %s ORDER BY id",
            [self.there.ref, self.heard, forged],
        )
        read = []
        for number, name, message, created_at in found:
            delivery = Delivery(number, name, orjson.loads(message), created_at)
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


@pytest.fixture(autouse=True)
def _wired(monkeypatch) -> Iterator[None]:
    """The one socket leads to the simulators of this process."""

    def send(method: str, url: str, headers: dict, body: bytes = b"", **_: int) -> http.Response:
        parts = urlsplit(url)
        mount, _, path = parts.path.lstrip("/").partition("/")
        lowered = {name.lower(): value for name, value in headers.items()}
        request = Request(method, f"/{path}", lowered, parts.query, body, parts.netloc)
        answer = simulators()[mount].serve(request)
        told = {name.lower(): value for name, value in answer.headers.items()}
        told = {"content-type": answer.content_type(), **told}
        return http.Response(answer.status, told, answer.content(), 1)

    monkeypatch.setattr(http, "send", send)
    client.forget_failures()
    yield
    client.forget_failures()


@every_card_driver
def test_a_card_is_charged(driver):
    shop = Shop(driver)
    ask = shop.card()
    paid = shop.does(ask)

    assert "captured" in shop.states("payment", ask, paid)


@every_card_driver
def test_a_card_is_held_captured_and_refunded_in_part(driver):
    shop = Shop(driver)
    ask = shop.card(capture="manual")
    held = shop.does(ask)
    assert "authorized" in shop.states("payment", ask, held)

    partly = catalogue.connector(driver.name, "card").partial_capture
    part = Money(1500, ask.money.currency) if partly else ask.money
    asked, captured = shop.then(ask, held, "capture", money=part)
    assert "succeeded" in shop.states("capture", asked, captured)

    asked, refunded = shop.then(ask, held, "refund", money=Money(500, ask.money.currency))
    assert "succeeded" in shop.states("refund", asked, refunded)


@every_card_driver
def test_a_hold_is_let_go(driver):
    if "void" not in driver.verbs:
        pytest.skip(f"{driver.title} lets holds go by itself")
    shop = Shop(driver)
    ask = shop.card(capture="manual")
    held = shop.does(ask)
    shop.news()

    asked, voided = shop.then(ask, held, "void")

    told = shop.states("void", asked, voided)
    assert "succeeded" in told


@every_card_driver
@pytest.mark.parametrize(("amount", "code"), [(6623, "insufficient_funds"), (6627, "expired_card")])
def test_a_no_is_understood(driver, amount, code):
    if code not in driver.declines.values():
        pytest.skip(f"{driver.title} has no word of its own for {code}")
    shop = Shop(driver)

    declined = shop.does(shop.card(amount))

    assert (declined.state, declined.decline) == ("declined", code)


@every_card_driver
@pytest.mark.parametrize(("choice", "state"), [("approve", "authorized"), ("decline", "declined")])
def test_the_issuer_asks_and_the_shopper_comes_back(driver, choice, state):
    if not driver.challenges:
        pytest.skip(f"{driver.title} asks cardholders by a script of its own only")
    shop = Shop(driver)
    ask = shop.card(6602, capture="manual")
    asked = shop.does(ask)
    assert asked.state == "action"
    assert asked.action["type"] in ("three_ds", "redirect")

    book = books.Book(shop.there)
    (charge,) = books.charges("account = %s", [shop.there.ref])
    back = shop.simulator.shopper(book, charge, choice)
    book.save(charge)
    returned = dict(parse_qsl(urlsplit(back).query))
    resumed, done = shop.then(ask, asked, "resume", reference=ask.reference, returned=returned)

    assert state in shop.states("payment", resumed, done)


@every_card_driver
def test_the_merchant_charges_again_without_the_shopper(driver):
    if not catalogue.connector(driver.name, "card").recurring:
        pytest.skip(f"{driver.title} does not offer it")
    shop = Shop(driver)
    ask = shop.card(capture="manual", agreement="first")
    first = shop.does(ask)
    network = first.facts.get("network_reference", "")
    shop.news()

    card = replace(ask.card, cvc="")
    members = {"initiator": "merchant", "agreement": "subsequent", "network_reference": network}
    later, again = shop.then(ask, first, "authorize", card=card, provider_ref="", **members)

    assert "authorized" in shop.states("payment", later, again)


@every_driver
def test_the_same_ask_twice_is_one_charge(driver):
    if "authorize" not in driver.resendable or driver.opens_anew:
        pytest.skip("the provider has no key for it, so nobody asks it twice")
    shop = Shop(driver)
    ask = shop.first()

    first, second = shop.does(ask), shop.does(ask, again=True)

    assert first.provider_ref == second.provider_ref
    assert len(books.charges("account = %s", [shop.there.ref])) == 1


@every_driver
def test_a_charge_behind_a_breakdown_is_found(driver):
    shop = Shop(driver)
    ask = shop.first(6609)

    lost = shop.does(ask)

    # A call that may be repeated was: the provider may have told what the first came to.
    assert lost.state == "unknown" or "authorize" in driver.resendable
    told = shop.states("payment", ask, lost)
    if "inquire" in driver.verbs:
        told.add(shop.does(replace(ask, verb="inquire", card=None)).state)
    if "authorize" in driver.resendable:
        told.add(shop.does(ask, again=True).state)
    if told == {"unknown"}:
        told |= shop.named(ask)
    assert told & {"captured", "action", "pending"}
    made = books.charges("account = %s", [shop.there.ref])
    assert len(made) == 1 or (driver.opens_anew and not sum(one.captured for one in made))


@every_driver
def test_a_strangers_webhook_is_not_believed(driver):
    shop = Shop(driver)
    ask = shop.first(6614)
    shop.approved(ask, shop.does(ask))
    shop.heard = 0

    if driver.signs_webhooks:
        with pytest.raises(BadSignature):
            shop.news(forged=True)
    else:
        assert {one.outcome.state for one in shop.news(forged=True)} <= {"unknown"}


@every_driver
def test_a_changed_webhook_is_not_believed(driver):
    """The name of the payment is another, or what proves the sender is gone."""
    shop = Shop(driver)
    ask = shop.first()
    begun = shop.does(ask)
    shop.approved(ask, begun)
    names = [one.encode() for one in (ask.reference, begun.provider_ref) if one]

    for post in shop.posts():
        name = next((one for one in names if one in post.body), b"")
        changed = post.body.replace(name, name[:-1] + (b"0" if name[-1:] != b"0" else b"1"))
        if name and driver.signs_bodies:
            assert heard_of(shop, replace(post, body=changed)) <= {"unknown"}
        bare = {key: text for key, text in post.headers.items() if key.lower() == "content-type"}
        if len(bare) < len(post.headers):
            assert heard_of(shop, replace(post, headers=bare)) <= {"unknown"}


def heard_of(shop: Shop, post: Any) -> set[str]:
    """The states a webhook tells; none of one that is refused."""
    try:
        return {one.outcome.state for one in shop.hears(post)}
    except BadSignature:
        return set()


# Of no, two and three decimals, and those that providers count otherwise than ISO 4217 does.
ODD_CURRENCIES = (
    "JPY",
    "KRW",
    "CLP",
    "ISK",
    "IDR",
    "HUF",
    "COP",
    "TWD",
    "KWD",
    "BHD",
    "TND",
    "UGX",
)


@every_driver
def test_an_amount_arrives_as_it_was_meant(driver):
    """In every odd currency the provider takes, to the last minor unit."""
    for currency in ODD_CURRENCIES:
        for connector in of_currency(driver, currency)[:1]:
            shop = Shop(driver)
            places = [one for one, money in connector.markets.items() if money == currency]
            country = places[0] if places else "NL"
            money = Money(fitting(connector, 123_457, currency), currency)
            ask = shop.ask(connector, money=money)
            ask = replace(ask, country=country) if places else ask

            begun = shop.does(ask)

            charges = books.charges("account = %s", [shop.there.ref])
            assert charges, (currency, connector.method, begun)
            assert (charges[0].amount, charges[0].currency) == (money.amount, currency)


def of_currency(driver: Driver, currency: str) -> list[Connector]:
    rows = catalogue.provider(driver.name).connectors
    return [row for row in rows if catalogue.covers(row.currencies, currency)]


@every_driver
def test_credentials_are_checked_without_making_anything(driver):
    shop = Shop(driver)

    assert client.check(driver, shop.here) == "good"
    assert not books.charges("account = %s", [shop.there.ref])

    wrong = replace(shop.here, credentials=shop.simulator.credentials({}))
    assert client.check(driver, wrong) in ("refused", "unknown")


@every_driver
def test_a_wrong_key_asks_nobody(driver):
    shop = Shop(driver)
    shop.here = replace(shop.here, credentials=shop.simulator.credentials({}))

    assert shop.does(shop.first()).state in ("refused", "unknown")


@every_connector
def test_every_method_of_the_catalogue_is_paid(driver, connector):
    shop = Shop(driver)

    ask = shop.ask(
        connector, capture="automatic" if connector.capture == "both" else connector.capture
    )
    begun = shop.does(ask)

    assert begun.state in ("action", "pending", "authorized", "captured"), begun
    if begun.state == "action":
        assert begun.action, begun
    wanted = "authorized" if connector.capture == "manual" else "captured"
    assert wanted in shop.approved(ask, begun)
