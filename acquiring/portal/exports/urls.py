"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.exports import views

urlpatterns = [
    path("exports/", views.show_all, name="exports"),
    path("exports/new/", views.create, name="export_create"),
    path("exports/<shown>/", views.show, name="export"),
    path("exports/<shown>/file/", views.download, name="export_file"),
    path("exports/<shown>/cancel/", views.cancel, name="export_cancel"),
]
