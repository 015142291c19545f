"""What Stripe's simulator takes, refuses and answers."""

from __future__ import annotations

import pytest

from acquiring.sandbox.book import Account
from tests.sandbox.stripe_shop import (
    BACK,
    call,
    card,
    get,
    held,
    new_shop,
    pay,
    payment,
    post,
    shown,
    told,
)

pytestmark = pytest.mark.django_db
INTENTS = "/v1/payment_intents"


@pytest.fixture
def shop() -> Account:
    return new_shop()


def test_a_card_is_charged(shop):
    intent = pay(shop, **{"metadata[order]": "7", "expand[]": "latest_charge"})

    assert intent["status"] == "succeeded"
    assert (intent["amount_received"], intent["amount_capturable"]) == (1999, 0)
    assert intent["latest_charge"]["payment_method_details"]["card"]["last4"] == "4242"
    charge = held(shop, intent["id"])
    assert (charge.state, charge.captured, charge.reference) == ("captured", 1999, "7")
    assert told(shop) == ["payment_intent.succeeded"]


def test_the_card_number_is_not_kept(shop):
    intent = pay(shop)

    assert "4242424242424242" not in str(held(shop, intent["id"]))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"authorization": ""}, "You did not provide an API key"),
        ({"authorization": "Bearer sk_test_nobody_at_all"}, "Invalid API Key"),
    ],
)
def test_a_stranger_is_sent_away(shop, headers, message):
    answer = post(shop, INTENTS, payment(), **headers)

    assert answer.status == 401
    assert shown(answer)["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"shipping[planet]": "Mars"}, "parameter_unknown", "shipping[planet]"),
        ({"amount": "19.99"}, "parameter_invalid_integer", "amount"),
        ({"amount": "10"}, "amount_too_small", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"confirm": "yes"}, None, "confirm"),
        ({"shipping[address][city]": "Lyon"}, "parameter_missing", "shipping[name]"),
        ({"return_url": ""}, "parameter_invalid_empty", "return_url"),
        (
            {"payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
    ],
)
def test_a_wrong_parameter_is_named(shop, change, code, param):
    answer = post(shop, INTENTS, payment() | card() | change)

    error = shown(answer)["error"]
    assert answer.status == 400
    assert (error["type"], error.get("code"), error["param"]) == (
        "invalid_request_error",
        code,
        param,
    )


def test_older_versions_still_dictate_the_method_types(shop):
    form = payment() | card() | {"payment_method_types[0]": "card"}
    answer = post(shop, INTENTS, form, stripe_version="2022-11-15")

    assert shown(answer)["status"] == "succeeded"


def test_a_required_parameter_is_missed(shop):
    answer = post(shop, INTENTS, {"amount": "1999"})

    assert shown(answer)["error"]["code"] == "parameter_missing"


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4100000000000019", "card_declined", "fraudulent"),
    ],
)
def test_test_cards_are_declined(shop, number, code, decline_code):
    answer = post(shop, INTENTS, payment() | card(number))

    error = shown(answer)["error"]
    assert answer.status == 402
    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error",
        code,
        decline_code,
    )
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert held(shop, error["payment_intent"]["id"]).state == "declined"
    assert told(shop) == ["payment_intent.payment_failed"]


def test_a_mistyped_number_reaches_no_bank(shop):
    answer = post(shop, INTENTS, payment() | card("4242424242424241"))

    assert (answer.status, shown(answer)["error"]["code"]) == (402, "incorrect_number")
    assert told(shop) == []


def test_a_declined_intent_may_be_paid_with_another_card(shop):
    intent = pay(shop, "4000000000000002")

    answer = post(shop, f"{INTENTS}/{intent['id']}/confirm", card())
    assert shown(answer)["status"] == "succeeded"
    assert held(shop, intent["id"]).captured == 1999


def test_a_challenge_sends_the_shopper_to_the_issuer(shop):
    intent = pay(shop, "4000002760003184")

    assert intent["status"] == "requires_action"
    action = intent["next_action"]["redirect_to_url"]
    assert action["return_url"] == BACK
    assert action["url"].endswith(f"/_shopper/stripe/{intent['id']}")
    assert held(shop, intent["id"]).page == "three_ds"


def test_an_absent_shopper_cannot_be_challenged(shop):
    form = payment() | card("4000002760003184") | {"off_session": "true"}
    answer = post(shop, INTENTS, form)

    assert (answer.status, shown(answer)["error"]["code"]) == (402, "authentication_required")


@pytest.mark.parametrize(
    ("method", "currency", "action"),
    [
        ("ideal", "eur", "redirect_to_url"),
        ("klarna", "eur", "redirect_to_url"),
        ("alipay", "cny", "alipay_handle_redirect"),
        ("wechat_pay", "cny", "wechat_pay_display_qr_code"),
        ("paynow", "sgd", "paynow_display_qr_code"),
        ("promptpay", "thb", "promptpay_display_qr_code"),
        ("pix", "brl", "pix_display_qr_code"),
        ("cashapp", "usd", "cashapp_handle_redirect_or_display_qr_code"),
        ("oxxo", "mxn", "oxxo_display_details"),
        ("boleto", "brl", "boleto_display_details"),
        ("konbini", "jpy", "konbini_display_details"),
        ("multibanco", "eur", "multibanco_display_details"),
    ],
)
def test_local_methods_ask_the_shopper(shop, method, currency, action):
    form = payment(currency=currency, amount=5000) | {"payment_method_data[type]": method}
    if method == "boleto":
        form["payment_method_data[boleto][tax_id]"] = "000.000.000-00"
    intent = shown(post(shop, INTENTS, form))

    assert intent["status"] == "requires_action"
    assert intent["next_action"]["type"] == action
    assert action in intent["next_action"]


def test_a_method_knows_its_currency(shop):
    form = payment(currency="usd") | {"payment_method_data[type]": "ideal"}
    answer = post(shop, INTENTS, form)

    assert shown(answer)["error"]["code"] == "payment_intent_invalid_currency"


def test_a_bank_method_is_not_captured_later(shop):
    form = payment() | {"payment_method_data[type]": "ideal", "capture_method": "manual"}
    answer = post(shop, INTENTS, form)

    assert shown(answer)["error"]["param"] == "capture_method"


def test_a_direct_debit_takes_a_while(shop):
    form = payment() | {
        "payment_method_data[type]": "sepa_debit",
        "payment_method_data[sepa_debit][iban]": "DE89370400440532013000",
    }
    intent = shown(post(shop, INTENTS, form))

    assert intent["status"] == "processing"
    assert held(shop, intent["id"]).due == "approve"


def test_the_same_key_gives_the_same_answer(shop):
    form = payment() | card()
    first = post(shop, INTENTS, form, idempotency_key="once")
    second = post(shop, INTENTS, form, idempotency_key="once")

    assert shown(second) == shown(first)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert told(shop) == ["payment_intent.succeeded"]


def test_the_same_key_for_other_parameters_is_an_error(shop):
    post(shop, INTENTS, payment() | card(), idempotency_key="once")
    answer = post(shop, INTENTS, payment(2000) | card(), idempotency_key="once")

    assert (answer.status, shown(answer)["error"]["type"]) == (400, "idempotency_error")


def test_a_refused_call_leaves_its_key_free(shop):
    post(shop, INTENTS, payment() | {"colour": "red"}, idempotency_key="once")
    answer = post(shop, INTENTS, payment() | card(), idempotency_key="once")

    assert shown(answer)["status"] == "succeeded"


def test_a_server_error_is_kept_and_the_charge_is_made(shop):
    form = payment(6609) | card() | {"metadata[order]": "lost"}
    first = post(shop, INTENTS, form, idempotency_key="once")
    second = post(shop, INTENTS, form, idempotency_key="once")

    assert (first.status, second.status) == (500, 500)
    found = get(shop, f"{INTENTS}/search", query="metadata['order']:'lost'")
    assert [one["status"] for one in shown(found)["data"]] == ["succeeded"]


def test_amounts_are_counted_as_stripe_counts(shop):
    yen, krona = pay(shop, currency="jpy", amount=500), pay(shop, currency="isk", amount=50_000)

    assert held(shop, yen["id"]).amount == 500
    assert held(shop, krona["id"]).amount == 500  # ISO 4217 gives the krona no decimals
    answer = post(shop, INTENTS, payment(50_001, "isk") | card())
    assert shown(answer)["error"]["param"] == "amount"


def test_what_is_not_there_is_not_found(shop):
    for path in (f"{INTENTS}/pi_nothing", "/v1/refunds/re_nothing", "/v1/charges/ch_nothing"):
        answer = get(shop, path)
        assert (answer.status, shown(answer)["error"]["code"]) == (404, "resource_missing")
    assert call(shop, "DELETE", INTENTS).status == 404


def test_an_account_does_not_see_anothers_intents(shop):
    intent = pay(shop)

    assert get(new_shop(), f"{INTENTS}/{intent['id']}").status == 404
