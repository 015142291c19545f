"""Worldpay: its links, its event signature, and what its simulator refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Device, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.connectors.signing import basic, hmac_sha256_hex
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

WORLDPAY = driver("worldpay")
ACCOUNT = {"username": "u", "password": "p", "entity": "default", "webhook_secret": "evt_sim"}
EVENT = b'{"eventId":"1"}'
SIGNED = "cb8d8965b30ce2994ba0ee310f0c2dfd9541a17f7392cb02f6864ad30f3652e8"
SELF = "/api/payments/abc"


def ask(amount: int = 1999, currency: str = "EUR", **members) -> Ask:
    card = Card("4444333322221111", 6, 2035, "123", "Amber Ash")
    known = {"verb": "authorize", "reference": "att_1", "payment": "pay_1", "code": "card"}
    return Ask(**{**known, "money": Money(amount, currency), "card": card, **members})


def heard(signature: str, body: bytes = EVENT) -> list:
    return WORLDPAY.news(Inbound("POST", "/", {"event-signature": signature}, body), ACCOUNT)


def event(kind: str, **details) -> list:
    body = {"eventId": "1", "eventDetails": {"type": kind, **details}}
    text = json.dumps(body).encode()
    return heard(f"1/SHA256/{hmac_sha256_hex(ACCOUNT['webhook_secret'], text)}", text)


def test_an_event_is_believed_by_any_of_its_signatures():
    assert heard(f"1/SHA256/{SIGNED}")
    assert heard(f"2/SHA256/{'0' * 64}, 1/SHA256/{SIGNED}")
    with pytest.raises(BadSignature):
        heard(f"2/SHA256/{'0' * 64}")
    with pytest.raises(BadSignature):
        heard("")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_amounts_are_minor_units(currency):
    assert WORLDPAY.ask(ask(1999, currency)).body["instruction"]["value"]["amount"] == 1999


def test_credentials_go_nowhere_but_to_the_accounts_own_address():
    href = "https://somewhere.example/api/payments/abc/cancellations"
    held = {"outcome": "authorized", "_actions": {"cancelPayment": {"href": href}}}
    keep = WORLDPAY.read(ask(), Reply(201, {}, held)).keep

    wire = WORLDPAY.wire(WORLDPAY.ask(ask(verb="void", kept=keep)), WORLDPAY.live, ACCOUNT)

    assert wire.url == f"{WORLDPAY.live}{SELF}/cancellations"


def test_the_entity_of_the_account_is_named():
    wire = WORLDPAY.wire(WORLDPAY.ask(ask()), WORLDPAY.live, ACCOUNT)

    assert json.loads(wire.body)["merchant"] == {"entity": "default"}
    assert wire.headers["WP-Api-Version"] == "2024-06-01"


def test_three_d_secure_is_asked_where_there_is_a_browser():
    def sent(wish: str, **members) -> dict:
        made = ask(three_ds=wish, return_url="https://shop.example", **members)
        return WORLDPAY.ask(made).body["instruction"].get("threeDS", {})

    browser = Device(user_agent="Mozilla/5.0", color_depth=30, screen_width=900)
    assert sent("required", device=browser)["challenge"]["preference"] == "challengeMandated"
    assert sent("automatic", device=browser)["deviceData"]["browserColorDepth"] == "24"
    assert sent("automatic") == {}
    assert sent("skip", device=browser) == {}


def test_only_the_event_of_a_local_payment_says_that_it_is_paid():
    link = {"payment": {"href": "https://access.worldpay.com/apmPayments/abc"}}

    (local,) = event("sentForSettlement", transactionReference="att_1", _links=link)
    (card,) = event("sentForSettlement", transactionReference="att_1")

    assert (local.outcome.state, card.outcome.state) == ("captured", "unknown")


def test_an_event_of_a_refund_names_it():
    (told,) = event("refundFailed", transactionReference="att_1", reference="ref-1")

    assert (told.about, told.reference, told.outcome.state) == ("refund", "ref_1", "failed")


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["worldpay"]
        self.keys = self.there.credentials({})
        name = self.keys["username"]
        books.register(books.Account("worldpay", name, name, self.keys, {}, ""))

    def call(self, path: str, body: dict, password: str = "", version: str = "2024-06-01"):
        word = password or self.keys["password"]
        headers = {"authorization": basic(self.keys["username"], word)["Authorization"]}
        headers |= {"wp-api-version": version}
        answer = self.there.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
        return answer.status, answer.body

    def pays(self, **members) -> dict:
        sent = WORLDPAY.ask(replace(ask(), capture="manual")).body
        return {**sent, "merchant": {"entity": self.keys["entity"]}, **members}


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.call("/api/payments", till.pays(), password="guess")[0] == 401
    assert till.call("/api/payments", till.pays(), version="2020-01-01")[0] == 406
    status, said = till.call("/api/payments", till.pays(colour="blue"))
    assert (status, said["validationErrors"][0]["errorName"]) == (400, "fieldIsNotAllowed")
    assert till.call("/api/payments", till.pays(merchant={"entity": "other"}))[0] == 400


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    _, paid = till.call("/api/payments", till.pays())
    path = "/api/payments" + paid["_links"]["self"]["href"].partition("/api/payments")[2]

    def part(amount: int, kind: str) -> int:
        value = {"currency": "EUR", "amount": amount}
        return till.call(f"{path}/{kind}", {"reference": "a-1", "value": value})[0]

    assert part(1, "partialRefunds") == 400
    assert part(2000, "partialSettlements") == 400
    assert part(1500, "partialSettlements") == 202
    assert part(500, "partialSettlements") == 400
    assert part(1501, "partialRefunds") == 400
    assert part(1500, "partialRefunds") == 202
    assert till.call(f"{path}/cancellations", {})[0] == 404
