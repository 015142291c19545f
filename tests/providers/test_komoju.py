"""KOMOJU: its event signature, declines under HTTP 502, and what its simulator refuses."""

from __future__ import annotations

import base64
import json

import pytest

from acquiring.connectors.client import Account, perform
from acquiring.connectors.driver import Ask, BadSignature, Inbound
from acquiring.connectors.registry import driver
from acquiring.core import http
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

KOMOJU = driver("komoju")
ACCOUNT = {"secret_key": "sk_test_1", "webhook_secret": "wh_sim"}
EVENT = b'{"type":"ping"}'
CARD = {"type": "credit_card", "number": "4111111111111111", "month": 6, "year": 2035}


def inbound(signature: str, body: bytes = EVENT) -> Inbound:
    return Inbound("POST", "/", {"x-komoju-signature": signature}, body)


def test_an_event_is_signed_over_its_body():
    from acquiring.connectors.signing import hmac_sha256_hex

    known = "7585ef329d4c98fc08dc69f61f243fad575996805b4618bb2df4a8c70fed768e"
    assert hmac_sha256_hex("wh_sim", b'{"type":"payment.captured"}') == known

    signature = hmac_sha256_hex("wh_sim", EVENT)
    assert KOMOJU.news(inbound(signature), ACCOUNT) == []
    with pytest.raises(BadSignature):
        KOMOJU.news(inbound(signature, EVENT + b" "), ACCOUNT)


@pytest.mark.parametrize("money", [Money(1999, "JPY"), Money(1999, "USD")])
def test_amounts_are_minor_units(money):
    wish = Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, code="paypay")

    assert KOMOJU.ask(wish).body["amount"] == 1999


@pytest.mark.parametrize(
    ("status", "text", "state"),
    [
        (502, '{"error":{"code":"card_expired","message":"Your card has expired."}}', "declined"),
        (502, '{"error":{"code":"bad_gateway","message":"Try again."}}', "unknown"),
        (502, "<html>Bad gateway</html>", "unknown"),
        (502, "", "unknown"),
        (500, '{"error":{"code":"card_expired","message":"Your card has expired."}}', "unknown"),
    ],
)
def test_only_a_no_of_the_payers_side_is_read_from_a_bad_gateway(monkeypatch, status, text, state):
    answer = http.Response(status, {"content-type": "application/json"}, text.encode(), 1)
    monkeypatch.setattr(http, "send", lambda *_, **__: answer)
    money = Money(1999, "JPY")
    wish = Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, code="paypay")

    heard = perform(KOMOJU, wish, Account("komoju", f"{status}{text}", ACCOUNT)).outcome

    assert heard.state == state


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["komoju"]
        self.keys = self.there.credentials({})
        key = self.keys["secret_key"]
        books.register(books.Account("komoju", key, key, self.keys, {}, ""))

    def call(self, path: str, body: dict, key: str = "", once: str = "") -> tuple:
        basic = base64.b64encode(f"{key or self.keys['secret_key']}:".encode()).decode()
        headers = {"authorization": f"Basic {basic}", "x-komoju-idempotency": once}
        answer = self.there.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
        return answer.status, json.loads(answer.content())

    def pays(self, once: str = "", **members) -> tuple:
        body = {"amount": 5000, "currency": "JPY", "payment_details": CARD, **members}
        return self.call("/payments", body, once=once)


def code(answer: tuple) -> tuple:
    return answer[0], answer[1]["error"]["code"]


@pytest.mark.django_db
def test_strangers_unknown_members_and_unverified_tokens_are_refused():
    till = Till()
    secured = {"amount": 6602, "currency": "JPY", "return_url": "https://shop.example"}
    token = till.call("/secure_tokens", {**secured, "payment_details": CARD})[1]

    assert till.call("/payments", {}, "sk_test_of_nobody")[0] == 401
    assert code(till.pays(colour="blue")) == (422, "invalid_parameter")
    assert code(till.pays(amount="5000")) == (422, "invalid_parameter")
    assert code(till.pays(payment_details={"type": "konbini", "store": "lawson"}))[0] == 422
    assert token["verification_status"] == "NEEDS_VERIFY"
    assert code(till.pays(payment_details=token["id"])) == (422, "invalid_token")
    poor = {**CARD, "number": "4123111111111000"}
    assert code(till.pays(payment_details=poor)) == (502, "insufficient_funds")


@pytest.mark.django_db
def test_a_key_repeats_its_payment_and_fits_no_other():
    till = Till()
    first = till.pays(once="att_1")[1]

    assert till.pays(once="att_1")[1]["id"] == first["id"]
    assert till.pays(once="att_1", amount=4000)[0] == 422


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    place = f"/payments/{till.pays(capture=False)[1]['id']}"

    assert code(till.call(f"{place}/refund", {"amount": 1})) == (422, "not_refundable")
    assert code(till.call(f"{place}/capture", {"amount": 5001})) == (422, "invalid_parameter")
    assert till.call(f"{place}/capture", {"amount": 4000})[0] == 200
    assert code(till.call(f"{place}/capture", {})) == (422, "not_capturable")
    assert code(till.call(f"{place}/cancel", {})) == (422, "not_cancellable")
    assert code(till.call(f"{place}/refund", {"amount": 4001})) == (422, "invalid_parameter")
    assert till.call(f"{place}/refund", {"amount": 4000})[1]["status"] == "refunded"
