"""Adyen's driver against Adyen's own documents: what it sends and how it reads the replies."""

import json
from dataclasses import replace
from functools import cache

import pytest
from jsonschema import Draft202012Validator

from acquiring import catalogue
from acquiring.connectors.driver import Ask, Device, Outcome, Party, Reply, Unsupported
from acquiring.core.money import Money
from tests.connectors.adyen_case import ACCOUNT, ADYEN, ASK, CARD, LATER, document, item, told


@cache
def schema(name: str) -> Draft202012Validator:
    checkout = document("adyen", "CheckoutService-v72.json")
    # A payment method matches several of the alternatives; matching none is what is wrong.
    method = checkout["components"]["schemas"]["PaymentRequest"]["properties"]["paymentMethod"]
    method["anyOf"] = method.pop("oneOf")
    return Draft202012Validator({**checkout, "$ref": f"#/components/schemas/{name}"})


def sent(ask: Ask) -> dict:
    return json.loads(ADYEN.wire(ADYEN.ask(ask), "http://localhost/adyen", ACCOUNT).body)


def read(ask: Ask, body: dict, status: int = 200, headers: dict | None = None) -> Outcome:
    return ADYEN.read(ask, Reply(status, headers or {}, body))


# What we send.

CARDS = {
    "a card": {},
    "a hold": {"capture": "manual"},
    "a card without a device": {"device": Device()},
    "3-D Secure wanted": {"three_ds": "required"},
    "3-D Secure unwanted": {"three_ds": "skip"},
    "the first of an agreement": {"agreement": "first"},
    "the next of an agreement": {"agreement": "subsequent", "network_reference": "7777182708"},
    "a merchant's own": {
        "agreement": "subsequent",
        "initiator": "merchant",
        "network_reference": "7777182708",
        "device": Device(),
    },
    "a co-badged card": {"code": "bcmc"},
    "a shopper nobody knows": {"customer": Party(), "billing": None, "shipping": None},
}


@pytest.mark.parametrize("change", CARDS.values(), ids=CARDS)
def test_what_it_sends_for_a_card_is_a_payment_request(change):
    schema("PaymentRequest").validate(sent(replace(ASK, **change)))


@pytest.mark.parametrize("row", catalogue.provider("adyen").connectors, ids=lambda row: row.method)
def test_what_it_sends_for_a_method_is_a_payment_request(row):
    details = {
        "account_holder": "Amber Ash",
        "account_number": "000123456",
        "bank": "1102",
        "branch_number": "110000000",
        "bsb_number": "000000",
        "iban": "NL13TEST0123456789",
        "token": "{}",
        "vpa": "amber@bank",
    }
    typed = {name: text for name, text in details.items() if f"details.{name}" in row.needs}
    ask = replace(ASK, method=row.method, code=row.code, extra=row.extra, details=typed)
    body = sent(ask if row.flow == "card" else replace(ask, card=None))

    schema("PaymentRequest").validate(body)
    assert body["paymentMethod"]["type"] == row.code


def test_the_catalogue_offers_more_than_twenty_local_methods_of_adyen():
    rows = catalogue.provider("adyen").connectors

    assert len({row.method for row in rows if row.flow != "card"}) > 20


@pytest.mark.parametrize(
    ("verb", "path", "name"),
    [
        ("capture", "captures", "PaymentCaptureRequest"),
        ("void", "cancels", "PaymentCancelRequest"),
        ("refund", "refunds", "PaymentRefundRequest"),
    ],
)
@pytest.mark.parametrize("code", ["scheme", "klarna"])
def test_what_it_sends_afterwards_is_what_the_document_asks_for(verb, path, name, code):
    ask = replace(LATER, verb=verb, code=code)
    call = ADYEN.ask(ask)

    schema(name).validate(sent(ask))
    assert (call.method, call.path) == ("POST", f"/v72/payments/8535296650153317/{path}")
    assert call.headers == {"Idempotency-Key": "cap_1"}


@pytest.mark.parametrize("verb", ["capture", "void", "refund"])
def test_an_operation_needs_the_payments_reference(verb):
    with pytest.raises(Unsupported):
        ADYEN.ask(replace(LATER, verb=verb, provider_ref=""))


def test_there_is_nothing_to_inquire_with():
    with pytest.raises(Unsupported):
        ADYEN.ask(replace(ASK, verb="inquire"))


@pytest.mark.parametrize(
    "name", ["Card", "Klarna", "PaypalRedirect", "Trustly", "BniVaBankTransfer", "FamilyMart"]
)
def test_it_names_a_method_as_another_integration_does(name):
    flow = document("wire_samples", "adyen.json")["flows"]["authorize"][name]
    theirs = json.loads(flow["sample"]["body"])
    method = {key: value for key, value in theirs["paymentMethod"].items() if value}
    ask = replace(ASK, card=None, code=method["type"])
    if name == "Card":
        ask = replace(ask, card=replace(CARD, holder=""))
    ours = sent(ask)

    assert ours["paymentMethod"].keys() >= method.keys()
    assert ours["shopperInteraction"] == theirs["shopperInteraction"]
    assert ours["paymentMethod"]["type"] == method["type"]


def test_a_hold_says_so_and_a_charge_says_when():
    assert sent(replace(ASK, capture="manual"))["additionalData"] == {"manualCapture": "true"}
    assert sent(ASK)["captureDelayHours"] == 0


def test_three_ds_is_a_redirect_unless_the_shopper_is_away():
    assert sent(ASK)["authenticationData"] == {"threeDSRequestData": {"nativeThreeDS": "disabled"}}
    assert "authenticationData" not in sent(replace(ASK, initiator="merchant"))


def test_a_merchants_payment_refers_to_the_first_one():
    body = sent(
        replace(ASK, initiator="merchant", agreement="subsequent", network_reference="123456789")
    )

    assert body["shopperInteraction"] == "ContAuth"
    assert body["recurringProcessingModel"] == "UnscheduledCardOnFile"
    assert body["paymentMethod"]["networkPaymentReference"] == "123456789"


def test_what_the_shopper_typed_goes_into_the_payment_method():
    ask = replace(ASK, card=None, code="blik", details={"code": "777124", "colour": "red"})

    assert sent(ask)["paymentMethod"] == {"type": "blik", "blikCode": "777124"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(1999, "EUR"), 1999),
        (Money(500, "JPY"), 500),
        (Money(12345, "KWD"), 12345),
        (Money(500, "CLP"), 50000),
        (Money(500, "ISK"), 50000),
        (Money(1500000, "IDR"), 15000),
        (Money(1500, "CVE"), 15),
    ],
)
def test_amounts_follow_adyens_own_table_there_and_back(ours, theirs):
    amount = sent(replace(ASK, money=ours))["amount"]
    [news] = told(item("AUTHORISATION", amount=amount))

    assert amount == {"currency": ours.currency, "value": theirs}
    assert news.outcome.money == ours


def test_a_live_call_goes_to_the_companys_own_host():
    account = {**ACCOUNT, "live_prefix": "1797a841fbb37ca7-Amber"}
    wire = ADYEN.wire(ADYEN.ask(ASK), ADYEN.live, account)

    host = "https://1797a841fbb37ca7-Amber-checkout-live.adyenpayments.com"
    assert wire.url == f"{host}/checkout/v72/payments"
    assert wire.headers["X-API-Key"] == "AQE-test"


def test_every_idempotency_key_fits():
    ask = replace(ASK, reference="att_" + "f" * 32)
    back = replace(ask, verb="resume", returned={"redirectResult": "X" * 3000})

    assert len(ADYEN.ask(ask).headers["Idempotency-Key"]) <= 64
    assert len(ADYEN.ask(back).headers["Idempotency-Key"]) <= 64


def test_a_return_hands_on_what_adyen_gave_and_nothing_else():
    returned = {"redirectResult": "X6XtfGC3!Y", "utm_source": "mail"}
    ask = replace(ASK, verb="resume", returned=returned)

    assert sent(ask) == {"details": {"redirectResult": "X6XtfGC3!Y"}}
    schema("PaymentDetailsRequest").validate(sent(ask))


def test_each_step_of_a_return_has_its_own_key():
    steps = [{"threeds2.fingerprint": "one"}, {"threeds2.challengeResult": "two"}]
    keys = {
        ADYEN.ask(replace(ASK, verb="resume", returned=step)).headers["Idempotency-Key"]
        for step in [*steps, *steps]
    }

    assert len(keys) == 2


def test_a_return_with_nothing_in_it_cannot_be_handed_on():
    with pytest.raises(Unsupported):
        ADYEN.ask(replace(ASK, verb="resume", returned={"utm_source": "mail"}))


# What we read.


def test_every_result_code_of_the_document_has_one_state():
    properties = document("adyen", "CheckoutService-v72.json")["components"]["schemas"]
    words = properties["PaymentResponse"]["properties"]["resultCode"]["enum"]

    assert {ADYEN.state(word) for word in words} <= {
        "authorized",
        "pending",
        "action",
        "declined",
        "refused",
    }
    assert read(ASK, {"resultCode": "Teleported"}).state == "unknown"


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("checkout/payments-success.json", "captured"),
        ("checkout/paymentsdetails-success.json", "captured"),
        ("authorise-error-cvc-declined.json", "declined"),
        ("authorise-error-expired.json", "declined"),
        ("checkout/payments-error-invalid-data-422.json", "refused"),
        ("authorise-error-010.json", "refused"),
    ],
)
def test_it_reads_adyens_own_samples(name, state):
    body = document("adyen", "responses", *name.split("/"))

    assert read(ASK, body, body.get("status", 200)).state == state


@pytest.mark.parametrize(
    "name", ["checkout/paymentcapture-success.json", "checkout/paymentscancels-success.json"]
)
def test_an_operation_is_only_received(name):
    body = document("adyen", "responses", *name.split("/"))
    outcome = read(replace(LATER, verb="capture"), body, 201)

    assert (outcome.state, outcome.operation_ref) == ("pending", body["pspReference"])


def test_money_that_is_held_is_not_money_that_was_taken():
    body = {"resultCode": "Authorised", "pspReference": "X"}

    assert read(replace(ASK, capture="manual"), body).state == "authorized"
    assert read(ASK, body).state == "captured"


def test_a_partial_approval_says_how_much():
    amount = {"currency": "EUR", "value": 500}
    body = {"resultCode": "PartiallyAuthorised", "pspReference": "X", "amount": amount}

    assert read(ASK, body).money == Money(500, "EUR")


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        (
            {"type": "redirect", "method": "GET", "url": "https://x", "paymentMethodType": "ideal"},
            {"type": "redirect", "url": "https://x", "method": "GET", "fields": {}},
        ),
        (
            {
                "type": "redirect",
                "method": "POST",
                "url": "https://x",
                "data": {"MD": "1", "PaReq": "2"},
                "paymentMethodType": "scheme",
            },
            {
                "type": "three_ds",
                "url": "https://x",
                "method": "POST",
                "fields": {"MD": "1", "PaReq": "2"},
            },
        ),
        (
            {"type": "qrCode", "qrCodeData": "00020", "expiresAt": "2026-11-01T13:00:00+01:00"},
            {"type": "qr", "data": "00020", "expires_at": "2026-11-01T12:00:00Z"},
        ),
        (
            {
                "type": "voucher",
                "entity": "12101",
                "reference": "501 422 944",
                "expiresAt": "2026-11-01T12:00:00",
                "downloadUrl": "https://x/slip",
            },
            {
                "type": "voucher",
                "reference": "501 422 944",
                "entity": "12101",
                "expires_at": "2026-11-01T12:00:00Z",
                "url": "https://x/slip",
            },
        ),
        (
            {"type": "await", "paymentMethodType": "mbway", "paymentData": "Ab02"},
            {"type": "wait", "channel": "app", "hint": "mbway"},
        ),
        (
            {
                "type": "bankTransfer",
                "iban": "NL13TEST0123456789",
                "bic": "TESTNL01",
                "beneficiary": "Adyen",
                "reference": "AB12",
            },
            {
                "type": "bank_details",
                "fields": {
                    "account_holder": "Adyen",
                    "iban": "NL13TEST0123456789",
                    "bic": "TESTNL01",
                },
                "reference": "AB12",
            },
        ),
    ],
    ids=lambda value: value["type"],
)
def test_the_next_step_is_one_the_checkout_can_draw(action, shown):
    outcome = read(ASK, {"resultCode": "Pending", "pspReference": "X", "action": action})

    assert outcome.state == "action"
    assert {name: outcome.action[name] for name in shown} == shown


def test_a_step_that_only_adyens_components_can_draw_waits_for_the_webhook():
    action = {"type": "threeDS2", "subtype": "fingerprint", "token": "eyJ0"}

    assert read(ASK, {"resultCode": "IdentifyShopper", "action": action}).state == "pending"


def test_every_refusal_has_a_decline_of_ours():
    known = catalogue.declines()

    assert set(ADYEN.declines.values()) <= known.keys()
    outcome = read(ASK, {"resultCode": "Refused", "refusalReasonCode": "12"})
    assert (outcome.decline, outcome.raw_code) == ("insufficient_funds", "12")


def test_a_cancelled_or_broken_try_without_a_reason_still_has_one():
    assert read(ASK, {"resultCode": "Cancelled"}).decline == "shopper_canceled"
    assert read(ASK, {"resultCode": "Error"}).decline == "processing_error"


def test_an_invalid_card_was_never_shown_to_a_bank():
    body = {"status": 422, "errorCode": "101", "message": "Invalid card number"}
    outcome = read(ASK, body, 422)

    assert (outcome.state, outcome.decline) == ("refused", "invalid_number")


def test_a_call_still_under_way_is_unknown():
    body = {"errorCode": "704", "message": "request already processed or in progress"}

    assert read(ASK, body, 422).state == "unknown"


def test_an_odd_return_does_not_refuse_the_payment():
    assert read(replace(ASK, verb="resume"), {"errorCode": "101"}, 422).state == "unknown"


def test_only_silence_and_the_transient_header_allow_a_second_call():
    stored, free = Reply(500, {}, {}), Reply(500, {"transient-error": "true"}, {})

    assert ADYEN.may_resend(ASK, None)
    assert ADYEN.may_resend(ASK, free)
    assert not ADYEN.may_resend(ASK, stored)


def test_it_shows_what_is_worth_knowing():
    data = {"avsResult": "4 AVS not supported", "networkTxReference": "77", "cardSummary": "1111"}
    body = {"resultCode": "Authorised", "additionalData": data, "fraudResult": {"accountScore": 25}}

    facts = read(ASK, body).facts
    assert facts == {"avs": "4 AVS not supported", "network_reference": "77", "risk_score": "25"}
