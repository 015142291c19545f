"""How events, endpoints and deliveries look from outside, in the API as in a webhook."""

from __future__ import annotations

from typing import Any

from acquiring.core import ids
from acquiring.core.clock import rfc3339
from acquiring.core.models import Event
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint


def event(one: Event, mode: str) -> dict[str, Any]:
    """An event; the body of its webhook is this and nothing else."""
    return {
        "id": ids.show("evt", one.id),
        "type": one.type,
        "created_at": rfc3339(one.created_at),
        "sequence": one.sequence,
        "data": one.payload,
        "merchant": ids.show("mer", one.merchant_id),
        "mode": mode,
    }


def endpoint(one: Endpoint) -> dict[str, Any]:
    """An endpoint, without its secret."""
    return {
        "id": ids.show("we", one.id),
        "object": "webhook_endpoint",
        "url": one.url,
        "description": one.description,
        "types": one.types,
        "status": one.status,
        "disabled_reason": one.reason or None,
        "failing_since": rfc3339(one.failing_since) if one.failing_since else None,
        "api_version": one.api_version,
        "created_at": rfc3339(one.created_at),
    }


def delivery(one: Delivery) -> dict[str, Any]:
    """A delivery; `next_try_at` while it is pending."""
    pending = one.status == Delivery.Status.PENDING
    return {
        "id": ids.show("del", one.id),
        "object": "webhook_delivery",
        "endpoint": ids.show("we", one.endpoint_id),
        "event": ids.show("evt", one.event_id),
        "event_type": one.event_type,
        "event_sequence": one.event_sequence,
        "status": one.status,
        "tries": one.tries,
        "next_try_at": rfc3339(one.next_at) if pending else None,
        "created_at": rfc3339(one.created_at),
    }


def attempt(one: DeliveryAttempt) -> dict[str, Any]:
    """One try of a delivery."""
    return {
        "at": rfc3339(one.created_at),
        "status": one.status,
        "response": one.response,
        "error": one.error or None,
        "milliseconds": one.milliseconds,
    }
