"""Fiuu: MD5 of joined members at every door, lines of text, and what its simulator refuses."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import orjson
import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

FIUU = driver("fiuu")
ACCOUNT = {"merchant_id": "merch_sim", "verify_key": "vk_sim", "secret_key": "sec_sim"}
TOLD = {
    "tranID": "31135000",
    "orderid": "ORD1001",
    "status": "00",
    "domain": "merch_sim",
    "amount": "10.00",
    "currency": "MYR",
    "paydate": "2026-11-21 10:00:00",
    "appcode": "A1",
    "channel": "FPX_MB2U",
    "skey": "23c1eba9f2d9db393049ca5c8bb08f63",
}


def ask(verb: str = "authorize", **members) -> Ask:
    known = {"reference": "ORD1001", "payment": "pay_1", "money": Money(1000, "MYR")}
    return Ask(**{"verb": verb, "code": "FPX_MB2U", **known, **members})


def sent(wish: Ask, account: dict = ACCOUNT) -> tuple[str, dict]:
    wire = FIUU.wire(FIUU.ask(wish), FIUU.live, account)
    return wire.url, dict(parse_qsl(wire.body.decode(), keep_blank_values=True))


def inbound(**changed: str) -> Inbound:
    return Inbound("POST", "/", {}, urlencode({**TOLD, **changed}).encode())


def test_a_payment_is_signed_with_the_verify_key():
    url, form = sent(ask())

    assert url == "https://pay.fiuu.com/RMS/API/Direct/1.4.0/index.php"
    assert form["TxnAmount"] == "10.00"
    assert form["Signature"] == "9e8787281af2f4a95ef4700aa446d578"


def test_a_refund_is_signed_with_the_secret_key_at_another_host():
    money = Money(500, "MYR")
    url, form = sent(ask("refund", reference="RF1", provider_ref="31135000", money=money))

    assert url == "https://api.fiuu.com/RMS/API/refundAPI/index.php"
    assert form["Signature"] == "337782984161b3606df846ed9a2948cf"


def test_a_callback_is_signed_twice_over():
    (heard,) = FIUU.news(inbound(), ACCOUNT)

    assert (heard.reference, heard.outcome.state) == ("ORD1001", "captured")
    assert heard.outcome.money == Money(1000, "MYR")
    for changed in ({"amount": "1.00"}, {"status": "11"}, {"skey": "0" * 32}):
        with pytest.raises(BadSignature):
            FIUU.news(inbound(**changed), ACCOUNT)


def test_a_status_that_nobody_signed_is_nobodys_word():
    wish = ask("inquire", provider_ref="31135000")
    wire = FIUU.wire(FIUU.ask(wish), FIUU.live, ACCOUNT)
    text = "StatCode: 00\nStatName: captured\nAmount: 10.00\nVrfKey: " + "0" * 32

    assert not FIUU.authentic(ACCOUNT, wire, Reply(200, {}, {}, text))
    assert not FIUU.authentic(ACCOUNT, wire, Reply(200, {}, {}, "StatCode: 00"))


def test_an_empty_line_is_not_the_one_below():
    text = "StatCode: 22\nErrorCode: \nErrorDesc: \nStatName: pending"
    outcome = FIUU.read(ask("inquire", provider_ref="31135000"), Reply(200, {}, {}, text))

    assert (outcome.state, outcome.raw_code) == ("pending", "pending")


class Till:
    """The simulator, called by hand with what the driver would send."""

    def __init__(self) -> None:
        self.there = simulators()["fiuu"]
        self.keys = self.there.credentials({})
        key = self.keys["merchant_id"]
        books.register(books.Account("fiuu", key, key, self.keys, {}, ""))

    def does(self, wish: Ask, **changed: str) -> dict:
        url, form = sent(wish, self.keys)
        path = "/RMS/" + url.partition("/RMS/")[2]
        body = urlencode({**form, **changed}).encode()
        answer = self.there.serve(Request("POST", path, {}, "", body))
        found = answer.content().decode()
        return orjson.loads(found) if found[:1] == "{" else {"text": found}

    def holds(self) -> str:
        card = Card("4111111111111111", 3, 2035, "737")
        return self.does(ask(card=card, capture="manual"))["TxnID"]


@pytest.mark.django_db
def test_strangers_wrong_signatures_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.does(ask(), MerchantID="nobody")["error_code"] == "P10"
    assert till.does(ask(), TxnAmount="11.00")["error_code"] == "P03"
    assert till.does(ask(), Colour="blue")["error_desc"] == "Unknown parameter Colour"
    assert till.does(ask(code="BANK_OF_NOWHERE"))["error_desc"] == "Invalid channel"
    assert "Error" in till.does(ask("inquire", provider_ref="1"))["text"]


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    held = till.holds()

    def does(verb: str, amount: int, reference: str = "x1") -> dict:
        money = Money(amount, "MYR")
        return till.does(ask(verb, provider_ref=held, money=money, reference=reference))

    assert does("refund", 100)["error_code"] == "PR008"
    assert does("capture", 1001)["StatCode"] == "25"
    assert does("capture", 800)["StatCode"] == "00"
    assert does("capture", 100)["StatCode"] == "24"
    assert does("void", 0)["StatCode"] == "16"
    assert does("refund", 801)["error_code"] == "PR009"
    assert does("refund", 300)["Status"] == "00"
    assert does("refund", 300)["error_desc"] == "Duplicate RefID"
