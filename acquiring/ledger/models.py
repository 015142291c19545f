"""The ledger's tables. A transfer is one row, so it cannot be unbalanced; it is never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from acquiring.core import ids


class Transfer(models.Model):
    """Money that went from one account to another. Corrected only by a transfer the other way.

    `journal` ties the legs of one business fact together; (journal, leg) is unique, so a fact
    cannot be posted twice. `sequence`, `previous` and `hash` are given by the sealer after COMMIT.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    journal = models.UUIDField()
    leg = models.SmallIntegerField()
    source = models.CharField(max_length=120)
    target = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    sequence = models.BigIntegerField(null=True, editable=False)
    previous = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["merchant_id", "source", "currency"], name="transfer_source"),
            models.Index(fields=["merchant_id", "target", "currency"], name="transfer_target"),
            models.Index(fields=["merchant_id", "subject"], name="transfer_subject"),
            # What happens seldom is found by index; what happens daily is never far.
            models.Index(
                fields=["merchant_id", "reason", "-id"],
                condition=~Q(reason__in=["capture", "fee", "release"]),
                name="transfer_rare",
            ),
            models.Index(
                fields=["merchant_id", "id"],
                condition=Q(sequence__isnull=True),
                name="transfer_unsealed",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "journal", "leg"], name="transfer_journal_leg"
            ),
            models.UniqueConstraint(fields=["merchant_id", "sequence"], name="transfer_sequence"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_moves"),
        ]

    def __str__(self) -> str:
        return ids.show("trf", self.id)


class Snapshot(models.Model):
    """An account's balance over the sealed transfers up to `sequence`: what sums start from."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    account = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    sequence = models.BigIntegerField()
    amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "sequence", "account", "currency"], name="snapshot_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} at {self.sequence}"


class FeeRule(models.Model):
    """A merchant's own price for a kind of method; "" = every kind, or every currency."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField()
    kind = models.CharField(max_length=32, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    basis_points = models.IntegerField()
    fixed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "kind", "currency"], name="feerule_once"
            ),
            models.CheckConstraint(
                condition=Q(basis_points__gte=0, basis_points__lte=10_000, fixed__gte=0),
                name="feerule_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'any kind'} in {self.currency or 'any currency'}"


class DailyRoot(models.Model):
    """The Merkle root over every merchant's sealed transfers at the end of a day (UTC).

    Platform-wide: `leaves` is how many merchants it covers, `previous` the root before it.
    """

    day = models.DateField(primary_key=True)
    root = models.BinaryField()
    previous = models.BinaryField()
    leaves = models.IntegerField()
    transfers = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day} {bytes(self.root).hex()[:16]}"


class Verification(models.Model):
    """When a merchant's ledger was last recomputed, how far, and the first fault ("" = whole)."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    sequence = models.BigIntegerField()
    fault = models.TextField(blank=True)
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id"], name="verification_once")]

    def __str__(self) -> str:
        return self.fault or f"whole up to {self.sequence}"
