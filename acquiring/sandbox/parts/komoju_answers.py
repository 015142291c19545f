"""What KOMOJU says: payments, refunds, secure tokens, errors.

Sources: recorded payments of docs.komoju.com, doc.komoju.com (errors, 3-D Secure).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

OFFLINE = ("konbini", "bank_transfer", "pay_easy")
FAILURES = {
    "": ("card_declined", "Your card has been declined."),
    "insufficient_funds": ("insufficient_funds", "Insufficient funds."),
    "wallet_balance_low": ("insufficient_funds", "Insufficient funds."),
    "amount_limit_exceeded": ("exceeds_limit", "Exceeds card limit"),
    "count_limit_exceeded": ("exceeds_limit", "Exceeds card limit"),
    "incorrect_cvc": (
        "bad_verification_value",
        "The security code you have entered is incorrect.",
    ),
    "expired_card": ("card_expired", "Your card has expired."),
    "invalid_number": ("invalid_number", "The number you requested is invalid."),
    "invalid_account": ("invalid_account", "Invalid account."),
    "restricted_card": ("restricted_account", "Restricted account."),
    "suspected_fraud": ("fraudulent", "This payment is fraudulent."),
    "provider_risk_rejected": ("fraudulent", "This payment is fraudulent."),
    "processing_error": ("other_error", "An error occurred."),
}
STATUSES = {
    "action": "pending",
    "pending": "pending",
    "authorized": "authorized",
    "captured": "captured",
    "declined": "failed",
    "canceled": "cancelled",
    "expired": "expired",
}


def error(status: int, code: str, message: str, param: str | None = None) -> Answer:
    """An error object."""
    told: dict[str, Any] = {"code": code, "message": message, "param": param, "details": {}}
    return Answer(status, {"error": told})


def refuse(code: str, message: str, status: int = 422, param: str | None = None) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message, param))


def new() -> str:
    """An id as KOMOJU makes them: 25 letters and digits."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(secrets.choice(letters) for _ in range(25))


def moment(time: datetime) -> str:
    """A time as KOMOJU writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def token_object(thing: Mapping[str, Any], url: str | None) -> dict[str, Any]:
    """A secure token."""
    return {
        "id": thing["id"],
        "resource": "secure_token",
        "created_at": thing["created_at"],
        "verification_status": thing["status"],
        "authentication_url": url,
    }


def refund_object(made: Mapping[str, Any], charge: Charge, now: datetime) -> dict[str, Any]:
    """A refund, as it stands in its payment."""
    return {
        "id": made["id"],
        "resource": "refund",
        "amount": made["amount"],
        "currency": charge.currency,
        "payment": charge.id,
        "description": made["reference"],
        "created_at": moment(now),
        "chargeback": bool(made.get("chargeback")),
    }


def payment_object(charge: Charge) -> dict[str, Any]:
    """A payment, from its first step to its refunds."""
    data, word = charge.data, STATUSES[charge.state]
    if charge.method in OFFLINE and word == "pending":
        word = "authorized"
    if charge.captured and charge.refunded == charge.captured:
        word = "refunded"
    created = moment(charge.created_at or datetime.now(UTC))
    return {
        "id": charge.id,
        "resource": "payment",
        "status": word,
        "amount": charge.amount,
        "tax": 0,
        "customer": data["customer"],
        "payment_deadline": data["deadline"],
        "payment_details": details_object(charge),
        "payment_method_fee": 0,
        "total": charge.amount,
        "currency": charge.currency,
        "description": data["description"],
        "captured_at": created if charge.captured else None,
        "external_order_num": data["order"],
        "metadata": data["metadata"],
        "created_at": created,
        "amount_refunded": charge.refunded,
        "locale": "en",
        "session": None,
        "customer_family_name": None,
        "customer_given_name": None,
        "mcc": None,
        "statement_descriptor": None,
        "refunds": data.get("refunds", []),
        "refund_requests": [],
    }


def details_object(charge: Charge) -> dict[str, Any]:
    """How it is paid, with what the shopper needs for it."""
    data, number = charge.data, str(charge.data["number"])
    if data["card"]:
        return dict(data["card"])
    shown = {"type": charge.method, **data["details"]}
    if charge.method not in OFFLINE:
        return shown | {"redirect_url": page_url(charge)}
    shown["instructions_url"] = f"https://komoju.com/en/instructions/{charge.id}"
    if charge.method == "konbini":
        return shown | {"confirmation_code": number[:4], "receipt": number}
    if charge.method == "pay_easy":
        return shown | {"bank_id": "58091", "customer_id": number, "confirmation_id": number[:6]}
    return shown | {
        "order_id": number[:6],
        "bank_name": "Sandbox Bank",
        "account_branch_name": "Main",
        "account_number": number[:7],
        "account_type": "ordinary",
        "account_name": "KOMOJU",
    }
