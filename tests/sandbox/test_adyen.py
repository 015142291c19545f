"""Adyen's simulator keeps to Adyen's documents: what it takes and what it answers."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from acquiring.sandbox import book as books
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.parts.adyen_payment import tables
from tests.sandbox.adyen_shop import (
    CARD,
    EXTRAS,
    call,
    charge,
    document,
    events,
    held,
    new_shop,
    pay,
    payment,
    schema,
    shopper_says,
    shown,
    told,
)
from tests.sandbox.adyen_structures import boil_down

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Account:
    return new_shop()


# Who may ask, and how.


def test_a_stranger_is_turned_away(shop):
    answer = call(shop, "/payments", payment(shop), x_api_key="AQE-wrong")

    assert answer.status == 401
    assert shown(answer)["errorType"] == "security"


def test_a_foreign_merchant_account_is_refused(shop):
    answer = call(shop, "/payments", payment(shop, merchantAccount="BashirShop"))

    assert (answer.status, shown(answer)["errorCode"]) == (403, "901")


def test_an_unknown_member_is_named(shop):
    answer = call(shop, "/payments", payment(shop, colour="red", shape="round"))

    body = shown(answer)
    assert (answer.status, body["errorCode"]) == (400, "702")
    assert body["message"] == (
        "Structure of PaymentRequest contains the following unknown fields: [colour, shape]"
    )


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"reference": ""}, 422, "130"),
        ({"amount": None}, 422, "100"),
        ({"returnUrl": None}, 422, "702"),
        ({"amount": {"currency": "EUR", "value": "1999"}}, 400, "702"),
        ({"amount": {"currency": "EUR", "value": -1}}, 422, "137"),
        ({"amount": {"currency": "ZZZ", "value": 1}}, 422, "138"),
        ({"amount": {"currency": "CLP", "value": 50050}}, 422, "137"),
        ({"shopperInteraction": "Telepathy"}, 422, "702"),
        ({"reference": "x" * 81}, 422, "702"),
        ({"paymentMethod": {"type": "barter"}}, 422, "905_1"),
        ({"paymentMethod": {"type": "mbway"}}, 422, "702"),
        ({"paymentMethod": {**CARD, "number": "4111111111111112"}}, 422, "101"),
        ({"paymentMethod": {**CARD, "cvc": "12"}}, 422, "103"),
        ({"paymentMethod": {**CARD, "expiryMonth": "13"}}, 422, "141"),
        ({"paymentMethod": {**CARD, "storedPaymentMethodId": "NOBODYS"}}, 422, "803"),
    ],
)
def test_a_wrong_request_gets_adyens_own_error(shop, change, status, code):
    answer = call(shop, "/payments", payment(shop, **change))

    assert (answer.status, shown(answer)["errorCode"]) == (status, code)
    schema("CheckoutService-v72.json", "ServiceError").validate(shown(answer))
    assert told(shop) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"pay"'])
def test_a_body_that_is_no_object_cannot_be_parsed(shop, body):
    assert call(shop, "/payments", body).status == 400


def test_a_merchant_alone_needs_no_address_to_return_to(shop):
    assert pay(shop, returnUrl=None, shopperInteraction="ContAuth")["resultCode"] == "Authorised"


def test_its_table_of_structures_is_the_documents():
    table = json.loads(Path(settings.BASE_DIR, "acquiring/sandbox/data/adyen.json").read_text())
    boiled = boil_down(document("CheckoutService-v72.json"))

    assert {name: table[name] for name in boiled} == boiled
    assert table["licence"].startswith("MIT")


# The same key.


def test_the_same_key_gets_the_same_answer_and_charges_once(shop):
    body = payment(shop)
    first = call(shop, "/payments", body, idempotency_key="key-1")
    again = call(shop, "/payments", body, idempotency_key="key-1")

    assert first.content() == again.content()
    assert again.headers["Idempotency-Key"] == "key-1"
    assert len(Book(shop).charges_named(body["reference"])) == 1


def test_a_refused_request_stays_refused_under_its_key(shop):
    wrong = payment(shop, paymentMethod={**CARD, "number": "4111111111111112"})

    assert call(shop, "/payments", wrong, idempotency_key="key-2").status == 422
    assert call(shop, "/payments", payment(shop), idempotency_key="key-2").status == 422


def test_a_transient_error_leaves_the_key_free(shop):
    asked = {"RequestedTestErrorResponseCode": "NO_CONNECTION_AVAILABLE"}
    answer = call(shop, "/payments", payment(shop, additionalData=asked), idempotency_key="key-3")

    assert (answer.status, answer.headers["Transient-Error"]) == (500, "true")
    assert call(shop, "/payments", payment(shop), idempotency_key="key-3").status == 200


def test_an_error_after_the_bank_was_asked_is_final(shop):
    asked = {"RequestedTestErrorResponseCode": "IOEXCEPTION_RECEIVED"}
    answer = call(shop, "/payments", payment(shop, additionalData=asked), idempotency_key="key-4")

    assert answer.status == 500
    assert "Transient-Error" not in answer.headers
    assert call(shop, "/payments", payment(shop), idempotency_key="key-4").status == 500
    assert events(shop) == [("AUTHORISATION", "false")]


def test_a_key_longer_than_adyen_takes_is_refused(shop):
    assert call(shop, "/payments", payment(shop), idempotency_key="k" * 65).status == 400


# Cards.


def test_a_card_is_taken_at_once(shop):
    answer = pay(shop)

    assert answer["resultCode"] == "Authorised"
    assert charge(shop, answer["pspReference"]).captured == 1999


def test_a_hold_takes_nothing(shop):
    assert charge(shop, held(shop)).captured == 0


def test_no_card_number_is_kept(shop):
    pay(shop)

    found = books.rows("SELECT data::text FROM sandbox_charge WHERE account = %s", [shop.ref])
    assert CARD["number"] not in found[0][0]


@pytest.mark.parametrize("code", tables()["results"])
@pytest.mark.parametrize("how", ["holder", "code", "name"])
def test_every_published_test_value_plays_its_result(shop, code, how):
    holder, word, reason = tables()["results"][code]
    asked = {"code": code, "name": holder}.get(how, "")
    data = {"RequestedTestAcquirerResponseCode": asked} if asked else {}
    method = {**CARD, "holderName": holder if how == "holder" else "Amber Ash"}
    answer = pay(shop, paymentMethod=method, additionalData=data)

    assert answer["resultCode"] == word
    assert answer.get("refusalReason", "") == reason
    schema("CheckoutService-v72.json", "PaymentResponse").validate(answer)


def test_the_raw_reason_may_be_chosen_too(shop):
    method = {**CARD, "holderName": "DECLINED : 06 : ERROR"}

    raw = pay(shop, paymentMethod=method)["additionalData"]["refusalReasonRaw"]
    assert raw == "06 : ERROR"


def test_an_expired_card_is_refused(shop):
    method = {**CARD, "expiryYear": "2020"}

    assert pay(shop, paymentMethod=method)["refusalReasonCode"] == "6"


@pytest.mark.parametrize("number", ["4212345678910006", "4917610000000000"])
def test_a_card_with_three_ds_sends_the_shopper_to_the_issuer(shop, number):
    answer = pay(shop, paymentMethod={**CARD, "number": number})

    assert answer["resultCode"] == "RedirectShopper"
    assert answer["action"]["paymentMethodType"] == "scheme"
    assert told(shop) == []


def test_a_frictionless_card_is_authenticated_without_a_page(shop):
    answer = pay(shop, paymentMethod={**CARD, "number": "5201281505129736"})

    assert answer["resultCode"] == "Authorised"
    assert answer["additionalData"]["liabilityShift"] == "true"


def test_the_shop_decides_whether_to_authenticate(shop):
    always, never = ({"attemptAuthentication": word} for word in ("always", "never"))
    challenged = {**CARD, "number": "4212345678910006"}

    assert pay(shop, authenticationData=always)["resultCode"] == "RedirectShopper"
    plain = pay(shop, paymentMethod=challenged, authenticationData=never)
    assert plain["resultCode"] == "Authorised"


@pytest.mark.parametrize(
    ("choice", "word", "code"),
    [("approve", "Authorised", None), ("decline", "Refused", "11"), ("cancel", "Refused", "11")],
)
def test_the_issuers_page_decides(shop, choice, word, code):
    body = payment(shop, authenticationData={"attemptAuthentication": "always"})
    call(shop, "/payments", body)
    where = urlsplit(shopper_says(shop, body["reference"], choice))
    query = parse_qs(where.query)
    answer = shown(
        call(shop, "/payments/details", {"details": {"redirectResult": query["redirectResult"][0]}})
    )

    assert query["order"] == ["7"]
    assert (answer["resultCode"], answer.get("refusalReasonCode")) == (word, code)
    assert len(told(shop)) == 1
    schema("CheckoutService-v72.json", "PaymentDetailsResponse").validate(answer)


def test_a_return_that_nobody_made_is_refused(shop):
    body = payment(shop, authenticationData={"attemptAuthentication": "always"})
    call(shop, "/payments", body)

    for brought in ("X6", body["reference"]):
        answer = call(shop, "/payments/details", {"details": {"redirectResult": brought}})
        assert answer.status == 422


def test_a_stored_method_can_be_used_again(shop):
    paypal = {"type": "paypal"}
    body = payment(shop, paymentMethod=paypal, storePaymentMethod=True, shopperReference="cus-1")
    call(shop, "/payments", body)
    shopper_says(shop, body["reference"], "approve")
    data = told(shop)[0]["additionalData"]
    token = data["tokenization.storedPaymentMethodId"]

    again = {**paypal, "storedPaymentMethodId": token}
    assert call(shop, "/payments", payment(shop, paymentMethod=again)).status == 200


# Local methods.


@pytest.mark.parametrize(
    ("code", "word", "kind"),
    [
        ("ideal", "RedirectShopper", "redirect"),
        ("gcash", "RedirectShopper", "redirect"),
        ("klarna", "RedirectShopper", "redirect"),
        ("wechatpayQR", "Pending", "qrCode"),
        ("multibanco", "PresentToShopper", "voucher"),
        ("doku_bni_va", "PresentToShopper", "voucher"),
        ("mbway", "Pending", "await"),
        ("bankTransfer_IBAN", "Pending", "bankTransfer"),
        ("sepadirectdebit", "Authorised", None),
    ],
)
def test_each_method_asks_its_shopper_in_its_own_way(shop, code, word, kind):
    answer = pay(shop, paymentMethod={"type": code, **EXTRAS.get(code, {})})

    assert answer["resultCode"] == word
    assert answer.get("action", {}).get("type") == kind
    schema("CheckoutService-v72.json", "PaymentResponse").validate(answer)


@pytest.mark.parametrize(
    ("choice", "word", "event"),
    [
        ("approve", "Authorised", ("AUTHORISATION", "true")),
        ("decline", "Refused", ("AUTHORISATION", "false")),
        ("cancel", "Cancelled", ("AUTHORISATION", "false")),
    ],
)
def test_the_banks_page_decides(shop, choice, word, event):
    body = payment(shop, paymentMethod={"type": "ideal"})
    call(shop, "/payments", body)
    token = parse_qs(urlsplit(shopper_says(shop, body["reference"], choice)).query)
    answer = shown(
        call(shop, "/payments/details", {"details": {"redirectResult": token["redirectResult"][0]}})
    )

    assert answer["resultCode"] == word
    assert events(shop) == [event]


def test_a_voucher_lapses_rather_than_being_refused(shop):
    body = payment(shop, paymentMethod={"type": "multibanco"})
    call(shop, "/payments", body)

    assert shopper_says(shop, body["reference"], "decline") == ""
    assert events(shop) == [("OFFER_CLOSED", "true")]


def test_adyens_own_decimals_are_counted_as_everybodys(shop):
    amounts = {"IDR": (15000, 1_500_000), "CLP": (50000, 500), "EUR": (1999, 1999)}
    for currency, (theirs, ours) in amounts.items():
        answer = pay(shop, amount={"currency": currency, "value": theirs})
        assert charge(shop, answer["pspReference"]).amount == ours
