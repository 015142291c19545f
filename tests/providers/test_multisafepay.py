"""What the general suites cannot know about MultiSafepay."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acquiring import catalogue
from acquiring.connectors import signing
from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound, Party, Reply
from acquiring.connectors.parts.multisafepay_members import split_street
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

MSP = driver("multisafepay")
KEY = {"api_key": "key"}
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(1000, "USD"), code="IDEAL"
)


def call(shop: Shop, method: str, path: str, body: dict | None = None) -> tuple:
    """A call past our driver: status and body."""
    content = json.dumps(body).encode() if body is not None else b""
    headers = {"api_key": shop.here.credentials["api_key"]}
    answer = shop.simulator.serve(Request(method, path, headers, "", content))
    return answer.status, answer.body.get("error_code", 0)


def opened(shop: Shop, **members) -> tuple:
    body = {"order_id": "o1", "currency": "EUR", "amount": 1999, "description": "Tulips"}
    return call(shop, "POST", "/orders", {**body, "type": "redirect", "gateway": "IDEAL"} | members)


@pytest.mark.parametrize(
    "money", [Money(1000, "USD"), Money(1999, "JPY"), Money(1234, "KWD")], ids=str
)
def test_an_amount_is_whole_minor_units(money):
    assert MSP.ask(replace(ASK, money=money)).body["amount"] == money.amount


def test_a_card_order_has_the_members_others_send():
    sample = json.loads(shared("psp_specs", "wire_samples", "multisafepay.json").read_text("utf-8"))
    theirs = json.loads(sample["flows"]["authorize"]["Card"]["sample"]["body"])
    card = Card("4111111111111111", 3, 2030, "737", "Amber Ash")
    ours = MSP.ask(replace(ASK, card=card, code="CREDITCARD", customer=Party(email="a@b.example")))

    assert set(ours.body) <= set(theirs)
    assert set(ours.body["gateway_info"]) <= set(theirs["gateway_info"])
    for member in ("card_number", "card_cvc", "card_expiry_date"):
        assert ours.body["gateway_info"][member] == str(theirs["gateway_info"][member])


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Neherkade 12a", ("Neherkade", "12a")),
        ("1 High Street", ("High Street", "1")),
        ("Plein 1945 nr 3", ("Plein 1945 nr", "3")),
        ("Westeinde", ("Westeinde", "")),
    ],
)
def test_a_street_line_gives_its_house_number(line, parts):
    assert split_street(line) == parts


def signed(body: bytes, time: datetime, key: str = "key") -> Inbound:
    stamp = str(int(time.timestamp()))
    digest = signing.hmac_sha512_hex(key, f"{stamp}:".encode() + body)
    auth = base64.b64encode(f"{stamp}:{digest}".encode()).decode()
    return Inbound("POST", "https://caravel.example/in", {"auth": auth}, body, now=NOW)


def test_a_notification_is_believed_while_it_is_fresh_and_signed():
    order = {"order_id": "att_1", "status": "chargedback", "amount": 100, "currency": "EUR"}
    body = json.dumps(order).encode()

    payment, dispute = MSP.news(signed(body, NOW), KEY)
    assert (payment.outcome.state, dispute.about) == ("captured", "dispute")
    old = signed(body, NOW.replace(hour=8))
    for bad in (signed(body, NOW, "other"), old, replace(old, headers={"auth": "=!"})):
        with pytest.raises(BadSignature):
            MSP.news(bad, KEY)


def test_a_capture_under_a_used_order_id_settles_nothing():
    used = {"success": False, "data": {}, "error_code": 1006, "error_info": "Invalid"}
    ask = replace(ASK, verb="capture", reference="cap_1", provider_ref="att_1")

    assert MSP.read(ask, Reply(404, {}, used)).state == "unknown"


@pytest.mark.django_db
def test_the_simulator_refuses_what_multisafepay_refuses():
    shop = Shop(MSP)

    assert shop.simulator.serve(Request("GET", "/orders/o1", {})).status == 401
    assert opened(shop, colour="red") == (404, 1000)
    assert opened(shop, amount=19.99) == (404, 1001)
    assert opened(shop, gateway="COWRIES") == (404, 1023)
    assert opened(shop, gateway="KLARNA") == (404, 1027)
    assert opened(shop) == (200, 0)
    assert opened(shop, amount=2000) == (404, 1006)
    assert call(shop, "GET", "/orders/o2") == (404, 1006)


@pytest.mark.django_db
def test_no_more_is_captured_or_refunded_than_there_is():
    shop = Shop(MSP)
    ask = shop.card(capture="manual")
    held = shop.does(ask)

    assert shop.then(ask, held, "refund", money=Money(1, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(2000, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(1500, "EUR"))[1].state == "succeeded"
    assert shop.then(ask, held, "refund", money=Money(1501, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "refund", money=Money(1500, "EUR"))[1].state == "pending"


@pytest.mark.django_db
def test_pay_later_is_taken_when_the_goods_leave():
    shop = Shop(MSP)
    ask = shop.ask(catalogue.connector("multisafepay", "klarna"), capture="manual")
    begun = shop.does(ask)
    assert "authorized" in shop.approved(ask, begun)

    assert shop.then(ask, begun, "capture")[1].state == "succeeded"
    assert shop.then(ask, begun, "inquire", reference=ask.reference)[1].state == "captured"
