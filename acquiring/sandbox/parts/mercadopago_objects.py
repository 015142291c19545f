"""What Mercado Pago shows: payments, refunds, tokens, preferences and errors.

Sources: mercadopago/openapi (Apache-2.0); sample answers of mercadopago/sdk-java (MIT).
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.decimals import number
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

CREQ = "eyJzYW5kYm94Ijp0cnVlfQ"  # what the shop posts to the issuer's page
ERRORS = {400: "bad_request", 401: "unauthorized", 404: "not_found", 500: "internal_error"}
STATUS = {
    "action": "pending",
    "pending": "in_process",
    "authorized": "authorized",
    "captured": "approved",
    "declined": "rejected",
    "canceled": "cancelled",
    "expired": "cancelled",
}
REFUND_STATUS = {"succeeded": "approved", "pending": "in_process", "failed": "rejected"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/mercadopago.json`."""
    path = Path(__file__).parents[1] / "data" / "mercadopago.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: int | str, message: str) -> Answer:
    """The error object, with one cause."""
    causes = [{"code": code, "description": message, "data": None}]
    name = ERRORS.get(status, "bad_request")
    return Answer(status, {"message": message, "error": name, "status": status, "cause": causes})


def refuse(status: int, code: int | str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def shown(when: datetime) -> str:
    """A time as Mercado Pago writes it."""
    return when.isoformat(timespec="milliseconds")


def payment(charge: Charge) -> dict[str, Any]:
    """The payment object."""
    body, kind = charge.data["body"], charge.data["kind"]
    assert charge.created_at is not None
    made: dict[str, Any] = {
        "id": int(charge.id),
        "date_created": shown(charge.created_at),
        "date_of_expiration": charge.data.get("expires_at"),
        "operation_type": "regular_payment",
        "payment_method_id": charge.method,
        "payment_type_id": kind,
        "status": status_of(charge),
        "status_detail": detail(charge),
        "currency_id": charge.currency,
        "description": body.get("description"),
        "live_mode": False,
        "payer": {name: body.get("payer", {}).get(name) for name in ("email", "identification")},
        "metadata": body.get("metadata", {}),
        "external_reference": charge.reference,
        "transaction_amount": number(charge.amount, charge.currency),
        "transaction_amount_refunded": number(charge.refunded, charge.currency),
        "captured": charge.state != "authorized",
        "installments": body.get("installments", 1),
        "transaction_details": details(charge),
    }
    if kind == "credit_card" and charge.state not in ("declined", "action"):
        made["authorization_code"] = charge.id[-6:]
    if charge.state == "action":
        made |= waiting(charge)
    return made


def waiting(charge: Charge) -> dict[str, Any]:
    """What the shopper has to see of a payment that waits."""
    kind = charge.data["kind"]
    if kind == "credit_card":
        posted = {"external_resource_url": page_url(charge), "creq": CREQ}
        return {"three_ds_info": posted}
    if charge.method == "pix":
        code = f"00020126580014br.gov.bcb.pix0136{charge.id:0>36}5204000053039865802BR6304ABCD"
        shown_as = {"qr_code": code, "qr_code_base64": "", "ticket_url": page_url(charge)}
        return {"point_of_interaction": {"type": "PIX", "transaction_data": shown_as}}
    return {"barcode": {"content": f"{charge.id:0>44}"}} if kind == "ticket" else {}


def details(charge: Charge) -> dict[str, Any]:
    """The slip or the bank's page."""
    kind, told = charge.data["kind"], charge.data["body"].get("transaction_details", {})
    made: dict[str, Any] = {"external_resource_url": None, **told}
    if kind in ("ticket", "atm") or (kind == "bank_transfer" and charge.method != "pix"):
        made["external_resource_url"] = page_url(charge)
    if kind in ("ticket", "atm"):
        code = charge.id[-10:]
        made |= {"payment_method_reference_id": code, "verification_code": code}
    return made


def status_of(charge: Charge) -> str:
    """The word for how a payment stands."""
    if charge.data.get("disputed"):
        return "charged_back"
    if charge.captured and charge.refunded == charge.captured:
        return "refunded"
    return STATUS[charge.state]


def detail(charge: Charge) -> str:
    """Why, or what is waited for."""
    kind = charge.data["kind"]
    if charge.state == "action":
        card = "pending_challenge" if kind == "credit_card" else "pending_waiting_transfer"
        return "pending_waiting_payment" if kind in ("ticket", "atm") else card
    if charge.state == "declined":
        plain = "cc_rejected_other_reason" if kind == "credit_card" else "rejected_other_reason"
        return str(tables()["rejections"].get(charge.data["decline"], plain))
    said = {"pending": "pending_contingency", "authorized": "pending_capture"}
    ended = {"canceled": "by_collector", "expired": "expired"}
    partly = "partially_refunded" if charge.refunded else "accredited"
    return (said | ended).get(charge.state, partly)


def refund(charge: Charge, thing: dict[str, Any], when: datetime) -> dict[str, Any]:
    """The refund object."""
    return {
        "id": int(thing["id"]),
        "payment_id": int(charge.id),
        "amount": number(thing["amount"], charge.currency),
        "metadata": {},
        "source": {"id": "823549964", "name": "Test", "type": "collector"},
        "date_created": shown(when),
        "refund_mode": "standard",
        "adjustment_amount": 0,
        "status": REFUND_STATUS[thing["status"]],
        "reason": None,
    }
