"""What the general suites cannot know about Paystack."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors import signing
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

PAYSTACK = driver("paystack")
ACCOUNT = {"secret_key": "sk_test_x"}
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(2050, "NGN"), code="card"
)


def call(shop: Shop, path: str, body: dict) -> tuple[int, str]:
    """A call past our driver: status and error code."""
    headers = {"authorization": f"Bearer {shop.here.credentials['secret_key']}"}
    answer = shop.simulator.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
    return answer.status, json.loads(answer.content()).get("code", "")


def inbound(body: dict, key: str = "sk_test_x") -> Inbound:
    raw = json.dumps(body).encode()
    headers = {"x-paystack-signature": signing.hmac_sha512_hex(key, raw)}
    return Inbound("POST", "https://shop.example/in", headers, raw)


def test_a_webhook_is_signed_with_the_secret_key():
    path = shared("psp_specs", "webhook_vectors.json")
    vectors = json.loads(path.read_text("utf-8"))["vectors"]
    (vector,) = (one for one in vectors if one["id"] == "paystack_derived")

    assert signing.hmac_sha512_hex(vector["key"], vector["body"].encode()) == vector["signature"]
    with pytest.raises(BadSignature):
        PAYSTACK.news(inbound({"event": "charge.success"}, "sk_test_y"), ACCOUNT)


def test_a_sum_is_told_in_the_subunit_and_a_reference_without_underscore():
    sent = PAYSTACK.ask(ASK).body

    assert (sent["amount"], sent["currency"], sent["reference"]) == (2050, "NGN", "att-1")


def test_news_of_a_payment_names_it_by_our_reference():
    data = {"reference": "att-1", "status": "success", "amount": 2050, "currency": "NGN"}

    (news,) = PAYSTACK.news(inbound({"event": "charge.success", "data": data}), ACCOUNT)

    assert (news.reference, news.provider_ref, news.outcome.state) == ("att_1", "att-1", "captured")
    assert news.outcome.money == Money(2050, "NGN")
    assert PAYSTACK.news(inbound({"event": "refund.processed", "data": {}}), ACCOUNT) == []


@pytest.mark.parametrize(
    ("status", "resolution", "state"),
    [
        ("awaiting-merchant-feedback", None, "chargeback_open"),
        ("awaiting-bank-feedback", None, "defended"),
        ("resolved", "merchant-accepted", "lost"),
        ("resolved", "declined", "won"),
        ("a word of next year", None, "unknown"),
    ],
)
def test_a_dispute_is_news_of_its_own(status, resolution, state):
    data = {"id": 7, "status": status, "resolution": resolution, "refund_amount": 2050}
    data |= {"currency": "NGN", "transaction": {"reference": "att-1"}, "dueAt": "2026-11-25"}

    (news,) = PAYSTACK.news(inbound({"event": "charge.dispute.create", "data": data}), ACCOUNT)

    assert (news.about, news.reference, news.operation_ref) == ("dispute", "att_1", "7")
    assert (news.outcome.state, news.outcome.money) == (state, Money(2050, "NGN"))


@pytest.mark.parametrize(
    ("response", "ours"),
    [
        ("Insufficient Funds", "insufficient_funds"),
        ("Pick-up Card", "pickup_card"),
        ("Transaction not Permitted to Card Holder", "transaction_not_permitted"),
        ("Ask again on Tuesday", "generic_decline"),
    ],
)
def test_a_no_is_read_from_the_banks_words(response, ours):
    data = {"reference": "att-1", "status": "failed", "gateway_response": response}

    assert PAYSTACK.read(ASK, Reply(200, {}, {"status": True, "data": data})).decline == ours


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"colour": "red"}, "invalid_params"),
        ({"amount": 10.5}, "invalid_params"),
        ({"amount": 0}, "invalid_params"),
        ({"email": ""}, "invalid_params"),
        ({"reference": "att_1"}, "invalid_params"),
        ({"currency": "EUR"}, "invalid_params"),
        ({"mobile_money": {"phone": "0551234987", "provider": "mtn"}}, "unsupported_currency"),
    ],
)
def test_the_simulator_refuses_what_paystack_does_not_take(members, code):
    mobile = {"phone": "+254708374149", "provider": "mpesa"}
    body = {"email": "a@shop.example", "amount": 1000, "currency": "KES", "mobile_money": mobile}

    assert call(Shop(PAYSTACK), "/charge", {**body, **members}) == (400, code)


@pytest.mark.django_db
def test_what_was_taken_is_given_back_once_and_a_lost_refund_is_found():
    shop = Shop(PAYSTACK)
    ask = shop.ask(catalogue.connector("paystack", "mpesa_ke"))
    begun = shop.does(ask)
    assert shop.then(ask, begun, "refund")[1].state == "refused"  # nothing was paid yet
    assert "captured" in shop.approved(ask, begun)

    asked, part = shop.then(ask, begun, "refund", money=Money(500, "KES"))
    assert part.state == "pending"
    assert shop.then(ask, begun, "refund", money=Money(1500, "KES"))[1].state == "refused"
    lost = replace(asked, verb="inquire", target="refund", operation_ref="")
    assert shop.does(lost).state == "succeeded"
    assert shop.does(lost).operation_ref == part.operation_ref


@pytest.mark.django_db
def test_a_saved_card_is_charged_once_under_one_reference():
    shop = Shop(PAYSTACK)
    ask = shop.card(agreement="first")
    first = shop.does(ask)
    assert "captured" in shop.approved(ask, first)
    paid = shop.then(ask, first, "inquire", reference=ask.reference)[1]
    saved = {"initiator": "merchant", "network_reference": paid.facts["network_reference"]}
    later = shop.card(agreement="subsequent", **saved)

    assert shop.does(later).state == shop.does(later, again=True).state == "captured"
    assert len(books.charges("account = %s", [shop.there.ref])) == 2
