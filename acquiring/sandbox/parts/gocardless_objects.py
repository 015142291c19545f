"""What GoCardless answers: billing requests, payments, refunds, lists and errors.

Sources: gocardless/gocardless-pro-python fixtures (MIT).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

DOCUMENTATION = "https://developer.gocardless.com/api-reference#"
STATUSES = {
    "pending": "pending_submission",
    "captured": "confirmed",
    "declined": "failed",
    "expired": "failed",
    "canceled": "cancelled",
}
REFUNDS = {"pending": "pending_submission", "succeeded": "paid", "failed": "bounced"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/gocardless.json`."""
    path = Path(__file__).parents[1] / "data" / "gocardless.json"
    return json.loads(path.read_text("utf-8"))


def error(
    status: int, kind: str, reason: str, message: str, field: str = "", links: Any = None
) -> Answer:
    """GoCardless' error object."""
    one: dict[str, Any] = {"message": message}
    one |= {"field": field, "request_pointer": f"/{field}"} if field else {"reason": reason}
    one |= {"links": links} if links else {}
    body = {
        "documentation_url": DOCUMENTATION + (reason or kind),
        "message": message,
        "type": kind,
        "code": status,
        "request_id": secrets.token_hex(16),
        "errors": [one],
    }
    return Answer(status, {"error": body})


def refuse(status: int, kind: str, reason: str, message: str) -> NoReturn:
    """Say no."""
    raise Refuse(error(status, kind, reason, message))


def invalid(field: str, message: str) -> NoReturn:
    """Say no to a member."""
    raise Refuse(error(422, "validation_failed", "", message, field))


def checked(request: Request, root: str, structure: str) -> dict[str, Any]:
    """The object under the root of a body, as its structure wants it; raises Refuse."""
    told = request.json()
    if not isinstance(told, dict) or set(told) != {root}:
        kind, reason = "invalid_api_usage", "invalid_document_structure"
        refuse(400, kind, reason, f"Root element must be {root}.")
    for fault in load("gocardless").faults(structure, told[root]):
        invalid(fault.member, "is required" if fault.kind == "missing" else "is invalid")
    return dict(told[root])


def existing(book: Book, known: str) -> Charge:
    """What has an id of a billing request or payment, locked; raises Refuse."""
    charge = book.charge(known)
    if charge is None and known.startswith("PM"):
        named = book.charges_named(known)
        charge = book.charge(named[0].id) if named else None
    if charge is None:
        refuse(404, "invalid_api_usage", "resource_not_found", "Resource not found")
    return charge


def stamp(book: Book) -> str:
    """The account's time as GoCardless writes it."""
    return book.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def listed(name: str, found: list[Any]) -> dict[str, Any]:
    """A page of a list."""
    return {name: found, "meta": {"cursors": {"before": None, "after": None}, "limit": 50}}


def metadata_of(book: Book, links: Mapping[str, str]) -> dict[str, str]:
    """The metadata of what an event is about."""
    if "refund" in links:
        return dict((book.get("refund", links["refund"]) or {}).get("metadata", {}))
    if "payment" not in links and "billing_request" not in links:
        return {}
    charge = existing(book, links.get("payment") or links["billing_request"])
    return dict(charge.data["body"].get("metadata", {}))


def billing_request(charge: Charge) -> dict[str, Any]:
    """The billing request object."""
    body, links = charge.data["body"], {"creditor": "CR123", "customer": "CU123"}
    for name in ("payment", "mandate"):
        if name in charge.data:
            links[f"{name}_request_{name}"] = charge.data[name]
    wish = {name: body[name] for name in ("mandate_request", "payment_request") if name in body}
    return {
        "id": charge.id,
        "status": charge.data["status"],
        "fallback_enabled": body.get("fallback_enabled", False),
        "metadata": body.get("metadata", {}),
        **wish,
        "links": links,
    }


def payment(charge: Charge) -> dict[str, Any]:
    """The payment object, of a mandate's or a billing request's."""
    body = charge.data["body"]
    told = body.get("payment_request", body)
    status = "charged_back" if charge.data.get("disputed") else STATUSES[charge.state]
    links = {"creditor": "CR123"}
    links |= {"mandate": charge.data["mandate"]} if "mandate" in charge.data else {}
    return {
        "id": charge.data["payment"],
        "amount": charge.amount,
        "amount_refunded": charge.refunded,
        "currency": charge.currency,
        "description": told.get("description", ""),
        "scheme": charge.method,
        "status": status,
        "metadata": told.get("metadata", {}),
        "links": links,
    }


def refund(charge: Charge, thing: Mapping[str, Any]) -> dict[str, Any]:
    """The refund object."""
    return {
        "id": thing["id"],
        "amount": thing["amount"],
        "currency": charge.currency,
        "status": REFUNDS[thing["status"]],
        "metadata": thing.get("metadata", {}),
        "links": {"payment": charge.data["payment"]},
    }
