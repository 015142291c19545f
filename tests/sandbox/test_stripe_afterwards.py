"""What can be done to a payment at Stripe's simulator afterwards, and what its webhooks say."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction

from acquiring.core import clock
from acquiring.sandbox import background
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import Delivery
from tests.sandbox.stripe_shop import STRIPE, get, held, new_shop, pay, payment, post, shown, told

pytestmark = pytest.mark.django_db
INTENTS = "/v1/payment_intents"


@pytest.fixture
def shop() -> Account:
    return new_shop()


def choose(shop: Account, intent_id: str, choice: str) -> str:
    """Answer the shopper's page."""
    charge, book = held(shop, intent_id), Book(shop)
    target = STRIPE.shopper(book, charge, choice)
    book.save(charge)
    return target


def test_a_held_amount_is_captured_in_part_and_the_rest_released(shop):
    intent = pay(shop, capture_method="manual")
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 1999)

    answer = post(shop, f"{INTENTS}/{intent['id']}/capture", {"amount_to_capture": "500"})
    body = shown(answer)
    assert (body["status"], body["amount_received"], body["amount_capturable"]) == (
        "succeeded",
        500,
        0,
    )
    assert held(shop, intent["id"]).captured == 500


def test_several_captures_share_one_authorization(shop):
    several = {"payment_method_options[card][request_multicapture]": "if_available"}
    intent = pay(shop, capture_method="manual", **several)
    path = f"{INTENTS}/{intent['id']}/capture"
    for _ in range(2):
        body = shown(post(shop, path, {"amount_to_capture": "500", "final_capture": "false"}))
    assert (body["status"], body["amount_capturable"]) == ("requires_capture", 999)

    assert shown(post(shop, path))["status"] == "succeeded"
    assert held(shop, intent["id"]).captured == 1999


def test_several_captures_must_have_been_asked_for(shop):
    intent = pay(shop, capture_method="manual")
    form = {"amount_to_capture": "500", "final_capture": "false"}
    answer = post(shop, f"{INTENTS}/{intent['id']}/capture", form)

    assert (answer.status, shown(answer)["error"]["param"]) == (400, "final_capture")


def test_no_more_is_captured_than_was_held(shop):
    intent = pay(shop, capture_method="manual")
    answer = post(shop, f"{INTENTS}/{intent['id']}/capture", {"amount_to_capture": "2000"})

    assert shown(answer)["error"]["code"] == "amount_too_large"


def test_a_charge_is_not_captured_twice(shop):
    intent = pay(shop)
    answer = post(shop, f"{INTENTS}/{intent['id']}/capture")

    assert shown(answer)["error"]["code"] == "payment_intent_unexpected_state"


def test_a_capture_can_fail(shop):
    intent = pay(shop, capture_method="manual", amount=6616)
    answer = post(shop, f"{INTENTS}/{intent['id']}/capture")

    assert shown(answer)["error"]["code"] == "charge_expired_for_capture"
    assert held(shop, intent["id"]).captured == 0


def test_a_held_amount_is_let_go(shop):
    intent = pay(shop, capture_method="manual")
    answer = post(shop, f"{INTENTS}/{intent['id']}/cancel")

    assert shown(answer)["status"] == "canceled"
    assert held(shop, intent["id"]).state == "canceled"
    assert told(shop)[-1] == "payment_intent.canceled"


def test_refunds_add_up_to_what_was_captured(shop):
    intent = pay(shop)
    first = shown(post(shop, "/v1/refunds", {"payment_intent": intent["id"], "amount": "999"}))
    assert (first["status"], first["amount"]) == ("succeeded", 999)

    form = {"payment_intent": intent["id"], "amount": "1001"}
    assert shown(post(shop, "/v1/refunds", form))["error"]["param"] == "amount"
    assert shown(post(shop, "/v1/refunds", {"payment_intent": intent["id"]}))["amount"] == 1000
    again = post(shop, "/v1/refunds", {"payment_intent": intent["id"]})
    assert shown(again)["error"]["code"] == "charge_already_refunded"
    assert held(shop, intent["id"]).refunded == 1999
    listed = shown(get(shop, "/v1/refunds", payment_intent=intent["id"]))["data"]
    assert [one["amount"] for one in listed] == [1000, 999]


def test_a_refund_can_fail_afterwards(shop):
    intent = pay(shop, "4000000000005126")
    refund = shown(post(shop, "/v1/refunds", {"payment_intent": intent["id"]}))

    assert refund["status"] == "succeeded"
    assert held(shop, intent["id"]).refunded == 0
    assert told(shop)[-1] == "refund.failed"
    with clock.shifted(timedelta(seconds=5)):
        later = shown(get(shop, f"/v1/refunds/{refund['id']}"))
    assert (later["status"], later["failure_reason"]) == ("failed", "expired_or_canceled_card")


def test_a_refund_can_be_pending(shop):
    intent = pay(shop, "4000000000007726")
    refund = shown(post(shop, "/v1/refunds", {"payment_intent": intent["id"]}))

    assert refund["status"] == "pending"
    with clock.shifted(timedelta(seconds=5)):
        assert shown(get(shop, f"/v1/refunds/{refund['id']}"))["status"] == "succeeded"


@pytest.mark.parametrize(
    ("choice", "status", "returned"),
    [
        ("approve", "succeeded", "succeeded"),
        ("decline", "requires_payment_method", "failed"),
        ("cancel", "requires_payment_method", "failed"),
    ],
)
def test_the_shopper_decides_at_the_bank(shop, choice, status, returned):
    form = payment() | {"payment_method_data[type]": "ideal"}
    intent = shown(post(shop, INTENTS, form))

    target = choose(shop, intent["id"], choice)

    query = parse_qs(urlsplit(target).query)
    assert (query["order"], query["redirect_status"]) == (["7"], [returned])
    assert shown(get(shop, f"{INTENTS}/{intent['id']}"))["status"] == status


def test_a_failed_challenge_asks_no_bank(shop):
    intent = pay(shop, "4000002760003184")
    choose(shop, intent["id"], "decline")

    after = shown(get(shop, f"{INTENTS}/{intent['id']}"))
    assert after["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert after["latest_charge"] is None


def test_a_passed_challenge_can_still_be_declined(shop):
    intent = pay(shop, "4000008260003178")
    choose(shop, intent["id"], "approve")

    after = shown(get(shop, f"{INTENTS}/{intent['id']}"))
    assert after["last_payment_error"]["decline_code"] == "insufficient_funds"


@pytest.mark.parametrize(
    ("amount", "status"),
    [(6604, "succeeded"), (6605, "requires_payment_method"), (6606, "requires_payment_method")],
)
def test_time_settles_what_was_pending(shop, amount, status):
    intent = pay(shop, amount=amount)
    assert intent["status"] == "processing"

    with clock.shifted(timedelta(seconds=10)):
        background.settle_due()
    assert shown(get(shop, f"{INTENTS}/{intent['id']}"))["status"] == status


def test_a_cardholder_disputes(shop):
    intent = pay(shop, "4000000000000259")
    with clock.shifted(timedelta(seconds=10)):
        background.settle_due()

    assert told(shop)[-1] == "charge.dispute.created"
    dispute = held(shop, intent["id"]).data["dispute"]
    body = shown(get(shop, f"/v1/disputes/{dispute}"))
    assert (body["amount"], body["status"]) == (1999, "needs_response")
    refused = post(shop, "/v1/refunds", {"payment_intent": intent["id"]})
    assert shown(refused)["error"]["code"] == "charge_disputed"


def test_an_authorization_expires(shop):
    intent = pay(shop, capture_method="manual")
    charge, book = held(shop, intent["id"]), Book(shop)
    STRIPE.advance(book, charge, "expire")
    book.save(charge)

    after = shown(get(shop, f"{INTENTS}/{intent['id']}"))
    assert (after["status"], after["cancellation_reason"]) == ("canceled", "automatic")


def test_bad_news_does_not_undo_a_payment(shop):
    intent = pay(shop)
    for event in ("decline", "cancel", "expire", "approve", "wait"):
        charge, book = held(shop, intent["id"]), Book(shop)
        STRIPE.advance(book, charge, event)
        book.save(charge)

    assert held(shop, intent["id"]).state == "captured"
    assert told(shop) == ["payment_intent.succeeded"]


def test_webhooks_are_signed_over_time_and_body(shop):
    pay(shop)
    message = {"id": "evt_1", "type": "payment_intent.succeeded"}
    post_out = STRIPE.sign(shop, Delivery(1, "x", message, clock.now()), clock.now())

    parts = dict(part.split("=") for part in post_out.headers["Stripe-Signature"].split(","))
    signed = f"{parts['t']}.".encode() + post_out.body
    key = shop.credentials["webhook_secret"].encode()
    assert parts["v1"] == hmac.new(key, signed, hashlib.sha256).hexdigest()
    assert json.loads(post_out.body) == message


def test_an_endpoint_may_hear_everything():
    shop = new_shop(enabled_events=["*"])
    intent = pay(shop)
    post(shop, "/v1/refunds", {"payment_intent": intent["id"]})

    assert told(shop) == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "refund.created",
        "charge.refunded",
    ]


def test_a_card_is_kept_for_later(shop):
    customer = shown(post(shop, "/v1/customers", {"name": "Amber"}))["id"]
    form = {"customer": customer, "setup_future_usage": "off_session"}
    intent = pay(shop, "4000002500003155", **form)
    choose(shop, intent["id"], "approve")

    again = payment(500) | {
        "customer": customer,
        "payment_method": shown(get(shop, f"{INTENTS}/{intent['id']}"))["payment_method"],
        "off_session": "true",
    }
    assert shown(post(shop, INTENTS, again))["status"] == "succeeded"


def test_an_intent_may_be_made_first_and_confirmed_later(shop):
    form = {name: one for name, one in payment().items() if name not in ("confirm", "return_url")}
    intent = shown(post(shop, INTENTS, form))
    assert intent["status"] == "requires_payment_method"
    assert post(shop, f"{INTENTS}/{intent['id']}/confirm").status == 400

    body = {"payment_method": "pm_card_visa"}
    confirmed = shown(post(shop, f"{INTENTS}/{intent['id']}/confirm", body))
    assert confirmed["status"] == "succeeded"


def test_a_charge_knows_its_sums(shop):
    intent = pay(shop)
    with transaction.atomic():
        post(shop, "/v1/refunds", {"payment_intent": intent["id"], "amount": "99"})

    body = shown(get(shop, f"/v1/charges/{intent['latest_charge']}"))
    assert (body["amount_captured"], body["amount_refunded"], body["refunded"]) == (1999, 99, False)
