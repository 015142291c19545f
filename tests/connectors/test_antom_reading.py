"""Antom's driver: what every answer and every notification means."""

from __future__ import annotations

import json

import pytest

from acquiring.catalogue import loading
from acquiring.connectors import signing
from acquiring.connectors.driver import BadSignature, Device, Inbound
from acquiring.connectors.vocabulary import antom as words
from acquiring.core.money import Money
from tests.connectors.antom_asks import ANTOM, PHONE, account, card, keys, read, wish


@pytest.mark.parametrize(
    ("ask", "members", "state"),
    [
        (wish(), {}, "captured"),
        (card(capture="manual"), {}, "authorized"),
        (card(), {}, "pending"),
    ],
)
def test_success_is_money_only_where_nothing_is_left_to_capture(ask, members, state):
    assert read(ask, "S", "SUCCESS", paymentId="2026", **members).state == state


def test_an_automatic_capture_is_believed_when_the_inquiry_lists_it():
    ask = card(verb="inquire", card=None)
    capture = {"transactionType": "CAPTURE", "transactionStatus": "PROCESSING"}
    members = {"paymentStatus": "SUCCESS", "paymentMethodType": "CARD"}

    assert read(ask, "S", "SUCCESS", transactions=[capture], **members).state == "pending"
    capture["transactionStatus"] = "SUCCESS"
    assert read(ask, "S", "SUCCESS", transactions=[capture], **members).state == "captured"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", "captured"),
        ("FAIL", "declined"),
        ("PROCESSING", "pending"),
        ("PENDING", "pending"),
        ("CANCELLED", "voided"),
        ("SOMETHING_NEW", "unknown"),
    ],
)
def test_every_payment_status_has_one_meaning(word, state):
    assert read(wish("inquire"), "S", "SUCCESS", paymentStatus=word).state == state


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("F", "ORDER_NOT_EXIST"),
        ("F", "INVALID_SIGNATURE"),
        ("U", "UNKNOWN_EXCEPTION"),
        ("", ""),
    ],
)
def test_an_inquiry_that_failed_says_nothing_about_the_payment(status, code):
    assert read(wish("inquire"), status, code).state == "unknown"
    assert read(wish("resume"), status, code).state == "unknown"


@pytest.mark.parametrize(
    ("ask", "code", "state", "decline"),
    [
        (wish(), "USER_BALANCE_NOT_ENOUGH", "declined", "wallet_balance_low"),
        (card(), "USER_BALANCE_NOT_ENOUGH", "declined", "insufficient_funds"),
        (card(), "PROCESS_FAIL", "declined", "generic_decline"),
        (wish(), "ORDER_IS_CLOSED", "expired", ""),
        (wish(), "PARAM_ILLEGAL", "refused", "invalid_request"),
        (wish(), "CURRENCY_NOT_SUPPORT", "refused", "currency_not_supported"),
        (wish(), "REPEAT_REQ_INCONSISTENT", "unknown", ""),
        (wish(), "NEVER_SEEN_BEFORE", "declined", "generic_decline"),
    ],
)
def test_a_failure_says_who_refused(ask, code, state, decline):
    outcome = read(ask, "F", code)

    assert (outcome.state, outcome.decline, outcome.raw_code) == (state, decline, code)


def test_a_payment_that_exists_was_never_refused_before_anybody_was_asked():
    members = {"paymentStatus": "FAIL", "paymentResultCode": "ACCESS_DENIED"}

    outcome = read(wish("inquire"), "S", "SUCCESS", paymentResultMessage="No.", **members)

    assert (outcome.state, outcome.raw_code, outcome.raw_message) == (
        "declined",
        "ACCESS_DENIED",
        "No.",
    )


def test_every_result_code_is_in_the_decline_vocabulary():
    vocabulary = loading.declines()

    assert set(ANTOM.declines.values()) | set(words.CARD.values()) <= set(vocabulary)
    assert {f"{target}_refused" for target in ("capture", "void", "refund")} <= set(vocabulary)


PAGE = "https://cashier.example/p/1"
LINK = "gcash://pay/1"
CODE = {
    "expireTime": "2026-11-21T16:14:00+08:00",
    "codeDetails": [
        {"codeValueType": "QRCODE", "codeValue": "00020101", "displayType": "TEXT"},
        {"codeValueType": "QRCODE", "codeValue": f"{PAGE}.png", "displayType": "SMALLIMAGE"},
    ],
}
BAR = {
    "expireTime": "2026-11-21T16:14:00+08:00",
    "codeDetails": [{"codeValueType": "BARCODE", "codeValue": "9911", "displayType": "TEXT"}],
}
FORM = {"method": "POST", "redirectUrl": PAGE, "parameters": '{"a":"b"}'}
ON_PHONE = wish(device=Device(user_agent=PHONE))


@pytest.mark.parametrize(
    ("ask", "members", "action"),
    [
        (wish(), {"normalUrl": PAGE, "schemeUrl": LINK}, ("redirect", {"url": PAGE})),
        (
            ON_PHONE,
            {"normalUrl": PAGE, "schemeUrl": LINK},
            ("app", {"url": LINK, "fallback_url": PAGE}),
        ),
        (wish(), {"applinkUrl": LINK}, ("app", {"url": LINK})),
        (card(), {"normalUrl": PAGE}, ("three_ds", {"url": PAGE})),
        (
            wish(),
            {"orderCodeForm": CODE},
            ("qr", {"data": "00020101", "expires_at": "2026-11-21T08:14:00+00:00"}),
        ),
        (wish(), {"orderCodeForm": BAR}, ("voucher", {"reference": "9911"})),
        (
            wish(),
            {"redirectActionForm": FORM},
            ("redirect", {"method": "POST", "fields": {"a": "b"}}),
        ),
    ],
)
def test_the_shopper_is_shown_the_next_step(ask, members, action):
    outcome = read(ask, "U", "PAYMENT_IN_PROCESS", **members)

    assert outcome.state == "action"
    assert outcome.action["type"] == action[0]
    assert action[1].items() <= outcome.action.items()
    assert outcome.keep == {"action": outcome.action}


def test_the_step_is_due_until_the_shopper_has_come_back():
    kept = {"action": {"type": "redirect", "url": PAGE}}
    members = {"paymentStatus": "PROCESSING"}

    asked = read(wish("inquire", kept=kept), "S", "SUCCESS", **members)
    back = read(wish("resume", kept=kept), "S", "SUCCESS", **members)

    assert (asked.state, asked.action) == ("action", kept["action"])
    assert back.state == "pending"


@pytest.mark.parametrize("code", ["UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT"])
@pytest.mark.parametrize("verb", ["authorize", "capture", "void", "refund"])
def test_an_open_answer_is_unknown(verb, code):
    assert read(wish(verb, provider_ref="2026"), "U", code).state == "unknown"


@pytest.mark.parametrize(
    ("verb", "status", "code", "state", "decline"),
    [
        ("capture", "S", "SUCCESS", "succeeded", ""),
        ("capture", "U", "PAYMENT_IN_PROCESS", "pending", ""),
        ("capture", "F", "ORDER_STATUS_INVALID", "failed", "capture_refused"),
        ("void", "S", "SUCCESS", "succeeded", ""),
        ("void", "F", "CANCEL_WINDOW_EXCEED", "failed", "void_refused"),
        ("refund", "U", "REFUND_IN_PROCESS", "pending", ""),
        ("refund", "F", "REFUND_AMOUNT_EXCEED", "failed", "refund_amount_exceeded"),
        ("refund", "F", "ORDER_STATUS_INVALID", "failed", "refund_refused"),
        ("refund", "F", "INVALID_SIGNATURE", "refused", "credentials_refused"),
        ("refund", "F", "REPEAT_REQ_INCONSISTENT", "unknown", ""),
    ],
)
def test_every_operation_ends_in_one_state(verb, status, code, state, decline):
    outcome = read(wish(verb, provider_ref="2026"), status, code)

    assert (outcome.state, outcome.decline) == (state, decline)


def test_a_refused_question_about_a_capture_does_not_end_it():
    ask = wish("inquire", target="capture", provider_ref="2026")

    assert read(ask, "F", "INVALID_SIGNATURE").state == "unknown"


@pytest.mark.parametrize(
    ("word", "state"),
    [("SUCCESS", "succeeded"), ("FAIL", "failed"), ("PROCESSING", "pending"), ("", "unknown")],
)
def test_a_refund_is_what_its_status_says(word, state):
    ask = wish("inquire", target="refund", reference="ref_1")
    total = {"currency": "PHP", "value": "400"}

    outcome = read(ask, "S", "SUCCESS", refundStatus=word, refundId="R1", refundAmount=total)

    assert (outcome.state, outcome.operation_ref) == (state, "R1")
    assert outcome.money == Money(400, "PHP")


def test_card_facts_are_passed_on():
    info = {
        "avsResultRaw": "Y",
        "cvvResultRaw": "M",
        "networkTransactionId": "NTI1",
        "threeDSResult": {"eci": "05", "threeDSVersion": "2.2.0"},
        "refusalCodeRaw": "51",
    }

    outcome = read(card(), "S", "SUCCESS", paymentResultInfo=info)

    assert outcome.facts == {
        "avs": "Y",
        "cvc": "M",
        "network_reference": "NTI1",
        "issuer_code": "51",
        "eci": "05",
        "three_ds_version": "2.2.0",
    }


# Notifications.


def notified(body: dict, client: str = "SANDBOX_5Y00", signer: str = "gateway") -> list:
    raw, time = json.dumps(body).encode(), "2026-11-21T08:05:00Z"
    path = "/in/antom/1"
    signature = signing.antom_signature(keys(signer)[0], path, client, time, raw)
    headers = {"client-id": client, "request-time": time, "signature": signature}
    return ANTOM.news(Inbound("POST", f"https://caravel.example{path}", headers, raw), account())


def event(kind: str, status: str, code: str, **members: object) -> dict:
    result = {"resultStatus": status, "resultCode": code, "resultMessage": ""}
    return {"notifyType": kind, "result": result, "paymentId": "2026", **members}


@pytest.mark.parametrize(
    ("kind", "status", "method", "state"),
    [
        ("PAYMENT_RESULT", "S", "GCASH", "captured"),
        ("PAYMENT_RESULT", "S", "CARD", "unknown"),
        ("PAYMENT_RESULT", "S", "", "unknown"),
        ("PAYMENT_RESULT", "F", "GCASH", "declined"),
        ("PAYMENT_PENDING", "S", "GCASH", "pending"),
    ],
)
def test_a_notification_tells_of_the_payment(kind, status, method, state):
    total = {"currency": "PHP", "value": "10000"}
    members = {"paymentRequestId": "att_1", "paymentMethodType": method, "paymentAmount": total}

    [news] = notified(event(kind, status, "PROCESS_FAIL", **members))

    assert (news.about, news.reference, news.provider_ref) == ("payment", "att_1", "2026")
    assert (news.outcome.state, news.outcome.money) == (state, Money(10000, "PHP"))


def test_our_capture_is_news_of_the_capture():
    members = {"captureRequestId": "cap_1", "captureId": "C1"}

    [news] = notified(event("CAPTURE_RESULT", "S", "SUCCESS", **members))

    assert (news.about, news.reference, news.operation_ref) == ("capture", "cap_1", "C1")
    assert news.outcome.state == "succeeded"


@pytest.mark.parametrize(("status", "state"), [("S", "captured"), ("F", "unknown")])
def test_antoms_own_capture_is_news_of_the_payment(status, state):
    members = {"captureRequestId": "2026AUTO", "captureId": "C1"}

    [news] = notified(event("CAPTURE_RESULT", status, "SUCCESS", **members))

    assert (news.about, news.reference, news.provider_ref) == ("payment", "", "2026")
    assert news.outcome.state == state


@pytest.mark.parametrize(("word", "state"), [("SUCCESS", "succeeded"), ("FAIL", "failed")])
def test_a_refund_is_news_of_the_refund(word, state):
    members = {"refundRequestId": "ref_1", "refundId": "R1", "refundStatus": word}

    [news] = notified(event("REFUND_RESULT", "S", "SUCCESS", **members))

    assert (news.about, news.reference, news.operation_ref) == ("refund", "ref_1", "R1")
    assert news.outcome.state == state


@pytest.mark.parametrize(
    ("kind", "judged", "state"),
    [
        ("DISPUTE_CREATED", "", "chargeback_open"),
        ("DEFENSE_SUPPLIED", "", "defended"),
        ("DISPUTE_JUDGED", "ACCEPT_BY_MERCHANT", "lost"),
        ("DISPUTE_JUDGED", "ACCEPT_BY_CUSTOMER", "won"),
        ("DISPUTE_OF_NEXT_YEAR", "", "unknown"),
    ],
)
def test_a_dispute_is_news_of_its_own(kind, judged, state):
    body = {
        "disputeNotificationType": kind,
        "disputeJudgedResult": judged,
        "disputeId": "D1",
        "paymentId": "2026",
        "paymentRequestId": "att_1",
        "disputeAmount": {"currency": "PHP", "value": "10000"},
        "disputeReasonCode": "13.1",
        "defenseDueTime": "2026-12-02T08:00:00Z",
    }

    [news] = notified(body)

    assert (news.about, news.reference, news.operation_ref) == ("dispute", "att_1", "D1")
    assert (news.outcome.state, news.outcome.money) == (state, Money(10000, "PHP"))
    assert news.outcome.facts["respond_by"] == "2026-12-02T08:00:00Z"


def test_a_notification_we_do_not_know_is_no_news():
    assert notified(event("SETTLEMENT_RESULT", "S", "SUCCESS")) == []


def test_a_notification_for_somebody_else_is_not_believed():
    with pytest.raises(BadSignature):
        notified(event("PAYMENT_RESULT", "S", "SUCCESS"), client="SANDBOX_5Y01")


def test_a_forged_notification_is_not_believed():
    with pytest.raises(BadSignature):
        notified(event("PAYMENT_RESULT", "S", "SUCCESS"), signer="merchant")


def test_a_notification_is_acknowledged_with_antoms_fixed_words():
    body, headers = ANTOM.acknowledge(Inbound("POST", "", {}, b""), account())

    assert json.loads(body) == {
        "result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
    }
    assert headers == {"Content-Type": "application/json"}
