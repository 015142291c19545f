"""The room's app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """acquiring.ledger."""

    name = "acquiring.ledger"
