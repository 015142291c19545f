"""What the API shows: payments, attempts, captures and refunds as JSON-able values.

Here, below the API, because events and stored idempotent answers show the same thing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from acquiring import catalogue
from acquiring.core import addresses, ids
from acquiring.core.clock import rfc3339
from acquiring.payments import models
from acquiring.payments.records import Attempt, Book, Capture, Operation, Refund, Void

PREFIXES: dict[type, str] = {Attempt: "att", Capture: "cap", Void: "voi", Refund: "ref"}


def outside_id(row: Any) -> str:
    """The outside id of an attempt, capture, void or refund."""
    return ids.show(PREFIXES[type(row)], row.id)


def payment(book: Book) -> dict[str, Any]:
    """A payment as `GET /v1/payments/{id}` shows it."""
    row = book.payment
    return {
        "id": ids.show("pay", row.id),
        "object": "payment",
        "status": row.status,
        "amount": row.amount,
        "currency": row.currency,
        "amount_authorized": row.amount_authorized,
        "amount_capturable": book.capturable,
        "amount_captured": row.amount_captured,
        "amount_refunded": row.amount_refunded,
        "amount_disputed": row.amount_disputed,
        "capture_method": row.capture_method,
        "payment_method": row.method_details or ({"type": row.method} if row.method else None),
        "token": _id("tok", row.token_id),
        "customer": _id("cus", row.customer_id),
        "checkout_session": _id("cs", row.session_id),
        "initiator": row.initiator,
        "reference": row.reference,
        "description": row.description,
        "statement_descriptor": row.descriptor,
        "return_url": row.return_url,
        "country": row.country,
        "metadata": row.metadata,
        "next_action": row.next_action,
        "decline_code": row.decline_code or None,
        "decline": _decline(book),
        "attempts": [attempt(one) for one in book.attempts],
        "captures": [capture(one) for one in book.captures if one.status != "failed"],
        "refunds": [refund(one) for one in book.refunds],
        "routing": _routing(row.decision),
        "attention": row.attention or None,
        "expires_at": _time(row.expires_at),
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def payment_json(book: Book) -> bytes:
    """The payment as JSON; what the last commit drew serves."""
    return book.picture or orjson.dumps(payment(book))


def row(book: Book, shown: Attempt | Operation) -> dict[str, Any]:
    """A row of a book as its own endpoint shows it."""
    if isinstance(shown, Attempt):
        return attempt(shown)
    if isinstance(shown, Capture):
        return capture(shown)
    if isinstance(shown, Refund):
        return refund(shown)
    return _operation("void", shown)


def attempt(shown: Attempt) -> dict[str, Any]:
    """One try on one route."""
    return {
        "id": ids.show("att", shown.id),
        "object": "attempt",
        "status": shown.status,
        "provider": shown.provider,
        "account": ids.show("acc", shown.account_id),
        "amount": shown.amount,
        "amount_authorized": shown.amount_authorized,
        "provider_reference": shown.provider_ref or None,
        "decline_code": shown.decline_code or None,
        "raw_code": shown.raw_code or None,
        "raw_message": shown.raw_message or None,
        "facts": shown.facts,
        "surplus": shown.surplus,
        "milliseconds": shown.milliseconds,
        "sent_at": _time(shown.sent_at),
        "finished_at": _time(shown.finished_at),
    }


def capture(shown: Capture) -> dict[str, Any]:
    """A capture, with the platform's fee."""
    return _operation("capture", shown) | {
        "final": shown.final,
        "fee": shown.fee,
        "available_at": _time(shown.available_at),
    }


def refund(shown: Refund) -> dict[str, Any]:
    """A refund as `GET /v1/refunds/{id}` shows it."""
    return _operation("refund", shown) | {
        "reason": shown.reason,
        "reference": shown.reference,
        "metadata": shown.metadata,
    }


def customer(shown: models.Customer) -> dict[str, Any]:
    """A customer as `GET /v1/customers/{id}` shows them."""
    return {
        "id": ids.show("cus", shown.id),
        "object": "customer",
        "reference": shown.reference,
        "name": shown.name,
        "email": shown.email,
        "phone": shown.phone,
        "metadata": shown.metadata,
        "erased": shown.erased_at is not None,
        "created_at": rfc3339(shown.created_at),
        "updated_at": rfc3339(shown.updated_at),
    }


def session(shown: models.CheckoutSession) -> dict[str, Any]:
    """A checkout session as `GET /v1/checkout_sessions/{id}` shows it."""
    return {
        "id": ids.show("cs", shown.id),
        "object": "checkout_session",
        "url": addresses.checkout_url(shown.merchant_id, shown.id),
        "status": shown.status,
        "amount": shown.amount,
        "currency": shown.currency,
        "capture_method": shown.capture_method,
        "country": shown.country,
        "locale": shown.locale,
        "payment_methods": shown.methods,
        "customer": _id("cus", shown.customer_id),
        "store": _id("sto", shown.store_id),
        "payment_link": _id("pl", shown.link_id),
        "payment": _id("pay", shown.payment_id),
        "reference": shown.reference,
        "description": shown.description,
        "return_url": shown.return_url,
        "cancel_url": shown.cancel_url,
        "items": shown.items,
        "allowed_origins": shown.allowed_origins,
        "metadata": shown.metadata,
        "expires_at": rfc3339(shown.expires_at),
        "created_at": rfc3339(shown.created_at),
        "updated_at": rfc3339(shown.updated_at),
    }


def link(shown: models.PaymentLink) -> dict[str, Any]:
    """A payment link as `GET /v1/payment_links/{id}` shows it."""
    return {
        "id": ids.show("pl", shown.id),
        "object": "payment_link",
        "url": addresses.link_url(shown.merchant_id, shown.id),
        "active": shown.active,
        "reusable": shown.reusable,
        "amount": shown.amount,
        "amount_min": shown.amount_min,
        "amount_max": shown.amount_max,
        "currency": shown.currency,
        "title": shown.title,
        "description": shown.description,
        "payment_methods": shown.methods,
        "store": _id("sto", shown.store_id),
        "reference": shown.reference,
        "return_url": shown.return_url,
        "metadata": shown.metadata,
        "expires_at": _time(shown.expires_at),
        "created_at": rfc3339(shown.created_at),
        "updated_at": rfc3339(shown.updated_at),
    }


def announced(shown: Any) -> dict[str, Any]:
    """What an event shows of a customer, session or link; of a person nothing they could ask
    to have erased."""
    if isinstance(shown, models.CheckoutSession):
        return session(shown)
    if isinstance(shown, models.PaymentLink):
        return link(shown)
    kept = ("id", "object", "erased", "created_at", "updated_at")
    whole = customer(shown)
    return {name: whole[name] for name in kept}


def _operation(kind: str, shown: Operation) -> dict[str, Any]:
    decline = catalogue.declines().get(shown.decline_code)
    return {
        "id": outside_id(shown),
        "object": kind,
        "payment": ids.show("pay", shown.payment_id),
        "attempt": ids.show("att", shown.attempt_id),
        "status": shown.status,
        "amount": shown.amount,
        "currency": shown.currency,
        "origin": shown.origin,
        "outcome_unknown": shown.unknown,
        "failure_code": shown.decline_code or None,
        "failure_advice": decline.advice if decline else None,
        "raw_code": shown.raw_code or None,
        "raw_message": shown.raw_message or None,
        "created_at": rfc3339(shown.created_at),
        "finished_at": _time(shown.finished_at),
    }


def _decline(book: Book) -> dict[str, Any] | None:
    """The unified words for a decline, with the provider's own beside them."""
    known = catalogue.declines().get(book.payment.decline_code)
    if known is None:
        return None
    last = book.attempts[-1] if book.attempts else None
    return {
        "code": known.code,
        "who": known.who,
        "category": known.category,
        "retry": known.retry,
        "advice": known.advice,
        "shopper_message": known.shopper,
        "raw_code": (last.raw_code if last else "") or None,
        "raw_message": (last.raw_message if last else "") or None,
    }


def _routing(decision: dict[str, Any]) -> dict[str, Any] | None:
    """The short form of the decision; the whole is at /decision."""
    if not decision:
        return None
    return {
        "risk": decision["risk"]["action"],
        "routes": [
            {"account": one["account"], "provider": one["provider"]} for one in decision["routes"]
        ],
        "snapshot": decision["snapshot"],
    }


def _id(prefix: str, value: Any) -> str | None:
    return ids.show(prefix, value) if value else None


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
