"""The simulators' books in the admin: to look at. Things are done at the sandbox's own console."""

from __future__ import annotations

from django.contrib import admin

from acquiring.core.admin_base import ReadOnly
from acquiring.sandbox import models


@admin.register(models.Account)
class AccountAdmin(ReadOnly):
    """Whose account at which provider; its credentials stay with the process."""

    list_display = ("ref", "provider", "ahead_seconds", "created_at")
    list_filter = ("provider",)
    search_fields = ("ref",)
    ordering = ("-id",)
    secret_fields = ("key", "credentials", "webhook_url", "facts")


@admin.register(models.Charge)
class ChargeAdmin(ReadOnly):
    """What the provider charged."""

    list_display = (
        "id", "provider", "method", "amount", "currency", "captured", "refunded", "state",
        "scenario", "reference", "created_at",
    )  # fmt: skip
    list_filter = ("provider", "state")
    search_fields = ("id", "reference")
    ordering = ("-row",)
    secret_fields = ("data",)


@admin.register(models.Delivery)
class DeliveryAdmin(ReadOnly):
    """What the provider told, and how that was received."""

    list_display = ("name", "provider", "charge", "state", "attempts", "last_status", "created_at")
    list_filter = ("provider", "state")
    search_fields = ("charge", "name")
    ordering = ("-id",)
    secret_fields = ("message",)


@admin.register(models.Statement)
class StatementAdmin(ReadOnly):
    """What the provider would pay out for a day."""

    list_display = ("day", "provider", "account", "currency", "number", "value_date", "spoiled")
    list_filter = ("provider", "spoiled")
    search_fields = ("account",)
    ordering = ("-row",)


@admin.register(models.Thing)
class ThingAdmin(ReadOnly):
    """What else the provider remembers: refunds, customers, tokens."""

    list_display = ("id", "provider", "kind", "charge", "created_at")
    list_filter = ("provider", "kind")
    search_fields = ("id", "charge")
    ordering = ("-row",)
    secret_fields = ("data",)


@admin.register(models.Stored)
class StoredAdmin(ReadOnly):
    """The first answers to idempotency keys."""

    list_display = ("key", "provider", "status", "created_at")
    list_filter = ("provider",)
    search_fields = ("key",)
    ordering = ("-row",)


@admin.register(models.Move)
class MoveAdmin(ReadOnly):
    """The money that statements are made of."""

    list_display = ("provider", "account", "kind", "amount", "currency", "charge", "created_at")
    list_filter = ("provider", "kind", "currency")
    search_fields = ("charge", "operation", "operation_reference")
    ordering = ("-row",)
