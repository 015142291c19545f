"""What the general suites cannot know about PPRO."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from acquiring import catalogue
from acquiring.connectors import signing
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

PPRO = driver("ppro")
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(1000, "USD"), code="IDEAL"
)
ACCOUNT = {"api_key": "key_sandbox_1", "merchant_id": "merch_1", "webhook_secret": "s3cret"}
CHARGES = "/v1/payment-charges"
BODY = {
    "paymentMethod": "IDEAL",
    "amount": {"currency": "EUR", "value": 1000},
    "consumer": {"country": "NL"},
    "merchantPaymentChargeReference": "order-1",
    "authenticationSettings": [
        {"type": "REDIRECT", "settings": {"returnUrl": "https://shop.example/done"}}
    ],
}


def shared(*parts: str) -> Any:
    path = Path(settings.SHARED, "psp_specs", *parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


def call(shop: Shop, path: str, body: dict, key: str = "", **headers: str) -> Any:
    """A call past our driver."""
    told = shop.here.credentials
    known = {"authorization": f"Bearer {told['api_key']}", "merchant-id": told["merchant_id"]}
    known |= {"request-idempotency-key": key} if key else {}
    request = Request("POST", path, known | headers, body=json.dumps(body).encode())
    return shop.simulator.serve(request)


def heard(body: bytes, headers: dict[str, str]) -> list:
    return PPRO.news(Inbound("POST", "https://x.example", headers, body), ACCOUNT)


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_a_sum_is_minor_units_whatever_the_currency(currency):
    body = PPRO.ask(replace(ASK, money=Money(1050, currency))).body

    assert body["amount"] == {"currency": currency, "value": 1050}


def test_its_calls_are_those_that_others_send():
    samples = shared("wire_samples", "ppro.json")["flows"]
    theirs = json.loads(samples["authorize"]["Ideal"]["sample"]["body"])
    asked = replace(
        ASK,
        reference="probe_txn_001",
        return_url="https://example.com/return",
        webhook_url="https://example.com/webhook",
    )
    ours = PPRO.ask(asked).body
    refund = json.loads(samples["refund"]["default"]["sample"]["body"])

    assert {name: ours[name] for name in theirs if name != "consumer"} == {
        name: value for name, value in theirs.items() if name != "consumer"
    }
    assert PPRO.ask(replace(ASK, verb="refund", provider_ref="c")).body.items() >= refund.items()


def test_the_old_signature_is_a_hash_with_the_secret_behind_the_body():
    vectors = {one["id"]: one for one in shared("webhook_vectors.json")["vectors"]}
    vector = vectors["ppro_derived"]
    body = vector["body"].encode()

    assert heard(body, {"webhook-signature": vector["signature"]}) == []
    with pytest.raises(BadSignature):
        heard(body + b" ", {"webhook-signature": vector["signature"]})


def test_the_new_signature_is_over_time_and_body():
    body = b'{"type":"PAYMENT_CHARGE_CREATED"}'
    made = signing.hmac_sha256_hex("s3cret", b"1700000000." + body)

    assert heard(body, {"ppro-signature": f"t=1700000000,s={made}"}) == []
    for stranger in (f"t=1700000001,s={made}", "t=1700000000", "garbage"):
        with pytest.raises(BadSignature):
            heard(body, {"ppro-signature": stranger})


def test_a_dispute_is_heard():
    data = {"disputeId": "dispute_1", "paymentChargeId": "charge_1"}
    event = {"id": "event_1", "type": "DISPUTE_ACTION_REQUIRED", "data": data}
    body = json.dumps(event).encode()
    (told,) = heard(body, {"webhook-signature": signing.sha256_hex(body + b".s3cret")})

    assert (told.about, told.outcome.state) == ("dispute", "chargeback_open")
    assert (told.provider_ref, told.operation_ref) == ("charge_1", "dispute_1")


def test_an_address_that_is_not_https_is_left_to_the_account():
    assert "webhooksUrl" not in PPRO.ask(replace(ASK, webhook_url="http://127.0.0.1/hooks")).body


def test_a_step_nobody_can_show_is_waited_for():
    body = {
        "id": "c",
        "status": "AUTHENTICATION_PENDING",
        "authenticationMethods": [{"type": "3DS"}],
    }

    assert PPRO.read(ASK, Reply(200, {}, body)).state == "pending"


@pytest.mark.django_db
def test_the_simulator_refuses_what_ppro_refuses():
    shop = Shop(PPRO)
    unknown = call(shop, CHARGES, BODY | {"colour": "red"})
    stranger = call(shop, CHARGES, BODY, authorization="Bearer key_sandbox_nobody")
    nobody = call(shop, CHARGES, BODY, **{"merchant-id": "merch_other"})
    plain = call(shop, CHARGES, BODY | {"webhooksUrl": "http://x.example"})

    assert [one.status for one in (unknown, stranger, nobody, plain)] == [400, 401, 400, 400]
    assert stranger.body == {"message": "Unauthorized"}


@pytest.mark.django_db
def test_a_key_is_good_for_one_body():
    shop = Shop(PPRO)
    first, second = (call(shop, CHARGES, BODY, "key-1") for _ in range(2))
    other = call(shop, CHARGES, BODY | {"paymentDescriptor": "Roses"}, "key-1")

    assert json.loads(first.content())["id"] == json.loads(second.content())["id"]
    assert second.headers["Request-Idempotency"] == "true"
    assert other.status == 409


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paymentMethod": "PIGEON"}, "INVALID_PAYMENT_METHOD"),
        ({"amount": {"currency": "USD", "value": 1000}}, "INVALID_CURRENCY"),
        ({"consumer": {"country": "FR"}}, "COUNTRY_NOT_SUPPORTED"),
        ({"authenticationSettings": []}, "INVALID_AUTHENTICATION_SETTINGS"),
        ({"paymentMethod": "MOCK", "amount": {"currency": "EUR", "value": 300002}},
         "INSUFFICIENT_FUNDS"),
    ],
)  # fmt: skip
def test_a_charge_that_cannot_be_is_made_and_failed(change, code):
    answer = call(Shop(PPRO), CHARGES, BODY | change)
    told = json.loads(answer.content())

    assert (answer.status, told["status"]) == (200, "FAILED")
    assert told["failure"]["failureCode"] == code


@pytest.mark.django_db
def test_no_more_is_given_back_than_was_taken():
    shop = Shop(PPRO)
    ask = shop.ask(catalogue.connector("ppro", "ideal"), webhook_url="https://x.example/hooks")
    begun = shop.does(ask)
    early = shop.then(ask, begun, "refund")[1]
    shop.approved(ask, begun)
    asked, part = shop.then(ask, begun, "refund", money=Money(500, "EUR"))
    much = shop.then(ask, begun, "refund", money=Money(1999, "EUR"))[1]
    lost = shop.does(replace(asked, verb="inquire", target="refund", operation_ref=""))

    assert (early.state, early.decline) == ("refused", "refund_refused")
    assert (part.state, lost.operation_ref) == ("succeeded", part.operation_ref)
    assert (much.state, much.decline) == ("failed", "refund_amount_exceeded")


@pytest.mark.django_db
def test_webhooks_go_where_the_charge_says():
    shop = Shop(PPRO)
    ask = shop.ask(catalogue.connector("ppro", "mbway"), webhook_url="https://x.example/hooks")
    begun = shop.does(ask)
    assert begun.action == {"type": "wait", "channel": "app"}
    shop.approved(ask, begun)

    assert {post.url for post in shop.posts()} == {"https://x.example/hooks"}
