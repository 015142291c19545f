"""What Airwallex shows: intents, attempts, refunds, disputes and errors.

Sources: @airwallex/node-sdk 2.0.0-beta.4 (MIT), response models; airwallex.com/docs, payment
statuses.
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

INTENT = {
    "action": "REQUIRES_CUSTOMER_ACTION",
    "pending": "PENDING",
    "authorized": "REQUIRES_CAPTURE",
    "captured": "SUCCEEDED",
    "declined": "REQUIRES_PAYMENT_METHOD",
    "expired": "REQUIRES_PAYMENT_METHOD",
    "canceled": "CANCELLED",
}
ATTEMPT = {
    "action": "AUTHENTICATION_REDIRECTED",
    "pending": "PENDING_AUTHORIZATION",
    "authorized": "AUTHORIZED",
    "captured": "CAPTURE_REQUESTED",
    "declined": "FAILED",
    "expired": "EXPIRED",
    "canceled": "CANCELLED",
}
REFUND = {"pending": "RECEIVED", "succeeded": "SETTLED", "failed": "FAILED"}
CODED = ("pay_now", "duit_now", "prompt_pay", "fps", "wechatpay")


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/airwallex.json`."""
    path = Path(__file__).parents[1] / "data" / "airwallex.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: str, message: str, source: str = "", **more: str) -> Answer:
    """Airwallex's error."""
    named = {"source": source} if source else {}
    return Answer(status, {"code": code, "message": message, **named, **more})


def refuse(status: int, code: str, message: str, source: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message, source))


def shown(when: datetime) -> str:
    """A time as Airwallex writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def reason(charge: Charge) -> tuple[str, str]:
    """Airwallex's code of a decline, and the scheme's where an issuer declined."""
    decline = charge.data.get("decline", "")
    if charge.method == "card" and decline not in tables()["codes"]:
        code = charge.data["issuer"] or tables()["issuer_codes"].get(decline, "05")
        return "issuer_declined", code
    return tables()["codes"].get(decline, "provider_declined"), ""


def declined(charge: Charge) -> Answer:
    """The answer to a confirmation that was declined."""
    code, issuer = reason(charge)
    more = {"provider_original_response_code": issuer} if issuer else {}
    return error(400, code, "The payment was declined.", **more)


def waiting_intent(data: dict[str, Any]) -> dict[str, Any]:
    """An intent that was not confirmed yet."""
    return {
        "id": data["id"],
        "request_id": data["request_id"],
        "amount": number(data["amount"], data["currency"]),
        "currency": data["currency"],
        "merchant_order_id": data["merchant_order_id"],
        "metadata": data["metadata"],
        "status": "REQUIRES_PAYMENT_METHOD",
        "captured_amount": 0,
        "created_at": data["created_at"],
        "updated_at": data["created_at"],
    }


def intent_object(charge: Charge) -> dict[str, Any]:
    """An intent and its latest attempt."""
    members = waiting_intent(charge.data) | {
        "status": INTENT[charge.state],
        "captured_amount": number(charge.captured, charge.currency),
        "latest_payment_attempt": attempt_object(charge),
    }
    if charge.state == "action":
        members["next_action"] = next_action(charge)
    return members


def next_action(charge: Charge) -> dict[str, Any]:
    """A page for the shopper, or a code to scan."""
    url = page_url(charge)
    if charge.method in CODED and charge.data["stated"] != "mweb":
        return {"type": "render_qrcode", "qrcode": f"000201{charge.id}", "url": url}
    return {"type": "redirect", "method": "GET", "url": url}


def attempt_object(charge: Charge) -> dict[str, Any]:
    """One try at paying an intent."""
    data = charge.data
    card = {"card": {"last4": data["last4"]}} if charge.method == "card" else {}
    members = {
        "id": data["attempt"],
        "payment_intent_id": charge.id,
        "merchant_order_id": charge.reference,
        "amount": number(charge.amount, charge.currency),
        "currency": charge.currency,
        "payment_method": {"type": charge.method, **card},
        "payment_method_options": data["options"],
        "status": ATTEMPT[charge.state],
        "captured_amount": number(charge.captured, charge.currency),
        "refunded_amount": number(charge.refunded, charge.currency),
        "created_at": data["created_at"],
        "updated_at": data["created_at"],
    }
    if charge.method == "card" and charge.state in ("authorized", "captured"):
        members["payment_method_transaction_id"] = data["transaction"]
        members["authorization_code"] = "676405"
        members["authentication_data"] = {"avs_result": "U", "cvc_result": "Y"}
    if charge.state == "declined":
        code, issuer = reason(charge)
        members |= {"failure_code": code, "provider_original_response_code": issuer}
    return members


def refund_object(charge: Charge, made: dict[str, Any]) -> dict[str, Any]:
    """A refund."""
    return {
        "id": made["id"],
        "request_id": made["reference"],
        "payment_intent_id": charge.id,
        "payment_attempt_id": charge.data["attempt"],
        "amount": number(made["amount"], charge.currency),
        "currency": charge.currency,
        "status": REFUND[made["status"]],
        "created_at": charge.data["created_at"],
        "updated_at": charge.data["created_at"],
    }


def dispute_object(charge: Charge, now: datetime) -> dict[str, Any]:
    """A chargeback that waits for the merchant's word."""
    return {
        "id": f"dis_{charge.id.removeprefix('int_')}",
        "payment_intent_id": charge.id,
        "payment_attempt_id": charge.data["attempt"],
        "merchant_order_id": charge.reference,
        "amount": number(charge.captured, charge.currency),
        "currency": charge.currency,
        "stage": "CHARGEBACK",
        "status": "REQUIRES_RESPONSE",
        "reason": {"type": "FRAUD", "description": "Fraudulent", "original_code": "10.4"},
        "due_at": shown(now + timedelta(days=14)),
        "created_at": shown(now),
    }
