"""What Razorpay says: orders, payments, refunds, errors.

Sources: the recorded answers of razorpay/razorpay-python (MIT); razorpay.com/docs (error reasons).
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from acquiring.core.money import Money
from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "action": "created",
    "pending": "created",
    "authorized": "authorized",
    "captured": "captured",
    "declined": "failed",
    "expired": "failed",
    "canceled": "refunded",
}
REFUNDS = {"succeeded": "processed", "pending": "pending", "failed": "failed"}
# The reason of a unified decline; of any other, that of the first.
REASONS = {
    "generic_decline": "card_declined",
    "insufficient_funds": "insufficient_funds",
    "expired_card": "card_expired",
    "incorrect_cvc": "incorrect_cvv",
    "authentication_failed": "authentication_failed",
    "authentication_canceled": "payment_cancelled",
    "shopper_canceled": "payment_cancelled",
    "payment_expired": "payment_timed_out",
    "blocked_card": "debit_instrument_blocked",
    "card_not_active": "debit_instrument_inactive",
    "provider_risk_rejected": "payment_risk_check_failed",
    "amount_limit_exceeded": "transaction_limit_exceeded",
    "transaction_not_permitted": "card_disabled_for_online_payments",
    "acquirer_unavailable": "gateway_technical_error",
    "issuer_unavailable": "bank_technical_error",
    "wallet_balance_low": "insufficient_wallet_balance",
}
BY_SHOPPER = frozenset({"payment_cancelled", "incorrect_cvv", "insufficient_funds"})


def error(status: int, text: str, field: str = "", code: str = "BAD_REQUEST_ERROR") -> Answer:
    """An error of a call."""
    said: dict[str, Any] = {
        "code": code,
        "description": text,
        "source": "business",
        "step": "payment_initiation",
        "reason": "input_validation_failed",
        "metadata": {},
    }
    return Answer(status, {"error": said | ({"field": field} if field else {})})


def refuse(text: str, field: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(400, text, field))


def new(kind: str) -> str:
    """An id as Razorpay makes them."""
    letters = string.ascii_letters + string.digits
    return f"{kind}_" + "".join(secrets.choice(letters) for _ in range(14))


def reason(charge: Charge) -> str:
    """Why a payment failed."""
    return REASONS.get(str(charge.data.get("decline", "")), REASONS["generic_decline"])


def why(charge: Charge) -> dict[str, str]:
    """Why a payment failed, in the members of an error."""
    said = reason(charge)
    return {
        "code": "BAD_REQUEST_ERROR",
        "description": f"Your payment could not be completed: {said.replace('_', ' ')}.",
        "source": "customer" if said in BY_SHOPPER else "bank",
        "step": "payment_authorization",
        "reason": said,
    }


def failure(charge: Charge) -> Answer:
    """A payment that was declined at once."""
    made = {"payment_id": charge.id, "order_id": charge.data["order"]}
    return Answer(400, {"error": {**why(charge), "metadata": made}})


def next_steps(charge: Charge) -> dict[str, Any]:
    """What the shopper does next; a payment nobody must see a page for has none."""
    if charge.state != "action":
        return {}
    if charge.method == "upi":
        sum_told = Money(charge.amount, charge.currency).major()
        link = f"upi://pay?pa=shop@bank&tr={charge.id}&am={sum_told}&cu={charge.currency}"
        return {"next": [{"action": "intent", "url": link}]}
    return {"next": [{"action": "redirect", "url": page_url(charge)}]}


def order_shown(made: Mapping[str, Any], payments: Sequence[Charge]) -> dict[str, Any]:
    """An order, as far as it is paid."""
    paid = sum(one.captured for one in payments)
    status = "paid" if paid else "attempted" if payments else "created"
    return {
        "id": made["id"],
        "entity": "order",
        "amount": made["amount"],
        "amount_paid": paid,
        "amount_due": made["amount"] - paid,
        "currency": made["currency"],
        "receipt": made.get("receipt"),
        "status": status,
        "attempts": len(payments),
        "notes": made.get("notes", []),
        "created_at": made["created_at"],
    }


def payment_shown(charge: Charge) -> dict[str, Any]:
    """A payment."""
    data, paid = charge.data, charge.captured > 0
    whole = paid and charge.refunded == charge.captured
    failed = charge.state in ("declined", "expired")
    said = why(charge) if failed else {}
    names = ("code", "description", "source", "step", "reason")
    is_card = charge.method in ("card", "emi")
    given_back = "full" if whole else "partial" if charge.refunded else None
    return {
        "id": charge.id,
        "entity": "payment",
        "amount": charge.amount,
        "currency": charge.currency,
        "status": "refunded" if whole else STATUSES[charge.state],
        "order_id": data["order"],
        "international": False,
        "method": charge.method,
        "amount_refunded": charge.refunded,
        "refund_status": given_back,
        "captured": paid,
        "card": {"entity": "card", "last4": data["last4"]} if is_card else None,
        "bank": data["bank"],
        "wallet": data["wallet"],
        "vpa": None,
        "email": data["email"],
        "contact": data["contact"],
        "notes": data["notes"],
        **{f"error_{name}": said.get(name) for name in names},
        "acquirer_data": {"auth_code": str(sum(map(ord, charge.id)))} if is_card and paid else {},
        "created_at": int((charge.created_at or datetime.now(UTC)).timestamp()),
    }


def refund_shown(one: Mapping[str, Any], charge: Charge, body: Mapping[str, Any]) -> dict[str, Any]:
    """A refund."""
    return {
        "id": one["id"],
        "entity": "refund",
        "amount": one["amount"],
        "currency": charge.currency,
        "payment_id": charge.id,
        "notes": body.get("notes", []),
        "receipt": one["reference"],
        "status": REFUNDS[one["status"]],
        "speed_requested": body.get("speed", "normal"),
        "speed_processed": "normal",
    }


def dispute(charge: Charge, now: datetime) -> dict[str, Any]:
    """A chargeback of all that was captured."""
    return {
        "id": new("disp"),
        "entity": "dispute",
        "payment_id": charge.id,
        "amount": charge.captured,
        "currency": charge.currency,
        "amount_deducted": 0,
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": int((now + timedelta(days=7)).timestamp()),
        "status": "open",
        "phase": "chargeback",
    }
