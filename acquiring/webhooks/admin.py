"""Webhooks in the admin: to look at, with the merchant's own verbs as actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from acquiring.core import ids
from acquiring.core.admin_base import ReadOnly, actor
from acquiring.webhooks import services
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint

COLOURS = {
    "enabled": "success",
    "disabled": "danger",
    "pending": "info",
    "succeeded": "success",
    "failed": "danger",
    "abandoned": "warning",
}


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly):
    list_display = ("url", "merchant_id", "types", "state", "reason", "failing_since", "created_at")
    list_filter = ("status", "reason")
    search_fields = ("url", "merchant_id", "id")
    actions = ("enable", "disable", "test")

    @display(description="status", ordering="status", label=COLOURS)
    def state(self, one: Endpoint) -> str:
        return one.status

    @action(description="Enable", permissions=["act"])
    def enable(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, services.enable_endpoint, "Enabled")

    @action(description="Disable", permissions=["act"])
    def disable(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, services.disable_endpoint, "Disabled")

    @action(description="Send a test event", permissions=["act"])
    def test(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, services.send_test_event, "Test events on their way")

    def _each(self, request: HttpRequest, queryset: QuerySet, verb: Any, done: str) -> None:
        who = actor(request)
        self.run(
            request,
            queryset,
            lambda one: verb(one.merchant_id, ids.show("we", one.id), who),
            done,
        )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = (
        *("event_type", "merchant_id", "endpoint", "event_sequence"),
        *("state", "tries", "next_at", "created_at"),
    )
    list_filter = ("status",)
    list_select_related = ("endpoint",)
    search_fields = ("merchant_id", "id", "event_id")
    actions = ("replay",)

    @display(description="status", ordering="status", label=COLOURS)
    def state(self, one: Delivery) -> str:
        return one.status

    @action(description="Deliver again", permissions=["act"])
    def replay(self, request: HttpRequest, queryset: QuerySet) -> None:
        who = actor(request)
        self.run(
            request,
            queryset,
            lambda one: services.replay(one.merchant_id, ids.show("del", one.id), who),
            "On their way again",
        )


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(ReadOnly):
    list_display = ("delivery_id", "merchant_id", "status", "error", "milliseconds", "created_at")
    search_fields = ("merchant_id", "delivery_id")
