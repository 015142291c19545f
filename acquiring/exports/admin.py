"""Exports in the admin: to look at."""

from __future__ import annotations

from django.contrib import admin

from acquiring.core.admin_base import ReadOnly
from acquiring.exports.models import Export, Piece


@admin.register(Export)
class ExportAdmin(ReadOnly):
    list_display = ("shown", "kind", "format", "status", "rows_done", "bytes", "created_at")
    list_filter = ("status", "kind", "format")
    search_fields = ("=id", "=merchant_id", "=kind")


@admin.register(Piece)
class PieceAdmin(ReadOnly):
    list_display = ("id", "export_id", "ordinal", "merchant_id")
    search_fields = ("=id", "=merchant_id", "=export_id")
