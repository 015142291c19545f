"""The room's app."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """acquiring.risk."""

    name = "acquiring.risk"
