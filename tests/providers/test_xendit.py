"""Xendit: exact sums, the token of its webhooks, and what its test mode refuses."""

from __future__ import annotations

import base64
import json
from itertools import count

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Inbound, encode
from acquiring.connectors.drivers.xendit import Xendit
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

XENDIT = Xendit()
ACCOUNT = {"secret_key": "xnd_development_test", "callback_token": "token"}
KEYS = count(1)


def asked(code: str, money: Money, **members) -> dict:
    reference = f"att_{next(KEYS)}"
    page = "https://shop.example/done"
    ask = Ask(verb="authorize", reference=reference, payment="pay_1", money=money, code=code,
              return_url=page, **members)  # fmt: skip
    return json.loads(encode(XENDIT.ask(ask))[0], parse_float=str)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(10000, "VND"), b'"request_amount":10000,'),
        (Money(1999, "PHP"), b'"request_amount":19.99,'),
        (Money(100000, "IDR"), b'"request_amount":1000.00,'),
    ],
)
def test_a_sum_is_a_json_number_digit_for_digit(money, text):
    ask = Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, code="GCASH")

    assert text in encode(XENDIT.ask(ask))[0]


def test_the_country_is_that_of_the_currency():
    assert asked("GRABPAY", Money(1000, "MYR"))["country"] == "MY"
    assert asked("CARDS", Money(1000, "EUR"), country="TH")["country"] == "TH"
    assert asked("CARDS", Money(1000, "EUR"), country="DE")["country"] == "ID"


def inbound(body: dict, token: str = "token") -> Inbound:
    headers = {"x-callback-token": token, "webhook-id": "wh-1"}
    return Inbound("POST", "https://shop.example/in", headers, json.dumps(body).encode())


def test_a_webhook_without_the_accounts_token_is_not_believed():
    with pytest.raises(BadSignature):
        XENDIT.news(inbound({"event": "payment.capture", "data": {}}, "stranger"), ACCOUNT)


def test_a_dispute_tells_its_sum_and_until_when():
    body = {
        "event": "dispute.action_required",
        "id": "mi-dspt-1",
        "status": "ACTION_REQUIRED",
        "currency": "USD",
        "amount": {"initial": 1000.00, "terminal": None},
        "due_date": "2026-03-15T19:50:51.724Z",
        "category": {"name": "fraud"},
        "reference_id": "att_1",
    }

    (news,) = XENDIT.news(inbound(body), ACCOUNT)

    assert (news.about, news.reference, news.operation_ref) == ("dispute", "att_1", "mi-dspt-1")
    assert (news.outcome.state, news.outcome.money) == ("chargeback_open", Money(100_000, "USD"))


def test_a_manual_capture_is_a_reason_to_inquire():
    data = {"payment_request_id": "pr-1", "status": "SUCCEEDED", "capture_method": "MANUAL"}
    body = {"event": "payment.capture", "data": {**data, "captures": [{"capture_id": "cap-1"}]}}

    (news,) = XENDIT.news(inbound(body), ACCOUNT)

    assert news.outcome.state == "unknown"


# The simulator.


def call(body: dict, key: str = "", path: str = "/v3/payment_requests") -> tuple[int, dict]:
    simulator = simulators()["xendit"]
    account = books.account_by_ref("xendit", "shop")
    if account is None:
        made = simulator.credentials({})
        account = books.Account("xendit", "shop", made["secret_key"], made, {})
        books.register(account)
    pair = base64.b64encode(f"{account.key}:".encode()).decode()
    headers = {"authorization": f"Basic {pair}", "api-version": "2024-11-11"}
    headers |= {"idempotency-key": key} if key else {}
    answer = simulator.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
    return answer.status, json.loads(answer.content())


def gcash(**members) -> dict:
    pages = {"success_return_url": "https://s.example", "failure_return_url": "https://s.example"}
    known = {"reference_id": "r1", "type": "PAY", "country": "PH", "currency": "PHP"}
    return {**known, "request_amount": 100, "channel_code": "GCASH", "channel_properties": pages,
            **members}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"colour": "red"}, "API_VALIDATION_ERROR"),
        ({"request_amount": "100"}, "API_VALIDATION_ERROR"),
        ({"request_amount": 100.001}, "API_VALIDATION_ERROR"),
        ({"request_amount": 100_001}, "INVALID_VALUE_ERROR"),
        ({"currency": "IDR"}, "INVALID_VALUE_ERROR"),
        ({"capture_method": "MANUAL"}, "INVALID_VALUE_ERROR"),
        ({"channel_properties": {}}, "API_VALIDATION_ERROR"),
        ({"payment_token_id": "pt-1"}, "INVALID_TOKEN"),
    ],
)
def test_what_the_channel_does_not_take_is_refused(members, code):
    status, body = call(gcash(**members))

    assert (status, body["error_code"]) == (400, code)


@pytest.mark.django_db
def test_a_key_is_for_one_body():
    assert call(gcash(), "k")[1] == call(gcash(), "k")[1]
    assert call(gcash(request_amount=200), "k")[0] == 409


@pytest.mark.django_db
def test_nothing_is_given_back_that_was_not_paid_and_never_too_much():
    request_id = call(gcash())[1]["payment_request_id"]
    refund = {"payment_request_id": request_id, "amount": 60, "reason": "OTHERS"}
    assert call(refund, path="/refunds")[1]["error_code"] == "INELIGIBLE_TRANSACTION_STATUS"
    call({"amount": 100}, path=f"/v3/payment_requests/{request_id}/simulate")

    assert call(refund, path="/refunds")[1]["status"] == "PENDING"
    assert call(refund, path="/refunds")[1]["error_code"] == "REFUND_AMOUNT_EXCEEDED"
