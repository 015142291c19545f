"""Onboarding in the admin: every table to look at. Deciding happens on the page of a case."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from acquiring.core import ids
from acquiring.core.admin_base import ReadOnly
from merchants.onboarding import models

COLOURS = {
    "draft": "info", "checking": "info", "needs_information": "warning", "in_review": "warning",
    "approved": "success", "refused": "danger", "received": "info", "accepted": "success",
    "deleted": "info", "pass": "success", "ask": "warning", "review": "warning", "fail": "danger",
    "error": "danger", "approve": "success", "refuse": "danger",
}  # fmt: skip


class OnboardingAdmin(ReadOnly):
    """What the room's lists share: the newest first, and outside ids that can be searched."""

    ordering = ("-id",)
    search_fields: tuple[str, ...] = ("=id", "=application__id")
    list_select_related: tuple[str, ...] = ("application__business",)

    @display(description="status", ordering="status", label=COLOURS)
    def shown_status(self, row: Any) -> str:
        return row.status

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Outside ids are searched as what they name."""
        words = [_inside(word) for word in search_term.split()]
        return super().get_search_results(request, queryset, " ".join(words))


@admin.register(models.Application)
class ApplicationAdmin(OnboardingAdmin):
    list_display = ("shown", "business", "mode", "country", "entity", "shown_status", "sent_at")
    list_filter = ("status", "mode", "country", "entity")
    search_fields = ("=id", "=business__id", "business__legal_name", "reference")
    list_select_related = ("business",)
    secret_fields = ("facts",)  # the case's page shows them, to who may decide


@admin.register(models.Party)
class PartyAdmin(OnboardingAdmin):
    list_display = ("shown", "name", "kind", "application", "removed_at", "created_at")
    search_fields = (*OnboardingAdmin.search_fields, "name")


@admin.register(models.BankAccount)
class BankAccountAdmin(OnboardingAdmin):
    list_display = ("shown", "holder", "currency", "country", "last4", "usable_at", "replaced_at")
    list_filter = ("currency",)


@admin.register(models.Trait)
class TraitAdmin(OnboardingAdmin):
    list_display = ("kind", "subject", "application")
    list_filter = ("kind",)
    search_fields = (*OnboardingAdmin.search_fields, "=digest")


@admin.register(models.Document)
class DocumentAdmin(OnboardingAdmin):
    list_display = (
        *("shown", "kind", "application", "shown_status", "type", "pages", "scan"),
        *("created_at", "deleted_at"),
    )
    list_filter = ("status", "type", "scan")
    search_fields = (*OnboardingAdmin.search_fields, "=digest")


@admin.register(models.DocumentPiece)
class DocumentPieceAdmin(OnboardingAdmin):
    list_display = ("document_id", "of", "number")
    search_fields = ("=id", "=document__id")
    list_select_related = ()
    fields = readonly_fields = ("document_id", "of", "number")


@admin.register(models.Finding)
class FindingAdmin(OnboardingAdmin):
    list_display = ("check_name", "subject", "shown_result", "application", "created_at")
    list_filter = ("result", "check_name")

    @display(description="result", ordering="result", label=COLOURS)
    def shown_result(self, row: models.Finding) -> str:
        return row.result


@admin.register(models.Verdict)
class VerdictAdmin(OnboardingAdmin):
    list_display = ("shown_outcome", "tier", "application", "by", "second", "created_at")
    list_filter = ("outcome", "tier")

    @display(description="outcome", ordering="outcome", label=COLOURS)
    def shown_outcome(self, row: models.Verdict) -> str:
        return row.outcome


@admin.register(models.Task)
class TaskAdmin(OnboardingAdmin):
    list_display = ("shown", "path", "application", "asked_by", "due_at", "answered_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)


@admin.register(models.Case)
class CaseAdmin(OnboardingAdmin):
    list_display = ("reason", "application", "priority", "due_at", "assignee", "closed_at")


@admin.register(models.Note)
class NoteAdmin(OnboardingAdmin):
    list_display = ("by", "application", "created_at")


@admin.register(models.Link)
class LinkAdmin(OnboardingAdmin):
    list_display = ("application", "expires_at", "used_at", "revoked_at")
    secret_fields = ("digest",)


@admin.register(models.Terms)
class TermsAdmin(OnboardingAdmin):
    list_display = ("business", "mode", "tier", "currency", "per_payment", "daily", "monthly")
    list_filter = ("mode", "tier")
    search_fields = ("=id", "=business__id", "business__legal_name")
    list_select_related = ("business",)


def _inside(word: str) -> str:
    """`app_<32 hex>` as the UUID it stands for; anything else as it is."""
    prefix, _, tail = word.partition("_")
    return tail if prefix in ids.PREFIXES and len(tail) == 32 else word
