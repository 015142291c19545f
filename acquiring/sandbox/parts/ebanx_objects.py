"""What EBANX shows: payments, refunds and errors.

Sources: answers recorded by activemerchant/active_merchant (MIT); docs.ebanx.com (transaction
status of cards and of other methods, Pix).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.core.money import Money
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUS = {
    "pending": "PE",
    "authorized": "PE",
    "captured": "CO",
    "declined": "CA",
    "canceled": "CA",
    "expired": "CA",
}
REFUND_STATUS = {"pending": "RE", "succeeded": "CO", "failed": "CA"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/ebanx.json`."""
    path = Path(__file__).parents[1] / "data" / "ebanx.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(code: str, message: str, status: int = 200) -> Answer:
    """An error, which is HTTP 200 as a rule."""
    return Answer(status, {"status": "ERROR", "status_code": code, "status_message": message})


def refuse(code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(code, message))


def success(payment: dict[str, Any], **members: Any) -> Answer:
    """What a call that was understood is answered."""
    return Answer(200, {"payment": payment, **members, "status": "SUCCESS"})


def shown(when: datetime | None) -> str | None:
    """A time as EBANX writes it."""
    return when.strftime("%Y-%m-%d %H:%M:%S") if when else None


def payment(book: Book, charge: Charge) -> dict[str, Any]:
    """The payment object."""
    body, is_card = charge.data["payment"], charge.method == "creditcard"
    assert charge.created_at is not None
    amount = Money(charge.amount, charge.currency).major()
    made: dict[str, Any] = {
        "hash": charge.id,
        "pin": str(int(charge.id[:8], 16))[-9:].zfill(9),
        "country": body["country"],
        "merchant_payment_code": charge.reference,
        "order_number": body.get("order_number"),
        "status": status_of(charge),
        "open_date": shown(charge.created_at),
        "confirm_date": shown(book.now) if charge.captured else None,
        "amount_ext": amount,
        "amount_br": amount,
        "currency_ext": charge.currency,
        "due_date": (charge.created_at + timedelta(days=3)).date().isoformat(),
        "instalments": str(body.get("instalments", 1)),
        "payment_type_code": charge.method,
        "pre_approved": charge.state in ("authorized", "captured"),
        "capture_available": charge.state == "authorized",
        "customer": {"document": body.get("document"), "name": body["name"].upper()},
    }
    if status := transaction_status(charge, is_card):
        made["transaction_status"] = status
    if refunds := book.find("refund", charge.id):
        made["refunds"] = [refund(charge, one, book.now) for one in refunds]
    if charge.state == "action":
        made |= waiting(charge)
    return made


def waiting(charge: Charge) -> dict[str, Any]:
    """The members that have the method's name."""
    code, page = charge.method, page_url(charge)
    if code == "pix":
        value = f"00020126360014BR.GOV.BCB.PIX0114{charge.id[:14]}5204000053039865802BR6304ABCD"
        return {"pix": {"qr_code_value": value, "qr_code_url": page}}
    if code not in tables()["slips"]:
        return {}
    prefix = code.replace("-", "_")
    bars = {f"{prefix}_barcode": f"{int(charge.id[:12], 16):0>47}"} if code != "baloto" else {}
    return {f"{prefix}_url": page, **bars}


def status_of(charge: Charge) -> str:
    """OP while the shopper has to choose or to identify, PE while a slip or code waits."""
    if charge.state == "action":
        waits = charge.method in (*tables()["slips"], "pix", "spei", "nequi")
        return "PE" if waits else "OP"
    return STATUS[charge.state]


def transaction_status(charge: Charge, is_card: bool) -> dict[str, str]:
    """What the acquirer has said."""
    told = {"acquirer": "EBANX", "code": "NOK"}
    if charge.state == "canceled":
        if is_card:
            return told | {"description": "Sandbox - Test credit card, transaction cancelled"}
        return told | {"description": "Canceled", "description_code": "CANCELED_BY_MERCHANT"}
    if charge.state == "declined":
        why = charge.data["decline"]
        if is_card:
            return told | {"description": tables()["card_texts"].get(why, "Not accepted")}
        code = tables()["other_codes"].get(why, "CANNOT_TRANSACTION")
        return told | {"description": "Not accepted", "description_code": code}
    if is_card and charge.state in ("authorized", "captured"):
        return {"acquirer": "EBANX", "code": "OK", "description": "Accepted", "authcode": "12345"}
    return {}


def refund(charge: Charge, thing: dict[str, Any], when: datetime) -> dict[str, Any]:
    """The refund object."""
    status = REFUND_STATUS[thing["status"]]
    return {
        "id": thing["id"],
        "merchant_refund_code": thing["reference"] or None,
        "status": status,
        "request_date": shown(when),
        "confirm_date": shown(when) if status == "CO" else None,
        "cancel_date": shown(when) if status == "CA" else None,
        "amount_ext": Money(thing["amount"], charge.currency).major(),
        "description": "refund",
    }
