"""What Xendit shows: payment requests, payments, refunds, disputes and errors.

Source: docs.xendit.co/apidocs, version 2024-11-11.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.decimals import number
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "action": "REQUIRES_ACTION",
    "pending": "REQUIRES_ACTION",
    "authorized": "AUTHORIZED",
    "captured": "SUCCEEDED",
    "declined": "FAILED",
    "canceled": "CANCELED",
    "expired": "EXPIRED",
}
# What the customer is shown, by the channel's approval flow.
DESCRIPTORS = {
    "ACCOUNT": "VIRTUAL_ACCOUNT_NUMBER",
    "COUNTER": "PAYMENT_CODE",
    "QR": "QR_STRING",
}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/xendit.json`."""
    path = Path(__file__).parents[1] / "data" / "xendit.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: str, message: str) -> Answer:
    """Xendit's error object."""
    return Answer(status, {"error_code": code, "message": message})


def refuse(status: int, code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def shown(when: datetime) -> str:
    """A time as Xendit writes it."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def common(charge: Charge) -> dict[str, Any]:
    """What a payment request and its payment both tell."""
    data = charge.data
    members = {
        "business_id": data["business_id"],
        "reference_id": charge.reference,
        "payment_request_id": charge.id,
        "payment_token_id": data.get("token") if charge.captured or is_held(charge) else None,
        "customer_id": data.get("customer_id"),
        "type": data["type"],
        "country": data["country"],
        "currency": charge.currency,
        "request_amount": number(charge.amount, charge.currency),
        "capture_method": "MANUAL" if data["manual"] else "AUTOMATIC",
        "channel_code": charge.method,
        "channel_properties": data["properties"],
        "failure_code": failure(charge),
        "description": data.get("description"),
        "metadata": data.get("metadata"),
        "created": data["created"],
        "updated": data["created"],
    }
    return {name: value for name, value in members.items() if value is not None}


def is_held(charge: Charge) -> bool:
    """Whether there is, or was, an authorization; a request that came so far stays so."""
    return bool(charge.data["manual"]) and charge.data.get("held", False)


def failure(charge: Charge) -> str | None:
    """Xendit's word for a decline."""
    if charge.state != "declined":
        return None
    code = charge.data["decline"]
    found: str = tables()["declines"].get(code, "DECLINED_BY_PROCESSOR")
    return found


def request_object(charge: Charge) -> dict[str, Any]:
    """A payment request."""
    status = "AUTHORIZED" if is_held(charge) else STATUSES[charge.state]
    paid = charge.state not in ("action", "pending")
    latest = {"latest_payment_id": charge.data["payment_id"]} if paid else {}
    steps = actions(charge) if charge.state == "action" else []
    return common(charge) | latest | {"status": status, "actions": steps}


def actions(charge: Charge) -> list[dict[str, str]]:
    """What the customer must do."""
    flow = charge.data["flow"]
    if flow in DESCRIPTORS:
        descriptor, value = DESCRIPTORS[flow], charge.data["value"]
        return [{"type": "PRESENT_TO_CUSTOMER", "descriptor": descriptor, "value": value}]
    page = page_url(charge)
    return [{"type": "REDIRECT_CUSTOMER", "descriptor": "WEB_URL", "value": page}]


def payment_object(charge: Charge) -> dict[str, Any]:
    """The payment that came of a request."""
    captures = [
        {**one, "capture_amount": number(one["capture_amount"], charge.currency)}
        for one in charge.data.get("captures", [])
    ]
    status = "PENDING" if charge.state in ("action", "pending") else STATUSES[charge.state]
    found = common(charge) | {"payment_id": charge.data["payment_id"], "status": status}
    if charge.method == "CARDS" and status in ("AUTHORIZED", "SUCCEEDED"):
        codes = {"authorization_code": "A1B2C3", "cvn_verification_result": "M"}
        found["payment_details"] = {"authorization_data": codes}
    return found | ({"captures": captures} if captures else {})


def refund_object(charge: Charge, made: dict[str, Any]) -> dict[str, Any]:
    """A refund."""
    failed = made["status"] == "failed"
    return {
        "id": made["id"],
        "payment_request_id": charge.id,
        "payment_id": charge.data["payment_id"],
        "reference_id": made["reference"],
        "channel_code": charge.method,
        "currency": charge.currency,
        "amount": number(made["amount"], charge.currency),
        "status": made["status"].upper(),
        "reason": "REQUESTED_BY_CUSTOMER",
        "failure_code": "REFUND_FAILED" if failed else None,
        "created": charge.data["created"],
        "updated": charge.data["created"],
    }


def dispute_object(charge: Charge, now: datetime) -> dict[str, Any]:
    """A dispute that waits for the merchant's word; its members stand beside the event's name."""
    return {
        "event": "dispute.action_required",
        "id": f"mi-dspt-{charge.id.removeprefix('pr-')}",
        "channel_code": charge.method,
        "status": "ACTION_REQUIRED",
        "currency": charge.currency,
        "amount": {"initial": number(charge.captured, charge.currency), "terminal": None},
        "created_at": shown(now),
        "updated_at": shown(now),
        "due_date": shown(now + timedelta(days=14)),
        "note": "Please provide evidence of delivery.",
        "related_disputes": [],
        "payment_id": charge.data["payment_id"],
        "reference_id": charge.reference,
    }
