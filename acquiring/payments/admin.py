"""Payments in the admin: to look at, and to act on through the same verbs the API has."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from acquiring.core import ids
from acquiring.core.admin_base import ReadOnly, actor
from acquiring.core.audit import record
from acquiring.core.money import Money
from acquiring.payments import hearing, models, money, services, settling
from acquiring.payments.records import Book

COLOURS = {
    "captured": "success",
    "succeeded": "success",
    "authorized": "info",
    "requires_action": "warning",
    "pending": "warning",
    "unknown": "warning",
    "declined": "danger",
    "failed": "danger",
}


class PaymentsAdmin(ReadOnly):
    """What the room's pages share: ids as the API shows them, money with its currency."""

    prefix = ""
    ordering = ("-id",)

    @display(description="id", ordering="id")
    def shown_id(self, row: Any) -> str:
        return ids.show(self.prefix, row.id)

    @display(description="amount", ordering="amount")
    def shown_amount(self, row: Any) -> str:
        return f"{Money(row.amount, row.currency).major()} {row.currency}" if row.amount else "open"

    @display(description="payment")
    def shown_payment(self, row: Any) -> SafeString:
        shown = ids.show("pay", row.payment_id)
        link = f"/admin/payments/payment/{row.payment_id}/change/"
        return format_html('<a href="{}">{}</a>', link, shown)

    @display(description="status", ordering="status", label=COLOURS)
    def shown_status(self, row: Any) -> str:
        return row.status

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Outside ids are searched as what they name."""
        words = [_inside(word) for word in search_term.split()]
        return super().get_search_results(request, queryset, " ".join(words))


@admin.register(models.Payment)
class PaymentAdmin(PaymentsAdmin):
    prefix = "pay"
    list_display = (
        "shown_id",
        "shown_status",
        "shown_amount",
        "method",
        "reference",
        "decline_code",
        "attention",
        "created_at",
    )
    list_filter = ("status", "method", "currency", "capture_method", "initiator", "decline_code")
    search_fields = ("=id", "=merchant_id", "=reference", "=customer_id")
    readonly_fields = ("shown_id", "shown_amount", "shown_tries", "shown_operations", "shown_wire")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "shown_id",
                    "status",
                    "shown_amount",
                    ("amount_authorized", "amount_captured", "amount_refunded", "amount_disputed"),
                    "decline_code",
                    "attention",
                    "shown_tries",
                    "shown_operations",
                )
            },
        ),
        (
            "What was asked for",
            {
                "fields": (
                    ("method", "method_details"),
                    ("capture_method", "initiator"),
                    ("reference", "description", "descriptor"),
                    ("country", "locale", "return_url"),
                    ("customer_id", "token_id", "session_id", "store_id"),
                    "metadata",
                    "next_action",
                )
            },
        ),
        ("Decision", {"fields": ("decision",)}),
        ("Wire", {"fields": ("shown_wire",)}),
        (
            "Row",
            {"fields": (("merchant_id", "version"), ("created_at", "updated_at", "expires_at"))},
        ),
    )
    actions = ("ask_provider", "cancel", "refund", "clear_attention")

    @display(description="attempts")
    def shown_tries(self, row: models.Payment) -> SafeString:
        return _lines(
            (f"{one.ordinal}. {one.provider}: {one.status}", f"{one.decline_code} {one.raw_code}")
            for one in _book(row).attempts
        )

    @display(description="captures, voids, refunds")
    def shown_operations(self, row: models.Payment) -> SafeString:
        book = _book(row)
        return _lines(
            (
                f"{type(one).__name__} {Money(one.amount, one.currency).major()} {one.currency}",
                f"{one.status} {one.origin} {one.raw_code}",
            )
            for one in [*book.captures, *book.voids, *book.refunds]
        )

    @display(description="wire")
    def shown_wire(self, row: models.Payment) -> SafeString:
        log = models.WireLog.objects.filter(merchant_id=row.merchant_id, payment_id=row.id)
        return _lines(
            (
                f"{one.verb} {one.direction} {one.request.get('url', '')}",
                f"{one.response.get('status')} in {one.milliseconds} ms",
            )
            for one in log.order_by("id")[:50]
        )

    @action(description="Ask the provider now", permissions=["act"])
    def ask_provider(self, request: HttpRequest, queryset: QuerySet[models.Payment]) -> None:
        self._each(request, queryset, "asked", _ask)

    @action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[models.Payment]) -> None:
        self._each(request, queryset, "canceled", _cancel)

    @action(description="Refund what is left", permissions=["act"])
    def refund(self, request: HttpRequest, queryset: QuerySet[models.Payment]) -> None:
        self._each(request, queryset, "refunded", _refund)

    @action(description="Seen: needs no attention any more", permissions=["act"])
    def clear_attention(self, request: HttpRequest, queryset: QuerySet[models.Payment]) -> None:
        self._each(request, queryset, "seen", _clear)

    def _each(self, request: HttpRequest, queryset: QuerySet, done: str, verb: Any) -> None:
        def audited(row: Model) -> None:
            verb(row)
            shown = ids.show("pay", row.pk)
            record(actor(request), f"payment.{done}", shown, row.merchant_id)  # type: ignore[attr-defined]

        self.run(request, queryset, audited, done)


@admin.register(models.Handle)
class HandleAdmin(PaymentsAdmin):
    prefix = "pay"
    list_display = ("shown_id", "tail", "amount", "email", "last4")
    search_fields = ("=id", "=merchant_id", "=tail", "=email")


@admin.register(models.Counted)
class CountedAdmin(PaymentsAdmin):
    prefix = "pay"
    list_display = ("shown_id", "day", "currency", "method", "country", "reason", "tried", "paid")
    search_fields = ("=id", "=merchant_id")


@admin.register(models.Statistic)
class StatisticAdmin(PaymentsAdmin):
    list_display = (
        "day",
        "merchant_id",
        "currency",
        "facet",
        "value",
        "payments",
        "tried",
        "paid",
        "captured",
        "refunded",
    )
    list_filter = ("facet",)
    search_fields = ("=merchant_id",)


@admin.register(models.Tally)
class TallyAdmin(PaymentsAdmin):
    list_display = ("merchant_id", "sequence", "zone", "built")
    search_fields = ("=merchant_id",)


@admin.register(models.Attempt)
class AttemptAdmin(PaymentsAdmin):
    prefix = "att"
    list_display = (
        "shown_id",
        "shown_payment",
        "provider",
        "shown_status",
        "shown_amount",
        "decline_code",
        "raw_code",
        "milliseconds",
        "surplus",
        "created_at",
    )
    list_filter = ("status", "provider", "surplus", "currency", "decline_code")
    search_fields = ("=id", "=payment_id", "=merchant_id", "=provider_ref")


class OperationAdmin(PaymentsAdmin):
    list_display: tuple[str, ...] = (
        "shown_id",
        "shown_payment",
        "shown_status",
        "shown_amount",
        "origin",
        "unknown",
        "decline_code",
        "raw_code",
        "created_at",
    )
    list_filter = ("status", "origin", "unknown", "currency")
    search_fields = ("=id", "=payment_id", "=merchant_id", "=operation_ref")


@admin.register(models.Capture)
class CaptureAdmin(OperationAdmin):
    prefix = "cap"
    list_display = (*OperationAdmin.list_display, "fee", "available_at", "released_at")


@admin.register(models.Void)
class VoidAdmin(OperationAdmin):
    prefix = "voi"


@admin.register(models.Refund)
class RefundAdmin(OperationAdmin):
    prefix = "ref"
    list_display = (*OperationAdmin.list_display, "reason")


@admin.register(models.Customer)
class CustomerAdmin(PaymentsAdmin):
    prefix = "cus"
    list_display = ("shown_id", "reference", "name", "email", "created_at")
    search_fields = ("=id", "=merchant_id", "=reference", "email")


@admin.register(models.CheckoutSession)
class CheckoutSessionAdmin(PaymentsAdmin):
    prefix = "cs"
    list_display = ("shown_id", "shown_status", "shown_amount", "reference", "expires_at")
    list_filter = ("status", "currency")
    search_fields = ("=id", "=merchant_id", "=reference")


@admin.register(models.PaymentLink)
class PaymentLinkAdmin(PaymentsAdmin):
    prefix = "pl"
    list_display = ("shown_id", "title", "shown_amount", "active", "reusable", "expires_at")
    list_filter = ("active", "reusable", "currency")
    search_fields = ("=id", "=merchant_id", "title", "=reference")


@admin.register(models.WireLog)
class WireLogAdmin(PaymentsAdmin):
    list_display = ("created_at", "verb", "direction", "shown_payment", "milliseconds")
    list_filter = ("verb", "direction")
    search_fields = ("=payment_id", "=attempt_id", "=merchant_id")


def _inside(word: str) -> str:
    """`pay_<32 hex>` as the UUID it stands for; anything else as it is."""
    prefix, _, tail = word.partition("_")
    return tail if prefix in ids.PREFIXES and len(tail) == 32 else word


def _book(row: models.Payment) -> Book:
    return settling.read(row.merchant_id, row.id)


def _lines(pairs: Any) -> SafeString:
    return format_html_join("", "<div><b>{}</b> {}</div>", pairs)


def _ask(row: models.Payment) -> None:
    book = _book(row)
    attempt = book.open_attempt or book.success
    if attempt:
        hearing.inquire_attempt(book, attempt)


def _cancel(row: models.Payment) -> None:
    services.cancel(services.Merchant(row.merchant_id, ""), row.id)


def _refund(row: models.Payment) -> None:
    money.refund(row.merchant_id, row.id, reason="refunded by the platform")


def _clear(row: models.Payment) -> None:
    def decide(change: Any) -> None:
        change.payment.attention = ""
        change.announce("payment.attention_cleared")

    settling.settle(_book(row), decide)
