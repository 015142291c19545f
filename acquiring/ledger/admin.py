"""The ledger in the admin: to look at. Only fee rules are typed by people."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from acquiring.core import ids
from acquiring.core.admin_base import Editable, ReadOnly
from acquiring.core.money import Money
from acquiring.ledger.models import DailyRoot, FeeRule, Snapshot, Transfer, Verification


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    list_display = (
        "sequence",
        "shown_id",
        "reason",
        "source",
        "target",
        "shown_amount",
        "subject",
        "created_at",
    )
    list_filter = ("reason", "currency")
    search_fields = ("=id", "=merchant_id", "=subject", "=source", "=target", "=journal")
    ordering = ("-id",)

    @display(description="id", ordering="id")
    def shown_id(self, row: Transfer) -> str:
        return ids.show("trf", row.id)

    @display(description="amount", ordering="amount")
    def shown_amount(self, row: Transfer) -> str:
        return f"{Money(row.amount, row.currency).major()} {row.currency}"


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    list_display = ("merchant_id", "sequence", "account", "amount", "currency", "created_at")
    search_fields = ("=merchant_id", "=account")
    ordering = ("-id",)


@admin.register(DailyRoot)
class DailyRootAdmin(ReadOnly):
    list_display = ("day", "shown_root", "leaves", "transfers", "created_at")
    ordering = ("-day",)

    @display(description="Merkle root")
    def shown_root(self, row: DailyRoot) -> str:
        return bytes(row.root).hex()


@admin.register(FeeRule)
class FeeRuleAdmin(Editable):
    list_display = ("merchant_id", "kind", "currency", "basis_points", "fixed")
    list_filter = ("kind", "currency")
    search_fields = ("=merchant_id",)


@admin.register(Verification)
class VerificationAdmin(ReadOnly):
    list_display = ("merchant_id", "sequence", "fault", "verified_at")
    search_fields = ("=merchant_id",)
    ordering = ("-verified_at",)
