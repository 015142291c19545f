"""The room's app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """acquiring.payments."""

    name = "acquiring.payments"
