"""What Mollie answers: payments, captures, refunds, lists and errors.

Sources: docs.mollie.com (payments, captures and refunds API, handling errors).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.core.money import Money
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.wire import Answer, Refuse

API = "https://api.mollie.com/v2"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized Request",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
STATUS = {
    "action": "open",
    "pending": "pending",
    "authorized": "authorized",
    "captured": "paid",
    "declined": "failed",
    "canceled": "canceled",
    "expired": "expired",
}
REFUND_STATUS = {"pending": "queued", "succeeded": "refunded", "failed": "failed"}
LEFT = ("shopper_canceled", "authentication_canceled")


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/mollie.json`."""
    path = Path(__file__).parents[1] / "data" / "mollie.json"
    return json.loads(path.read_text("utf-8"))


def error(status: int, detail: str, field: str = "") -> Answer:
    """Mollie's error object."""
    body = {"status": status, "title": TITLES[status], "detail": detail}
    body |= {"field": field} if field else {}
    documentation = {"href": "https://docs.mollie.com/errors", "type": "text/html"}
    return hal(status, body | {"_links": {"documentation": documentation}})


def hal(status: int, body: Any) -> Answer:
    """An answer of Mollie's media type."""
    return Answer(status, body, {"Content-Type": "application/hal+json"})


def refuse(status: int, detail: str, field: str = "") -> NoReturn:
    """Say no."""
    raise Refuse(error(status, detail, field))


def amount(minor: int, currency: str) -> dict[str, str]:
    """An amount object."""
    return {"currency": currency, "value": Money(minor, currency).major()}


def link(path: str, kind: str = "application/hal+json") -> dict[str, str]:
    """A link object."""
    return {"href": path, "type": kind}


def payment(book: Book, charge: Charge, checkout: str = "") -> dict[str, Any]:
    """The payment object."""
    body, status = charge.data["body"], status_of(charge)
    echoed = ("description", "method", "metadata", "locale", "redirectUrl", "webhookUrl")
    assert charge.created_at is not None
    shown = {
        "resource": "payment",
        "id": charge.id,
        "mode": "test",
        "createdAt": charge.created_at.isoformat(timespec="seconds"),
        "amount": amount(charge.amount, charge.currency),
        **{name: body.get(name) for name in echoed},
        "method": charge.method,
        "status": status,
        "profileId": "pfl_QkEhN94Ba",
        "sequenceType": body.get("sequenceType", "oneoff"),
    }
    kept = ("customerId", "mandateId")
    shown |= {name: body[name] for name in kept if body.get(name)}
    if body.get("captureMode"):
        shown["captureMode"] = body["captureMode"]
        shown["amountCaptured"] = amount(charge.captured, charge.currency)
    if charge.captured:
        left = charge.captured - charge.refunded
        shown["amountRefunded"] = amount(charge.refunded, charge.currency)
        shown["amountRemaining"] = amount(left, charge.currency)
    if status in ("open", "pending"):
        shown["isCancelable"] = charge.method in tables()["cancelable"]
    if status == "open":
        shown["expiresAt"] = charge.data["expires_at"]
    if charge.data.get("authorized_at"):
        shown["authorizedAt"] = charge.data["authorized_at"]
    if charge.data.get("disputed"):
        shown["amountChargedBack"] = amount(charge.captured, charge.currency)
    if told := details(charge):
        shown["details"] = told
    links = {"self": link(f"{API}/payments/{charge.id}"), "dashboard": dashboard(charge)}
    if status == "open" and checkout:
        links["checkout"] = link(checkout, "text/html")
    return shown | {"_links": links}


def dashboard(charge: Charge) -> dict[str, str]:
    """The link a person opens."""
    return link(f"https://www.mollie.com/dashboard/org_1/payments/{charge.id}", "text/html")


def status_of(charge: Charge) -> str:
    """Mollie's word for how a payment stands; a shopper who left has canceled it."""
    if charge.state == "declined" and charge.data.get("decline") in LEFT:
        return "canceled"
    return STATUS[charge.state]


def details(charge: Charge) -> dict[str, Any]:
    """What the method adds: an account to pay to, or why a card was refused."""
    if charge.method == "banktransfer":
        reference = f"RF{int(charge.id[3:], 16) % 10**14:014d}"
        account = {"bankAccount": "NL70DEUT0265262313", "bankBic": "DEUTNL2A"}
        bank = {"bankName": "Stichting Mollie Payments", **account}
        return {**bank, "transferReference": reference}
    if charge.method == "creditcard" and status_of(charge) == "failed":
        reason = tables()["reasons"].get(charge.data["decline"], "unknown_reason")
        return {"failureReason": reason, "failureMessage": "The payment was not successful."}
    if charge.method == "directdebit" and status_of(charge) == "failed":
        funds = "insufficient" in charge.data["decline"]
        return {"bankReasonCode": "AM04" if funds else "MS03", "bankReason": "Refused by the bank."}
    return {}


def operation(kind: str, charge: Charge, thing: dict[str, Any]) -> dict[str, Any]:
    """A capture or refund object."""
    links = {"self": link(f"{API}/payments/{charge.id}/{kind}s/{thing['id']}")}
    links["payment"] = link(f"{API}/payments/{charge.id}")
    status = thing["status"]
    return {
        "resource": kind,
        "id": thing["id"],
        "mode": "test",
        "amount": amount(thing["amount"], charge.currency),
        "status": REFUND_STATUS[status] if kind == "refund" else status,
        "description": thing.get("description", ""),
        "metadata": thing.get("metadata"),
        "paymentId": charge.id,
        "_links": links,
    }


def listed(name: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of a list."""
    links = {"self": link(f"{API}/{name}"), "previous": None, "next": None}
    return {"count": len(objects), "_embedded": {name: objects}, "_links": links}
