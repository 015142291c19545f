"""What MultiSafepay answers: orders, operations on them, and errors.

Source: MultiSafepay's OpenAPI document (get order, create order, errors).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.wire import Answer, Refuse

STATUS = {
    "action": "initialized",
    "pending": "uncleared",
    "authorized": "reserved",
    "captured": "completed",
    "declined": "declined",
    "canceled": "void",
    "expired": "expired",
}
THING_STATUS = {"succeeded": "completed", "pending": "reserved", "failed": "declined"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/multisafepay.json`."""
    path = Path(__file__).parents[1] / "data" / "multisafepay.json"
    return json.loads(path.read_text("utf-8"))


def said(data: Any) -> Answer:
    """Yes, and what there is to say."""
    return Answer(200, {"success": True, "data": data})


def error(code: str, info: str = "", status: int = 404) -> Answer:
    """No, and why."""
    told = info or tables()["errors"].get(code, "Unknown error")
    body: dict[str, Any] = {
        "success": False,
        "data": {},
        "error_code": int(code),
        "error_info": told,
    }
    return Answer(status, body)


def refuse(code: str, info: str = "", status: int = 404) -> NoReturn:
    """Say no."""
    raise Refuse(error(code, info, status))


def order(charge: Charge) -> dict[str, Any]:
    """The order as it is shown and told."""
    body = charge.data["body"]
    status = STATUS[charge.state]
    if charge.method in tables()["shipped_first"]:
        status = {"authorized": "completed", "captured": "shipped"}.get(charge.state, status)
    if charge.state == "declined" and charge.data.get("decline") == "shopper_canceled":
        status = "cancelled"
    if charge.refunded:
        status = "refunded" if charge.refunded == charge.captured else "partial_refunded"
    if charge.data.get("disputed"):
        status = "chargedback"
    code, reason, response = why(charge)
    assert charge.created_at is not None
    details = {
        "type": charge.method,
        "account_id": None,
        "last4": charge.data.get("last4") or None,
        "recurring_id": charge.data.get("token"),
        "recurring_model": body.get("recurring_model"),
        "response_code": response,
    }
    return {
        "transaction_id": int(charge.id),
        "order_id": charge.reference,
        "created": charge.created_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "currency": charge.currency,
        "amount": charge.amount,
        "amount_refunded": charge.refunded,
        "description": body["description"],
        "items": None,
        "status": status,
        "financial_status": "completed" if charge.captured else STATUS[charge.state],
        "reason": reason,
        "reason_code": code,
        "fastcheckout": "NO",
        "payment_details": details,
        "costs": [],
        **{name: body.get(name) for name in ("var1", "var2", "var3")},
    }


def why(charge: Charge) -> tuple[str, str, str | None]:
    """Reason code, reason and the issuer's response code."""
    decline = charge.data.get("decline", "") if charge.state == "declined" else ""
    if decline.startswith("authentication") and decline != "authentication_required":
        return "3001", "3DS Authentication Failed / Card authentication failed", None
    if decline and charge.method in tables()["cards"]:
        return "", "Declined", tables()["responses"].get(decline, "05")
    return "", "Declined" if decline else "", "00" if charge.captured else None


def operation(charge: Charge, thing: Mapping[str, Any]) -> dict[str, Any]:
    """A capture or refund as the order it is."""
    shown = order(charge) | {"order_id": thing["id"], "amount": thing["amount"]}
    status = THING_STATUS[thing["status"]]
    return shown | {"status": status, "financial_status": status}
