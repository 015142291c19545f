"""Endpoints, what is to be delivered to them, and every try."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from acquiring.core import clock, ids


class Endpoint(models.Model):
    """Where a merchant wants to be told, and about what."""

    class Status(models.TextChoices):
        ENABLED = "enabled"
        DISABLED = "disabled"

    class Reason(models.TextChoices):
        """Why it is disabled."""

        ASKED = "asked"  # a person or a key did it
        GONE = "gone"  # it answered 410
        FAILING = "failing"  # three days of nothing but failures

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    types = models.JSONField(default=list, help_text='"*", "payment.*" or "payment.captured"')
    status = models.CharField(max_length=8, choices=Status, default=Status.ENABLED)
    reason = models.CharField(max_length=8, choices=Reason, blank=True)
    api_version = models.CharField(max_length=10)
    secret = models.BinaryField(editable=False)  # sealed by the vault, like the next
    previous_secret = models.BinaryField(null=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    # Events up to this number have been looked at: those that match have a delivery.
    last_sequence = models.BigIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one endpoint. `next_at` is when it is due, and the lease's end while sent."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"  # every try was made
        ABANDONED = "abandoned"  # the endpoint was disabled first

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    event_id = models.UUIDField(editable=False)
    event_type = models.CharField(max_length=80, editable=False)
    event_sequence = models.BigIntegerField(editable=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "event_id", "endpoint"], name="webhooks_delivery_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant_id", "endpoint", "next_at"],
                name="webhooks_delivery_due",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["merchant_id", "endpoint", "id"], name="webhooks_delivery_endpoint"
            ),
            models.Index(fields=["merchant_id", "event_type", "id"], name="webhooks_delivery_type"),
            models.Index(
                fields=["merchant_id", "id"],
                name="webhooks_delivery_lost",
                condition=Q(status__in=["failed", "abandoned"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {ids.show('evt', self.event_id)}"


class DeliveryAttempt(models.Model):
    """One try: what the endpoint answered, or why it did not."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    delivery_id = models.UUIDField(editable=False)
    status = models.PositiveSmallIntegerField(null=True)  # NULL = no answer
    response = models.TextField(blank=True)  # its beginning
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField()
    sent_at = models.DateTimeField(null=True, editable=False)  # what webhook-timestamp said
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["merchant_id", "delivery_id", "id"], name="webhooks_attempt_delivery"
            ),
        ]

    def __str__(self) -> str:
        return str(self.status or self.error)
