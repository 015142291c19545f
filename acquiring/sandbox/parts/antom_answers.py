"""What Antom says: results, answers, and the bodies of its notifications.

Sources: docs.antom.com (ac/ams: payment_cashier, paymentri_online, paymentrn_online, refund,
notify_capture, notify_dispute) and the answer models of the official SDKs.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

DEFENSE = timedelta(days=11)


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/antom_results.toml`."""
    path = Path(__file__).parents[1] / "data" / "antom_results.toml"
    return tomllib.loads(path.read_text("utf-8"))


def said(code: str, message: str = "", **members: Any) -> Answer:
    """An answer with its result; members that are None are left out, since null is never said."""
    given = {name: value for name, value in members.items() if value is not None}
    return Answer(200, {"result": result(code, message), **given})


def result(code: str, message: str = "") -> dict[str, str]:
    """The result object of a code, with the status that goes with it."""
    found = (status for status, codes in tables()["statuses"].items() if code in codes)
    words = message or tables()["messages"].get(code, f"{code.replace('_', ' ').capitalize()}.")
    return {"resultStatus": next(found, "F"), "resultCode": code, "resultMessage": words[:256]}


def refuse(code: str, message: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(said(code, message))


def answer_to_pay(charge: Charge) -> Answer:
    """What `pay` says about a payment: its end, or what the shopper must do."""
    references = {
        "paymentRequestId": charge.reference,
        "paymentId": charge.id,
        "paymentAmount": charge.data["amount"],
        "paymentCreateTime": charge.data["createdAt"],
        "paymentTime": charge.data.get("paidAt"),
        "paymentResultInfo": card_info(charge),
    }
    code = charge.data.get("code") or "PAYMENT_IN_PROCESS"
    steps = next_steps(charge) if charge.state == "action" else {}
    return said(code, **references, **steps)


def next_steps(charge: Charge) -> dict[str, Any]:
    """Where the shopper goes: a page, an app, a code to scan or to quote."""
    page, kind = page_url(charge), charge.data["kind"]
    if kind not in ("code", "counter"):
        app = kind == "wallet" and charge.data["terminal"] != "WEB"
        return {"normalUrl": page, "applinkUrl": page if app else None}
    value = page if kind == "code" else charge.id[-16:]
    shape = "QRCODE" if kind == "code" else "BARCODE"
    detail = {"codeValueType": shape, "codeValue": value, "displayType": "TEXT"}
    assert charge.due_at is not None
    return {"orderCodeForm": {"expireTime": shown(charge.due_at), "codeDetails": [detail]}}


def standing(book: Book, charge: Charge) -> dict[str, Any]:
    """How a payment stands, as `inquiryPayment` shows it."""
    data = charge.data
    code = data.get("code") or "PAYMENT_IN_PROCESS"
    captures = [
        transaction("CAPTURE", one, one["captureId"], one["captureRequestId"])
        for one in book.find("capture", charge.id)
    ]
    refunds = [
        transaction("REFUND", one, one["refundId"], one["refundRequestId"])
        for one in book.find("refund", charge.id)
    ]
    return {
        "paymentStatus": payment_status(charge),
        "paymentResultCode": code,
        "paymentResultMessage": result(code)["resultMessage"],
        "paymentRequestId": charge.reference,
        "paymentId": charge.id,
        "paymentAmount": data["amount"],
        "paymentCreateTime": data["createdAt"],
        "paymentTime": data.get("paidAt"),
        "paymentMethodType": charge.method,
        "paymentResultInfo": card_info(charge),
        "transactions": captures + refunds or None,
    }


def payment_status(charge: Charge) -> str:
    """The word for where a payment is."""
    if charge.state == "pending":
        return "PENDING" if charge.data.get("waiting") else "PROCESSING"
    if charge.state == "canceled" or (charge.state == "expired" and "paidAt" in charge.data):
        return "CANCELLED"
    words = {"action": "PROCESSING", "authorized": "SUCCESS", "captured": "SUCCESS"}
    return words.get(charge.state, "FAIL")


def transaction(kind: str, one: Mapping[str, Any], number: str, request: str) -> dict[str, Any]:
    """A capture or refund as a row of the inquiry."""
    done = one["status"] == "SUCCESS"
    return {
        "transactionType": kind,
        "transactionId": number,
        "transactionRequestId": request,
        "transactionStatus": one["status"],
        "transactionAmount": one["amount"],
        "transactionTime": one["time"],
        "transactionResult": result("SUCCESS" if done else "PROCESS_FAIL"),
    }


def card_info(charge: Charge) -> dict[str, Any] | None:
    """What is told about a card payment; nothing about any other."""
    card = charge.data.get("card")
    if not card:
        return None
    told = {**card, "issuingCountry": "US", "funding": "CREDIT"}
    if charge.data.get("code") == "SUCCESS":
        told |= {"avsResultRaw": "A", "cvvResultRaw": "Y", "networkTransactionId": charge.id[-15:]}
    elif charge.state == "declined":
        told |= {"refusalCodeRaw": "05", "refusalReasonRaw": charge.data["code"]}
    if charge.data.get("authenticated"):
        secure = {"threeDSVersion": "2.2.0", "eci": "05", "challenged": charge.page == "three_ds"}
        told["threeDSResult"] = secure
    return told


def answer_to_capture(made: Mapping[str, Any]) -> Answer:
    """What `capture` says, every time it is asked."""
    if made["status"] != "SUCCESS":
        return said("PROCESS_FAIL")
    return said("SUCCESS", **capture_members(made))


def capture_members(made: Mapping[str, Any]) -> dict[str, Any]:
    """A capture's own members."""
    names = ("captureRequestId", "captureId", "paymentId")
    told = {name: made[name] for name in names}
    return {**told, "captureAmount": made["amount"], "captureTime": made["time"]}


def answer_to_refund(made: Mapping[str, Any]) -> Answer:
    """What `refund` says: one that will fail is still under way."""
    if made["status"] != "SUCCESS":
        return said("REFUND_IN_PROCESS", **refund_members(made))
    return said("SUCCESS", **refund_members(made), paymentId=made["paymentId"])


def refund_members(made: Mapping[str, Any]) -> dict[str, Any]:
    """A refund's own members."""
    told = {name: made[name] for name in ("refundRequestId", "refundId")}
    return {**told, "refundAmount": made["amount"], "refundTime": made["time"]}


def notify_payment(book: Book, charge: Charge, kind: str, code: str) -> None:
    """notifyPayment: the result, or that the shopper has done their part."""
    body = {
        "notifyType": kind,
        "result": result(code),
        "paymentRequestId": charge.reference,
        "paymentId": charge.id,
        "paymentAmount": charge.data["amount"],
        "paymentCreateTime": charge.data["createdAt"],
        "paymentTime": charge.data.get("paidAt"),
        "paymentMethodType": charge.method,
        "paymentResultInfo": card_info(charge),
        "metadata": charge.data.get("metadata"),
    }
    tell(book, charge, "notifyPayment", body)


def notify_capture(book: Book, charge: Charge, made: Mapping[str, Any]) -> None:
    """notifyCapture, of the merchant's captures and of Antom's own."""
    code = "SUCCESS" if made["status"] == "SUCCESS" else "PROCESS_FAIL"
    body = {"notifyType": "CAPTURE_RESULT", "result": result(code), **capture_members(made)}
    tell(book, charge, "notifyCapture", body)


def notify_refund(book: Book, charge: Charge, made: Mapping[str, Any], url: str) -> None:
    """notifyRefund; `url` is the address the refund itself named."""
    code = "SUCCESS" if made["status"] == "SUCCESS" else "PROCESS_FAIL"
    status = {"refundStatus": made["status"], "result": result(code)}
    body = {"notifyType": "REFUND_RESULT", **status, **refund_members(made)}
    tell(book, charge, "notifyRefund", body, url)


def notify_dispute(book: Book, charge: Charge) -> None:
    """notifyDispute: a chargeback of the whole sum."""
    charge.data["dispute"] = number(book.now, "0890")
    book.charge_back(charge, charge.data["dispute"])
    body = {
        "disputeNotificationType": "DISPUTE_CREATED",
        "disputeType": "CHARGEBACK",
        "disputeId": charge.data["dispute"],
        "paymentRequestId": charge.reference,
        "paymentId": charge.id,
        "disputeTime": shown(book.now),
        "disputeAmount": charge.data["amount"],
        "disputeReasonCode": "13.1",
        "disputeReasonMsg": "Merchandise or services not received",
        "disputeSource": charge.data.get("card", {}).get("cardBrand", charge.method),
        "defenseDueTime": shown(book.now + DEFENSE),
        "defendable": True,
    }
    tell(book, charge, "notifyDispute", body)


def tell(book: Book, charge: Charge, name: str, body: Mapping[str, Any], url: str = "") -> None:
    """Queue a notification to the address that was named, or to the account's."""
    given = {member: value for member, value in body.items() if value is not None}
    book.tell(charge, name, {"url": url or charge.data["notifyUrl"], "body": given})


def number(now: datetime, kind: str) -> str:
    """An id as Antom makes them: the day, the kind, and digits."""
    digits = "".join(secrets.choice("0123456789") for _ in range(15))
    return f"{now:%Y%m%d}194010{kind}00188{digits}"


def shown(moment: datetime) -> str:
    """A time as Antom writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
