"""The addresses of this room."""

from __future__ import annotations

from django.urls import include, path, re_path

from acquiring.api import inbound, pages, returning
from acquiring.api.v1.unknown import UnknownRoute

urlpatterns = [
    path("v1/", include("acquiring.api.v1.urls")),
    path("hooks/<str:provider>/<str:hook_token>", inbound.hook, name="hook"),
    re_path("^hooks/", UnknownRoute.as_view(), name="unknown-hook"),
    path("docs", pages.index, name="docs"),
    path("docs/api", pages.reference, name="docs-reference"),
    path("docs/search", pages.search, name="docs-search"),
    path("docs/search.json", pages.search_index, name="docs-search-index"),
    path("docs/<str:name>", pages.show, name="docs-page"),
    path("return/<str:merchant>/<str:attempt>", returning.back, name="return"),
    path(
        "return/<str:merchant>/account/<str:account>",
        returning.back_named,
        name="return-named",
    ),
]
