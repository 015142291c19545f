"""What Checkout.com says: payments, actions, errors, events.

Sources: checkout.com/docs (payments, webhook event types, response codes) and the recorded answers
of activemerchant (MIT).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from acquiring.core.money import exponent, rescale
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

API = "https://api.sandbox.checkout.com/payments"
STATUSES = {
    "action": "Pending",
    "pending": "Pending",
    "authorized": "Authorized",
    "captured": "Captured",
    "declined": "Declined",
    "canceled": "Voided",
    "expired": "Expired",
}
# The response code and summary of a unified decline; of any other, that of the first.
DECLINES = {
    "generic_decline": ("20005", "Declined - Do Not Honour"),
    "insufficient_funds": ("20051", "Insufficient Funds"),
    "expired_card": ("30033", "Expired Card - Pick Up"),
    "invalid_number": ("20014", "Invalid Card Number"),
    "incorrect_cvc": ("20087", "Bad Track Data (invalid CVV and/or expiry date)"),
    "amount_limit_exceeded": ("20061", "Exceeds Withdrawal Value/Amount Limits"),
    "count_limit_exceeded": ("20065", "Exceeds Withdrawal Frequency Limit"),
    "restricted_card": ("20062", "Restricted Card"),
    "security_violation": ("20063", "Security Violation"),
    "transaction_not_permitted": ("20057", "Transaction not permitted to cardholder"),
    "suspected_fraud": ("20059", "Suspected Fraud"),
    "lost_card": ("30041", "Lost Card - Pick Up"),
    "stolen_card": ("30043", "Stolen Card - Pick Up"),
    "pickup_card": ("30004", "Pick up card (No fraud)"),
    "issuer_unavailable": ("20091", "Issuer unavailable or switch is inoperative"),
    "processing_error": ("20096", "System malfunction"),
    "duplicate_transaction": ("20094", "Duplicate transmission/invoice"),
    "authentication_required": ("20154", "3DS authentication required"),
    "authentication_failed": ("20151", "Cardholder failed 3DS authentication"),
    "authentication_canceled": ("20151", "Cardholder failed 3DS authentication"),
    "authentication_timed_out": ("20152", "Initial 3DS transaction not completed in 15 minutes"),
    "provider_risk_rejected": ("40101", "Risk blocked transaction"),
    "recurring_stopped": ("200R3", "Issuer initiated a stop payment for all authorizations"),
    "currency_not_supported": ("20106", "Unsupported currency"),
    "card_not_supported": ("20103", "Card type/Payment method not supported"),
    "invalid_merchant": ("20003", "Invalid merchant or service provider"),
    "call_issuer": ("20001", "Refer to card issuer"),
    "pin_tries_exceeded": ("20075", "Allowable PIN tries exceeded"),
}
KINDS = {"capture": "Capture", "void": "Void", "refund": "Refund"}
EVENTS = {
    ("capture", "succeeded"): "payment_captured",
    ("capture", "failed"): "payment_capture_declined",
    ("void", "succeeded"): "payment_voided",
    ("refund", "succeeded"): "payment_refunded",
    ("refund", "failed"): "payment_refund_declined",
}
BRANDS = {"4": "Visa", "5": "Mastercard", "34": "American Express", "37": "American Express"}


def refuse(*codes: str) -> NoReturn:
    """Say that the request is invalid."""
    body = {"request_id": new("req"), "error_type": "request_invalid", "error_codes": list(codes)}
    raise Refuse(Answer(422, body))


def new(kind: str) -> str:
    """An id as Checkout.com makes them."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return f"{kind}_" + "".join(secrets.choice(letters) for _ in range(26))


def places(currency: str) -> int:
    """The decimals of a currency here: the peso of Chile has two."""
    return 2 if currency == "CLP" else exponent(currency)


def counted(amount: int, currency: str) -> int:
    """Our minor units as Checkout.com's."""
    return rescale(amount, exponent(currency), places(currency))


def uncounted(amount: int, currency: str) -> int:
    """Checkout.com's minor units as ours."""
    if exponent(currency) == 3 and amount % 10:
        refuse("amount_invalid")
    try:
        return rescale(amount, places(currency), exponent(currency))
    except ValueError:
        refuse("amount_invalid")


def moment(time: datetime) -> str:
    """A time as Checkout.com writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def outcome(charge: Charge) -> dict[str, Any]:
    """The response code of what became of a charge; nothing where nobody answered yet."""
    if charge.state in ("authorized", "captured") or charge.captured:
        return {"approved": True, "response_code": "10000", "response_summary": "Approved"}
    if charge.state == "declined":
        decline = str(charge.data.get("decline", ""))
        code, text = DECLINES.get(decline, DECLINES["generic_decline"])
        return {"approved": False, "response_code": code, "response_summary": text}
    return {}


def balances(charge: Charge) -> dict[str, int]:
    """What of a card payment can still be done."""
    held = charge.state == "authorized"
    left = charge.amount - charge.captured if held else 0
    sums = {
        "total_authorized": charge.amount,
        "total_voided": charge.amount if charge.state == "canceled" else 0,
        "available_to_void": left if not charge.captured else 0,
        "total_captured": charge.captured,
        "available_to_capture": left,
        "total_refunded": charge.refunded,
        "available_to_refund": charge.captured - charge.refunded,
    }
    return {name: counted(amount, charge.currency) for name, amount in sums.items()}


def status(charge: Charge, at_first: bool = False) -> str:
    """The word for where a payment is; a capture is never told by the answer that asked for it."""
    if at_first and charge.state == "captured":
        return "Authorized"
    if charge.refunded:
        whole = charge.refunded == charge.amount
        return "Refunded" if whole else "Partially Refunded"
    if charge.captured and charge.captured < charge.amount:
        return "Partially Captured"
    return STATUSES[charge.state]


def payment(charge: Charge, at_first: bool = False) -> dict[str, Any]:
    """A payment as it is answered and found."""
    links = {"self": f"{API}/{charge.id}", "actions": f"{API}/{charge.id}/actions"}
    data = charge.data
    shown: dict[str, Any] = {
        "id": charge.id,
        "status": status(charge, at_first),
        "reference": charge.reference,
        "customer": {"id": data["customer"]},
    }
    if charge.state == "action":
        links["redirect"] = page_url(charge)
        if data["is_card"]:
            shown["3ds"] = {"downgraded": False, "enrolled": "Y"}
    if charge.state != "action" or not at_first:
        shown |= {
            "amount": counted(charge.amount, charge.currency),
            "currency": charge.currency,
            "payment_type": data["payment_type"],
            "source": source(charge),
            "metadata": data["metadata"],
            "processed_on": moment(charge.created_at or datetime.now(UTC)),
            "balances": balances(charge),
            **outcome(charge),
        }
        if shown.get("approved") and data["is_card"]:
            shown |= {"auth_code": data["auth_code"], "scheme_id": data["scheme_id"], "eci": "05"}
    return {**shown, "_links": {name: {"href": link} for name, link in links.items()}}


def source(charge: Charge) -> dict[str, Any]:
    """What paid, without what is secret."""
    card = charge.data.get("card")
    if not card:
        return {"type": charge.method}
    return {"type": "card", **card, "avs_check": "S", "cvv_check": "Y"}


def scheme(number: str) -> str:
    """The scheme a card number belongs to."""
    return next((name for head, name in BRANDS.items() if number.startswith(head)), "Discover")


def action(charge: Charge, kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """An action of a payment, as the list of them has it."""
    said = {"succeeded": True, "failed": False}.get(one["status"])
    code, text = ("10000", "Approved") if said else DECLINES["generic_decline"]
    shown = {
        "id": one["id"],
        "type": KINDS[kind],
        "processed_on": one.get("time", moment(charge.created_at or datetime.now(UTC))),
        "amount": counted(one["amount"], charge.currency),
        "reference": one["reference"],
    }
    if said is None:
        return shown
    return {**shown, "approved": said, "response_code": code, "response_summary": text}


def event(book: Book, charge: Charge, kind: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a webhook."""
    return {
        "id": new("evt"),
        "source": "gateway",
        "type": kind,
        "timestamp": moment(book.now),
        "version": "1.0.29",
        "data": {
            "id": charge.id,
            "reference": charge.reference,
            "amount": counted(charge.amount, charge.currency),
            "currency": charge.currency,
            "processed_on": moment(book.now),
            "metadata": charge.data["metadata"],
            **members,
        },
    }
