"""dLocal: signatures, sums, the payment of a capture, and what its sandbox refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Unsupported, encode
from acquiring.connectors.drivers.dlocal import DLocal, signed
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.providers.dlocal import signature
from acquiring.sandbox.wire import Request

DLOCAL = DLocal()
ACCOUNT = {"login": "sak_sim", "trans_key": "tk", "secret_key": "sek_sim"}
NOW = datetime(2026, 11, 21, 15, 44, 42, 310_000, UTC)
KEYS = count(1)


def test_calls_are_signed_over_login_time_and_body():
    body = b'{"amount":10.00,"currency":"BRL"}'

    made = signed(ACCOUNT, "2026-11-21T15:44:42.310Z", body)

    digest = "7b00839cdb8025fb48c9a9247f5da6e1e6e4a71ef2d9d8c7826272196f1d3949"
    assert made == f"V2-HMAC-SHA256, Signature: {digest}"


def told(body: dict, secret: str = "sek_sim") -> Inbound:
    text, time = json.dumps(body).encode(), "2026-11-21T16:00:00.000Z"
    account = {**ACCOUNT, "secret_key": secret}
    headers = {"x-date": time, "authorization": signed(account, time, text)}
    return Inbound("POST", "https://shop.example/in", headers, text)


def test_a_notification_signed_by_a_stranger_is_not_believed():
    with pytest.raises(BadSignature):
        DLOCAL.news(told({"id": "D-4-1", "status": "PAID", "order_id": "att_1"}, "other"), ACCOUNT)


def test_the_payment_of_a_capture_is_a_reason_to_ask_after_its_hold():
    body = {"id": "D-4-2", "status": "PAID", "order_id": "D-4-1-capture"}

    (news,) = DLOCAL.news(told(body), ACCOUNT)

    assert (news.provider_ref, news.outcome.state) == ("D-4-1", "unknown")


def test_a_refund_is_told_by_its_own_id():
    body = {"id": "REF-1", "payment_id": "D-4-1", "status": "REJECTED", "status_code": 300}

    (news,) = DLOCAL.news(told(body), ACCOUNT)

    assert (news.about, news.operation_ref) == ("refund", "REF-1")
    assert (news.outcome.state, news.outcome.decline) == ("failed", "refund_refused")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1999, "CLP"), b'"amount":1999,'),
        (Money(1999, "BRL"), b'"amount":19.99,'),
    ],
)
def test_a_sum_is_a_json_number_digit_for_digit(money, text):
    ask = Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, code="RP", now=NOW)

    assert text in encode(DLOCAL.ask(ask))[0]


def test_a_refund_without_an_id_cannot_be_asked_after():
    ask = Ask(verb="inquire", target="refund", reference="ref_1", payment="pay_1",
              money=Money(1, "BRL"), now=NOW)  # fmt: skip

    with pytest.raises(Unsupported):
        DLOCAL.ask(ask)


def test_where_a_document_is_a_must_it_is_asked_of_the_shopper():
    rows = {row.method: row for row in catalogue.provider("dlocal").connectors}

    assert "details.tax_id" in rows["pix"].needs
    assert "details.tax_id" not in rows["oxxo"].needs


# The simulator.


def call(path: str, body: dict, key: str = "", **changed: str) -> tuple[int, dict]:
    simulator = simulators()["dlocal"]
    account = books.account_by_ref("dlocal", "shop")
    if account is None:
        made = simulator.credentials({})
        account = books.Account("dlocal", "shop", made["login"], made, {})
        books.register(account)
    sent, time = json.dumps(body).encode(), "2026-11-21T15:44:42.310Z"
    headers = {
        "x-date": time,
        "x-login": account.key,
        "x-trans-key": account.credentials["trans_key"],
        "x-version": "2.1",
        "authorization": signature(account, time, sent),
        "x-idempotency-key": key,
    }
    answer = simulator.serve(Request("POST", path, headers | changed, "", sent))
    return answer.status, json.loads(answer.content())


def card(**members) -> dict:
    payer = {"name": "Amber Ash", "email": "amber@shop.example", "document": "53033315550"}
    raw = {"number": "4111111111111111", "cvv": "123", "expiration_month": 10}
    known = {"amount": 120.5, "currency": "BRL", "country": "BR", "payment_method_id": "CARD"}
    known |= {"payment_method_flow": "DIRECT", "payer": payer, "order_id": f"o{next(KEYS)}"}
    return known | {"card": raw | {"expiration_year": 2040, "capture": False}} | members


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"x-version": ""}, 400, 5001),
        ({"x-login": "sak_stranger"}, 403, 3001),
        ({"authorization": "V2-HMAC-SHA256, Signature: 00"}, 400, 5000),
    ],
)
def test_a_stranger_is_told_what_is_wrong(changed, status, code):
    answered, body = call("/secure_payments", card(), **changed)

    assert (answered, body["code"]) == (status, code)


@pytest.mark.django_db
def test_an_order_id_is_good_for_one_payment():
    assert call("/secure_payments", card(order_id="o"))[1]["status"] == "AUTHORIZED"
    assert call("/secure_payments", card(order_id="o"))[1]["code"] == 5009
    assert call("/secure_payments", card(colour="red"))[1]["param"] == "colour"
    assert call("/secure_payments", card(description="302"))[1]["status_code"] == "302"


@pytest.mark.django_db
def test_a_hold_is_captured_and_the_capture_given_back():
    hold = call("/secure_payments", card())[1]["id"]
    order = {"authorization_id": hold, "currency": "BRL", "order_id": "c1"}
    assert call("/payments", order | {"amount": 121})[1]["code"] == 5007
    capture = call("/payments", order | {"amount": 100})[1]["id"]

    refund = {"payment_id": capture, "amount": 60, "currency": "BRL"}
    assert call("/refunds", refund | {"payment_id": hold})[1]["code"] == 5002
    assert call("/refunds", refund, "k")[1] == call("/refunds", refund, "k")[1]
    assert call("/refunds", refund)[1]["code"] == 5007
