"""What Omise says: charges, refunds, cards, errors.

Sources: the recorded answers of omise/omise-go (MIT), docs.omise.co (charges, api-errors).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

API = "https://api.omise.co"
HOLD = {"JPY": timedelta(days=30)}  # everywhere else 7
FAILURES = {
    "insufficient_funds": ("insufficient_fund", "insufficient funds in the account"),
    "wallet_balance_low": ("insufficient_balance", "insufficient balance"),
    "lost_card": ("stolen_or_lost_card", "card is stolen or lost"),
    "stolen_card": ("stolen_or_lost_card", "card is stolen or lost"),
    "pickup_card": ("stolen_or_lost_card", "card is stolen or lost"),
    "processing_error": ("failed_processing", "the card processing has failed"),
    "issuer_unavailable": ("failed_processing", "the card processing has failed"),
    "incorrect_cvc": ("invalid_security_code", "the security code is invalid"),
    "suspected_fraud": ("failed_fraud_check", "the card is marked as fraudulent"),
    "provider_risk_rejected": ("failed_fraud_check", "the card is marked as fraudulent"),
    "invalid_number": ("invalid_account_number", "valid account number not found"),
    "shopper_canceled": ("payment_cancelled", "payment was cancelled"),
    "payment_expired": ("payment_expired", "payment expired"),
}
REJECTED = ("payment_rejected", "the payment was rejected by the issuer")
STATUSES = {
    "action": "pending",
    "pending": "pending",
    "authorized": "pending",
    "captured": "successful",
    "declined": "failed",
    "canceled": "reversed",
    "expired": "expired",
}
BRANDS = {"4": "Visa", "5": "MasterCard", "34": "American Express", "37": "American Express"}


@lru_cache(maxsize=1)
def flows() -> dict[str, str]:
    """How each source type asks its shopper."""
    path = Path(__file__).parents[1] / "data" / "omise.json"
    table = json.loads(path.read_text("utf-8"))["flows"]
    return {kind: flow for flow, kinds in table.items() for kind in kinds}


def error(status: int, code: str, message: str) -> Answer:
    """An error object."""
    place = f"https://docs.omise.co/api/errors#{code.replace('_', '-')}"
    body = {"object": "error", "location": place, "code": code, "message": message}
    return Answer(status, body)


def refuse(code: str, message: str, status: int = 400) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def new(kind: str) -> str:
    """An id of the test mode as Omise makes them."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    return f"{kind}_test_" + "".join(secrets.choice(letters) for _ in range(19))


def moment(time: datetime) -> str:
    """A time as Omise writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry(charge: Charge) -> datetime:
    """When an unfinished charge ends."""
    assert charge.created_at is not None
    return charge.created_at + HOLD.get(charge.currency, timedelta(days=7))


def card_object(card: Mapping[str, Any], card_id: str) -> dict[str, Any]:
    """What is kept of a card: never its number."""
    number = str(card["number"])
    brand = next((name for head, name in BRANDS.items() if number.startswith(head)), "JCB")
    return {
        "object": "card",
        "id": card_id,
        "livemode": False,
        "last_digits": number[-4:],
        "brand": brand,
        "expiration_month": card["expiration_month"],
        "expiration_year": card["expiration_year"],
        "name": card["name"],
        "security_code_check": bool(card.get("security_code")),
    }


def refund_object(one: Mapping[str, Any], charge: Charge) -> dict[str, Any]:
    """A refund."""
    return {
        "object": "refund",
        "id": one["id"],
        "location": f"/charges/{charge.id}/refunds/{one['id']}",
        "amount": one["amount"],
        "currency": charge.currency,
        "charge": charge.id,
        "metadata": one.get("metadata", {"reference": one["reference"]}),
        "transaction": one["id"].replace("rfnd", "trxn"),
        "voided": False,
        "status": {"succeeded": "closed", "pending": "pending"}[one["status"]],
    }


def charge_object(charge: Charge) -> dict[str, Any]:
    """A charge, from hold to refund."""
    data, state = charge.data, charge.state
    code, message = None, None
    if state in ("declined", "expired"):
        code, message = FAILURES.get(str(data.get("decline", "")), REJECTED)
    held = state == "authorized"
    paid = charge.captured > 0
    card = data.get("card")
    return {
        "object": "charge",
        "id": charge.id,
        "location": f"/charges/{charge.id}",
        "livemode": False,
        "amount": charge.amount,
        "authorization_type": data["authorization_type"],
        "authorized_amount": charge.amount if held or (paid and card) else 0,
        "captured_amount": charge.captured,
        "refunded_amount": charge.refunded,
        "currency": charge.currency,
        "description": data["description"],
        "metadata": data["metadata"],
        "status": STATUSES[state],
        "capture": not data["manual"],
        "authorized": held or paid,
        "capturable": held,
        "paid": paid,
        "reversed": state == "canceled",
        "reversible": held,
        "refundable": paid and charge.refunded < charge.captured,
        "expired": state == "expired",
        "transaction": charge.id.replace("chrg", "trxn") if paid else None,
        "failure_code": code,
        "failure_message": message,
        "card": card,
        "customer": data["customer"],
        "source": source_object(charge) if not card else None,
        "ip": None,
        "return_uri": data["return_uri"],
        "authorize_uri": page_url(charge) if shows_page(charge) else None,
        "dispute": None,
        "created_at": moment(charge.created_at or datetime.now(UTC)),
        "expires_at": moment(expiry(charge)),
    }


def shows_page(charge: Charge) -> bool:
    """Whether there is a page to send the shopper to."""
    return charge.state == "action" and flows().get(charge.method, "redirect") != "offline"


def source_object(charge: Charge) -> dict[str, Any]:
    """The source of a charge, with what the shopper scans or quotes."""
    scanned: dict[str, Any] | None = None
    quoted: dict[str, Any] | None = None
    if flows()[charge.method] == "offline" and charge.page == "counter":
        number = str(int(charge.data["number"], 16))[:18].rjust(18, "0")
        barcode = f"{API}/charges/{charge.id}/documents/barcode/downloads/1"
        until = moment(expiry(charge))
        quoted = {"reference_number_1": number, "barcode": barcode, "expires_at": until}
        quoted["payment_code"] = None
    elif flows()[charge.method] == "offline":
        link = f"{API}/charges/{charge.id}/documents/{new('docu')}/downloads/1"
        scanned = {"object": "barcode", "type": "qr", "image": {"download_uri": link}}
    return {
        "object": "source",
        "id": charge.data["source_id"],
        "livemode": False,
        "amount": charge.amount,
        "currency": charge.currency,
        "flow": flows()[charge.method],
        "type": charge.method,
        "charge_status": STATUSES[charge.state],
        "scannable_code": scanned,
        "references": quoted,
    }
