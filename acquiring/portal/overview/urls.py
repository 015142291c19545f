"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.overview import views

urlpatterns = [path("overview/", views.show, name="overview")]
