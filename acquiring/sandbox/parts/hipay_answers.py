"""What HiPay answers and tells: transactions, operations, errors, notifications.

Sources: HiPay's OpenAPI document (gateway 1.2.3); recorded answers of activemerchant (MIT);
hipay-fullservice-sdk-php (states and status codes).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.core.money import Money, exponent
from acquiring.sandbox.book import Charge
from acquiring.sandbox.wire import Answer, Refuse

MESSAGES = {
    101: "Created",
    109: "Authentication Failed",
    112: "Authorized and Pending",
    113: "Refused",
    114: "Expired",
    115: "Cancelled",
    116: "Authorized",
    118: "Captured",
    119: "Partially Captured",
    124: "Refund Requested",
    125: "Refunded",
    126: "Partially Refunded",
    129: "Charged Back",
    140: "Authentication Requested",
    165: "Refund Refused",
    173: "Capture Refused",
    175: "Authorization Cancellation Requested",
    200: "Pending Payment",
}
STATES = {"action": "forwarding", "pending": "pending", "declined": "declined"}
ERRORS = {
    1000001: "Incorrect Credentials",
    1010101: "Required Parameter Missing",
    1010201: "Invalid Parameter",
    1010205: "Invalid Parameter",
    1020003: "Unsupported Payment Product",
    3000001: "Unknown Order",
    3000002: "Unknown Transaction",
    3000101: "Unsupported Operation",
    3010001: "Unsupported Currency",
    3020110: "Amount Limit Exceeded",
    3020111: "Operation Not Permitted",
    3020202: "Not Allowed",
    3020210: "Amount Limit Exceeded",
    3020211: "Operation Not Permitted",
    3020401: "Not Allowed",
    3040001: "Unknown Token",
}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/hipay.json`."""
    path = Path(__file__).parents[1] / "data" / "hipay.json"
    return json.loads(path.read_text("utf-8"))


def error(status: int, code: int, description: str) -> Answer:
    """HiPay's error object."""
    message = ERRORS.get(code, "Request refused")
    return Answer(status, {"code": code, "message": message, "description": description})


def refuse(status: int, code: int, description: str) -> NoReturn:
    """Say no."""
    raise Refuse(error(status, code, description))


def amount(minor: int, currency: str) -> str:
    """A sum as HiPay writes it."""
    return Money(minor, currency).major()


def status_of(charge: Charge) -> int:
    """The status code of a transaction."""
    if charge.data.get("disputed"):
        return 129
    if charge.refunded:
        return 125 if charge.refunded == charge.captured else 126
    if charge.captured:
        return 118 if charge.captured == charge.amount else 119
    if charge.state == "declined":
        decline = charge.data["decline"]
        if decline == "shopper_canceled":
            return 115
        return 109 if decline.startswith("authentication_") else 113
    if charge.state == "action":
        return 140 if charge.method in tables()["cards"] else 101
    return {"pending": 200, "authorized": 116, "canceled": 115, "expired": 114}[charge.state]


def transaction(charge: Charge, page: str = "") -> dict[str, Any]:
    """A transaction, as orders and inquiries answer it."""
    status, currency = status_of(charge), charge.currency
    assert charge.created_at is not None
    forwarded = charge.state == "action" and not charge.data.get("elsewhere")
    card, body = charge.data.get("card"), charge.data["body"]
    refused = charge.state == "declined"
    code = tables()["reasons"].get(charge.data.get("decline", ""), "4000001")
    authorized_at = charge.data.get("authorized_at", "")
    return {
        "state": STATES.get(charge.state, "completed"),
        "reason": {"code": code, "message": MESSAGES[status]} if refused else "",
        "forwardUrl": page if forwarded else "",
        "test": "true",
        "mid": "00001331069",
        "attemptId": "1",
        "authorizationCode": "123456" if authorized_at else "",
        "transactionReference": charge.id,
        "dateCreated": charge.created_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "dateAuthorized": authorized_at,
        "status": str(200 if charge.data.get("elsewhere") and status == 101 else status),
        "message": MESSAGES[status],
        "authorizedAmount": amount(charge.amount if authorized_at else 0, currency),
        "capturedAmount": amount(charge.captured, currency),
        "refundedAmount": amount(charge.refunded, currency),
        "decimals": str(exponent(currency)),
        "currency": currency,
        "avsResult": "",
        "cvcResult": "",
        "eci": body.get("eci", "7"),
        "paymentProduct": charge.method,
        "paymentMethod": {**card, "country": "FR"} if card else "",
        "threeDSecure": {"eci": "05", "authenticationStatus": "Y"} if card and forwarded else "",
        "order": {
            "id": charge.reference,
            "amount": amount(charge.amount, currency),
            "currency": currency,
            "attempts": "1",
        },
        "debitAgreement": {"id": charge.data.get("agreement", ""), "status": ""},
    }


def maintained(charge: Charge, operation: str, thing: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answer to a maintenance operation."""
    status = 175 if operation == "cancel" else operation_status(charge, operation, thing or {})
    if operation == "refund" and status != 165:
        status = 124  # taken up; the notification says that it is done
    shown = transaction(charge)
    kept = ("test", "mid", "authorizationCode", "transactionReference", "dateCreated")
    sums = ("authorizedAmount", "capturedAmount", "refundedAmount", "decimals", "currency")
    told = {name: shown[name] for name in (*kept, "dateAuthorized", *sums)}
    return {"operation": operation, **told, "status": str(status), "message": MESSAGES[status]}


def operation_status(charge: Charge, what: str, thing: Mapping[str, Any]) -> int:
    """The status that tells of a capture or refund."""
    failed = thing.get("status") == "failed"
    if what == "capture":
        return 173 if failed else 118 if charge.captured == charge.amount else 119
    return 165 if failed else 125 if charge.refunded == charge.captured else 126


def notification(charge: Charge, what: str, thing: Mapping[str, Any] | None) -> dict[str, str]:
    """The form that is told: an answer's members in snake case."""
    shown = transaction(charge)
    status = operation_status(charge, what, thing) if thing else status_of(charge)
    told = {
        "state": shown["state"],
        "test": "true",
        "transaction_reference": charge.id,
        "status": str(status),
        "message": MESSAGES[status],
        "authorized_amount": shown["authorizedAmount"],
        "captured_amount": shown["capturedAmount"],
        "refunded_amount": shown["refundedAmount"],
        "decimals": shown["decimals"],
        "currency": charge.currency,
        "payment_product": charge.method,
        "order[id]": charge.reference,
        "order[amount]": shown["order"]["amount"],
    }
    if shown["reason"]:
        told |= {f"reason[{name}]": value for name, value in shown["reason"].items()}
    if thing:
        told |= {"operation[type]": what, "operation[id]": thing["reference"]}
        told["operation[amount]"] = amount(thing["amount"], charge.currency)
    return told
