"""What PPRO shows: charges, refunds, the ways to finish them, errors, and its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from acquiring.core import clock
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "action": "AUTHENTICATION_PENDING",
    "pending": "AUTHORIZATION_ASYNC",
    "captured": "CAPTURED",
    "declined": "FAILED",
    "expired": "DISCARDED",
    "canceled": "DISCARDED",
}
REFUNDS = {"succeeded": "REFUNDED", "pending": "PENDING", "failed": "FAILED"}


@cache
def tables() -> dict[str, Any]:
    """What `data/ppro.json` holds."""
    path = Path(__file__).parents[1] / "data" / "ppro.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def moment(when: datetime) -> str:
    """RFC 3339 with milliseconds, UTC."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error(code: int, message: str) -> Answer:
    """PPRO's error."""
    told = {"status": code, "failureMessage": message, "timestamp": moment(clock.now())}
    return Answer(code, told)


def refuse(code: int, message: str) -> Any:
    """Raises Refuse with PPRO's error."""
    raise Refuse(error(code, message))


def method(charge: Charge) -> dict[str, Any]:
    """What is known of the charge's method; anything goes where nothing is."""
    known = tables()["payment_methods"]
    found: dict[str, Any] = known.get(charge.method, known["MOCK"])
    return found


def failure(kind: str, code: str) -> dict[str, Any]:
    """Why something failed."""
    message = code.replace("_", " ").capitalize()
    told = {"failureType": kind, "failureCode": code, "failureMessage": message}
    return {**told, "isRetryable": False}


def failed(charge: Charge) -> dict[str, Any]:
    """Why the charge failed."""
    code = tables()["declines"].get(charge.data.get("decline", ""), "GENERIC_DECLINE")
    return charge.data.get("failure") or failure("PROVIDER_DECLINE", code)


def money(charge: Charge, amount: int) -> dict[str, Any]:
    """A sum as webhooks have it."""
    return {"value": amount, "currency": charge.currency}


def status(charge: Charge) -> str:
    """The charge's status."""
    refunded = charge.state == "captured" and charge.refunded >= charge.amount
    return "REFUNDED" if refunded else STATUSES[charge.state]


def about_charge(charge: Charge, what: str) -> dict[str, Any]:
    """What an event tells besides."""
    told: dict[str, Any] = {"amount": money(charge, charge.amount)}
    if what == "declined":
        told["failure"] = failed(charge)
    elif what == "captured":
        told["captureId"] = charge.id.replace("charge_", "capture_")
    elif what in ("expired", "canceled"):
        told["discardType"] = discard_type(charge)
    return told


def discard_type(charge: Charge) -> str:
    """Who let the charge go."""
    late = charge.state == "expired"
    return "AUTHENTICATION_TIMEOUT" if late else "MERCHANT_INITIATED_DISCARD"


def shown(book: Book, charge: Charge) -> dict[str, Any]:
    """The charge as PPRO shows it."""
    body = charge.data["body"]
    tried = {"declined": "FAILED", "action": STATUSES["action"], "captured": "AUTHORIZED"}
    told: dict[str, Any] = {
        "id": charge.id,
        "paymentMethod": charge.method,
        "paymentMedium": body.get("paymentMedium", "ECOMMERCE"),
        "currency": charge.currency,
        "country": body["consumer"]["country"],
        "status": status(charge),
        "authorizations": [
            {
                "id": charge.data["authorization"],
                "amount": charge.amount,
                "status": tried.get(charge.state, "PROVIDER_CONFIRMATION_PENDING"),
                "merchantPaymentChargeReference": charge.reference,
            }
        ],
        "refunds": [refund_object(one) for one in book.find("refund", charge.id)],
    }
    if charge.created_at:
        told["createdAt"] = moment(charge.created_at)
    if charge.state == "action":
        told["authenticationMethods"] = ways(charge)
    elif charge.state == "declined":
        told["failure"] = failed(charge)
    elif charge.state in ("expired", "canceled"):
        told["discards"] = [{"status": "DISCARDED", "type": discard_type(charge)}]
    elif charge.state == "captured":
        number = charge.id.replace("charge_", "capture_")
        told["captures"] = [{"id": number, "amount": charge.captured, "status": "CAPTURED"}]
    return told


def ways(charge: Charge) -> list[dict[str, Any]]:
    """How the shopper can say yes: of what was asked for, what the method knows."""
    details: dict[str, dict[str, Any]] = {
        "REDIRECT": {"requestUrl": page_url(charge), "requestMethod": "GET"},
        "SCAN_CODE": scanned(charge),
        "APP_NOTIFICATION": {},
    }
    asked = [one["type"] for one in charge.data["body"]["authenticationSettings"]]
    known = [one for one in asked if one in method(charge)["authentication"]]
    return [{"type": one, "details": details[one]} for one in known]


def scanned(charge: Charge) -> dict[str, Any]:
    """A code to scan with an app, or the bars of a slip."""
    if charge.page != "counter":
        return {"codeType": "QR", "codePayload": page_url(charge)}
    number = str(int(charge.id.removeprefix("charge_")[:11], 16)).zfill(14)
    slip = {"codeType": "CODE128", "codePayload": number, "codeDocument": page_url(charge)}
    return slip | ({"scanBy": moment(charge.due_at)} if charge.due_at else {})


def refund_object(thing: Mapping[str, Any]) -> dict[str, Any]:
    """The refund as PPRO shows it."""
    told: dict[str, Any] = {
        "id": thing["id"],
        "amount": thing["amount"],
        "status": REFUNDS[thing["status"]],
        "merchantRefundReference": thing["reference"],
    }
    if thing["status"] == "failed":
        own = "code" in thing and thing["code"].startswith("EXCEEDS")
        kind = "INTERNAL_DECLINE" if own else "PROVIDER_DECLINE"
        told["failure"] = failure(kind, thing.get("code", "GENERIC_DECLINE"))
    return told
