"""Onboarding in the admin: every table to look at. Deciding happens on the page of a case."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from acquiring.core import ids
from acquiring.core.admin_base import ReadOnly
from acquiring.core.clock import now
from merchants.onboarding import case_pages, models, queue, review

COLOURS = {
    "draft": "info", "checking": "info", "needs_information": "warning", "in_review": "warning",
    "approved": "success", "refused": "danger", "received": "info", "accepted": "success",
    "deleted": "info", "pass": "success", "ask": "warning", "review": "warning", "fail": "danger",
    "error": "danger", "approve": "success", "refuse": "danger",
}  # fmt: skip
TIERS = {"low": "success", "standard": "info", "elevated": "warning", "high": "danger"}
CLOCKS = {"late": "danger", "soon": "warning", "fine": "info"}


class OnboardingAdmin(ReadOnly):
    """What the room's lists share: the newest first, and outside ids that can be searched."""

    ordering: tuple[str, ...] = ("-id",)
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


class Confidential(OnboardingAdmin):
    """What only those see who decide: it would tell a merchant that somebody looks at it."""

    business_at = "application__business"  # from a row to its business, if it has one

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(review.MAY)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Nothing of businesses that the reader belongs to."""
        rows, reader = super().get_queryset(request), case_pages.person(request)
        return review.not_own(rows, reader, self.business_at) if self.business_at else rows


@admin.register(models.Application)
class ApplicationAdmin(OnboardingAdmin):
    list_display = ("shown", "business", "mode", "country", "entity", "shown_status", "sent_at")
    list_filter = ("status", "mode", "country", "entity")
    search_fields = ("=id", "=business__id", "business__legal_name", "reference")
    list_select_related = ("business",)
    secret_fields = ("facts",)  # the case's page shows them, to who may decide
    actions = ("take_up",)

    @action(description="Decide anew", permissions=["act"])
    def take_up(self, request: HttpRequest, queryset: QuerySet[models.Application]) -> None:
        """What was approved or refused, by rules too, becomes a case again."""
        user = case_pages.person(request)
        self.run(request, queryset, lambda row: review.take_up(row, user), "Yours, in the queue")


@admin.register(models.Party)
class PartyAdmin(OnboardingAdmin):
    list_display = ("shown", "name", "kind", "application", "removed_at", "created_at")
    search_fields = (*OnboardingAdmin.search_fields, "name")


@admin.register(models.BankAccount)
class BankAccountAdmin(OnboardingAdmin):
    list_display = ("shown", "holder", "currency", "country", "last4", "usable_at", "replaced_at")
    list_filter = ("currency",)


@admin.register(models.Trait)
class TraitAdmin(Confidential):
    list_display = ("kind", "subject", "application")
    list_filter = ("kind",)
    search_fields = (*OnboardingAdmin.search_fields, "=digest")


@admin.register(models.Document)
class DocumentAdmin(Confidential):
    list_display = (
        *("shown", "kind", "application", "shown_status", "type", "pages", "scan"),
        *("created_at", "deleted_at"),
    )
    list_filter = ("status", "type", "scan")
    search_fields = (*OnboardingAdmin.search_fields, "=digest")


@admin.register(models.DocumentPiece)
class DocumentPieceAdmin(Confidential):
    list_display = ("document_id", "of", "number")
    search_fields = ("=id", "=document__id")
    list_select_related = ()
    fields = readonly_fields = ("document_id", "of", "number")
    business_at = "document__application__business"


@admin.register(models.Finding)
class FindingAdmin(Confidential):
    list_display = ("check_name", "subject", "shown_result", "application", "created_at")
    list_filter = ("result", "check_name")

    @display(description="result", ordering="result", label=COLOURS)
    def shown_result(self, row: models.Finding) -> str:
        return row.result


@admin.register(models.Verdict)
class VerdictAdmin(Confidential):
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
class CaseAdmin(case_pages.CasePages, Confidential):
    """The queue: the most urgent first. A case's page shows everything and decides."""

    list_display = (
        *("urgency", "business", "country", "shown_tier", "clock", "reason", "to_look_at"),
        *("owner", "shown_state"),
    )
    list_display_links = ("business",)
    list_filter = (
        *(queue.StateFilter, queue.AssigneeFilter, queue.ReasonFilter),
        *(queue.CountryFilter, queue.TierFilter),
    )
    search_fields = ("=id", "=application__id", "application__business__legal_name", "reason")
    list_select_related = ("application__business", "assignee")
    ordering = ()
    actions = ("take",)

    @action(description="Take them", permissions=["act"])
    def take(self, request: HttpRequest, queryset: QuerySet[models.Case]) -> None:
        user = case_pages.person(request)
        self.run(request, queryset, lambda case: review.take_case(case, user), "Yours now")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Case]:
        """With tiers, in the order of the queue."""
        return queue.listed(super().get_queryset(request))

    @display(description="priority", ordering="priority")
    def urgency(self, case: models.Case) -> int:
        return case.priority

    @display(description="business", ordering="application__business__legal_name")
    def business(self, case: models.Case) -> str:
        return str(case.application.business)

    @display(description="country", ordering="application__country")
    def country(self, case: models.Case) -> str:
        return case.application.country

    @display(description="tier", label=TIERS)
    def shown_tier(self, case: Any) -> str:
        return case.tier or "standard"

    @display(description="clock", ordering="due_at", label=CLOCKS)
    def clock(self, case: models.Case) -> tuple[str, str]:
        if case.closed_at:
            return "fine", "closed"
        left = queue.clock_of(case.due_at, now())
        return left.tone, left.words

    @display(description="to look at")
    def to_look_at(self, case: Any) -> str:
        return ", ".join(sorted(one.replace("_", " ") for one in case.odd)) or "—"

    @display(description="assignee", ordering="assignee__name")
    def owner(self, case: models.Case) -> str:
        return case.assignee.name or case.assignee.email if case.assignee else "—"

    @display(description="state")
    def shown_state(self, case: models.Case) -> str:
        if case.closed_at:
            return "closed"
        waiting = "waits for a second person" if case.proposed else "open"
        return f"{waiting}, four eyes" if case.four_eyes and not case.proposed else waiting


@admin.register(models.Note)
class NoteAdmin(Confidential):
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


@admin.register(models.RuleBook)
class RuleBookAdmin(Confidential):
    """Every version of the decision table that a verdict was made by."""

    business_at = ""

    list_display = ("digest", "first_used_at")
    search_fields = ("digest",)
    list_select_related = ()
    ordering = ("-first_used_at",)


def _inside(word: str) -> str:
    """`app_<32 hex>` as the UUID it stands for; anything else as it is."""
    prefix, _, tail = word.partition("_")
    return tail if prefix in ids.PREFIXES and len(tail) == 32 else word
