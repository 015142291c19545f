"""Antom's simulator: captures, cancels and refunds, each once and within its rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.sandbox import book as books
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.parts.antom_payment import window_ends
from tests.sandbox.antom_shop import (
    amount,
    ask,
    card,
    code,
    events,
    held,
    new_shop,
    paid,
    payment,
    status,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Account:
    return new_shop()


def capture(shop: Account, payment_id: str, value: int, request: str = "cap_1", **more) -> dict:
    names = {"captureRequestId": request, "paymentId": payment_id}
    return ask(shop, "capture", **names, captureAmount=amount(value, "EUR"), **more)


def refund(
    shop: Account,
    payment_id: str,
    value: int,
    request: str = "ref_1",
    currency: str = "PHP",
    **more,
) -> dict:
    names = {"refundRequestId": request, "paymentId": payment_id}
    return ask(shop, "refund", **names, refundAmount=amount(value, currency), **more)


def sums(shop: Account, payment_id: str) -> tuple[int, int, str]:
    charge = Book(shop).charge(payment_id)
    assert charge is not None
    return charge.captured, charge.refunded, charge.state


def later(shop: Account, ahead: timedelta) -> Account:
    """The same shop, after its clock has gone on."""
    seconds = int(ahead.total_seconds())
    books.execute(
        "UPDATE sandbox_account SET ahead_seconds = %s WHERE ref = %s", [seconds, shop.ref]
    )
    found = books.account_by_ref("antom", shop.ref)
    assert found is not None
    return found


# Captures.


def test_a_held_card_is_captured_in_parts(shop):
    payment_id = held(shop)

    assert code(capture(shop, payment_id, 4000, "cap_1")) == ("S", "SUCCESS")
    assert sums(shop, payment_id) == (4000, 0, "authorized")
    assert code(capture(shop, payment_id, 6000, "cap_2")) == ("S", "SUCCESS")
    assert sums(shop, payment_id) == (10000, 0, "captured")
    assert events(shop)[1:] == [("CAPTURE_RESULT", "S")] * 2


def test_the_last_capture_lets_the_rest_go(shop):
    payment_id = held(shop)

    capture(shop, payment_id, 4000, isLastCapture=True)

    assert code(capture(shop, payment_id, 1000, "cap_2")) == ("F", "ORDER_STATUS_INVALID")


def test_a_capture_is_made_once(shop):
    payment_id = held(shop)

    first, second = capture(shop, payment_id, 4000), capture(shop, payment_id, 4000)

    assert first == second
    assert sums(shop, payment_id) == (4000, 0, "authorized")
    assert code(capture(shop, payment_id, 4001)) == ("F", "REPEAT_REQ_INCONSISTENT")


def test_no_more_is_captured_than_was_held(shop):
    payment_id = held(shop)

    assert code(capture(shop, payment_id, 10001)) == ("F", "PROCESS_FAIL")
    assert sums(shop, payment_id) == (0, 0, "authorized")


def test_a_capture_can_fail(shop):
    payment_id = held(shop, 6616)

    assert code(capture(shop, payment_id, 6616)) == ("F", "PROCESS_FAIL")
    assert events(shop)[-1] == ("CAPTURE_RESULT", "F")
    assert status(shop, payment_id) == "SUCCESS"  # it is still held


@pytest.mark.parametrize("make", [paid, lambda shop: "2026"])
def test_only_what_is_held_is_captured(shop, make):
    refusal = "ORDER_STATUS_INVALID" if make is paid else "ORDER_NOT_EXIST"
    names = {"captureRequestId": "cap_1", "paymentId": make(shop)}

    body = ask(shop, "capture", **names, captureAmount=amount(100))

    assert code(body) == ("F", refusal)


def test_a_capture_keeps_to_the_payments_currency(shop):
    names = {"captureRequestId": "cap_1", "paymentId": held(shop)}

    body = ask(shop, "capture", **names, captureAmount=amount(100, "USD"))

    assert code(body) == ("F", "PARAM_ILLEGAL")


# Cancels.


def test_what_is_held_is_let_go_and_stays_so(shop):
    payment_id = held(shop)

    first, second = (ask(shop, "cancel", paymentId=payment_id) for _ in range(2))

    assert first == second
    assert code(first) == ("S", "SUCCESS")
    assert status(shop, payment_id) == "CANCELLED"


def test_an_unpaid_payment_is_canceled_by_our_own_id(shop):
    wish = payment()
    ask(shop, "pay", **wish)

    body = ask(shop, "cancel", paymentRequestId=wish["paymentRequestId"])

    assert code(body) == ("S", "SUCCESS")
    assert status(shop, body["paymentId"]) == "CANCELLED"


def test_a_wallet_is_given_its_money_back_the_same_day(shop):
    payment_id = paid(shop)

    assert code(ask(shop, "cancel", paymentId=payment_id)) == ("S", "SUCCESS")
    assert sums(shop, payment_id) == (10000, 10000, "canceled")


def test_the_next_day_is_too_late(shop):
    payment_id = paid(shop)
    charge = Book(shop).charge(payment_id)
    shop = later(shop, window_ends(charge) - charge.created_at + timedelta(seconds=1))

    assert code(ask(shop, "cancel", paymentId=payment_id)) == ("F", "CANCEL_WINDOW_EXCEED")


@pytest.mark.parametrize(
    ("method", "currency", "refusal"),
    [("DANA", "IDR", "BUSINESS_NOT_SUPPORT"), ("CARD", "EUR", "ORDER_STATUS_INVALID")],
)
def test_some_payments_are_not_canceled_once_they_are_paid(shop, method, currency, refusal):
    if method == "CARD":
        payment_id = ask(shop, "pay", **card())["paymentId"]
    else:
        payment_id = paid(shop, method, 50000, currency)

    assert code(ask(shop, "cancel", paymentId=payment_id)) == ("F", refusal)


def test_a_declined_payment_is_closed(shop):
    body = ask(shop, "pay", **payment(value=6662))

    assert code(ask(shop, "cancel", paymentId=body["paymentId"])) == ("F", "ORDER_IS_CLOSED")


def test_a_cancel_names_its_payment(shop):
    assert code(ask(shop, "cancel")) == ("F", "PARAM_ILLEGAL")
    assert code(ask(shop, "cancel", paymentId="2026")) == ("F", "ORDER_NOT_EXIST")


# Refunds.


def test_a_payment_is_refunded_in_parts_and_never_beyond(shop):
    payment_id = paid(shop)

    assert code(refund(shop, payment_id, 4000, "ref_1")) == ("S", "SUCCESS")
    assert code(refund(shop, payment_id, 6001, "ref_2")) == ("F", "REFUND_AMOUNT_EXCEED")
    assert code(refund(shop, payment_id, 6000, "ref_3")) == ("S", "SUCCESS")
    assert sums(shop, payment_id) == (10000, 10000, "captured")
    assert events(shop)[1:] == [("REFUND_RESULT", "S")] * 2


def test_a_refund_is_made_once(shop):
    payment_id = paid(shop)

    first, second = refund(shop, payment_id, 4000), refund(shop, payment_id, 4000)

    assert first == second
    assert sums(shop, payment_id) == (10000, 4000, "captured")
    assert code(refund(shop, payment_id, 4001)) == ("F", "REPEAT_REQ_INCONSISTENT")


def test_a_refund_is_told_where_it_asked(shop):
    refund(shop, paid(shop), 4000, refundNotifyUrl="http://127.0.0.1:9/refunds")

    assert told(shop)[-1]["url"] == "http://127.0.0.1:9/refunds"


def test_a_refund_is_found_by_either_id(shop):
    made = refund(shop, paid(shop), 4000)

    by_ours = ask(shop, "inquiryRefund", refundRequestId="ref_1")
    by_theirs = ask(shop, "inquiryRefund", refundId=made["refundId"], refundRequestId="another")

    assert by_ours == by_theirs
    assert by_ours["refundStatus"] == "SUCCESS"
    assert code(ask(shop, "inquiryRefund", refundRequestId="none")) == ("F", "ORDER_NOT_EXIST")
    assert code(ask(shop, "inquiryRefund")) == ("F", "PARAM_ILLEGAL")


def test_a_wallets_refund_can_fail_at_once(shop):
    payment_id = paid(shop, value=6617)

    assert code(refund(shop, payment_id, 6617)) == ("F", "PROCESS_FAIL")
    assert sums(shop, payment_id) == (6617, 0, "captured")


def test_a_cards_refund_can_fail_afterwards(shop):
    payment_id = ask(shop, "pay", **card(6617))["paymentId"]

    assert code(refund(shop, payment_id, 6617, currency="EUR")) == ("U", "REFUND_IN_PROCESS")
    assert events(shop)[-1] == ("REFUND_RESULT", "F")
    assert ask(shop, "inquiryRefund", refundRequestId="ref_1")["refundStatus"] == "FAIL"
    assert sums(shop, payment_id) == (6617, 0, "captured")


def test_what_cannot_be_refunded_is_not(shop):
    unpaid = ask(shop, "pay", **payment())["paymentId"]

    assert code(refund(shop, unpaid, 100)) == ("F", "ORDER_STATUS_INVALID")
    assert code(refund(shop, held(shop), 100, currency="EUR")) == ("F", "ORDER_STATUS_INVALID")
    assert code(refund(shop, "2026", 100)) == ("F", "ORDER_NOT_EXIST")
    assert code(refund(shop, paid(shop), 100, currency="USD")) == ("F", "PARAM_ILLEGAL")
    ovo = paid(shop, "OVO", 50000, "IDR")
    assert code(refund(shop, ovo, 100, currency="IDR")) == ("F", "BUSINESS_NOT_SUPPORT")


def test_after_a_year_it_is_too_late(shop):
    payment_id = paid(shop)
    shop = later(shop, timedelta(days=366))

    assert code(refund(shop, payment_id, 100)) == ("F", "REFUND_WINDOW_EXCEED")
