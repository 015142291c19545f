"""How people sign in, in the admin: looked at, and ended by action."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from acquiring.core.admin_base import ReadOnly
from acquiring.core.errors import Problem
from merchants import support
from merchants.models import User
from merchants.people import CustomRole, Device, Proposal, SupportGrant

for model in (Authenticator, UserSession):
    admin.site.unregister(model)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """The second steps of people's logins; what they are made of is not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email", "user__name")
    secret_fields = ("data",)


@admin.register(UserSession)
class SessionAdmin(ReadOnly):
    """Where people are signed in; the action signs them out."""

    list_display = ("user", "user_agent", "ip", "created_at", "last_seen_at")
    search_fields = ("user__email", "user__name", "ip")
    secret_fields = ("session_key", "data")
    actions = ("sign_out",)

    @action(description="Sign them out", permissions=["act"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for one in queryset[:500]:
            self.record(request, one.user, "signed_out", {"device": one.user_agent[:200]})
            one.end()
        self.message_user(request, "They are signed out.")


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    """The browsers that people signed in with."""

    list_display = ("user", "agent", "created_at", "seen_at")
    search_fields = ("user__email", "user__name", "agent")
    secret_fields = ("digest",)


@admin.register(CustomRole)
class CustomRoleAdmin(ReadOnly):
    """The roles that businesses made for themselves; they change them in the portal."""

    list_display = ("title", "business", "based_on", "created_at")
    list_select_related = ("business",)
    search_fields = ("title", "business__legal_name", "id")


@admin.register(Proposal)
class ProposalAdmin(ReadOnly):
    """What waits, or waited, for a second person of a business."""

    list_display = ("kind", "subject", "business", "mode", "status", "made_by", "decided_by")
    list_filter = ("status", "kind", "mode")
    list_select_related = ("business", "made_by", "decided_by")
    search_fields = ("subject", "business__legal_name", "made_by__email", "id")


@admin.register(SupportGrant)
class SupportGrantAdmin(ReadOnly):
    """The consents by which businesses let support in; the action goes in by one."""

    list_display = ("business", "scope", "reason", "made_by", "until", "revoked_at")
    list_filter = ("scope",)
    list_select_related = ("business", "made_by")
    search_fields = ("business__legal_name", "business__trading_name", "reason", "id")
    actions = ("enter",)

    @action(description="Look in as support", permissions=["act"])
    def enter(self, request: HttpRequest, queryset: QuerySet[SupportGrant]) -> HttpResponse | None:
        row = queryset.first()
        assert row is not None, "an action has a row"
        assert isinstance(request.user, User), "behind the login"
        try:
            support.enter(request.user, row)
        except Problem as problem:
            self.message_user(request, problem.message, "error")
            return None
        request.session[support.SESSION] = str(row.pk)
        return redirect("test:overview")
