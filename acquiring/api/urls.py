"""The addresses of this room."""

from __future__ import annotations

from django.urls import include, path

from acquiring.api import inbound, returning

urlpatterns = [
    path("v1/", include("acquiring.api.v1.urls")),
    path("hooks/<str:provider>/<str:hook_token>", inbound.hook, name="hook"),
    path("return/<str:merchant>/<str:attempt>", returning.back, name="return"),
]
