"""Tries with cards in the admin: to look at, when a shopper asks why they have to wait."""

from __future__ import annotations

from django.contrib import admin

from acquiring.checkout.models import CardTries
from acquiring.core.admin_base import ReadOnly


@admin.register(CardTries)
class CardTriesAdmin(ReadOnly):
    list_display = ("merchant_id", "address", "hour", "tries")
    search_fields = ("=merchant_id", "=address")
