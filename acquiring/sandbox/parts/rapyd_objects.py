"""What Rapyd shows: its envelope, payments, refunds and disputes.

Sources: docs.rapyd.net/en (create-payment, payment-failed-webhook, dispute-created-webhook);
recorded answers of activemerchant (MIT).
"""

from __future__ import annotations

import json
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.decimals import number
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "action": "ACT",
    "pending": "ACT",
    "authorized": "ACT",
    "captured": "CLO",
    "declined": "ERR",
    "canceled": "CAN",
    "expired": "EXP",
}
REFUNDS = {"succeeded": "Completed", "pending": "Pending", "failed": "Error"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/rapyd.json`."""
    path = Path(__file__).parents[1] / "data" / "rapyd.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def success(data: Any) -> Answer:
    """What was asked for, in Rapyd's envelope."""
    return Answer(200, {"status": _status("SUCCESS", "", ""), "data": data})


def error(status: int, code: str, message: str, data: Any = None) -> Answer:
    """Rapyd's error; a payment that failed comes with it."""
    told = {"status": _status("ERROR", code, message)}
    return Answer(status, told if data is None else {**told, "data": data})


def refuse(status: int, code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def _status(word: str, code: str, message: str) -> dict[str, str]:
    return {
        "error_code": code,
        "status": word,
        "message": message,
        "response_code": code,
        "operation_id": str(uuid.uuid4()),
    }


def failure(charge: Charge) -> tuple[str, str, str]:
    """The error code, failure code and message of a payment that failed."""
    decline = charge.data.get("decline", "")
    if decline.startswith("authentication_") and decline != "authentication_required":
        code = "ERROR_3DS_AUTHENTICATION_FAILURE"
        return code, code, "The cardholder could not be authenticated"
    if not charge.data["is_card"]:
        return "", "", "The payment was not completed"
    code = charge.data.get("network") or tables()["declines"].get(decline, "05")
    message = tables()["messages"].get(code, "Declined by the card network")
    return f"ERROR_PROCESSING_CARD - [{code}]", code, message


def next_step(charge: Charge) -> str:
    """What is still to be done about a payment."""
    if charge.state == "authorized":
        return "pending_capture"
    if charge.state != "action":
        return "not_applicable" if charge.state != "pending" else "pending_confirmation"
    return "3d_verification" if charge.data["is_card"] else "pending_confirmation"


def codes(charge: Charge) -> dict[str, Any]:
    """What the shopper is shown where there is no page."""
    kind, value = charge.data["kind"], charge.data["value"]
    steps = {"instructions": {"name": "instructions", "steps": [{"step1": "Pay the code."}]}}
    if charge.state != "action" or kind not in ("code", "transfer", "qr"):
        return {"textual_codes": {}, "visual_codes": {}, "instructions": {}}
    if kind == "qr":
        image = {"PaymentCode Image": f"{page_url(charge)}/qr.png"}
        return {"textual_codes": {}, "visual_codes": image, **steps}
    name = "PaymentCode" if kind == "code" else "Account number"
    return {"textual_codes": {name: value}, "visual_codes": {}, **steps}


def payment_object(charge: Charge) -> dict[str, Any]:
    """A payment. Its `amount` is what was paid, its `original_amount` what was asked."""
    data, currency = charge.data, charge.currency
    failed = charge.state == "declined"
    code, network, message = failure(charge) if failed else ("", "", "")
    asked_on_a_page = charge.state == "action" and (data["is_card"] or data["kind"] == "redirect")
    return {
        "id": charge.id,
        "amount": number(charge.captured, currency) if charge.captured else 0,
        "original_amount": number(charge.amount, currency),
        "is_partial": 0 < charge.captured < charge.amount,
        "currency_code": currency,
        "country_code": charge.method[:2].upper(),
        "status": STATUSES[charge.state],
        "description": data["description"],
        "merchant_reference_id": charge.reference,
        "customer_token": f"cus_{charge.id.removeprefix('payment_')}",
        "payment_method": None,
        "payment_method_data": data["method"],
        "expiration": data["created"] + 604_800,
        "captured": bool(charge.captured) or not data["manual"],
        "refunded": charge.refunded > 0,
        "refunded_amount": number(charge.refunded, currency) if charge.refunded else 0,
        "redirect_url": page_url(charge) if asked_on_a_page else "",
        "complete_payment_url": data["complete_url"],
        "error_payment_url": data["error_url"],
        "created_at": data["created"],
        "metadata": data["metadata"],
        "error_code": code,
        "failure_code": network,
        "failure_message": message,
        "paid": bool(charge.captured),
        "paid_at": data["created"] if charge.captured else 0,
        "payment_method_type": charge.method,
        "payment_method_type_category": charge.method.rpartition("_")[2],
        "initiation_type": data["initiation"],
        "next_action": next_step(charge),
        **codes(charge),
    }


def refund_object(charge: Charge, made: dict[str, Any]) -> dict[str, Any]:
    """A refund."""
    return {
        "id": made["id"],
        "amount": number(made["amount"], charge.currency),
        "payment": charge.id,
        "currency": charge.currency,
        "failure_reason": "Refund failed" if made["status"] == "failed" else "",
        "metadata": {},
        "reason": "",
        "status": REFUNDS[made["status"]],
        "receipt_number": 0,
        "created_at": charge.data["created"],
        "updated_at": charge.data["created"],
        "merchant_reference_id": made["reference"],
        "payment_created_at": charge.data["created"],
        "payment_method_type": charge.method,
        "proportional_refund": True,
    }


def dispute_object(charge: Charge, now: int) -> dict[str, Any]:
    """A dispute that waits for the merchant's word."""
    amount = number(charge.captured, charge.currency)
    return {
        "id": str(uuid.uuid4()),
        "token": f"dispute_{charge.id.removeprefix('payment_')}",
        "amount": amount,
        "status": "ACT",
        "currency": charge.currency,
        "due_date": now + 777_600,
        "created_at": now,
        "updated_at": now,
        "pre_dispute": False,
        "dispute_category": "Authorization",
        "dispute_reason_description": "Authorization Errors",
        "original_dispute_amount": amount,
        "original_transaction_id": charge.id,
        "original_transaction_amount": amount,
        "original_transaction_currency": charge.currency,
    }
