"""Events, chains and the audit log in the admin: to look at."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from acquiring.core import chain
from acquiring.core.admin_base import ReadOnly
from acquiring.core.models import AuditEntry, ChainHead, Event, IdempotencyKey


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("type", "subject", "merchant_id", "sequence", "created_at")
    search_fields = ("subject", "merchant_id", "id")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("created_at", "actor", "action", "subject", "merchant_id", "ip", "request_id")
    search_fields = ("actor", "action", "subject", "merchant_id", "request_id")


@admin.register(ChainHead)
class ChainHeadAdmin(ReadOnly):
    list_display = ("name", "merchant_id", "sequence", "short_hash", "floor_sequence")
    list_filter = ("name",)
    search_fields = ("merchant_id",)
    actions = ("verify",)

    @display(description="hash")
    def short_hash(self, head: ChainHead) -> str:
        return bytes(head.hash).hex()[:16]

    @action(description="Recompute and compare")
    def verify(self, request: HttpRequest, queryset: QuerySet) -> None:
        chains = {one.name: one for one in chain.declared()}
        for head in queryset:
            fault = chain.verify(chains[head.name], head.merchant_id)
            if fault is None:
                self.message_user(request, f"{head}: whole")
            else:
                self.message_user(request, f"{head}: {fault.message}", messages.ERROR)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly):
    """The stored answer may show a shopper's facts, so only its status is on the page."""

    list_display = ("key", "merchant_id", "subject", "status", "locked_until", "created_at")
    list_filter = ("status",)
    search_fields = ("=key", "=merchant_id", "=subject")
    secret_fields = ("answer", "fingerprint")
    ordering = ("-created_at",)
