"""Screening in the admin: the lists with their age, who is screened, and the cases to decide.

Who is screened and what was found is shown to those who decide, since it must not reach a merchant.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from acquiring.core.admin_base import ReadOnly
from merchants.screening import lists
from merchants.screening.models import Hit, ListedEntry, ListVersion, Screening, Subject, Sweep
from merchants.screening.pages import HitPages, ListPages

COLOURS = {
    "active": "success", "superseded": "info", "clear": "success", "hit": "danger",
    "stale": "warning", "open": "warning", "cleared": "success", "confirmed": "danger",
    "gone": "info", "fresh": "success", "too old": "danger",
}  # fmt: skip


class Confidential(ReadOnly):
    """What only those see who decide on hits."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("screening.change_hit")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(ListVersion)
class ListVersionAdmin(ListPages, ReadOnly):
    change_list_template = "admin/screening/versions.html"
    list_display = (
        "source", "number", "published_on", "shown_state", "shown_age", "entries", "added",
        "changed", "removed", "loaded_at",
    )  # fmt: skip
    list_filter = ("source", "state")
    search_fields = ("digest", "loaded_by")
    ordering = ("-loaded_at",)

    @display(description="state", ordering="state", label=COLOURS)
    def shown_state(self, version: ListVersion) -> str:
        return version.state

    @display(description="age", label=COLOURS)
    def shown_age(self, version: ListVersion) -> str:
        if version.state != ListVersion.State.ACTIVE:
            return ""
        return "too old" if lists.is_stale(version.source, version) else "fresh"


@admin.register(ListedEntry)
class ListedEntryAdmin(ReadOnly):
    list_display = ("name", "source", "entry_id", "kind", "added_in", "removed_in")
    list_filter = ("source", "kind")
    search_fields = ("name", "=entry_id")
    ordering = ("-id",)


@admin.register(Subject)
class SubjectAdmin(Confidential):
    list_display = ("name", "role", "kind", "mode", "shown_decision", "screened_at", "due_at")
    list_filter = ("decision", "role", "kind", "mode")
    search_fields = ("name", "ref")
    ordering = ("-id",)

    @display(description="decision", ordering="decision", label=COLOURS)
    def shown_decision(self, subject: Subject) -> str:
        return subject.decision


@admin.register(Screening)
class ScreeningAdmin(Confidential):
    list_display = ("at", "name", "shown_decision", "score", "why")
    list_filter = ("decision", "why")
    search_fields = ("name",)
    ordering = ("-id",)

    @display(description="decision", ordering="decision", label=COLOURS)
    def shown_decision(self, screening: Screening) -> str:
        return screening.decision


@admin.register(Hit)
class HitAdmin(HitPages, Confidential):
    list_display = (
        "subject", "entry_name", "source", "shown_score", "shown_state", "role", "found_at",
        "decided_by",
    )  # fmt: skip
    list_filter = ("state", "source", "subject__role", "subject__mode")
    list_select_related = ("subject",)
    search_fields = ("subject__name", "entry_name", "=entry_id")
    ordering = ("-state", "-score", "id")

    @display(description="score", ordering="score")
    def shown_score(self, hit: Hit) -> str:
        return f"{hit.score / 10:.1f} %"

    @display(description="state", ordering="state", label=COLOURS)
    def shown_state(self, hit: Hit) -> str:
        return hit.state

    @display(description="role", ordering="subject__role")
    def role(self, hit: Hit) -> str:
        return hit.subject.role


@admin.register(Sweep)
class SweepAdmin(Confidential):
    list_display = ("version", "entries", "subjects", "hits", "began_at", "ended_at")
    search_fields = ("=version__source",)
    ordering = ("-id",)
