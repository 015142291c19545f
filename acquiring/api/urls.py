"""The addresses of this room."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("v1/", include("acquiring.api.v1.urls")),
]
