"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.methods import offer, views

urlpatterns = [
    path("methods/", views.show, name="methods"),
    path("methods/offer/", offer.show, name="methods_offer"),
    path("methods/offer/order/", offer.order, name="methods_order"),
    path("methods/offer/back/", offer.back, name="methods_back"),
    path("methods/<slug:code>/", views.method, name="method"),
    path("methods/<slug:code>/switch/", offer.switch, name="method_switch"),
    path("methods/<slug:code>/limits/", offer.limits, name="method_limits"),
]
