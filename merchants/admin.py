"""People, businesses, merchants, keys and provider accounts in the admin."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from acquiring.core import ids
from acquiring.core.admin_base import ByRoot, Editable, ReadOnly, actor, is_root
from acquiring.core.errors import Problem
from merchants import accounts, keys, roles, services, team
from merchants.calls import ApiRequest
from merchants.models import (
    ApiKey,
    Branding,
    Business,
    Doorplate,
    Invitation,
    Membership,
    Merchant,
    Mode,
    NoticePreference,
    ProviderAccount,
    Store,
    User,
)
from merchants.snapshots import OfferingSnapshot

STATUS_COLOURS = {
    "sandbox": "info",
    "applied": "warning",
    "approved": "success",
    "active": "success",
    "suspended": "danger",
    "closed": "danger",
}

for model in (Group, EmailAddress, AccessAttempt, AccessFailureLog, AccessLog):
    admin.site.unregister(model)


class RoleChoice:
    """The role as a choice of the roles table."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name != "role":
            return super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        choices = list(roles.titles().items())
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget)


class MembershipInline(TabularInline):
    """Who works where, to look at: `MembershipAdmin` changes it, and the business's log says so."""

    model = Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("business", "user", "role", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PeopleAdmin(Editable, UserAdmin):
    """Who could change a person's address or password could work in their name, and who could
    change groups could give themselves any: both are for superusers, and so are staff themselves.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    ordering = ("email",)
    list_display = ("email", "name", "language", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups", "language")
    search_fields = ("email", "name", "id")
    readonly_fields = ("last_login", "created_at")
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("name", "language", "time_zone", "created_at", "last_login")}),
        ("Admin", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)
    secret_fields = ("user_permissions",)
    root_fields = ("email", "is_staff", "is_superuser", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields + (() if is_root(request) else self.root_fields)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        ours = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (is_root(request) or not ours)

    def user_change_password(self, request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
        if not is_root(request):
            raise PermissionDenied
        return super().user_change_password(request, *args, **names)


@admin.register(Group)
class StaffGroupAdmin(Editable, GroupAdmin):
    """Who may do what in the admin; `manage.py prepare` sets the groups we ship."""


@admin.register(EmailAddress)
class EmailAddressAdmin(Editable):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__name")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if is_root(request) else ("email", "user", "primary")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnly):
    """Failed logins that count towards a lock-out; the action opens the door again."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "path_info")
    search_fields = ("username", "ip_address")
    secret_fields = ("get_data", "post_data")
    actions = ("open_again",)

    @action(description="Let them try again", permissions=["act"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        self.delete_queryset(request, queryset)
        self.message_user(request, "They may try again.")


class MerchantInline(TabularInline):
    model = Merchant
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ("mode", "name", "default_currency", "status", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Business)
class BusinessAdmin(Editable):
    list_display = (
        "name", "legal_name", "organisation", "country", "shown_status", "created_at"
    )  # fmt: skip
    list_filter = ("status", "country")
    list_select_related = ("organisation",)
    search_fields = ("legal_name", "trading_name", "website", "id")
    readonly_fields = ("id", "organisation", "status", "created_at")
    inlines = (MerchantInline, MembershipInline)
    actions = ("approve", "suspend")
    date_hierarchy = "created_at"

    @display(description="Business")
    def name(self, business: Business) -> str:
        return str(business)

    @display(description="Status", label=STATUS_COLOURS, ordering="status")
    def shown_status(self, business: Business) -> str:
        return business.status

    @action(description="Approve for live payments without an application", permissions=["root"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Business]) -> None:
        """For installations that vet their merchants elsewhere; others decide on applications."""
        who = actor(request)
        self.run(request, queryset, lambda one: services.approve(one, who), "Approved")

    @action(description="Suspend live payments", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Business]) -> None:
        who = actor(request)
        self.run(request, queryset, lambda one: services.suspend(one, who), "Suspended")

    def has_root_permission(self, request: HttpRequest) -> bool:
        return is_root(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # one comes with its organisation and its sandbox, through the services

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Merchant)
class MerchantAdmin(Editable):
    list_display = ("name", "shown_id", "mode", "default_currency", "shown_status", "created_at")
    list_filter = ("mode", "status", "default_currency")
    search_fields = ("name", "business__legal_name", "id")
    readonly_fields = ("id", "business", "mode", "clock_ahead_seconds", "created_at")
    list_select_related = ("business",)

    @display(description="Id")
    def shown_id(self, merchant: Merchant) -> str:
        return ids.show("mer", merchant.id)

    @display(description="Status", label=STATUS_COLOURS, ordering="status")
    def shown_status(self, merchant: Merchant) -> str:
        return merchant.status

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        keys.forget_all()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipForm(forms.ModelForm):
    """A role, while the business keeps an owner."""

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        known = Membership.objects.filter(pk=self.instance.pk).first()
        if known is not None and role != team.OWNER and team.is_last_owner(known):
            raise forms.ValidationError("A business keeps at least one owner.")
        return role


@admin.register(Membership)
class MembershipAdmin(RoleChoice, ByRoot, Editable):
    """A way in for a business that lost its owners. Superusers alone have it, and the business
    reads it in its log: support looks in by consent.
    """

    form = MembershipForm
    list_display = ("user", "business", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "business__legal_name")
    autocomplete_fields = ("user", "business")
    list_select_related = ("user", "business")
    fields = ("business", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("business", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which writes it into the business's log."""
        obj.pk = services.add_member(obj.business, obj.user, obj.role, actor(request)).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Deleted, and written into the business's log."""
        team.dismiss(obj, actor(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_root(request) and obj is not None and not team.is_last_owner(obj)


@admin.register(Store)
class StoreAdmin(Editable):
    list_display = ("name", "merchant", "country", "currency", "created_at")
    list_filter = ("country", "currency")
    search_fields = ("name", "merchant__name")
    list_select_related = ("merchant",)
    readonly_fields = ("merchant", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Branding)
class BrandingAdmin(ReadOnly):
    list_display = ("merchant", "display_name", "colour", "radius", "receipts", "updated_at")
    search_fields = ("=id", "=merchant__id", "display_name")


@admin.register(NoticePreference)
class NoticePreferenceAdmin(ReadOnly):
    list_display = ("user", "merchant", "choices")
    search_fields = ("=id", "=merchant__id", "user__email")


@admin.register(ApiRequest)
class ApiRequestAdmin(ReadOnly):
    list_display = ("id", "method", "path", "status", "error_code", "milliseconds", "merchant_id")
    list_filter = ("status",)
    search_fields = ("=id", "=merchant_id", "=request_id")
    show_full_result_count = False


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    """Keys are made by the people of the merchant; here they can only be ended."""

    list_display = ("masked", "merchant", "kind", "name", "last_used_at", "expires_at", "ended")
    list_filter = ("kind", "merchant__mode", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("last4", "name", "merchant__name")
    list_select_related = ("merchant",)
    secret_fields = ("digest", "plain")
    actions = ("revoke",)

    @display(description="Key")
    def masked(self, key: ApiKey) -> str:
        return str(key)

    @display(description="Revoked", boolean=True)
    def ended(self, key: ApiKey) -> bool:
        return key.revoked_at is not None

    @action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        who = actor(request)
        self.run(request, queryset, lambda one: keys.revoke(one, who), "Revoked")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Who was asked to work where. People invite and take back in the portal."""

    list_display = ("email", "business", "role", "invited_by", "sent_at", "expires_at", "state")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "business__trading_name", "id")
    list_select_related = ("business", "invited_by")
    secret_fields = ("digest",)

    @display(description="state")
    def state(self, row: Invitation) -> str:
        if row.accepted_at:
            return "accepted"
        return "taken back" if row.revoked_at else "expired" if row.expired else "open"


class ProviderAccountForm(forms.ModelForm):
    """What was typed, by the rules of the service."""

    def clean_methods(self) -> list[str]:
        try:
            return accounts.check_methods(self.instance.provider, self.cleaned_data["methods"])
        except Problem as problem:
            raise forms.ValidationError(problem.message) from problem


@admin.register(ProviderAccount)
class ProviderAccountAdmin(Editable):
    form = ProviderAccountForm
    list_display = ("title", "merchant", "provider", "priority", "enabled", "connected")
    list_filter = ("provider", "enabled", "merchant__mode")
    search_fields = ("title", "merchant__name", "id")
    list_select_related = ("merchant",)
    fields = (
        "merchant", "provider", "title", "priority", "enabled", "methods", "settle_currency",
        "base_url", "connected_at", "created_at",
    )  # fmt: skip
    readonly_fields = ("merchant", "provider", "base_url", "connected_at", "created_at")
    secret_fields = ("hook_token",)
    actions = ("connect_again",)

    @display(description="Connected", boolean=True)
    def connected(self, row: ProviderAccount) -> bool:
        return row.connected_at is not None

    @action(description="Connect to the sandbox again", permissions=["change"])
    def connect_again(self, request: HttpRequest, queryset: QuerySet[ProviderAccount]) -> None:
        self.run(request, queryset.filter(merchant__mode=Mode.TEST), _connect, "Connected")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, so that running processes hear of it."""
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        if values:
            services.change_account(obj, actor(request), **values)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OfferingSnapshot)
class OfferingSnapshotAdmin(ReadOnly):
    list_display = ("merchant_id", "number", "change", "actor", "created_at")
    search_fields = ("change", "actor")


@admin.register(Doorplate)
class DoorplateAdmin(ReadOnly):
    list_display = ("target_id", "kind", "owner")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("owner__name", "target_id")


def _connect(row: ProviderAccount) -> None:
    try:
        accounts.connect_sandbox(row)
    except accounts.SandboxAway as away:
        raise Problem("unavailable", f"The sandbox did not answer: {away}") from away


from merchants import admin_people  # noqa: E402, F401 (registers the rest of this room)
from merchants.organisations import admin as _organisations  # noqa: E402, F401 (likewise)
