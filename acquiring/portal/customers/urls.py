"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.customers import views

urlpatterns = [
    path("customers/", views.show_all, name="customers"),
    path("customers/<shown>/", views.show, name="customer"),
    path("customers/<shown>/data/", views.hand_out, name="customer_data"),
    path("customers/<shown>/erase/", views.erase, name="customer_erase"),
    path("customers/<shown>/cards/<token>/remove/", views.remove_card, name="customer_card_remove"),
]
