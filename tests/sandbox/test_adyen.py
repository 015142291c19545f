"""Adyen's simulator keeps to Adyen's documents: what it takes, what it answers, what it tells."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from acquiring.core import clock
from acquiring.sandbox import book as books
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import Delivery, simulators
from acquiring.sandbox.parts.adyen_payment import tables
from acquiring.sandbox.wire import Answer, Request
from tests.sandbox.adyen_structures import boil_down

pytestmark = pytest.mark.django_db

ADYEN = simulators()["adyen"]
CARD = {
    "type": "scheme",
    "number": "4111111111111111",
    "expiryMonth": "03",
    "expiryYear": "2030",
    "cvc": "737",
    "holderName": "Amber Ash",
}
BACK = "https://shop.example/done?order=7"
numbers = itertools.count(1)


def document(name: str) -> dict[str, Any]:
    path = Path(settings.SHARED, "psp_specs", "adyen", name)
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


@cache
def schema(file: str, name: str) -> Draft202012Validator:
    return Draft202012Validator({**document(file), "$ref": f"#/components/schemas/{name}"})


@pytest.fixture
def shop() -> Account:
    credentials = ADYEN.credentials({})
    url = "http://127.0.0.1:9/never"
    key = credentials["api_key"]
    return books.register(Account("adyen", f"shop-{next(numbers)}", key, credentials, {}, url))


def call(shop: Account, path: str, body: Any, **headers: str) -> Answer:
    sent = {"x-api-key": shop.key, "content-type": "application/json", **headers}
    named = {name.replace("_", "-"): value for name, value in sent.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ADYEN.serve(Request("POST", f"/v72{path}", named, body=content))


def payment(shop: Account, **members: Any) -> dict[str, Any]:
    return {
        "merchantAccount": shop.credentials["merchant_account"],
        "amount": {"currency": "EUR", "value": 1999},
        "reference": f"order-{next(numbers)}",
        "paymentMethod": CARD,
        "returnUrl": BACK,
        **members,
    }


def pay(shop: Account, **members: Any) -> dict[str, Any]:
    answer = call(shop, "/payments", payment(shop, **members))
    assert answer.status == 200, answer.body
    return shown(answer)


def shown(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.content())


def modify(shop: Account, reference: str, what: str, **members: Any) -> Answer:
    account = shop.credentials["merchant_account"]
    path = f"/payments/{reference}/{what}"
    return call(shop, path, {"merchantAccount": account, "reference": "mine", **members})


def euros(value: int) -> dict[str, Any]:
    return {"amount": {"currency": "EUR", "value": value}}


def held(shop: Account, **members: Any) -> str:
    return pay(shop, additionalData={"manualCapture": "true"}, **members)["pspReference"]


def charge(shop: Account, reference: str) -> books.Charge:
    found = Book(shop).charge(reference, lock=False)
    assert found is not None
    return found


def told(shop: Account) -> list[dict[str, Any]]:
    """The items that are on their way to the shop, oldest first."""
    found = books.rows(
        "SELECT message FROM sandbox_delivery WHERE account = %s ORDER BY id", [shop.ref]
    )
    return [json.loads(message) for (message,) in found]


def events(shop: Account) -> list[tuple[str, str]]:
    return [(item["eventCode"], item["success"]) for item in told(shop)]


def shopper_says(shop: Account, reference: str, choice: str) -> str:
    """Where the shopper ends after answering the page."""
    book = Book(shop)
    found = book.charges_named(reference)[-1]
    where = ADYEN.shopper(book, found, choice)
    book.save(found)
    return where


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

EXTRAS = {
    "mbway": {"shopperEmail": "amber@shop.example", "telephoneNumber": "+351234567890"},
    "doku_bni_va": {"firstName": "Amber", "lastName": "Ash", "shopperEmail": "a@shop.example"},
    "sepadirectdebit": {"iban": "NL13TEST0123456789", "ownerName": "Amber Ash"},
}


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


# Afterwards.


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
