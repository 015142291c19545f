"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.balances import views

urlpatterns = [
    path("balances/", views.show, name="balances"),
    path("balances/ledger/", views.ledger, name="ledger"),
]
