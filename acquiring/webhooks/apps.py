"""Webhooks: what happened, told to the merchant's own servers."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "acquiring.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from acquiring.core import metrics
        from acquiring.webhooks import queries

        metrics.gauge("webhooks_due", "Deliveries whose time has come", queries.count_due)
