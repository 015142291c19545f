"""What dLocal shows: payments, the payments of captures, refunds and errors.

Sources: docs.dlocal.com/reference (status codes), recorded sandbox answers in the tests of
ActiveMerchant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.decimals import number
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "action": ("PENDING", "100", "The payment is pending."),
    "pending": ("PENDING", "100", "The payment is pending."),
    "authorized": ("AUTHORIZED", "600", "The payment was authorized"),
    "captured": ("PAID", "200", "The payment was paid"),
    "canceled": ("CANCELLED", "400", "The payment was cancelled."),
    "expired": ("EXPIRED", "500", "The payment has expired."),
}
REFUNDS = {
    "succeeded": ("SUCCESS", 200, "The refund was paid"),
    "pending": ("PENDING", 100, "The refund is pending."),
    "failed": ("REJECTED", 300, "The refund was rejected."),
}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/dlocal.json`."""
    path = Path(__file__).parents[1] / "data" / "dlocal.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: int, message: str, param: str = "") -> Answer:
    """dLocal's error."""
    named = {"param": param} if param else {}
    return Answer(status, {"code": code, "message": message, **named})


def refuse(status: int, code: int, message: str, param: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message, param))


def status_of(charge: Charge) -> tuple[str, str, str]:
    """Status, code and words; a hold stays a hold when it was captured."""
    if charge.state == "declined":
        code = charge.data["forced"] or tables()["codes"].get(charge.data["decline"], "300")
        return "REJECTED", code, tables()["details"][code]
    if charge.data["manual"] and charge.state == "captured":
        return STATUSES["authorized"]
    return STATUSES[charge.state]


def payment_object(charge: Charge) -> dict[str, Any]:
    """A payment, with the page its payer has to see."""
    status, code, detail = status_of(charge)
    told = common(charge, charge.id, charge.amount, charge.reference, status, code, detail)
    if charge.state == "action" and charge.data["type"] == "CARD":
        told |= {"status_code": "101", "three_dsecure": {"redirect_url": page_url(charge)}}
    elif charge.state == "action":
        told["redirect_url"] = page_url(charge)
    return told


def capture_object(charge: Charge, capture: str) -> dict[str, Any]:
    """The payment that a capture made."""
    made = charge.data["captures"][capture]
    return common(charge, capture, made["amount"], made["order_id"], *STATUSES["captured"])


def common(
    charge: Charge, payment: str, amount: int, order: str, status: str, code: str, detail: str
) -> dict[str, Any]:
    """What all payments tell."""
    told = {
        "id": payment,
        "amount": number(amount, charge.currency),
        "currency": charge.currency,
        "country": charge.data["country"],
        "payment_method_id": charge.method,
        "payment_method_type": charge.data["type"],
        "payment_method_flow": charge.data["flow"],
        "created_date": charge.data["created"],
        "status": status,
        "status_detail": detail,
        "status_code": code,
        "order_id": order,
    }
    return told | ({"card": charge.data["card"]} if charge.data["type"] == "CARD" else {})


def refund_object(charge: Charge, made: Mapping[str, Any]) -> dict[str, Any]:
    """A refund; its reference is the id of the payment it is of."""
    status, code, detail = REFUNDS[made["status"]]
    return {
        "id": made["id"],
        "payment_id": made["reference"],
        "status": status,
        "status_code": code,
        "status_detail": detail,
        "currency": charge.currency,
        "amount": number(made["amount"], charge.currency),
        "created_date": charge.data["created"],
    }
