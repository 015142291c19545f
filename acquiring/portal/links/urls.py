"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path, re_path

from acquiring.portal.links import views

urlpatterns = [
    path("links/", views.show_all, name="links"),
    path("links/new/", views.create, name="link_create"),
    path("links/new/preview/", views.preview, name="link_preview"),
    path("links/<shown>/", views.show, name="link"),
    path("links/<shown>/switch/", views.switch, name="link_switch"),
    re_path(r"^links/(?P<shown>\w+)/qr\.(?P<kind>svg|png)$", views.picture, name="link_picture"),
]
