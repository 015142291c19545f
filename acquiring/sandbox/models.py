"""The simulators' own books: other companies' tables, which happen to lie in our database.

They belong to no tenant, and no room reads them. The models exist for the migration; the process
itself writes SQL (`book.py`), since it starts without Django's applications.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Account(models.Model):
    """A merchant's account at a simulated provider, as registered by the control interface."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    ref = models.CharField(max_length=80, help_text="who registered it calls it so")
    key = models.CharField(max_length=200, help_text="the credential a call is recognised by")
    credentials = models.JSONField()
    facts = models.JSONField(default=dict)
    webhook_url = models.TextField(blank=True)
    switches = models.JSONField(default=dict, help_text="outage, slow_milliseconds, …")
    ahead_seconds = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "ref"], name="sandbox_account_ref"),
            models.UniqueConstraint(fields=["provider", "key"], name="sandbox_account_key"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.ref}"


class Charge(models.Model):
    """A payment at a simulated provider. Sums are minor units by ISO 4217."""

    row = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    id = models.CharField(max_length=80)
    account = models.CharField(max_length=80)
    reference = models.CharField(max_length=200, help_text="the caller's own name for it")
    names = ArrayField(models.TextField(), help_text="other names it can be found by")
    method = models.CharField(max_length=60)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12)
    scenario = models.CharField(max_length=80)
    page = models.CharField(max_length=12, help_text="the shopper's page, if there is one")
    data = models.JSONField(help_text="the provider's own object")
    due = models.CharField(max_length=12, help_text="what time will do to it")
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "id"], name="sandbox_charge_id"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=models.F("captured")),
                name="sandbox_charge_sums",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "account", "row"], name="sandbox_charge_list"),
            GinIndex(fields=["names"], name="sandbox_charge_names"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="sandbox_charge_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.id}"


class Thing(models.Model):
    """Anything else a provider remembers: refunds, customers, tokens, mandates."""

    row = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    id = models.CharField(max_length=120)
    charge = models.CharField(max_length=80, help_text="the charge it belongs to, or empty")
    data = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "things in the books"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "kind", "id"], name="sandbox_thing_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "charge"], condition=~Q(charge=""), name="sandbox_thing_charge"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.id}"


class Move(models.Model):
    """Money that was captured, refunded or charged back; minor units by ISO 4217, all positive."""

    row = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    charge = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, help_text="capture, refund or chargeback")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    operation = models.CharField(max_length=120, help_text="the capture, refund or dispute")
    operation_reference = models.CharField(max_length=200, help_text="the merchant's name for it")
    statement = models.BigIntegerField(null=True, help_text="the statement it went into")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["provider", "account", "row"],
                condition=Q(statement__isnull=True),
                name="sandbox_move_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.charge}"


class Statement(models.Model):
    """What an account is paid for one settlement day in one currency; never changed."""

    row = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    number = models.IntegerField(help_text="counted per account")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    value_date = models.DateField()
    places = models.SmallIntegerField(help_text="decimals of the amounts, as the provider counts")
    spoiled = models.CharField(max_length=40, blank=True, help_text="what was made wrong in it")
    lines = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "day", "currency"], name="sandbox_statement_day"
            ),
            models.UniqueConstraint(
                fields=["provider", "account", "number"], name="sandbox_statement_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.account} {self.day} {self.currency}"


class Stored(models.Model):
    """The first answer to an idempotency key, as the provider keeps it."""

    row = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    key = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    status = models.IntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stored answers"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "key"], name="sandbox_stored_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.key}"


class Delivery(models.Model):
    """A webhook to send: written in the transaction of what it tells."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    charge = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    message = models.JSONField()
    forged = models.BooleanField()
    copy_of = models.BigIntegerField(null=True, help_text="the webhook this is the same as")
    state = models.CharField(max_length=8, help_text="waiting, sent or failed")
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    last_status = models.IntegerField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="sandbox_delivery_due"
            ),
            models.Index(fields=["provider", "charge"], name="sandbox_delivery_charge"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.name}"
