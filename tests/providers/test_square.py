"""Square: its webhook signature, its links, and what its simulator refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

SQUARE = driver("square")
LINKS = "/v2/online-checkout/payment-links"


def ask(amount: int = 1999, currency: str = "USD", **members) -> Ask:
    money = Money(amount, currency)
    wanted = {"code": "card", "return_url": "https://shop.example/done", **members}
    return Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, **wanted)


@pytest.mark.parametrize("vector", ["square", "square_unescaped"])
def test_an_event_is_signed_over_its_address_and_its_bytes(vector):
    path = shared("psp_specs", "webhook_vectors.json")
    found = json.loads(path.read_text("utf-8"))["vectors"]
    known = next(one for one in found if one["id"] == vector)
    headers = {"x-square-hmacsha256-signature": known["signature"]}
    account = {"webhook_signature_key": known["key"]}
    event = Inbound("POST", known["notification_url"], headers, known["body"].encode())

    assert SQUARE.news(event, account) == []
    elsewhere = replace(event, url="https://elsewhere.example")
    with pytest.raises(BadSignature):
        SQUARE.news(elsewhere, account)


@pytest.mark.parametrize(("amount", "currency"), [(1999, "USD"), (1999, "JPY")])
def test_amounts_are_minor_units(amount, currency):
    (line,) = SQUARE.ask(ask(amount, currency)).body["order"]["line_items"]

    assert line["base_price_money"] == {"amount": amount, "currency": currency}


def test_a_link_offers_the_wallet_that_was_chosen_and_no_other():
    options = SQUARE.ask(ask(code="cash_app_pay")).body["checkout_options"]

    assert [name for name, on in options["accepted_payment_methods"].items() if on] == [
        "cash_app_pay"
    ]


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["square"]
        self.keys = self.there.credentials({})
        self.ref = self.keys["access_token"]
        books.register(books.Account("square", self.ref, self.ref, self.keys, {}, ""))

    def call(self, method: str, path: str, body: dict | None = None, token: str = ""):
        headers = {"authorization": f"Bearer {token or self.ref}"}
        sent = json.dumps(body).encode() if body else b""
        answer = self.there.serve(Request(method, path, headers, "", sent))
        told = json.loads(answer.content() or b"{}")
        return answer.status, told["errors"][0]["code"] if "errors" in told else told

    def link(self, **members) -> dict:
        body = SQUARE.ask(ask()).body
        order = {**body["order"], "location_id": self.keys["location_id"]}
        return {**body, "order": order, **members}

    def paid(self) -> str:
        _, told = self.call("POST", LINKS, self.link())
        order = told["payment_link"]["order_id"]
        book = books.Book(books.account_by_ref("square", self.ref))
        charge = book.charge(order)
        self.there.shopper(book, charge, "approve")
        book.save(charge)
        _, shown = self.call("GET", f"/v2/orders/{order}")
        return shown["order"]["tenders"][0]["payment_id"]


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.call("POST", LINKS, till.link(), token="of-nobody")[0] == 401
    assert till.call("POST", LINKS, till.link(colour="blue")) == (400, "UNKNOWN_BODY_PARAMETER")
    assert till.call("POST", LINKS, till.link(quick_pay={}))[0] == 400
    elsewhere = {**till.link()["order"], "location_id": "L2"}
    assert till.call("POST", LINKS, till.link(order=elsewhere)) == (400, "INVALID_LOCATION")


@pytest.mark.django_db
def test_no_more_is_given_back_than_was_taken():
    till = Till()
    payment = till.paid()

    def refund(amount: int, key: str) -> tuple[int, dict]:
        money = {"amount": amount, "currency": "USD"}
        body = {"idempotency_key": key, "amount_money": money, "payment_id": payment}
        return till.call("POST", "/v2/refunds", body)

    assert refund(2000, "ref_1") == (400, "REFUND_AMOUNT_INVALID")
    assert refund(1500, "ref_2")[0] == 200
    assert refund(500, "ref_3") == (400, "REFUND_AMOUNT_INVALID")
    assert refund(1500, "ref_2")[0] == 200  # the same key: the same refund
    assert refund(1, "ref_2") == (400, "IDEMPOTENCY_KEY_REUSED")
    assert refund(499, "ref_4")[0] == 200
