"""The addresses of version 1. No trailing slash anywhere."""

from __future__ import annotations

from django.urls import path, re_path

from acquiring.api.v1 import payments
from acquiring.api.v1.unknown import UnknownRoute

urlpatterns = [
    path("payments", payments.Payments.as_view(), name="payments"),
    path("payments/<str:payment>", payments.Payment.as_view(), name="payment"),
    path("payments/<str:payment>/confirm", payments.Confirm.as_view(), name="payment-confirm"),
    path("payments/<str:payment>/capture", payments.Capture.as_view(), name="payment-capture"),
    path("payments/<str:payment>/cancel", payments.Cancel.as_view(), name="payment-cancel"),
    path("payments/<str:payment>/decision", payments.Decision.as_view(), name="payment-decision"),
    re_path("^.*$", UnknownRoute.as_view(), name="unknown-route"),
]
