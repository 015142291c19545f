"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
