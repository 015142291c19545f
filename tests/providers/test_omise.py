"""Omise: its event signature, two hosts and two keys, and what its simulator refuses."""

from __future__ import annotations

import base64
import json

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Call, Card, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

OMISE = driver("omise")
EVENT = b'{"key":"charge.complete"}'
SIGNED = "883abc60b3a2171712bdb462ceca3b7db2d446b5ffd0307abfbe787e3434fa43"
ACCOUNT = {"public_key": "pkey_1", "secret_key": "skey_1", "webhook_secret": "c2ltc2VjcmV0"}
CARD = {"name": "Amber Ash", "number": "4242424242424242"}
CARD |= {"expiration_month": 6, "expiration_year": 2035, "security_code": "123"}


def inbound(signature: str, body: bytes = EVENT) -> Inbound:
    headers = {"omise-signature": signature, "omise-signature-timestamp": "1763717535"}
    return Inbound("POST", "/", headers, body)


def test_an_event_is_signed_with_its_time_and_one_good_signature_is_enough():
    assert OMISE.news(inbound(SIGNED), ACCOUNT) == []
    assert OMISE.news(inbound(f"{'0' * 64}, {SIGNED}"), ACCOUNT) == []
    with pytest.raises(BadSignature):
        OMISE.news(inbound(SIGNED, EVENT + b" "), ACCOUNT)


def test_cards_go_to_the_vault_with_the_public_key_and_nothing_else_does():
    def sent(path: str) -> tuple[str, str]:
        wire = OMISE.wire(Call("POST", path, {}), OMISE.live, ACCOUNT)
        basic = wire.headers["Authorization"].removeprefix("Basic ")
        return wire.url, base64.b64decode(basic).decode()

    assert sent("/tokens") == ("https://vault.omise.co/tokens", "pkey_1:")
    assert sent("/charges") == ("https://api.omise.co/charges", "skey_1:")


@pytest.mark.parametrize(("amount", "currency"), [(1999, "THB"), (1999, "JPY")])
def test_amounts_are_minor_units(amount, currency):
    wish = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(amount, currency))

    assert OMISE.ask(wish).body["amount"] == amount


def test_what_is_charged_never_carries_the_card():
    card = Card("4242424242424242", 6, 2035, "123")
    money = Money(1999, "THB")
    wish = Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, card=card)

    assert OMISE.ask(wish).path == "/tokens"


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["omise"]
        self.keys = self.there.credentials({})
        key = self.keys["secret_key"]
        books.register(books.Account("omise", key, key, self.keys, {}, ""))

    def call(self, path: str, body: dict, key: str = "secret_key", once: str = "") -> tuple:
        basic = base64.b64encode(f"{self.keys.get(key, key)}:".encode()).decode()
        headers = {"authorization": f"Basic {basic}", "idempotency-key": once}
        answer = self.there.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
        return answer.status, answer.body

    def token(self) -> str:
        return self.call("/tokens", {"card": CARD}, "public_key")[1]["id"]

    def charges(self, once: str = "", **members) -> tuple:
        body = {"amount": 5000, "currency": "THB", "capture": False, **members}
        return self.call("/charges", {"card": self.token(), **body}, once=once)


@pytest.mark.django_db
def test_strangers_wrong_keys_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.call("/charges", {}, "skey_test_of_nobody")[0] == 401
    assert till.call("/tokens", {"card": CARD}, "secret_key")[0] == 401
    assert till.charges(colour="blue")[1]["message"] == "colour is not a known parameter"
    assert till.charges(amount="5000")[1]["code"] == "bad_request"
    assert till.charges(amount=1999)[1]["code"] == "invalid_amount"
    old = {**CARD, "expiration_year": 2020}
    assert till.call("/tokens", {"card": old}, "public_key")[1]["code"] == "invalid_card"


@pytest.mark.django_db
def test_a_token_is_used_once_and_a_key_repeats_its_charge():
    till = Till()
    token = till.token()
    assert till.charges(card=token)[0] == 200
    assert till.charges(card=token)[1]["code"] == "used_token"

    first = till.charges(once="att_1")[1]
    assert json.loads(till.charges(once="att_1")[1])["id"] == first["id"]


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    whole, part = till.charges()[1]["id"], till.charges(authorization_type="pre_auth")[1]["id"]

    assert till.call(f"/charges/{whole}/refunds", {"amount": 1})[1]["code"] == "failed_refund"
    assert till.call(f"/charges/{whole}/capture", {"capture_amount": 4000})[0] == 400
    assert till.call(f"/charges/{part}/capture", {"capture_amount": 5001})[0] == 400
    assert till.call(f"/charges/{part}/capture", {"capture_amount": 4000})[0] == 200
    assert till.call(f"/charges/{part}/capture", {})[1]["code"] == "failed_capture"
    assert till.call(f"/charges/{part}/refunds", {"amount": 4001})[1]["code"] == "failed_refund"
    assert till.call(f"/charges/{part}/reverse", {})[1]["code"] == "failed_void"
