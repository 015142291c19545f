"""The checkout's own memory: how often cards were tried from an address."""

from __future__ import annotations

from django.db import models

from acquiring.core import ids


class CardTries(models.Model):
    """The tries with a card at one merchant from one address in one hour.

    `address` is a keyed digest: whose address it was is not kept.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    address = models.CharField(max_length=32)
    hour = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "card tries"
        verbose_name_plural = "card tries"
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "hour", "address"], name="checkout_cardtries_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tries} tries since {self.hour:%H:%M}"
