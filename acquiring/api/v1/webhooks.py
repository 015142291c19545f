"""Webhook endpoints and deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation, with_secret
from acquiring.api.v1.answers import platform as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.bodies import (
    BulkReplay,
    SecretRotation,
    WebhookEndpointChange,
    WebhookEndpointCreation,
)
from acquiring.api.v1.fields import Word, given
from acquiring.core import ids
from acquiring.webhooks import queries, render, services

MOST_ATTEMPTS = 100
TAG = "Webhooks"


class DeliveryPage(lists.DatedPage, kw_only=True):
    """Which deliveries."""

    endpoint: Word | None = None
    event: Word | None = None
    status: Literal["pending", "succeeded", "failed", "abandoned"] | None = None


class WebhookEndpoints(Endpoint):
    """`/v1/webhook_endpoints`"""

    tag = TAG

    @operation(
        "Create a webhook endpoint",
        "webhooks:write",
        answers.WebhookEndpointMade,
        status=201,
        body=WebhookEndpointCreation,
        example={"url": "https://shop.example/hooks", "types": ["payment.*"]},
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[WebhookEndpointCreation, Nothing]) -> Any:
        """It is told of what happens from now on. The secret is shown this once."""
        secrets: list[str] = []

        def deed() -> tuple[int, Any]:
            body = asked.body
            made = services.create_endpoint(
                asked.merchant_id, body.url, asked.caller.actor, body.types, body.description
            )
            secrets.append(made.secret)
            return 201, {**render.endpoint(made.endpoint), "secret": None}

        return with_secret(once(asked, deed), "secret", secrets)

    @operation(
        "List webhook endpoints", "webhooks:read", answers.WebhookEndpointList, query=lists.Page
    )
    def get(self, asked: Asked[None, lists.Page]) -> Any:
        """The newest first."""
        return lists.listed(
            queries.endpoints(asked.merchant_id), asked.query, "we", render.endpoint
        )


class WebhookEndpoint(Endpoint):
    """`/v1/webhook_endpoints/{endpoint}`"""

    tag = TAG

    @operation("Retrieve a webhook endpoint", "webhooks:read", answers.WebhookEndpoint)
    def get(self, asked: Asked[None, Nothing], endpoint: str) -> Any:
        """One endpoint, without its secret."""
        return render.endpoint(queries.endpoint(asked.merchant_id, endpoint))

    @operation(
        "Update a webhook endpoint",
        "webhooks:write",
        answers.WebhookEndpoint,
        body=WebhookEndpointChange,
    )
    def post(self, asked: Asked[WebhookEndpointChange, Nothing], endpoint: str) -> Any:
        """Only what is sent is changed."""

        def deed() -> tuple[int, Any]:
            row = services.update_endpoint(
                asked.merchant_id, endpoint, asked.caller.actor, **given(asked.body)
            )
            return 200, render.endpoint(row)

        return once(asked, deed)

    @operation("Delete a webhook endpoint", "webhooks:write", Deleted)
    def delete(self, asked: Asked[None, Nothing], endpoint: str) -> Any:
        """With its secrets and its delivery log."""
        services.delete_endpoint(asked.merchant_id, endpoint, asked.caller.actor)
        return {"id": endpoint, "object": "webhook_endpoint", "deleted": True}


class RotateSecret(Endpoint):
    """`/v1/webhook_endpoints/{endpoint}/rotate_secret`"""

    tag = TAG

    @operation(
        "Rotate a webhook secret",
        "webhooks:write",
        answers.WebhookEndpointMade,
        body=SecretRotation,
    )
    def post(self, asked: Asked[SecretRotation, Nothing], endpoint: str) -> Any:
        """During the overlap every webhook carries two signatures. The new secret is shown once."""
        secrets: list[str] = []
        overlap = timedelta(seconds=asked.body.overlap_seconds)

        def deed() -> tuple[int, Any]:
            made = services.rotate_secret(asked.merchant_id, endpoint, asked.caller.actor, overlap)
            secrets.append(made.secret)
            return 200, {**render.endpoint(made.endpoint), "secret": None}

        return with_secret(once(asked, deed), "secret", secrets)


class TestEndpoint(Endpoint):
    """`/v1/webhook_endpoints/{endpoint}/test`"""

    tag = TAG

    @operation(
        "Send a test event",
        "webhooks:write",
        answers.TestSent,
        body=Nothing,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[Nothing, Nothing], endpoint: str) -> Any:
        """To this endpoint alone; it is delivered, retried and logged like any other."""

        def deed() -> tuple[int, Any]:
            event = services.send_test_event(asked.merchant_id, endpoint, asked.caller.actor)
            shown = {"object": "webhook_test", "endpoint": endpoint}
            return 200, {**shown, "event": ids.show("evt", event.id)}

        return once(asked, deed)


class EnableEndpoint(Endpoint):
    """`/v1/webhook_endpoints/{endpoint}/enable`"""

    tag = TAG

    @operation("Enable a webhook endpoint", "webhooks:write", answers.WebhookEndpoint, body=Nothing)
    def post(self, asked: Asked[Nothing, Nothing], endpoint: str) -> Any:
        """It begins with what happens from now on; a bulk replay fetches what it missed."""

        def deed() -> tuple[int, Any]:
            row = services.enable_endpoint(asked.merchant_id, endpoint, asked.caller.actor)
            return 200, render.endpoint(row)

        return once(asked, deed)


class DisableEndpoint(Endpoint):
    """`/v1/webhook_endpoints/{endpoint}/disable`"""

    tag = TAG

    @operation(
        "Disable a webhook endpoint", "webhooks:write", answers.WebhookEndpoint, body=Nothing
    )
    def post(self, asked: Asked[Nothing, Nothing], endpoint: str) -> Any:
        """What was waiting for it is abandoned."""

        def deed() -> tuple[int, Any]:
            row = services.disable_endpoint(asked.merchant_id, endpoint, asked.caller.actor)
            return 200, render.endpoint(row)

        return once(asked, deed)


class Deliveries(Endpoint):
    """`/v1/webhook_deliveries`"""

    tag = TAG

    @operation("List webhook deliveries", "webhooks:read", answers.DeliveryList, query=DeliveryPage)
    def get(self, asked: Asked[None, DeliveryPage]) -> Any:
        """The newest first."""
        page = asked.query
        rows = queries.deliveries(asked.merchant_id, page.endpoint, page.status, page.event)
        return lists.listed(rows, page, "del", render.delivery, asked.caller.mode)


class ReplayMany(Endpoint):
    """`/v1/webhook_deliveries/replay`"""

    tag = TAG

    @operation(
        "Replay what an endpoint missed",
        "webhooks:write",
        answers.Replayed,
        body=BulkReplay,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[BulkReplay, Nothing]) -> Any:
        """Everything that failed, was abandoned, or happened while it was disabled."""
        body, actor = asked.body, asked.caller.actor
        since = lists.utc(body.since, "since")

        def deed() -> tuple[int, Any]:
            count = services.replay_since(
                asked.merchant_id, body.endpoint, since, actor, body.everything
            )
            return 200, {"object": "webhook_replay", "endpoint": body.endpoint, "events": count}

        return once(asked, deed)


class Delivery(Endpoint):
    """`/v1/webhook_deliveries/{delivery}`"""

    tag = TAG

    @operation("Retrieve a webhook delivery", "webhooks:read", answers.DeliveryWhole)
    def get(self, asked: Asked[None, Nothing], delivery: str) -> Any:
        """With its last 100 tries, the newest first."""
        row = queries.delivery(asked.merchant_id, delivery)
        tries = queries.attempts(asked.merchant_id, row.id)[:MOST_ATTEMPTS]
        return {**render.delivery(row), "attempts": [render.attempt(one) for one in tries]}


class Replay(Endpoint):
    """`/v1/webhook_deliveries/{delivery}/replay`"""

    tag = TAG

    @operation(
        "Replay a webhook delivery",
        "webhooks:write",
        answers.Delivery,
        body=Nothing,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[Nothing, Nothing], delivery: str) -> Any:
        """Once more, with all its tries before it."""

        def deed() -> tuple[int, Any]:
            row = services.replay(asked.merchant_id, delivery, asked.caller.actor)
            return 200, render.delivery(row)

        return once(asked, deed)
