"""What Adyen's webhooks tell, and which of them are believed."""

import pytest

from acquiring.connectors.driver import BadSignature, Inbound
from tests.connectors.adyen_case import (
    ACCOUNT,
    ADYEN,
    KEY,
    document,
    item,
    signed,
    told,
    webhook,
)


def vectors() -> list[dict]:
    found = [
        one for one in document("webhook_vectors.json")["vectors"] if one["provider"] == "adyen"
    ]
    return [one for one in found if "signing_string" in one]


def test_published_signatures_are_accepted_and_nothing_near_them():
    found = vectors()
    assert len(found) == 5
    for one in found:
        told = one.get("notification") or {
            **one["notification_item"],
            "additionalData": {"hmacSignature": one["signature"]},
        }
        account = {**ACCOUNT, "merchant_account": told["merchantAccountCode"]}
        account["hmac_key"] = f"{KEY[::-1]} {one['key']}"
        assert ADYEN.news(webhook(told), account)[0].provider_ref == told["pspReference"]

        forgeries = [{**told, "merchantReference": "mine"}, {**told, "success": "false"}]
        forgeries += [{**told, "amount": {"currency": "EUR", "value": 1}}]
        forgeries += [{**told, "additionalData": {}}]
        for forged in forgeries:
            with pytest.raises(BadSignature):
                ADYEN.news(webhook(forged), account)
        with pytest.raises(BadSignature):
            ADYEN.news(webhook(told), {**account, "hmac_key": KEY[::-1]})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"notificationItems": [1]}', b"\xff"])
def test_a_body_that_adyen_never_sends_is_not_believed(body):
    with pytest.raises(BadSignature):
        ADYEN.news(Inbound("POST", "https://caravel.example", {}, body), ACCOUNT)


def test_one_bad_item_spoils_all_of_them():
    good, bad = signed(item("AUTHORISATION")), signed(item("CAPTURE"), key=KEY[::-1])

    with pytest.raises(BadSignature):
        ADYEN.news(webhook(good, bad), ACCOUNT)


def test_news_of_another_account_of_the_company_is_passed_over():
    assert told(item("AUTHORISATION", merchantAccountCode="BashirShop")) == []


def test_an_authorisation_names_the_attempt_and_the_payment():
    [news] = told(item("AUTHORISATION"))

    assert (news.about, news.reference, news.provider_ref) == (
        "payment",
        "att_0192",
        "QFQTPCQ8HXSKGK82",
    )
    assert news.outcome.state == "authorized"


def test_the_capture_mode_comes_back_with_the_news():
    automatic = item("AUTHORISATION", additionalData={"metadata.capture": "automatic"})
    manual = item("AUTHORISATION", additionalData={"metadata.capture": "manual"})
    ideal = item("AUTHORISATION", operations=["REFUND"])

    states = [news.outcome.state for news in told(automatic, manual, ideal)]
    assert states == ["captured", "authorized", "captured"]


def test_a_refusal_in_words_is_the_same_refusal():
    [news] = told(item("AUTHORISATION", "false", reason="Not enough balance"))

    assert (news.outcome.state, news.outcome.decline) == ("declined", "insufficient_funds")


@pytest.mark.parametrize(
    ("event", "success", "about", "state"),
    [
        ("CAPTURE", "true", "capture", "succeeded"),
        ("CAPTURE", "false", "capture", "failed"),
        ("CAPTURE_FAILED", "true", "capture", "failed"),
        ("CANCELLATION", "true", "void", "succeeded"),
        ("TECHNICAL_CANCEL", "false", "void", "failed"),
        ("REFUND", "true", "refund", "succeeded"),
        ("REFUND", "false", "refund", "failed"),
        ("REFUND_FAILED", "true", "refund", "failed"),
        ("REFUNDED_REVERSED", "true", "refund", "failed"),
    ],
)
def test_an_operation_is_decided_by_its_news(event, success, about, state):
    original = {"originalReference": "8535296650153317", "merchantReference": f"{about[:3]}_1"}
    [news] = told(item(event, success, **original))

    assert (news.about, news.outcome.state) == (about, state)
    assert (news.provider_ref, news.operation_ref) == ("8535296650153317", "QFQTPCQ8HXSKGK82")
    assert news.reference == f"{about[:3]}_1"


def test_an_operation_that_shows_the_payments_reference_is_found_by_its_own():
    [news] = told(item("REFUND", originalReference="8535296650153317"))

    assert (news.reference, news.operation_ref) == ("", "QFQTPCQ8HXSKGK82")


@pytest.mark.parametrize(("action", "about"), [("cancel", "void"), ("refund", "refund")])
def test_a_reversal_is_what_it_came_to(action, about):
    [news] = told(item("CANCEL_OR_REFUND", additionalData={"modification.action": action}))

    assert news.about == about


@pytest.mark.parametrize("event", ["OFFER_CLOSED", "EXPIRE"])
def test_an_offer_or_a_hold_runs_out(event):
    [news] = told(item(event))

    assert (news.about, news.outcome.state) == ("payment", "expired")


def test_a_chargeback_is_about_a_dispute():
    data = {"chargebackReasonCode": "4853", "defensePeriodEndsAt": "2026-12-01T03:03:07+02:00"}
    [news] = told(item("CHARGEBACK", originalReference="8535296650153317", additionalData=data))

    assert (news.about, news.operation_ref) == ("dispute", "QFQTPCQ8HXSKGK82")
    assert news.provider_ref == "8535296650153317"
    assert news.outcome.facts["reason_code"] == "4853"


def test_every_event_of_the_document_is_understood_or_none_of_our_business():
    examples = document("adyen", "Webhooks-v1.json")["components"]["examples"].values()
    items = [
        wrapped["NotificationRequestItem"]
        for example in examples
        for wrapped in example["value"].get("notificationItems", [])
    ]
    account = {**ACCOUNT, "merchant_account": "YOUR_MERCHANT_ACCOUNT"}
    silent = {one["eventCode"] for one in items if not ADYEN.news(webhook(signed(one)), account)}

    assert silent == {
        "AUTHORISATION_ADJUSTMENT",
        "AUTORESCUE",
        "CANCEL_AUTORESCUE",
        "ISSUER_COMMENTS",
        "MANUAL_REVIEW_ACCEPT",
        "MANUAL_REVIEW_REJECT",
        "ORDER_CLOSED",
        "ORDER_OPENED",
        "PAIDOUT_REVERSED",
        "PAYOUT_DECLINE",
        "PAYOUT_EXPIRE",
        "PAYOUT_THIRDPARTY",
        "RECURRING_CONTRACT",
        "REFUND_WITH_DATA",
        "REPORT_AVAILABLE",
        "VOID_PENDING_REFUND",
    }


def test_adyen_is_told_that_its_news_arrived():
    assert ADYEN.acknowledge(webhook(), ACCOUNT)[0] == b"[accepted]"
