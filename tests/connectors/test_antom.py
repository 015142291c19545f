"""Antom's driver: exact signatures and exact members."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from acquiring.catalogue import loading
from acquiring.connectors import signing
from acquiring.connectors.driver import Address, Device, Party, Reply, Unsupported
from acquiring.core.money import Money
from tests.connectors.antom_asks import ANTOM, PHONE, account, card, keys, wish


def shared(name: str) -> dict:
    path = Path(settings.SHARED) / "antom" / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this repository")
    return json.loads(path.read_text("utf-8"))


# Signatures.


def test_requests_are_signed_as_the_official_sdk_signs_them():
    vectors = shared("signature_vectors.json")
    for vector in vectors["vectors"]:
        made = signing.antom_signature(
            vectors["keys"][vector["signingKey"]]["privatePkcs8Base64"],
            vector["path"],
            vector["clientId"],
            vector["time"],
            vector["body"].encode(),
        )
        assert made == vector["signatureHeader"], vector["name"]


def test_signatures_of_the_official_sdk_are_accepted_and_changed_ones_are_not():
    vectors = shared("signature_vectors.json")
    for vector in vectors["vectors"] + vectors["negative"]:
        key = vector.get("signingKey") or vector["verifyWith"]
        header = vector.get("signatureHeader") or vector["signatureUrlEncoded"]
        genuine = signing.antom_signed(
            vectors["keys"][key]["publicSpkiBase64"],
            vector["path"],
            vector["clientId"],
            vector["time"],
            vector["body"].encode(),
            header,
        )
        assert genuine is ("signingKey" in vector), vector["name"]


def test_a_sandbox_client_is_sent_to_the_sandbox_path_and_signs_it():
    wire = ANTOM.wire(ANTOM.ask(wish()), "http://127.0.0.1:8001/antom", account())

    assert wire.url == "http://127.0.0.1:8001/antom/ams/sandbox/api/v1/payments/pay"
    assert wire.headers["Request-Time"] == "2026-11-21T08:00:00+00:00"
    assert wire.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert signing.antom_signed(
        keys("merchant")[1],
        "/ams/sandbox/api/v1/payments/pay",
        "SANDBOX_5Y00",
        "2026-11-21T08:00:00+00:00",
        wire.body,
        wire.headers["Signature"],
    )


def test_a_live_client_keeps_the_live_path():
    wire = ANTOM.wire(ANTOM.ask(wish()), ANTOM.live, account() | {"client_id": "5Y00"})

    assert wire.url == "https://open-sea-global.alipay.com/ams/api/v1/payments/pay"


def answer_to(wire, text: str, client: str = "SANDBOX_5Y00") -> Reply:
    time = "2026-11-21T08:00:01Z"
    path = wire.path
    signature = signing.antom_signature(keys("gateway")[0], path, client, time, text.encode())
    headers = {"client-id": client, "response-time": time, "signature": signature}
    return Reply(200, headers, json.loads(text), text)


def test_an_answer_counts_only_with_the_gateways_signature():
    wire = ANTOM.wire(ANTOM.ask(wish()), ANTOM.live, account())
    genuine = answer_to(wire, '{"result":{"resultStatus":"S"},"note":"día"}')
    unsigned = Reply(200, {}, genuine.body, genuine.text)
    changed = Reply(200, genuine.headers, genuine.body, genuine.text.replace("S", "F"))
    elsewhere = ANTOM.wire(ANTOM.ask(wish("void", provider_ref="2026")), ANTOM.live, account())

    assert ANTOM.authentic(account(), wire, genuine)
    assert not ANTOM.authentic(account(), wire, unsigned)
    assert not ANTOM.authentic(account(), wire, changed)
    assert not ANTOM.authentic(account(), elsewhere, genuine)
    assert not ANTOM.authentic(account(), wire, answer_to(wire, genuine.text, "SANDBOX_5Y01"))


# Asking.


def test_a_wallet_payment_carries_what_antom_wants():
    ask = wish(
        order_reference="order-1001",
        description="Two shirts",
        descriptor="BLUE SHOP",
        customer=Party(id="cus_1", name="Ana Maria Cruz", email="ana@shop.example"),
        shipping=Address(line1="1 Rizal St", city="Makati", country="PH"),
        device=Device(ip="203.0.113.9", user_agent=PHONE, screen_width=412, screen_height=915),
        country="PH",
        metadata={"cart": "7"},
    )

    assert ANTOM.ask(ask).body == {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": "att_1",
        "order": {
            "referenceOrderId": "order-1001",
            "orderDescription": "BLUE SHOP",
            "orderAmount": {"currency": "PHP", "value": "10000"},
            "buyer": {
                "referenceBuyerId": "cus_1",
                "buyerName": {"firstName": "Ana Maria", "lastName": "Cruz"},
                "buyerEmail": "ana@shop.example",
            },
            "shipping": {
                "shippingName": {"firstName": "Ana Maria", "lastName": "Cruz"},
                "shippingAddress": {"region": "PH", "city": "Makati", "address1": "1 Rizal St"},
            },
        },
        "paymentAmount": {"currency": "PHP", "value": "10000"},
        "paymentMethod": {"paymentMethodType": "GCASH"},
        "paymentRedirectUrl": "https://shop.example/done",
        "paymentNotifyUrl": "https://caravel.example/in/antom/1",
        "settlementStrategy": {"settlementCurrency": "PHP"},
        "env": {
            "terminalType": "WAP",
            "osType": "ANDROID",
            "clientIp": "203.0.113.9",
            "browserInfo": {
                "userAgent": PHONE,
                "javaEnabled": False,
                "javaScriptEnabled": True,
            },
            "colorDepth": "24",
            "screenWidth": "412",
            "screenHeight": "915",
            "timeZoneOffset": 0,
        },
        "userRegion": "PH",
        "metadata": '{"cart": "7"}',
    }


def test_a_card_payment_says_when_to_capture_and_how_to_authenticate():
    body = ANTOM.ask(card(capture="manual", three_ds="required")).body

    assert body["paymentFactor"] == {"isAuthorization": True, "captureMode": "MANUAL"}
    assert body["paymentMethod"] == {
        "paymentMethodType": "CARD",
        "paymentMethodMetaData": {
            "cardNo": "4054695723100768",
            "expiryMonth": "03",
            "expiryYear": "31",
            "cvv": "123",
            "cardholderName": {"firstName": "Ana Maria", "lastName": "Cruz"},
            "is3DSAuthentication": True,
            "enableAuthenticationUpgrade": False,
            "isCardOnFile": False,
        },
    }


def test_a_merchants_own_card_payment_names_the_network_transaction():
    ask = card(initiator="merchant", agreement="subsequent", network_reference="NTI1")

    data = ANTOM.ask(ask).body["paymentMethod"]["paymentMethodMetaData"]

    assert data["isCardOnFile"] is True
    assert data["recurringType"] == "UNSCHEDULED"
    assert data["networkTransactionId"] == "NTI1"
    assert data["is3DSAuthentication"] is data["enableAuthenticationUpgrade"] is False


def test_a_bound_wallet_is_debited_by_its_token():
    body = ANTOM.ask(wish(initiator="merchant", extra={"access_token": "2818"})).body

    assert body["productCode"] == "AGREEMENT_PAYMENT"
    assert body["paymentMethod"] == {"paymentMethodType": "GCASH", "paymentMethodId": "2818"}


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(wish(capture="manual"), id="a wallet cannot be held"),
        pytest.param(wish(agreement="first"), id="a wallet is not bound by paying"),
        pytest.param(wish(initiator="merchant"), id="no token, no debit"),
        pytest.param(wish(money=Money(150, "IDR")), id="there are no sen"),
        pytest.param(wish("refund", money=Money(150, "IDR")), id="nor in refunds"),
    ],
)
def test_what_antom_cannot_do_is_not_sent(ask):
    with pytest.raises(Unsupported):
        ANTOM.ask(ask)


@pytest.mark.parametrize(
    ("ask", "path", "body"),
    [
        (
            wish("capture", reference="cap_1", provider_ref="2026", final=False),
            "capture",
            {
                "captureRequestId": "cap_1",
                "paymentId": "2026",
                "captureAmount": {"currency": "PHP", "value": "10000"},
                "isLastCapture": False,
            },
        ),
        (wish("void", reference="voi_1", provider_ref="2026"), "cancel", {"paymentId": "2026"}),
        (
            wish("refund", reference="ref_1", provider_ref="2026", description="Too small"),
            "refund",
            {
                "refundRequestId": "ref_1",
                "paymentId": "2026",
                "refundAmount": {"currency": "PHP", "value": "10000"},
                "refundReason": "Too small",
                "refundNotifyUrl": "https://caravel.example/in/antom/1",
            },
        ),
        (wish("inquire"), "inquiryPayment", {"paymentRequestId": "att_1"}),
        (
            wish("resume", provider_ref="2026", returned={"paymentId": "another"}),
            "inquiryPayment",
            {"paymentId": "2026", "paymentRequestId": "att_1"},
        ),
        (
            wish("inquire", target="refund", reference="ref_1"),
            "inquiryRefund",
            {"refundRequestId": "ref_1"},
        ),
    ],
)
def test_follow_ups_name_the_payment_and_our_reference(ask, path, body):
    call = ANTOM.ask(ask)

    assert (call.method, call.path) == ("POST", f"/ams/api/v1/payments/{path}")
    assert call.body == body


@pytest.mark.parametrize("target", ["capture", "void"])
def test_a_capture_or_cancel_is_inquired_by_asking_again(target):
    asked = wish(target, reference="one", provider_ref="2026")
    again = wish("inquire", target=target, reference="one", provider_ref="2026")

    assert ANTOM.ask(again) == ANTOM.ask(asked)


def test_every_wallet_of_the_catalogue_can_be_asked_for():
    provider = loading.providers()["antom"]
    wallets = [one for one in provider.connectors if one.code != "CARD"]

    assert len(wallets) >= 20
    for one in wallets:
        body = ANTOM.ask(wish(method=one.method, code=one.code)).body
        assert body["paymentMethod"]["paymentMethodType"] == one.code
