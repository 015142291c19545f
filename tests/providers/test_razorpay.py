"""Razorpay: published signatures, orders before payments, and what its simulator refuses."""

from __future__ import annotations

import base64
import json

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound, More, Reply, Unsupported
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

RAZORPAY = driver("razorpay")
PAYMENT = {"id": "pay_1", "amount": 1999, "currency": "INR", "notes": []}


def ask(verb: str = "authorize", **members) -> Ask:
    card = Card("4111111111111111", 3, 2035, "737", "Amber Ash")
    known = {"reference": "att_1", "payment": "pay_1", "money": Money(1999, "INR"), "card": card}
    return Ask(**{"verb": verb, "code": "card", **known, **members})


def test_published_events_are_signed_over_their_bytes():
    path = shared("psp_specs", "webhook_vectors.json")
    known = json.loads(path.read_text("utf-8"))
    rows = known if isinstance(known, list) else known["vectors"]
    vector = next(row for row in rows if row["id"] == "razorpay_webhook")
    body, account = vector["body"].encode(), {"webhook_secret": vector["key"]}
    headers = {"x-razorpay-signature": vector["signature"], "x-razorpay-event-id": "evt_1"}

    (told,) = RAZORPAY.news(Inbound("POST", "/", headers, body), account)

    assert (told.provider_ref, told.event_id) == ("pay_6koWN7bvxujzxM", "evt_1")
    with pytest.raises(BadSignature):
        RAZORPAY.news(Inbound("POST", "/", headers, body + b" "), account)


def test_an_order_comes_first_and_carries_our_reference_and_the_rule_of_capture():
    call = RAZORPAY.ask(ask(capture="manual"))

    assert (call.path, call.body["receipt"], call.body["payment_capture"]) == (
        "/v1/orders",
        "att_1",
        0,
    )
    assert "card" not in call.body


def test_a_payment_without_a_page_is_asked_for():
    answer = Reply(200, {}, {"razorpay_payment_id": "pay_1"})
    heard = RAZORPAY.read(ask(step="pay"), answer)

    assert isinstance(heard, More)
    assert heard.call.path == "/v1/payments/pay_1"


def test_what_its_order_will_capture_is_not_yet_paid():
    held = Reply(200, {}, {**PAYMENT, "status": "authorized"})

    assert RAZORPAY.read(ask(step="paid"), held).state == "pending"
    assert RAZORPAY.read(ask(step="paid", capture="manual"), held).state == "authorized"


def test_a_merchant_alone_is_told_that_there_is_no_such_payment():
    with pytest.raises(Unsupported):
        RAZORPAY.ask(ask(initiator="merchant"))


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["razorpay"]
        self.keys = self.there.credentials({})
        key = self.keys["key_id"]
        books.register(books.Account("razorpay", key, key, self.keys, {}, ""))

    def call(self, path: str, body: dict, secret: str = "", key: str = "") -> tuple[int, dict]:
        pair = f"{self.keys['key_id']}:{secret or self.keys['key_secret']}"
        headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        headers["x-refund-idempotency"] = key
        request = Request("POST", path, headers, "", json.dumps(body).encode())
        answer = self.there.serve(request)
        return answer.status, json.loads(answer.content())

    def pays(self, order: str = "", **members) -> tuple[int, dict]:
        wish = ask(capture="manual")
        order = order or self.call("/v1/orders", RAZORPAY.ask(wish).body)[1]["id"]
        call = RAZORPAY.read(wish, Reply(200, {}, {"id": order})).call
        shopper = {"email": "amber@shop.example", "contact": "+919999999999"}
        return self.call(call.path, {**call.body, **shopper, **members})


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()
    body = {"amount": 1999, "currency": "INR"}

    assert till.call("/v1/orders", body, "wrong")[0] == 401
    assert till.call("/v1/orders", {**body, "colour": "blue"})[1]["error"]["field"] == "colour"
    assert till.call("/v1/orders", {**body, "amount": "1999"})[0] == 400
    assert till.pays(amount=5)[1]["error"]["field"] == "amount"
    assert till.pays(method="wallet")[1]["error"]["field"] == "wallet"


@pytest.mark.django_db
def test_an_order_is_paid_once_and_no_more_is_taken_or_given_back_than_there_is():
    till = Till()
    order = till.call("/v1/orders", {"amount": 1999, "currency": "INR"})[1]["id"]
    held = till.pays()[1]["razorpay_payment_id"]
    path = f"/v1/payments/{held}"

    assert [till.pays(order)[0], till.pays(order)[0]] == [200, 400]
    assert till.call(f"{path}/refund", {"amount": 1})[0] == 400
    assert till.call(f"{path}/capture", {"amount": 1000, "currency": "INR"})[0] == 400
    assert till.call(f"{path}/capture", {"amount": 1999, "currency": "INR"})[0] == 200
    assert till.call(f"{path}/capture", {"amount": 1999, "currency": "INR"})[0] == 400
    assert till.call(f"{path}/refund", {"amount": 2000})[0] == 400
    first = till.call(f"{path}/refund", {"amount": 500}, key="ref_1_long_enough")
    assert till.call(f"{path}/refund", {"amount": 500}, key="ref_1_long_enough") == first
    assert till.call(f"{path}/refund", {"amount": 400}, key="ref_1_long_enough")[0] == 400
