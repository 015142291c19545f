"""The vault's tables: wrapped data keys, and cards that only the vault can read.

Both belong to a merchant; neither points at another room, since the vault lies below them all.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from acquiring.core import ids


class DataKey(models.Model):
    """A merchant's 256-bit key, wrapped by a master key.

    `seal` keys encrypt and are replaced by rotation (a retired one still reads what it sealed);
    the one `fingerprint` key of a merchant never changes, or no card would be recognised again.
    """

    class Kind(models.TextChoices):
        SEAL = "seal"
        FINGERPRINT = "fingerprint"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind)
    wrapped = models.BinaryField()
    master = models.CharField(max_length=16)  # which master key wraps it: sealing.name_of(key)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "kind"],
                condition=models.Q(retired_at=None),
                name="vault_datakey_one_current",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="seal") | models.Q(retired_at=None),
                name="vault_datakey_fingerprint_stays",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} key of {ids.show('mer', self.merchant_id)}"


class Token(models.Model):
    """A card kept for later: the number sealed, the rest as far as a person may see it.

    The security code is never here. A single-use token serves one payment (`used_for`) and is
    wiped when its time is up; a reusable one belongs to a customer until it is erased.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    reusable = models.BooleanField(default=False)
    sealed = models.BinaryField(null=True)  # number and holder; NULL once wiped
    fingerprint = models.CharField(max_length=32)
    brand = models.CharField(max_length=20)
    bin = models.CharField(max_length=8)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    # What the scheme must see again in payments the merchant makes without the shopper.
    network_reference = models.CharField(max_length=100, blank=True)
    agreement = models.JSONField(default=dict)
    used_for = models.CharField(max_length=64, blank=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # NULL = until erased
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(
                fields=["merchant_id", "customer_id", "id"],
                condition=models.Q(customer_id__isnull=False),
                name="vault_token_customer",
            ),
            models.Index(
                fields=["merchant_id", "fingerprint", "id"],
                name="vault_token_fingerprint",
            ),
            # Holds only what waits to be wiped, so that looking across merchants stays cheap.
            models.Index(
                fields=["merchant_id", "expires_at"],
                condition=models.Q(sealed__isnull=False, expires_at__isnull=False),
                name="vault_token_to_wipe",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="active") | models.Q(sealed=None),
                name="vault_token_erased_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last4}"
