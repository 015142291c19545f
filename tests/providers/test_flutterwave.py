"""What the general suites cannot know about Flutterwave."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Reply, encode
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

FLUTTERWAVE = driver("flutterwave")
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(1050, "KES"), code="mpesa"
)
ACCOUNT = {"secret_key": "FLWSECK_TEST-1-X", "secret_hash": "hash"}


def call(shop: Shop, path: str, body: dict, query: str = "") -> tuple[int, str]:
    """A call past our driver: status and message."""
    headers = {"authorization": f"Bearer {shop.here.credentials['secret_key']}"}
    request = Request("POST", path, headers, query, json.dumps(body).encode())
    answer = shop.simulator.serve(request)
    return answer.status, json.loads(answer.content())["message"]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1050, "KES"), b'"amount":10.50,'),
        (Money(1500, "UGX"), b'"amount":1500,'),
        (Money(10, "XAF"), b'"amount":10,'),
    ],
)
def test_a_sum_is_a_json_number_digit_for_digit(money, text):
    assert text in encode(FLUTTERWAVE.ask(replace(ASK, money=money)))[0]


@pytest.mark.parametrize(
    ("response", "ours"),
    [
        ("Insufficient Funds", "insufficient_funds"),
        ("Do not honor", "do_not_honor"),
        ("PIN Entry Tries Exceeded", "pin_tries_exceeded"),
        ("Lost Card, Pick Up", "lost_card"),
        ("Ask again on Tuesday", "generic_decline"),
        (None, "generic_decline"),
    ],
)
def test_a_no_is_read_from_the_processors_words(response, ours):
    data = {"id": 1, "status": "failed", "processor_response": response}

    heard = FLUTTERWAVE.read(ASK, Reply(200, {}, {"status": "success", "data": data}))

    assert (heard.state, heard.decline) == ("declined", ours)


def inbound(body: dict, secret: str = "hash") -> Inbound:
    raw = json.dumps(body).encode()
    return Inbound("POST", "https://shop.example/in", {"verif-hash": secret}, raw)


def test_a_webhook_tells_the_sum_that_was_paid():
    data = {"id": 7, "tx_ref": "att_1", "status": "successful", "amount": 300, "currency": "NGN"}
    body = {"event": "charge.completed", "data": data}

    (news,) = FLUTTERWAVE.news(inbound(body), ACCOUNT)

    assert (news.reference, news.provider_ref, news.outcome.state) == ("att_1", "7", "captured")
    assert news.outcome.money == Money(30_000, "NGN")
    assert FLUTTERWAVE.news(inbound({"event": "transfer.completed"}), ACCOUNT) == []
    with pytest.raises(BadSignature):
        FLUTTERWAVE.news(inbound(body, "stranger"), ACCOUNT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("members", "kind", "message"),
    [
        ({"colour": "red"}, "mpesa", "colour is not allowed"),
        ({"amount": 10.001}, "mpesa", "amount is invalid"),
        ({"amount": 0}, "mpesa", "amount is invalid"),
        ({"email": ""}, "mpesa", "email is required"),
        ({"phone_number": None}, "mpesa", "phone_number is required"),
        ({"currency": "NGN"}, "mpesa", "mpesa is not available for NGN"),
        ({"currency": "GHS", "network": "ORANGE"}, "mobile_money_ghana", "network is invalid"),
        ({}, "carrier_pigeon", "Invalid charge type"),
    ],
)
def test_the_simulator_refuses_what_flutterwave_does_not_take(members, kind, message):
    known = {"tx_ref": "one", "amount": 10, "currency": "KES", "email": "a@shop.example"}
    body = {**known, "phone_number": "254700000000", **members}

    assert call(Shop(FLUTTERWAVE), "/v3/charges", body, f"type={kind}") == (400, message)


@pytest.mark.django_db
def test_a_charge_that_is_sent_again_is_found_instead():
    shop = Shop(FLUTTERWAVE)
    ask = shop.ask(catalogue.connector("flutterwave", "mpesa_ke"))

    first, second = shop.does(ask), shop.does(ask, again=True)

    assert (first.state, second.state) == ("action", "action")
    assert first.provider_ref == second.provider_ref != ""
    assert len(books.charges("account = %s", [shop.there.ref])) == 1


@pytest.mark.django_db
def test_no_more_is_given_back_than_was_paid_and_a_lost_refund_is_found():
    shop = Shop(FLUTTERWAVE)
    ask = shop.ask(catalogue.connector("flutterwave", "mpesa_ke"))
    begun = shop.does(ask)
    assert shop.then(ask, begun, "refund")[1].state == "refused"  # nothing was paid yet
    assert "captured" in shop.approved(ask, begun)

    asked, part = shop.then(ask, begun, "refund", money=Money(500, "KES"))
    assert part.state == "succeeded"
    assert shop.then(ask, begun, "refund", money=Money(1500, "KES"))[1].state == "refused"
    lost = replace(asked, verb="inquire", target="refund", operation_ref="")
    assert shop.does(lost).operation_ref == part.operation_ref
    assert shop.does(replace(lost, operation_ref=part.operation_ref)).state == "succeeded"


@pytest.mark.django_db
def test_a_card_leaves_a_token_for_the_next_payment():
    shop = Shop(FLUTTERWAVE)
    ask = shop.card(agreement="first")
    first = shop.does(ask)
    assert "captured" in shop.approved(ask, first)
    paid = shop.then(ask, first, "inquire", reference=ask.reference)[1]
    token = paid.facts["network_reference"]

    later = shop.card(initiator="merchant", agreement="subsequent", network_reference=token)

    assert shop.does(later).state == "captured"
    assert shop.does(replace(later, reference="att_x", network_reference="flw-1")).decline == (
        "token_invalid"
    )
