"""Antom's simulator keeps to Antom's documents: who may ask, and what is paid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from acquiring.catalogue import loading
from acquiring.connectors.driver import Wire
from acquiring.sandbox import book as books
from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.parts.antom_answers import tables
from acquiring.sandbox.parts.antom_gateway import content, signature
from acquiring.sandbox.parts.antom_payment import kinds
from acquiring.sandbox.scenarios import scenarios
from tests.connectors.antom_contract import AntomContract
from tests.sandbox.antom_shop import (
    ANTOM,
    NOTIFY,
    PATH,
    amount,
    ask,
    call,
    card,
    code,
    events,
    is_genuine,
    new_shop,
    paid,
    payment,
    request,
    shopper_says,
    shown,
    status,
    told,
)
from tests.sandbox.antom_structures import boil_down

pytestmark = pytest.mark.django_db


def shared(name: str) -> dict:
    path = Path(settings.SHARED, "antom", name)
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def shop() -> Account:
    return new_shop()


# Who may ask, and how.


def test_the_signatures_of_the_official_sdk_are_reproduced():
    vectors = shared("signature_vectors.json")
    for one in vectors["vectors"]:
        private = vectors["keys"][one["signingKey"]]["privatePkcs8Base64"]
        made = signature(private, one["path"], one["clientId"], one["time"], one["body"].encode())
        assert made == one["signatureHeader"], one["name"]
    for one in vectors["negative"]:
        public = vectors["keys"][one["verifyWith"]]["publicSpkiBase64"]
        signed = content(one["path"], one["clientId"], one["time"], one["body"].encode())
        assert not rsa.is_signed(public, signed, one["signatureUrlEncoded"]), one["name"]


def test_the_time_may_be_written_in_any_of_the_sdks_ways(shop):
    for time in ("2026-11-21T08:00:00+00:00", "1795248000123", "2026-11-21T08:00:00+0000"):
        answer = call(shop, "inquiryPayment", {"paymentRequestId": "none"}, time=time)
        assert code(shown(answer)) == ("F", "ORDER_NOT_EXIST")


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"client_id": "SANDBOX_5Y_NOBODY"}, "INVALID_CLIENT"),
        ({"request_time": "2026-11-21T08:00:01+00:00"}, "INVALID_SIGNATURE"),
        ({"signature": ""}, "INVALID_SIGNATURE"),
        ({"signature": "algorithm=RSA256,keyVersion=1,signature=AAAA"}, "INVALID_SIGNATURE"),
        ({"content_type": "text/plain"}, "MEDIA_TYPE_NOT_ACCEPTABLE"),
    ],
)
def test_a_stranger_is_refused_with_a_signed_answer(shop, headers, refusal):
    answer = call(shop, "pay", payment(), **headers)

    assert (answer.status, code(shown(answer))) == (200, ("F", refusal))
    assert is_genuine(shop, f"{PATH}/pay", answer)


def test_another_merchants_key_does_not_open_the_door(shop):
    answer = call(shop, "pay", payment(), private=rsa.new_pair().private)

    assert code(shown(answer)) == ("F", "INVALID_SIGNATURE")


def test_the_live_path_and_other_methods_are_not_served(shop):
    live = ANTOM.serve(request(shop, "/ams/api/v1/payments/pay", payment()))
    asked = request(shop, f"{PATH}/pay", payment())
    asked.method = "GET"

    assert code(shown(live)) == ("F", "NO_INTERFACE_DEF")
    assert code(shown(ANTOM.serve(asked))) == ("F", "METHOD_NOT_SUPPORTED")


def test_headers_are_in_lower_case_and_the_signature_is_url_encoded(shop):
    answer = call(shop, "pay", payment())

    assert set(answer.headers) == {"content-type", "client-id", "response-time", "signature"}
    algorithm, version, value = answer.headers["signature"].split(",")
    assert (algorithm, version) == ("algorithm=RSA256", "keyVersion=1")
    assert not set("+/=") & set(value.removeprefix("signature="))


def test_a_merchant_without_a_key_is_given_a_pair(shop):
    credentials = ANTOM.credentials({})
    merchant = new_shop(merchant="m1")

    assert set(credentials) >= {"client_id", "gateway_public_key", "private_key"}
    private = merchant.credentials["private_key"]
    answer = call(merchant, "pay", payment(), private=private)
    assert code(shown(answer)) == ("U", "PAYMENT_IN_PROCESS")
    assert merchant.credentials["gateway_public_key"] == shop.credentials["gateway_public_key"]


# What is accepted.


def test_the_structures_are_the_official_sdks(shop):
    path = Path(settings.BASE_DIR, "acquiring", "sandbox", "data", "antom.json")
    kept = json.loads(path.read_text("utf-8"))

    made = boil_down(shared("endpoints.json"))
    assert {name: kept[name] for name in made} == made


@pytest.mark.parametrize(
    ("change", "refusal", "word"),
    [
        ({"colour": "red"}, "PARAM_ILLEGAL", "colour is not known"),
        ({"paymentRequestId": None}, "PARAM_ILLEGAL", "paymentRequestId is missing"),
        ({"paymentRequestId": "x" * 65}, "PARAM_ILLEGAL", "paymentRequestId"),
        ({"env": {}}, "PARAM_ILLEGAL", "terminalType is missing"),
        ({"env": {"terminalType": "FRIDGE"}}, "PARAM_ILLEGAL", "terminalType"),
        ({"paymentRedirectUrl": ""}, "PARAM_ILLEGAL", "paymentRedirectUrl"),
        ({"paymentAmount": amount(10000) | {"value": 10000}}, "PARAM_ILLEGAL", "value"),
        ({"paymentAmount": {"currency": "PHP", "value": "100.00"}}, "PARAM_ILLEGAL", "value"),
        ({"paymentAmount": {"currency": "PHP", "value": "0"}}, "PARAM_ILLEGAL", "value"),
        ({"paymentAmount": amount(150, "IDR")}, "PARAM_ILLEGAL", "multiple of 100"),
        ({"paymentAmount": amount(10000, "XXQ")}, "CURRENCY_NOT_SUPPORT", ""),
        ({"paymentMethod": {"paymentMethodType": "BARTER"}}, "PAYMENT_METHOD_NOT_SUPPORTED", ""),
        ({"productCode": "IN_STORE_PAYMENT"}, "BUSINESS_NOT_SUPPORT", ""),
        ({"productCode": "AGREEMENT_PAYMENT"}, "INVALID_ACCESS_TOKEN", ""),
    ],
)
def test_what_is_wrong_is_named(shop, change, refusal, word):
    body = ask(shop, "pay", **payment(**change))

    assert code(body) == ("F", refusal)
    assert word in body["result"]["resultMessage"]
    assert not events(shop)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({"cardNo": "4054"}, "INVALID_CARD_NUMBER"),
        ({"expiryMonth": "13"}, "INVALID_EXPIRATION_DATE"),
        ({"expiryYear": "20"}, "CARD_EXPIRED"),
        ({"cvv": "99"}, "INVALID_CVV"),
        ({"cardNo": "4054692760174822"}, "PROCESS_FAIL"),
    ],
)
def test_card_data_that_is_none_is_refused(shop, data, refusal):
    assert code(ask(shop, "pay", **card(**data))) == ("F", refusal)


def test_the_amount_that_risk_control_rejects(shop):
    assert code(ask(shop, "pay", **card(11))) == ("F", "RISK_REJECT")


def test_booleans_may_come_as_text(shop):
    body = ask(shop, "pay", **card(is3DSAuthentication="true"))

    assert code(body) == ("U", "PAYMENT_IN_PROCESS")
    assert body["normalUrl"]


# Paying.


def test_a_wallet_payment_waits_for_the_shopper_and_is_notified(shop):
    body = ask(shop, "pay", **payment())

    assert code(body) == ("U", "PAYMENT_IN_PROCESS")
    assert body["normalUrl"].endswith(f"/_shopper/antom/{body['paymentId']}")
    assert status(shop, body["paymentId"]) == "PROCESSING"
    where = shopper_says(shop, body["paymentId"], "approve")
    assert where == "https://shop.example/done?order=7"
    assert status(shop, body["paymentId"]) == "SUCCESS"
    [message] = told(shop)
    assert message["url"] == NOTIFY
    assert message["body"]["paymentId"] == body["paymentId"]
    assert message["body"]["paymentMethodType"] == "GCASH"
    assert events(shop) == [("PAYMENT_RESULT", "S")]


@pytest.mark.parametrize(
    ("choice", "refusal"), [("decline", "PROCESS_FAIL"), ("cancel", "USER_CANCELED")]
)
def test_a_shopper_may_say_no(shop, choice, refusal):
    body = ask(shop, "pay", **payment())
    shopper_says(shop, body["paymentId"], choice)

    standing = ask(shop, "inquiryPayment", paymentId=body["paymentId"])
    assert (standing["paymentStatus"], standing["paymentResultCode"]) == ("FAIL", refusal)
    assert events(shop) == [("PAYMENT_RESULT", "F")]


def test_a_phone_is_given_the_apps_link(shop):
    body = ask(shop, "pay", **payment(env={"terminalType": "WAP", "osType": "IOS"}))

    assert body["applinkUrl"]


@pytest.mark.parametrize(("method", "shape"), [("QRIS", "QRCODE"), ("KONBINI", "BARCODE")])
def test_a_code_is_shown(shop, method, shape):
    body = ask(shop, "pay", **payment(method, 50000, "IDR" if method == "QRIS" else "JPY"))

    [detail] = body["orderCodeForm"]["codeDetails"]
    assert (detail["codeValueType"], detail["displayType"]) == (shape, "TEXT")
    assert "normalUrl" not in body


def test_a_bound_wallet_is_debited_at_once(shop):
    method = {"paymentMethodType": "GCASH", "paymentMethodId": "2810100"}
    body = ask(
        shop,
        "pay",
        **payment(productCode="AGREEMENT_PAYMENT", paymentMethod=method, paymentRedirectUrl=""),
    )

    assert code(body) == ("S", "SUCCESS")


def test_a_card_is_captured_by_antom_itself_unless_it_is_to_be_held(shop):
    taken = ask(shop, "pay", **card())
    held = ask(shop, "pay", **card(mode="MANUAL"))

    assert code(taken) == code(held) == ("S", "SUCCESS")
    assert [kind for kind, _ in events(shop)] == [
        "PAYMENT_RESULT",
        "CAPTURE_RESULT",
        "PAYMENT_RESULT",
    ]
    standing = ask(shop, "inquiryPayment", paymentId=taken["paymentId"])
    assert [one["transactionType"] for one in standing["transactions"]] == ["CAPTURE"]
    assert "transactions" not in ask(shop, "inquiryPayment", paymentId=held["paymentId"])
    assert taken["paymentResultInfo"]["lastFour"] == "0768"


def test_a_card_is_authenticated_by_its_issuer(shop):
    body = ask(shop, "pay", **card(is3DSAuthentication=True))
    shopper_says(shop, body["paymentId"], "approve")

    info = ask(shop, "inquiryPayment", paymentId=body["paymentId"])["paymentResultInfo"]
    assert info["threeDSResult"]["challenged"] is True


def test_nothing_of_a_card_is_kept_that_should_not_be(shop):
    body = ask(shop, "pay", **card())

    kept = json.dumps(Book(shop).charge(body["paymentId"]).data)
    assert "4054695723100768" not in kept
    assert "123" not in kept.replace(body["paymentId"], "")


# The same id again.


def test_the_same_payment_is_made_once(shop):
    wish = payment()
    first, second = ask(shop, "pay", **wish), ask(shop, "pay", **wish)

    assert first == second
    shopper_says(shop, first["paymentId"], "approve")
    third = ask(shop, "pay", **wish)
    assert (code(third), third["paymentId"]) == (("S", "SUCCESS"), first["paymentId"])


def test_the_same_id_for_another_amount_is_inconsistent(shop):
    wish = payment()
    ask(shop, "pay", **wish)

    again = ask(shop, "pay", **wish | {"paymentAmount": amount(20000)})

    assert code(again) == ("F", "REPEAT_REQ_INCONSISTENT")


def test_a_decline_is_said_again(shop):
    wish = card(cardNo="4054692760174822")

    first, second = ask(shop, "pay", **wish), ask(shop, "pay", **wish)

    assert first == second
    assert code(first) == ("F", "PROCESS_FAIL")


def test_ids_belong_to_their_merchant(shop):
    wish = payment()
    ask(shop, "pay", **wish)
    other = new_shop()

    body = ask(other, "inquiryPayment", paymentRequestId=wish["paymentRequestId"])

    assert code(body) == ("F", "ORDER_NOT_EXIST")


# Scenarios.


@pytest.mark.parametrize("name", [one for one in scenarios() if one.startswith("decline:")])
def test_every_decline_has_a_code_of_antoms(shop, name):
    wanted = tables()["declines"].get(name.removeprefix("decline:"), "PROCESS_FAIL")

    assert code(ask(shop, "pay", **card(scenarios()[name].amount))) == ("F", wanted)


def test_a_pending_payment_is_settled_by_time(shop):
    body = ask(shop, "pay", **payment(value=6604))
    shopper_says(shop, body["paymentId"], "approve")

    assert status(shop, body["paymentId"]) == "PENDING"
    assert events(shop) == [("PAYMENT_PENDING", "S")]
    book = Book(shop)
    charge = book.charge(body["paymentId"])
    ANTOM.advance(book, charge, "approve")
    book.save(charge)
    assert status(shop, body["paymentId"]) == "SUCCESS"


def test_an_unpaid_payment_expires(shop):
    body = ask(shop, "pay", **payment())
    book = Book(shop)
    charge = book.charge(body["paymentId"])
    assert charge.due == "expire"
    ANTOM.advance(book, charge, "expire")
    book.save(charge)

    standing = ask(shop, "inquiryPayment", paymentId=body["paymentId"])
    assert (standing["paymentStatus"], standing["paymentResultCode"]) == ("FAIL", "ORDER_IS_CLOSED")


def test_an_error_after_the_charge_is_open_and_found_by_inquiry(shop):
    wish = card(6609)

    assert code(ask(shop, "pay", **wish)) == ("U", "UNKNOWN_EXCEPTION")
    standing = ask(shop, "inquiryPayment", paymentRequestId=wish["paymentRequestId"])
    assert standing["paymentStatus"] == "SUCCESS"


def test_a_dispute_is_told(shop):
    payment_id = paid(shop)
    book = Book(shop)
    charge = book.charge(payment_id)
    ANTOM.advance(book, charge, "dispute")

    body = told(shop)[-1]["body"]
    assert (body["disputeNotificationType"], body["paymentId"]) == ("DISPUTE_CREATED", payment_id)


# The models of the answers.


def test_answers_are_what_the_official_sdk_can_read(shop):
    models = AntomContract(shared("endpoints.json"))

    def fits(action: str, **members: object) -> dict:
        body = ask(shop, action, **members)
        wire = Wire("POST", "", f"/ams/api/v1/payments/{action}", {}, b"")
        models.check_reply(wire, 200, body)
        assert "null" not in json.dumps(body)
        return body

    fits("pay", **payment(env={"terminalType": "APP"}))
    fits("pay", **payment("QRIS", 50000, "IDR"))
    fits("pay", **card(cardNo="4054692760174822"))
    held = fits("pay", **card(mode="MANUAL"))["paymentId"]
    fits("capture", captureRequestId="c1", paymentId=held, captureAmount=amount(4000, "EUR"))
    fits("refund", refundRequestId="r1", paymentId=held, refundAmount=amount(1000, "EUR"))
    fits("inquiryRefund", refundRequestId="r1")
    fits("inquiryPayment", paymentId=held)
    fits("cancel", paymentId=fits("pay", **payment())["paymentId"])


def test_a_body_that_is_no_object_is_refused(shop):
    for raw in (b"[]", b"{", b""):
        assert code(shown(call(shop, "pay", raw))) == ("F", "PARAM_ILLEGAL")


def test_during_an_outage_the_gateway_itself_is_away(shop):
    books.execute(
        "UPDATE sandbox_account SET switches = %s WHERE ref = %s",
        ['{"outage_percent": 100}', shop.ref],
    )

    assert call(shop, "pay", payment()).status == 503


def test_every_method_of_the_catalogue_is_known():
    assert {one.code for one in loading.providers()["antom"].connectors} <= set(kinds())
