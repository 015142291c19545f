"""The table of what a merchant offered; `offering.py` says what its rows mean."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from acquiring.core import ids


class OfferingSnapshot(models.Model):
    """What a merchant offered from one moment to the next. Rows are written once."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(
        "merchants.Merchant", models.CASCADE, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the merchant
    choices = models.JSONField()  # a `merchants.offering.Offering`
    change = models.CharField(max_length=200)  # "method.off ideal": what this one changed
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="merchants_offering_number")
        ]

    def __str__(self) -> str:
        return f"offering {self.number}"
