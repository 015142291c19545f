"""Every driver against the simulator of its provider: two readings of the same documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.connectors import client
from acquiring.connectors.driver import BadSignature, Driver
from acquiring.connectors.registry import drivers
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from tests.connectors.shop import (  # noqa: F401 (a fixture)
    SIMULATED,
    Shop,
    _wired,
    every_driver,
    fitting,
)

pytestmark = pytest.mark.django_db


def carries_cards(driver: Driver) -> bool:
    rows = catalogue.provider(driver.name).connectors
    return any(
        row.flow == "card" and row.method == "card" and row.capture == "both" for row in rows
    )


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
