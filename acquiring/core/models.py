"""Events, the heads of chains and the audit log.

Rows of the two event-like tables are written once, with their cause. Afterwards only the sealer
touches them: it gives each its place in the merchant's chain (`core.chain`).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from acquiring.core import clock, ids

# Rows of the whole platform, not of one merchant, belong to the nil UUID.
PLATFORM = uuid.UUID(int=0)


class Sealed(models.Model):
    """A row that will get a gap-free number and the hash of the row before it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sequence = models.BigIntegerField(null=True, editable=False)
    previous = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        abstract = True


class Event(Sealed):
    """Something that happened to a merchant's object, with the object as the API showed it then."""

    type = models.CharField(max_length=80, help_text="payment.captured")
    subject = models.CharField(max_length=80, help_text="the object's outside id, pay_…")
    payload = models.JSONField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["merchant_id", "id"],
                name="core_event_unsealed",
                condition=Q(sequence__isnull=True),
            ),
            models.Index(
                fields=["merchant_id", "sequence"],
                name="core_event_sequence",
                condition=Q(sequence__isnull=False),
            ),
            models.Index(fields=["merchant_id", "subject", "id"], name="core_event_subject"),
            models.Index(fields=["merchant_id", "type", "id"], name="core_event_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {ids.show('evt', self.id)}"


class ChainHead(models.Model):
    """Where a merchant's chain ends, and where it begins since older rows were dropped."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    name = models.CharField(max_length=40)
    sequence = models.BigIntegerField(default=0)
    hash = models.BinaryField()
    floor_sequence = models.BigIntegerField(
        default=0, help_text="the last row that retention removed"
    )
    floor_hash = models.BinaryField(help_text="its hash, which the first kept row continues")

    class Meta:
        db_table = "core_chain"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "name"], name="core_chain_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.merchant_id} at {self.sequence}"


class AuditEntry(Sealed):
    """One change by a person, a key or the system. Append-only: a trigger refuses the rest."""

    actor = models.CharField(max_length=120, help_text="user:…, key:… or system")
    action = models.CharField(max_length=80, help_text="api_key.revoked")
    subject = models.CharField(max_length=120)
    changes = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(
                fields=["merchant_id", "id"],
                name="core_auditentry_unsealed",
                condition=Q(sequence__isnull=True),
            ),
            models.Index(
                fields=["merchant_id", "sequence"],
                name="core_auditentry_sequence",
                condition=Q(sequence__isnull=False),
            ),
            models.Index(fields=["merchant_id", "subject", "id"], name="core_auditentry_subject"),
            models.Index(fields=["merchant_id", "actor", "id"], name="core_auditentry_actor"),
            models.Index(fields=["merchant_id", "action", "id"], name="core_auditentry_action"),
            models.Index(
                fields=["merchant_id", "actor", "action", "id"], name="core_auditentry_deed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"


from acquiring.core.idempotency import IdempotencyKey  # noqa: E402, F401 (its table is core's)
