"""What the general suites cannot know about M-PESA."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Inbound, Party, Reply, Unsupported
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

MPESA = driver("mpesa")
PUSH = "/mpesa/stkpush/v1/processrequest"
ACCOUNT = {"shortcode": "174379", "passkey": "pk_sim", "access_token": "t"}
ASK = Ask(
    verb="authorize",
    reference="att_1",
    payment="pay_1",
    money=Money(6600, "KES"),
    code="CustomerPayBillOnline",
    customer=Party(phone="0708 374 149"),
    webhook_url="https://shop.example/in",
)


def test_the_password_is_made_for_the_moment_in_nairobi():
    known = ACCOUNT | {"sent_at": "2026-11-21T07:15:00+00:00"}

    body = json.loads(MPESA.wire(MPESA.ask(ASK), MPESA.live, known).body)

    assert (body["BusinessShortCode"], body["Timestamp"]) == ("174379", "20261121101500")
    assert body["Password"] == "MTc0Mzc5cGtfc2ltMjAyNjExMjExMDE1MDA="
    assert body["PartyB"] == "174379"


def test_shillings_are_whole_and_phones_have_their_countrys_code():
    sent = MPESA.ask(ASK).body

    assert (sent["Amount"], sent["PhoneNumber"]) == (66, "254708374149")
    with pytest.raises(ValueError, match="cannot be expressed"):
        MPESA.ask(replace(ASK, money=Money(6650, "KES")))


def test_what_has_no_name_yet_cannot_be_asked_for():
    with pytest.raises(Unsupported):
        MPESA.ask(replace(ASK, verb="inquire"))


def test_a_callback_is_only_a_reason_to_ask():
    told = {"CheckoutRequestID": "ws_CO_1", "ResultCode": 0, "ResultDesc": "…"}
    url = "https://shop.example/in?reference=att_1"
    inbound = Inbound("POST", url, {}, json.dumps({"Body": {"stkCallback": told}}).encode())

    (news,) = MPESA.news(inbound, ACCOUNT)

    assert (news.outcome.state, news.reference, news.provider_ref) == (
        "unknown", "att_1", "ws_CO_1",
    )  # fmt: skip
    assert json.loads(MPESA.acknowledge(inbound, ACCOUNT)[0])["ResultCode"] == 0
    with pytest.raises(BadSignature):
        MPESA.news(replace(inbound, body=b'{"Body": {}}'), ACCOUNT)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (
            {"errorCode": "500.001.1001", "errorMessage": "The transaction is being processed"},
            False,
        ),
        ({"errorCode": "500.002.1001", "errorMessage": "Service is under maintenance."}, True),
        ({}, True),
    ],
)
def test_some_answers_come_as_http_500(body, trouble):
    assert MPESA.broke_down(Reply(500, {}, body)) is trouble


# The simulator.


def call(shop: Shop, path: str, **members) -> tuple[int, str]:
    """A call past our driver: status and error code."""
    ask = replace(ASK, customer=Party(phone="254708374149"))
    known = shop.here.credentials | {"access_token": token(shop)}
    wire = MPESA.wire(MPESA.ask(ask), "", known | {"sent_at": "2026-11-21T07:15:00+00:00"})
    body = json.loads(wire.body) | members
    headers = {"authorization": wire.headers["Authorization"]}
    answer = shop.simulator.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
    said = json.loads(answer.content())
    return answer.status, said.get("errorMessage", "")


def token(shop: Shop) -> str:
    own = shop.here.credentials
    pair = base64.b64encode(f"{own['consumer_key']}:{own['consumer_secret']}".encode()).decode()
    request = Request(
        "GET", "/oauth/v1/generate", {"authorization": f"Basic {pair}"},
        "grant_type=client_credentials",
    )  # fmt: skip
    return json.loads(shop.simulator.serve(request).content())["access_token"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("members", "status", "message"),
    [
        ({"Colour": "red"}, 400, "Bad Request - Invalid Colour"),
        ({"Amount": 10.5}, 400, "Bad Request - Invalid Amount"),
        ({"Amount": 250_001}, 400, "Bad Request - Invalid Amount"),
        ({"PhoneNumber": "0708374149"}, 400, "Bad Request - Invalid PhoneNumber"),
        ({"AccountReference": "longer than 12"}, 400, "Bad Request - Invalid AccountReference"),
        ({"BusinessShortCode": "1"}, 500, "Merchant does not exist"),
        ({"Password": "x"}, 500, "Wrong credentials"),
    ],
)
def test_the_simulator_refuses_what_safaricom_does_not_take(members, status, message):
    assert call(Shop(MPESA), PUSH, **members) == (status, message)


@pytest.mark.django_db
def test_one_push_at_a_time_and_an_open_one_waits():
    shop = Shop(MPESA)
    ask = shop.first()
    begun = shop.does(ask)

    assert shop.does(replace(ask, reference="att_x")).decline == "try_again_later"
    assert shop.then(ask, begun, "inquire")[1].state == "action"
    (charge,) = books.charges("account = %s", [shop.there.ref])
    shop.simulator.advance(books.Book(shop.there), charge, "cancel")
    books.Book(shop.there).save(charge)
    assert shop.then(ask, begun, "inquire")[1].decline == "shopper_canceled"
