"""Stripe's objects as its API shows them, made from what a call asked and a charge became.

Sources: stripe/openapi (MIT) and its fixtures, docs.stripe.com/api. Amounts in here are Stripe's
own minor units; times are Unix seconds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from acquiring.sandbox.book import Charge
from acquiring.sandbox.parts.stripe.errors import DOCS
from acquiring.sandbox.parts.stripe.facts import brand, card_decline, from_iso, local_decline

ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None,
           "state": None}  # fmt: skip
MESSAGES = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "incorrect_number": "Your card number is incorrect.",
    "incorrect_zip": "The postal code you supplied failed validation.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "payment_intent_authentication_failure": "The provided payment method has failed"
    " authentication.",
    "payment_method_customer_decline": "The customer declined the payment.",
    "payment_method_provider_decline": "The payment was declined by the payment method's provider.",
    "payment_intent_payment_attempt_expired": "The payment was not completed in time.",
    "payment_method_not_available": "The payment method's provider is not available.",
    "payment_intent_payment_attempt_failed": "The payment failed.",
}


def new_id(prefix: str) -> str:
    """An id in Stripe's form: `pi_` and 24 characters."""
    return f"{prefix}_{secrets.token_hex(12)}"


def seconds(moment: datetime) -> int:
    """A moment as Stripe writes it."""
    return int(moment.timestamp())


def intent(intent_id: str, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A new PaymentIntent, not yet confirmed."""
    allowed = asked.get("payment_method_types") or asked.get("allowed_payment_method_types")
    data = asked.get("payment_method_data")
    automatic = asked.get("automatic_payment_methods") or (None if allowed else {"enabled": True})
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": asked["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": asked.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
        "confirmation_method": asked.get("confirmation_method", "automatic"),
        "created": seconds(now),
        "currency": asked["currency"].lower(),
        "customer": asked.get("customer"),
        "description": asked.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": asked.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": asked.get("on_behalf_of"),
        "payment_method": asked.get("payment_method"),
        "payment_method_options": {},
        "payment_method_types": allowed or ([data["type"]] if data else ["card"]),
        "processing": None,
        "receipt_email": asked.get("receipt_email"),
        "review": None,
        "setup_future_usage": asked.get("setup_future_usage"),
        "shipping": asked.get("shipping"),
        "statement_descriptor": asked.get("statement_descriptor"),
        "statement_descriptor_suffix": asked.get("statement_descriptor_suffix"),
        "status": "requires_confirmation" if asked.get("payment_method") else
                  "requires_payment_method",
        "transfer_data": None,
        "transfer_group": asked.get("transfer_group"),
    }  # fmt: skip


def payment_method(given: Mapping[str, Any], number: str, now: datetime) -> dict[str, Any]:
    """A PaymentMethod from `payment_method_data`; `number` is a card's, and is not kept."""
    kind = given["type"]
    details: dict[str, Any] = {}
    if kind == "card":
        details = _card(given.get("card") or {}, number)
    elif kind in ("sepa_debit", "au_becs_debit", "bacs_debit"):
        account = given.get(kind, {}).get("iban") or given.get(kind, {}).get("account_number", "")
        details = {"last4": account[-4:], "fingerprint": secrets.token_hex(8)}
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing(given.get("billing_details") or {}),
        "created": seconds(now),
        "customer": None,
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "type": kind,
        kind: details,
    }


def billing(given: Mapping[str, Any]) -> dict[str, Any]:
    """Billing details with every member present."""
    empty = {"address": None, "email": None, "name": None, "phone": None}
    return empty | dict(given) | {"address": ADDRESS | dict(given.get("address") or {})}


def charge(of: Charge, status: str, now: datetime) -> dict[str, Any]:
    """The Charge of a confirmed intent: status succeeded, pending or failed."""
    intent, method = of.data["intent"], of.data["method"]
    failed = status == "failed"
    error = intent["last_payment_error"] or {}
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"],
        "captured": False,
        "created": seconds(now),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": error.get("code"),
        "failure_message": error.get("message"),
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(error, status),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: _details(of, failed)},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def failure(of: Charge, decline: str) -> dict[str, Any]:
    """The error that says why a try failed: `last_payment_error` and the body of a 402."""
    if of.method == "card":
        code, decline_code = card_decline(decline)
    else:
        code, decline_code = local_decline(decline), ""
    authentication = code == "payment_intent_authentication_failure"
    error = {
        "code": code,
        "doc_url": f"{DOCS}/{code.replace('_', '-')}",
        "message": MESSAGES.get(code, "The payment failed."),
        "payment_method": of.data["method"],
        "type": "invalid_request_error" if authentication else "card_error",
    }
    return error | ({"decline_code": decline_code} if decline_code else {})


def refund(of: Charge, asked: Mapping[str, Any], amount: int, now: datetime) -> dict[str, Any]:
    """A Refund; `amount` in Stripe's units."""
    card = of.method == "card"
    destination: dict[str, Any] = {"type": of.method, of.method: {}}
    if card:
        destination["card"] = {"type": "refund", "reference_status": "pending"}
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of.data["charge"]["id"],
        "created": seconds(now),
        "currency": of.currency.lower(),
        "destination_details": destination,
        "metadata": asked.get("metadata") or {},
        "payment_intent": of.id,
        "reason": asked.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(of: Charge, now: datetime, due_by: datetime) -> dict[str, Any]:
    """A Dispute over everything that was captured."""
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": from_iso(of.captured - of.refunded, of.currency),
        "balance_transactions": [],
        "charge": of.data["charge"]["id"],
        "created": seconds(now),
        "currency": of.currency.lower(),
        "evidence": {},
        "evidence_details": {
            "due_by": seconds(due_by),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": of.id,
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }


def event(name: str, shown: Mapping[str, Any], version: str, now: datetime) -> dict[str, Any]:
    """An Event about an object as it is now."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": version,
        "created": seconds(now),
        "data": {"object": shown},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": name,
    }


def listed(found: list[dict], url: str, more: bool = False, kind: str = "list") -> dict[str, Any]:
    """A list, or a `search_result`."""
    return {"object": kind, "data": found, "has_more": more, "url": url}


def _card(given: Mapping[str, Any], number: str) -> dict[str, Any]:
    name = brand(number)
    return {
        "brand": name,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass" if given.get("cvc") else None,
        },
        "country": "US",
        "display_brand": name,
        "exp_month": given.get("exp_month") or 12,
        "exp_year": given.get("exp_year") or 2034,
        "fingerprint": secrets.token_hex(8),
        "funding": "credit",
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [name], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _details(of: Charge, failed: bool) -> dict[str, Any]:
    """payment_method_details of a charge."""
    method = of.data["method"]
    if method["type"] != "card":
        return dict(method[method["type"]])
    shown = {
        name: method["card"][name]
        for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint",
                     "funding", "last4", "wallet")
    }  # fmt: skip
    return shown | {
        "authorization_code": None if failed else f"{secrets.randbelow(1_000_000):06}",
        "installments": None,
        "mandate": None,
        "network": method["card"]["brand"],
        "network_transaction_id": None if failed else str(secrets.randbelow(10**15)).zfill(15),
        "three_d_secure": of.data.get("three_d_secure"),
    }


def _outcome(error: Mapping[str, Any], status: str) -> dict[str, Any] | None:
    if status == "pending":
        return None
    if status == "failed":
        code = error.get("decline_code") or error.get("code")
        return {
            "network_status": "declined_by_network",
            "reason": code,
            "risk_level": "normal",
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        }
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
