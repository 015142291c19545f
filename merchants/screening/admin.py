"""Screening in the admin: the lists with their age, who is screened, and the cases to decide."""

from __future__ import annotations

from django.contrib import admin

from acquiring.core.admin_base import ReadOnly
from merchants.screening.models import Hit, ListedEntry, ListVersion, Screening, Subject, Sweep


@admin.register(ListVersion)
class ListVersionAdmin(ReadOnly):
    list_display = ("source", "number", "published_on", "state", "entries", "loaded_at")
    list_filter = ("source", "state")
    search_fields = ("digest", "loaded_by")
    ordering = ("source", "-number")


@admin.register(ListedEntry)
class ListedEntryAdmin(ReadOnly):
    list_display = ("name", "source", "entry_id", "kind", "added_in", "removed_in")
    list_filter = ("source", "kind")
    search_fields = ("name", "=entry_id")


@admin.register(Subject)
class SubjectAdmin(ReadOnly):
    list_display = ("name", "role", "kind", "mode", "decision", "screened_at", "due_at")
    list_filter = ("decision", "role", "kind", "mode")
    search_fields = ("name", "ref")


@admin.register(Screening)
class ScreeningAdmin(ReadOnly):
    list_display = ("at", "name", "decision", "score", "why")
    list_filter = ("decision", "why")
    search_fields = ("name",)


@admin.register(Hit)
class HitAdmin(ReadOnly):
    list_display = ("subject", "entry_name", "source", "score", "state", "found_at", "decided_by")
    list_filter = ("state", "source")
    search_fields = ("subject__name", "entry_name", "=entry_id")


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ("version", "entries", "subjects", "hits", "began_at", "ended_at")
    search_fields = ("=version__source",)
