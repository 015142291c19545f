"""What can be done to a payment at Adyen's simulator afterwards, and what its webhooks say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from acquiring.core import clock
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import Delivery
from tests.sandbox.adyen_shop import (
    ADYEN,
    CARD,
    EXTRAS,
    call,
    charge,
    document,
    euros,
    events,
    held,
    modify,
    new_shop,
    pay,
    payment,
    schema,
    shown,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Account:
    return new_shop()


def test_a_capture_is_received_and_then_told(shop):
    reference = held(shop)
    answer = modify(shop, reference, "captures", **euros(1999))

    body = shown(answer)
    assert (answer.status, body["status"]) == (201, "received")
    schema("CheckoutService-v72.json", "PaymentCaptureResponse").validate(body)
    item = told(shop)[-1]
    assert (item["eventCode"], item["success"]) == ("CAPTURE", "true")
    assert (item["originalReference"], item["pspReference"]) == (reference, body["pspReference"])
    assert item["merchantReference"] == "mine"
    assert charge(shop, reference).captured == 1999


def test_several_captures_share_one_authorisation(shop):
    reference = held(shop)
    for value in (500, 700, 1000):
        modify(shop, reference, "captures", **euros(value))

    assert charge(shop, reference).captured == 1200
    assert events(shop)[-3:] == [("CAPTURE", "true"), ("CAPTURE", "true"), ("CAPTURE", "false")]


def test_a_cancel_lets_go_and_a_second_one_finds_nothing(shop):
    reference = held(shop)
    for _ in range(2):
        body = shown(modify(shop, reference, "cancels"))
        schema("CheckoutService-v72.json", "PaymentCancelResponse").validate(body)

    assert events(shop)[-2:] == [("CANCELLATION", "true"), ("CANCELLATION", "false")]
    modify(shop, reference, "captures", **euros(1999))
    assert events(shop)[-1] == ("CAPTURE", "false")


def test_refunds_end_with_what_was_captured(shop):
    reference = pay(shop)["pspReference"]
    for value in (1500, 500):
        body = shown(modify(shop, reference, "refunds", **euros(value)))
        schema("CheckoutService-v72.json", "PaymentRefundResponse").validate(body)

    assert events(shop)[-2:] == [("REFUND", "true"), ("REFUND", "false")]
    assert charge(shop, reference).refunded == 1500


def test_another_currency_is_never_captured(shop):
    reference = held(shop)
    modify(shop, reference, "captures", amount={"currency": "USD", "value": 100})

    assert events(shop)[-1] == ("CAPTURE", "false")


@pytest.mark.parametrize(
    ("holder", "what", "event"),
    [
        ("capture failed", "captures", "CAPTURE_FAILED"),
        ("refund failed", "refunds", "REFUND_FAILED"),
    ],
)
def test_a_modification_can_fail_afterwards(shop, holder, what, event):
    method = {**CARD, "holderName": holder}
    hold = {"manualCapture": "true"} if what == "captures" else {}
    reference = pay(shop, paymentMethod=method, additionalData=hold)["pspReference"]
    modify(shop, reference, what, **euros(1999))

    assert events(shop)[-1] == (event, "true")
    assert charge(shop, reference).refunded == 0


def test_a_reversal_does_what_is_left_to_do(shop):
    account = {"merchantAccount": shop.credentials["merchant_account"]}
    for reference in (held(shop), pay(shop)["pspReference"]):
        call(shop, f"/payments/{reference}/reversals", account)

    reversed_ = [item for item in told(shop) if item["eventCode"] == "CANCEL_OR_REFUND"]
    actions = [item["additionalData"]["modification.action"] for item in reversed_]
    assert actions == ["cancel", "refund"]


def test_a_payment_can_be_canceled_by_the_shops_own_reference(shop):
    body = payment(shop, additionalData={"manualCapture": "true"})
    call(shop, "/payments", body)
    account = {"merchantAccount": shop.credentials["merchant_account"]}
    answer = call(shop, "/cancels", {**account, "paymentReference": body["reference"]})

    schema("CheckoutService-v72.json", "StandalonePaymentCancelResponse").validate(shown(answer))
    assert events(shop)[-1] == ("TECHNICAL_CANCEL", "true")


def test_nothing_can_be_done_to_a_payment_of_somebody_else(shop):
    answer = modify(shop, "QFQTPCQ8HXSKGK82", "captures", **euros(1))

    assert (answer.status, shown(answer)["errorCode"]) == (422, "167")


@pytest.mark.parametrize(
    ("hold", "event", "names"),
    [
        (True, "expire", ["EXPIRE"]),
        (False, "dispute", ["NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK"]),
        (True, "dispute", []),
        (False, "approve", []),
    ],
)
def test_time_and_the_cardholder_do_what_the_state_allows(shop, hold, event, names):
    reference = held(shop) if hold else pay(shop)["pspReference"]
    book, before = Book(shop), len(told(shop))
    ADYEN.advance(book, charge(shop, reference), event)

    assert [item["eventCode"] for item in told(shop)[before:]] == names


# What it tells.


def test_the_metadata_comes_back(shop):
    pay(shop, metadata={"capture": "automatic"})

    assert told(shop)[0]["additionalData"]["metadata.capture"] == "automatic"


def test_a_method_that_takes_at_once_offers_no_capture(shop):
    pay(shop, paymentMethod={"type": "sepadirectdebit", **EXTRAS["sepadirectdebit"]})
    held(shop)

    assert [item["operations"] for item in told(shop)] == [
        ["REFUND"],
        ["CANCEL", "CAPTURE", "REFUND"],
    ]


def test_every_webhook_is_signed_and_as_documented(shop):
    reference = held(shop)
    modify(shop, reference, "captures", **euros(500))
    modify(shop, reference, "refunds", **euros(100))
    modify(shop, reference, "cancels")
    ADYEN.advance(Book(shop), charge(shop, reference), "dispute")
    webhooks = document("Webhooks-v1.json")["webhooks"]

    for item in told(shop):
        post = ADYEN.sign(shop, Delivery(1, "", item, clock.now()), clock.now())
        body = json.loads(post.body)
        one = body["notificationItems"][0]["NotificationRequestItem"]
        media = webhooks[f"/{one['eventCode']}"]["post"]["requestBody"]["content"]
        name = media["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        schema("Webhooks-v1.json", name).validate(body)
        signature = one["additionalData"].pop("hmacSignature")
        members = [one["pspReference"], one.get("originalReference", "")]
        members += [one["merchantAccountCode"], one["merchantReference"]]
        members += [one["amount"]["value"], one["amount"]["currency"]]
        text = ":".join(map(str, [*members, one["eventCode"], one["success"]]))
        key = bytes.fromhex(shop.credentials["hmac_key"])
        assert (
            signature
            == base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        )
        assert post.expects == "[accepted]"
