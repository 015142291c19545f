"""A payment at Antom: what may be asked, and what becomes of it.

Sources: docs.antom.com (ac/ams: payment_cashier, capture, refund, idempotency; ac/cashierpay:
cancel, capture; ac/ref/card) and the amount rules of the official SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts.antom_answers import notify_capture, number, refuse, shown, tables
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Malformed, Request

PAGES = {
    "card": "three_ds",
    "wallet": "wallet",
    "code": "wallet",
    "bank": "bank",
    "counter": "counter",
}
BRANDS = {"34": "AMEX", "37": "AMEX", "35": "JCB", "62": "CUP", "4": "VISA", "5": "MASTERCARD"}
REFUND_WINDOW = timedelta(days=365)
BEIJING = timezone(timedelta(hours=8))
FAULTS = {"unknown": "is not known", "missing": "is missing", "type": "has a wrong type"}


@lru_cache(maxsize=1)
def kinds() -> dict[str, str]:
    """How each payment method type asks its shopper."""
    return {method: kind for kind, found in tables()["methods"].items() for method in found}


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the models describe; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("antom").faults(structure, body):
        member = f"{fault.structure}.{fault.member}" if fault.member else fault.structure
        refuse("PARAM_ILLEGAL", f"{member} {FAULTS.get(fault.kind, 'has a wrong value')}.")
    return body


def is_true(members: Mapping[str, Any], name: str) -> bool:
    """A boolean that may have come as text."""
    return members.get(name) in (True, "true")


def minor(amount: Mapping[str, str], currency: str = "") -> int:
    """An Amount as an integer; raises Refuse for anything else, or another currency."""
    value = amount["value"]
    if not re.fullmatch(r"[1-9]\d*", value):
        refuse("PARAM_ILLEGAL", "value must be a whole number above 0, of minor units.")
    if not is_currency(amount["currency"]):
        refuse("CURRENCY_NOT_SUPPORT")
    if currency and amount["currency"] != currency:
        refuse("PARAM_ILLEGAL", f"The currency must be {currency}, that of the payment.")
    if amount["currency"] == "IDR" and int(value) % 100:
        refuse("PARAM_ILLEGAL", "An amount in IDR must be a multiple of 100.")
    return int(value)


def check_payment(body: Mapping[str, Any], now: datetime) -> None:
    """Refuse a payment that cannot even be tried."""
    method, product = body["paymentMethod"], body["productCode"]
    minor(body["paymentAmount"])
    if product == "IN_STORE_PAYMENT":
        refuse("BUSINESS_NOT_SUPPORT")
    if method["paymentMethodType"] not in kinds():
        refuse("PAYMENT_METHOD_NOT_SUPPORTED")
    if product == "CASHIER_PAYMENT" and not body.get("paymentRedirectUrl"):
        refuse("PARAM_ILLEGAL", "AlipayPayRequest.paymentRedirectUrl is missing.")
    if product == "AGREEMENT_PAYMENT" and not method.get("paymentMethodId"):
        refuse("INVALID_ACCESS_TOKEN")
    minor(body["order"]["orderAmount"])
    if method["paymentMethodType"] == "CARD":
        check_card(method.get("paymentMethodMetaData", {}), now)


def check_card(data: Mapping[str, Any], now: datetime) -> None:
    """Refuse card data that is none."""
    if not re.fullmatch(r"\d{12,19}", str(data.get("cardNo", ""))):
        refuse("INVALID_CARD_NUMBER")
    year, month = str(data.get("expiryYear", "")), str(data.get("expiryMonth", ""))
    if not re.fullmatch(r"\d\d", year) or not re.fullmatch(r"0[1-9]|1[0-2]", month):
        refuse("INVALID_EXPIRATION_DATE")
    if (2000 + int(year), int(month)) < (now.year, now.month):
        refuse("CARD_EXPIRED")
    # A merchant who charges a stored card has no security code to send.
    if data.get("cvv") and not re.fullmatch(r"\d{3,4}", str(data["cvv"])):
        refuse("INVALID_CVV")


def fresh(body: Mapping[str, Any], book: Book) -> Charge:
    """A payment before its first step."""
    method, factor = body["paymentMethod"], body.get("paymentFactor", {})
    amount = minor(body["paymentAmount"])
    kind = kinds()[method["paymentMethodType"]]
    data = {
        "kind": kind,
        "amount": body["paymentAmount"],
        "token": method.get("paymentMethodId", ""),
        "manual": factor.get("captureMode") == "MANUAL",
        "terminal": body["env"]["terminalType"],
        "redirectUrl": body.get("paymentRedirectUrl", ""),
        "notifyUrl": body.get("paymentNotifyUrl", ""),
        "metadata": body.get("metadata"),
        "createdAt": shown(book.now),
    }
    if kind == "card":
        data["card"] = card_of(str(method["paymentMethodMetaData"]["cardNo"]))
    return Charge(
        id=number(book.now, "0800"),
        amount=amount,
        currency=body["paymentAmount"]["currency"],
        method=method["paymentMethodType"],
        state="pending",
        scenario=by_amount(amount).name,
        reference=body["paymentRequestId"],
        names=[body["paymentRequestId"]],
        page=PAGES[kind],
        data=data,
    )


def card_of(pan: str) -> dict[str, str]:
    """What is kept of a card: never its number."""
    brand = next((name for head, name in BRANDS.items() if pan.startswith(head)), "DISCOVER")
    return {"cardBrand": brand, "cardBin": pan[:6], "lastFour": pan[-4:]}


def why_declined(body: Mapping[str, Any], charge: Charge) -> str:
    """The unified code of a decline that the card, or its lack of authentication, brings about."""
    data, tests = body["paymentMethod"]["paymentMethodMetaData"], tables()["tests"]
    if charge.amount == tests["risk_amount"]:
        return "provider_risk_rejected"
    if data["cardNo"] in tests["declined_cards"]:
        return "generic_decline"
    may = is_true(data, "is3DSAuthentication") or is_true(data, "enableAuthenticationUpgrade")
    wanted = charge.plan.authentication == "challenge"
    return "authentication_required" if wanted and not may else ""


def named(body: Mapping[str, Any], book: Book) -> Charge:
    """The payment a call names, by Antom's id before the merchant's; raises Refuse."""
    charge_id = body.get("paymentId")
    if not charge_id:
        if not body.get("paymentRequestId"):
            refuse("PARAM_ILLEGAL", "paymentId and paymentRequestId are both missing.")
        known = book.charges_named(body["paymentRequestId"])
        charge_id = known[0].id if known else ""
    return existing(charge_id, book)


def existing(charge_id: str, book: Book) -> Charge:
    """A payment by Antom's id; raises Refuse."""
    charge = book.charge(charge_id)
    if charge is None:
        refuse("ORDER_NOT_EXIST")
    return charge


def repeated(book: Book, kind: str, request_id: str, amount: Mapping[str, str]) -> dict | None:
    """A capture or refund that was asked before; raises Refuse when it was another one."""
    if not book.claim(f"{kind} {request_id}"):
        refuse("REQUEST_TRAFFIC_EXCEED_LIMIT")
    made = book.get(kind, request_id)
    if made is not None and made["amount"] != amount:
        refuse("REPEAT_REQ_INCONSISTENT")
    return made


def take(book: Book, charge: Charge, request_id: str, amount: int, last: bool) -> dict:
    """Capture a part of what is held, or all of it."""
    charge.captured += amount
    if last or charge.captured == charge.amount:
        charge.state = "captured"
    return captured(book, charge, request_id, amount, "SUCCESS")


def captured(book: Book, charge: Charge, request_id: str, amount: int, status: str) -> dict:
    """Write down a capture and notify it."""
    made = {
        "captureRequestId": request_id,
        "captureId": number(book.now, "0820"),
        "paymentId": charge.id,
        "amount": {"currency": charge.currency, "value": str(amount)},
        "status": status,
        "time": shown(book.now),
    }
    book.put("capture", request_id, made, charge.id)
    notify_capture(book, charge, made)
    return made


def cancel(book: Book, charge: Charge) -> None:
    """Let go of what is held or unpaid; give back what was paid, within the window."""
    if charge.captured and charge.data["kind"] == "card":
        refuse("ORDER_STATUS_INVALID")
    if charge.captured and charge.method in tables()["operations"]["no_cancel"]:
        refuse("BUSINESS_NOT_SUPPORT")
    if charge.captured and book.now >= window_ends(charge):
        refuse("CANCEL_WINDOW_EXCEED")
    if charge.refunded:
        refuse("ORDER_STATUS_INVALID")
    charge.refunded = charge.captured
    charge.state, charge.data["canceledAt"] = "canceled", shown(book.now)
    book.save(charge)


def window_ends(charge: Charge) -> datetime:
    """A quarter past the midnight after the payment, by Beijing's clock."""
    assert charge.created_at is not None
    day = charge.created_at.astimezone(BEIJING).replace(hour=0, minute=15, second=0, microsecond=0)
    return day + timedelta(days=1)


def check_refund(charge: Charge, amount: int, now: datetime) -> None:
    """Refuse a refund that cannot be."""
    assert charge.created_at is not None
    if charge.method in tables()["operations"]["no_refund"]:
        refuse("BUSINESS_NOT_SUPPORT")
    if charge.state == "canceled" or not charge.captured:
        refuse("ORDER_STATUS_INVALID")
    if amount > charge.captured - charge.refunded:
        refuse("REFUND_AMOUNT_EXCEED")
    if now > charge.created_at + REFUND_WINDOW:
        refuse("REFUND_WINDOW_EXCEED")
