"""Klarna: languages, pages and their addresses, and what its simulator refuses."""

from __future__ import annotations

import base64
import json

import pytest

from acquiring.connectors.driver import Address, Ask, Inbound, Party
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

KLARNA = driver("klarna")
HOME = Address("1 High Street", "", "Berlin", "", "10178", "DE")


def ask(**members) -> Ask:
    wanted = {
        "code": "klarna",
        "country": "DE",
        "money": Money(1999, "EUR"),
        "billing": HOME,
        "customer": Party("", "Amber Ash", "amber@shop.example"),
        "return_url": "https://shop.example/done",
        "webhook_url": "https://pay.example/hooks/klarna/token",
        **members,
    }
    return Ask(verb="authorize", reference="att_1", payment="pay_1", **wanted)


@pytest.mark.parametrize(
    ("locale", "country", "spoken"),
    [("de", "DE", "de-DE"), ("tr", "DE", "en-DE"), ("no", "NO", "nb-NO"), ("fr-CA", "CA", "fr-CA")],
)
def test_shoppers_are_spoken_to_as_klarna_can(locale, country, spoken):
    assert KLARNA.ask(ask(locale=locale, country=country)).body["locale"] == spoken


def test_amounts_are_minor_units():
    assert KLARNA.ask(ask(money=Money(19900, "SEK"))).body["order_amount"] == 19900


def test_a_call_back_names_the_page_and_only_makes_us_ask():
    url = "https://pay.example/hooks/klarna/token?reference=att_1&page=hpp-1"
    (told,) = KLARNA.news(Inbound("POST", url, {}, b"{}"), {})

    assert (told.reference, told.provider_ref, told.outcome.state) == ("att_1", "hpp-1", "unknown")


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["klarna"]
        self.keys = self.there.credentials({})
        self.ref = self.keys["username"]
        url = "https://pay.example/hooks/klarna/token"
        books.register(books.Account("klarna", self.ref, self.ref, self.keys, {}, url))

    def call(self, method: str, path: str, body=None, key: str = "", password: str = ""):
        pair = f"{self.ref}:{password or self.keys['password']}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        headers |= {"klarna-idempotency-key": key} if key else {}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.there.serve(Request(method, path, headers, "", sent))
        told = json.loads(answer.content() or b"{}")
        return answer.status, told.get("error_code") or told

    def session(self, **members) -> dict:
        return {**KLARNA.ask(ask()).body, **members}

    def order(self) -> str:
        """An order that is held."""
        _, made = self.call("POST", "/payments/v1/sessions", self.session())
        wish = {
            "payment_session_url": f"https://x/payments/v1/sessions/{made['session_id']}",
            "options": {"place_order_mode": "PLACE_ORDER"},
        }
        _, page = self.call("POST", "/hpp/v1/sessions", wish)
        book = books.Book(books.account_by_ref("klarna", self.ref))
        charge = book.charge(page["session_id"])
        self.there.shopper(book, charge, "approve")
        book.save(charge)
        _, shown = self.call("GET", f"/hpp/v1/sessions/{page['session_id']}")
        return f"/ordermanagement/v1/orders/{shown['order_id']}"


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till, path = Till(), "/payments/v1/sessions"

    assert till.call("POST", path, till.session(), password="of-nobody")[0] == 401
    assert till.call("POST", path, till.session(colour="blue")) == (400, "BAD_VALUE")
    assert till.call("POST", path, till.session(order_amount=5)) == (400, "BAD_VALUE")
    wish = {"payment_session_url": "https://x/payments/v1/sessions/none"}
    assert till.call("POST", "/hpp/v1/sessions", wish) == (404, "NOT_FOUND")


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    order = till.order()
    captures, refunds = f"{order}/captures", f"{order}/refunds"

    assert till.call("POST", refunds, {"refunded_amount": 1}) == (403, "REFUND_NOT_ALLOWED")
    assert till.call("POST", captures, {"captured_amount": 2000}) == (403, "CAPTURE_NOT_ALLOWED")
    assert till.call("POST", captures, {"captured_amount": 1500})[0] == 201
    assert till.call("GET", order)[1]["status"] == "PART_CAPTURED"
    assert till.call("POST", f"{order}/cancel") == (403, "CANCEL_NOT_ALLOWED")
    assert till.call("POST", captures, {"captured_amount": 499})[0] == 201
    assert till.call("GET", order)[1]["status"] == "CAPTURED"
    assert till.call("POST", refunds, {"refunded_amount": 2000}) == (403, "REFUND_NOT_ALLOWED")
    assert till.call("POST", refunds, {"refunded_amount": 1999})[0] == 201


@pytest.mark.django_db
def test_a_key_captures_once_whatever_the_body_says():
    till = Till()
    order = till.order()

    for amount in (1000, 1000, 999):
        body = {"captured_amount": amount}
        assert till.call("POST", f"{order}/captures", body, key="cap_1")[0] == 201
    assert till.call("GET", order)[1]["captured_amount"] == 1000
