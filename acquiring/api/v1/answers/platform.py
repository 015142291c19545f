"""Answers about everything around payments: books, events, webhooks, keys, the clock."""

from __future__ import annotations

from typing import Any, Literal

from acquiring.api.v1.answers.shared import Minor, Moment, Shown, list_of


class Balance(Shown):
    """One currency's money."""

    object: Literal["balance"]
    currency: str
    pending: Minor
    available: Minor
    reserve: Minor


class Transfer(Shown):
    """Money that went from one account to another."""

    id: str
    object: Literal["transfer"]
    journal: str
    source: str
    target: str
    amount: Minor
    currency: str
    reason: str
    subject: str
    sequence: int | None
    hash: str | None
    created_at: Moment


class Event(Shown):
    """What happened; the body of its webhook is exactly this."""

    id: str
    type: str
    created_at: Moment
    sequence: int | None
    data: dict[str, Any]
    merchant: str
    mode: Literal["test", "live"]


class WebhookEndpoint(Shown):
    """Where a merchant is told, and about what."""

    id: str
    object: Literal["webhook_endpoint"]
    url: str
    description: str
    types: list[str]
    status: Literal["enabled", "disabled"]
    disabled_reason: Literal["asked", "gone", "failing"] | None
    failing_since: Moment | None
    api_version: str
    created_at: Moment


class WebhookEndpointMade(WebhookEndpoint):
    """With its secret, shown this once; a replayed answer has null."""

    secret: str | None


class TestSent(Shown):
    """A test event on its way."""

    object: Literal["webhook_test"]
    endpoint: str
    event: str


class Replayed(Shown):
    """How many events are on their way again."""

    object: Literal["webhook_replay"]
    endpoint: str
    events: int


class Delivery(Shown):
    """One event for one endpoint."""

    id: str
    object: Literal["webhook_delivery"]
    endpoint: str
    event: str
    event_type: str
    event_sequence: int
    status: Literal["pending", "succeeded", "failed", "abandoned"]
    tries: int
    next_try_at: Moment | None
    created_at: Moment


class DeliveryAttempt(Shown):
    """One try; `status` is what the endpoint answered, null when it did not."""

    at: Moment
    status: int | None
    response: str
    error: str | None
    milliseconds: int


class DeliveryWhole(Delivery):
    """With its tries."""

    attempts: list[DeliveryAttempt]


class ApiKey(Shown):
    """A key, without its secret."""

    id: str
    object: Literal["api_key"]
    kind: Literal["secret", "publishable", "restricted", "management"]
    name: str
    prefix: str
    last4: str
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    last_used_at: Moment | None


class ApiKeyMade(ApiKey):
    """With the whole key, shown this once; a replayed answer has null."""

    key: str | None


class Clock(Shown):
    """The merchant's present."""

    object: Literal["clock"]
    mode: Literal["test", "live"]
    now: Moment


BalanceList = list_of(Balance)
TransferList = list_of(Transfer)
EventList = list_of(Event)
WebhookEndpointList = list_of(WebhookEndpoint)
DeliveryList = list_of(Delivery)
ApiKeyList = list_of(ApiKey)
