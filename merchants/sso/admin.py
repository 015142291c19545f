"""Single sign-on in the admin: looked at, without its secrets, and switched off in need."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from acquiring.core.admin_base import ReadOnly, actor
from merchants.sso import services
from merchants.sso.models import SignOnDomain, SingleSignOn

for model in (SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


@admin.register(SingleSignOn)
class SingleSignOnAdmin(ReadOnly):
    """Organisations' providers; the action switches one off that lets in whom it should not."""

    list_display = ("organisation", "issuer", "is_on", "only", "tested_at", "created_at")
    list_filter = ("only",)
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "issuer", "client_id")
    actions = ("switch_off",)

    @display(description="On", boolean=True)
    def is_on(self, row: SingleSignOn) -> bool:
        return row.on

    @action(description="Switch off and sign its people out", permissions=["act"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[SingleSignOn]) -> None:
        who = actor(request)
        self.run(request, queryset, lambda one: services.switch_off(one, who), "Switched off")


@admin.register(SignOnDomain)
class SignOnDomainAdmin(ReadOnly):
    """The e-mail domains of organisations."""

    list_display = ("name", "organisation", "proved_at", "checked_at", "missed_at")
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name")


@admin.register(SocialAccount)
class ArrivalAdmin(ReadOnly):
    """Who came by single sign-on: a person, and what their provider calls them."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name", "provider", "uid")
    secret_fields = ("extra_data",)
