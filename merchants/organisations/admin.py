"""Organisations in the admin: their businesses, and who looks after them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from acquiring.core.admin_base import Editable, ReadOnly, actor, is_root
from merchants.models import Business
from merchants.organisations import stewards
from merchants.organisations.models import Asked, Organisation, Stewardship


class BusinessInline(TabularInline):
    model = Business
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ("legal_name", "trading_name", "country", "status", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StewardshipInline(TabularInline):
    """Who looks after it, to look at: `StewardshipAdmin` changes it."""

    model = Stewardship
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(Editable):
    """Businesses that belong together. One begins with a business, so none is added here."""

    list_display = ("name", "shown_id", "businesses", "created_at")
    search_fields = ("name", "businesses__legal_name", "id")
    readonly_fields = ("id", "created_at")
    inlines = (BusinessInline, StewardshipInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        return super().get_queryset(request).annotate(held=Count("businesses"))

    @display(description="Id")
    def shown_id(self, row: Organisation) -> str:
        return row.shown

    @display(description="Businesses", ordering="held")
    def businesses(self, row: Any) -> int:
        return row.held

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Stewardship)
class StewardshipAdmin(Editable):
    """A way in for an organisation that lost its owners. Superusers alone have it, and the
    organisation reads it in its log.
    """

    list_display = ("user", "organisation", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "organisation__name")
    autocomplete_fields = ("user", "organisation")
    list_select_related = ("user", "organisation")
    fields = ("organisation", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organisation", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which writes it into the organisation's log."""
        obj.pk = stewards.install(obj.organisation, obj.user, obj.role, actor(request)).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Deleted, and written into the organisation's log."""
        stewards.dismiss(obj, actor(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_root(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_root(request) and (obj is None or not stewards.is_last_owner(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_root(request) and obj is not None and not stewards.is_last_owner(obj)


@admin.register(Asked)
class AskedAdmin(ReadOnly):
    """Who was asked to look after an organisation, or to bring a business in."""

    list_display = ("email", "organisation", "kind", "asked_by", "created_at", "expires_at")
    list_filter = ("kind", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "organisation__name", "id")
    list_select_related = ("organisation", "asked_by")
    secret_fields = ("digest",)
