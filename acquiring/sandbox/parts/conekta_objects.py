"""What Conekta shows: orders with their charges and refunds, events and errors.

Sources: conekta/openapi 2.3.0 and its mock server (MIT).
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

TYPES = {
    400: "parameter_validation_error",
    401: "authentication_error",
    402: "processing_error",
    404: "resource_not_found_error",
    422: "parameter_validation_error",
    428: "precondition_required_error",
    500: "api_error",
    503: "api_error",
}
STATUS = {
    "action": "pending_payment",
    "pending": "pending_payment",
    "authorized": "pre_authorized",
    "captured": "paid",
    "declined": "declined",
    "canceled": "canceled",
    "expired": "expired",
}
OBJECTS = {"card": "card_payment", "cash": "cash_payment", "spei": "bank_transfer_payment"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/conekta.json`."""
    path = Path(__file__).parents[1] / "data" / "conekta.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: str, message: str, param: str = "") -> Answer:
    """The error object, with one detail."""
    told = {"code": f"conekta.errors.{code}", "message": message, "debug_message": message}
    detail = told | ({"param": param} if param else {})
    body = {"details": [detail], "log_id": secrets.token_hex(12), "object": "error"}
    return Answer(status, body | {"type": TYPES[status]})


def refuse(status: int, code: str, message: str, param: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message, param))


def seconds(when: datetime | str | None) -> int | None:
    """Unix time of a moment, or of its ISO text."""
    known = datetime.fromisoformat(when) if isinstance(when, str) else when
    return int(known.timestamp()) if known else None


def reason(charge: Charge) -> str:
    """The code of a decline."""
    found = tables()["reasons"].get(charge.data["decline"], "bank.declined")
    return f"conekta.errors.processing.{found}"


def order(book: Book, charge: Charge) -> dict[str, Any]:
    """The order object."""
    body = charge.data["body"]
    made: dict[str, Any] = {
        "object": "order",
        "id": charge.id,
        "livemode": False,
        "amount": charge.amount,
        "amount_refunded": charge.refunded,
        "currency": charge.currency,
        "payment_status": status_of(charge),
        "customer_info": {**body["customer_info"], "object": "customer_info"},
        "metadata": body.get("metadata", {}),
        "is_refundable": charge.captured > charge.refunded,
        "line_items": listed([{**one, "object": "line_item"} for one in body["line_items"]]),
        "created_at": seconds(charge.created_at),
        "updated_at": seconds(book.now),
    }
    if charge.state == "action" and charge.page == "three_ds":
        page = {"url": page_url(charge), "return_url": body.get("return_url", "")}
        return made | {"next_action": {"type": "redirect_to_url", "redirect_to_url": page}}
    if charge.data["kind"] == "hosted":
        page = {"id": charge.id, "object": "checkout", "livemode": False, "url": page_url(charge)}
        page |= {"name": "checkout", "type": "HostedPayment", "status": "Issued"}
        made["checkout"] = page
        if charge.state == "action":
            return made
    return made | {"charges": listed([charge_object(book, charge)])}


def listed(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """A list object."""
    return {"object": "list", "has_more": False, "total": len(objects), "data": objects}


def status_of(charge: Charge) -> str:
    """The word for how an order stands."""
    if charge.data.get("disputed"):
        return "charged_back"
    if charge.refunded:
        return "refunded" if charge.refunded == charge.captured else "partially_refunded"
    return STATUS[charge.state]


def charge_object(book: Book, charge: Charge) -> dict[str, Any]:
    """The charge of an order."""
    asked = (charge.data["body"].get("charges") or [{}])[0]
    made: dict[str, Any] = {
        "object": "charge",
        "id": charge.data["charge"],
        "order_id": charge.id,
        "livemode": False,
        "amount": charge.captured or charge.amount,
        "currency": charge.currency,
        "created_at": seconds(charge.created_at),
        "description": "Payment from order",
        "reference_id": asked.get("reference_id"),
        "status": status_of(charge),
        "payment_method": method(charge),
        "failure_code": None,
        "failure_message": None,
    }
    if charge.state == "declined":
        made |= {"failure_code": reason(charge), "failure_message": "The card was declined."}
    refunds = [refund(one) for one in book.find("refund", charge.id)]
    if refunds:
        made["refunds"] = listed(refunds)
    if charge.data.get("disputed"):
        told = {"id": f"chbk_{charge.id[4:]}", "status": "action_required", "object": "chargeback"}
        made["chargeback"] = told | {"reason": "unrecognized", "charge_id": made["id"]}
    return made


def method(charge: Charge) -> dict[str, Any]:
    """How a charge is paid, with what the shopper has to know."""
    kind, expires = charge.data["kind"], seconds(charge.data.get("expires_at"))
    number = str(int(charge.id[4:], 16))[:14].zfill(14)
    if kind == "spei":
        account = f"646180{number[:12]}"
        bank = {"clabe": account, "bank": "STP", "receiving_account_bank": "STP"}
        return {"type": "spei", "object": OBJECTS[kind], **bank, "expires_at": expires}
    if kind == "cash":
        slip = {"service_name": "OxxoPay", "store": "oxxo", "reference": number}
        bars = f"https://barcodes.conekta.com/{number}.png"
        told = {"barcode_url": bars, "expires_at": expires}
        return {"type": "oxxo", "object": OBJECTS[kind], **slip, **told}
    if kind in ("bnpl", "pay_by_bank"):
        page = {"product_type": charge.method, "redirect_url": page_url(charge)}
        app = {"deep_link": page_url(charge), "reference": number} if kind == "pay_by_bank" else {}
        return {"type": kind, "object": f"{kind}_payment", **page, **app, "expires_at": expires}
    shown = {"brand": "visa", "last4": charge.data.get("last4", "4242"), "issuer": "BANAMEX"}
    return {"type": "credit", "object": "card_payment", **shown, "auth_code": "867372"}


def refund(thing: dict[str, Any]) -> dict[str, Any]:
    """A refund object: its amount is negative, and it has a status only until it is done."""
    status = {"pending": "pending", "failed": "declined"}.get(thing["status"])
    made = {"object": "refund", "id": thing["id"], "amount": -thing["amount"]}
    made |= {"created_at": thing["created_at"], "auth_code": "867372"}
    return made | ({"status": status} if status else {})
