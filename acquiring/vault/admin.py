"""The vault in the admin: what may be seen of cards, and which key wraps what."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from acquiring.core import ids
from acquiring.core.admin_base import ReadOnly
from acquiring.vault import services
from acquiring.vault.models import DataKey, Token


@admin.register(Token)
class TokenAdmin(ReadOnly):
    list_display = ("card", "expiry", "shown_merchant", "reusable", "status", "created_at")
    list_filter = ("status", "reusable", "brand")
    search_fields = ("last4", "fingerprint", "id", "customer_id")
    actions = ("erase",)

    @display(description="Card")
    def card(self, token: Token) -> str:
        return str(token)

    @display(description="Expiry")
    def expiry(self, token: Token) -> str:
        return f"{token.exp_month:02}/{token.exp_year}"

    @display(description="Merchant")
    def shown_merchant(self, token: Token) -> str:
        return ids.show("mer", token.merchant_id)

    @action(description="Erase the card", permissions=["act"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        def erase(token: Token) -> None:
            services.erase(token.merchant_id, token.id)
            self.record(request, token, "erased")

        self.run(request, queryset, erase, "Erased")


@admin.register(DataKey)
class DataKeyAdmin(ReadOnly):
    list_display = ("shown_merchant", "kind", "master", "created_at", "retired_at")
    list_filter = ("kind", "master")
    search_fields = ("merchant_id",)

    @display(description="Merchant")
    def shown_merchant(self, key: DataKey) -> str:
        return ids.show("mer", key.merchant_id)
