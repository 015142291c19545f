"""Tables about people at work: the devices they sign in from, the roles a business made,
what waits for a second person, and the consent by which support looks in.

The verbs are in modules of their own, named after what they are about.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from acquiring.core import clock, ids


class Device(models.Model):
    """A browser that a person signed in with. It carries a cookie, of which this keeps SHA-256."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", db_index=False
    )
    digest = models.CharField(max_length=64)
    agent = models.CharField(max_length=200)  # its User-Agent header
    created_at = models.DateTimeField(default=clock.now, editable=False)
    seen_at = models.DateTimeField(default=clock.now, editable=False)  # its last login

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="merchants_device_once"),
        ]

    def __str__(self) -> str:
        return self.agent[:60]


class CustomRole(models.Model):
    """A role that a business made for itself; memberships call it by its outside id."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(
        "merchants.Business", models.CASCADE, related_name="custom_roles", db_index=False
    )
    title = models.CharField(max_length=40)
    permissions = models.JSONField(default=list)  # of data/roles.toml, sorted
    based_on = models.CharField(max_length=40, blank=True)  # the built-in role it was copied from
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("business", Lower("title"), name="merchants_customrole_title"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown(self) -> str:
        """The outside form of the id, `rol_…`."""
        return ids.show("rol", self.id)


class Proposal(models.Model):
    """What somebody wants done that needs a second person; `proposals.py` says how it goes on."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"  # agreed to, and being done
        DONE = "done"
        FAILED = "failed"  # agreed to, and refused when it was done
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(
        "merchants.Business", models.CASCADE, related_name="proposals", db_index=False
    )
    mode = models.CharField(max_length=4)  # where it was proposed: test or live
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)  # the outside id of what it is about
    facts = models.JSONField(default=dict)  # what people read; nothing secret
    payload = models.BinaryField()  # what is done with, sealed by the vault
    once = models.CharField(max_length=80)  # names the wish: sent twice, it is one
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # of who declined, or of the refusal
    result = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "once"], name="merchants_proposal_once"),
        ]
        indexes = [
            models.Index(fields=["business", "-id"], name="merchants_proposal_newest"),
            models.Index(
                fields=["business", "expires_at"],
                condition=models.Q(status="waiting"),
                name="merchants_proposal_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `prp_…`."""
        return ids.show("prp", self.id)

    @property
    def state(self) -> str:
        """Its status, or `expired` when nobody decided in time."""
        over = self.status == self.Status.WAITING and self.expires_at <= clock.now()
        return "expired" if over else self.status


class SupportGrant(models.Model):
    """A business lets the platform's support look in, or act, for some hours. See `support.py`."""

    class Scope(models.TextChoices):
        READ = "read"
        FULL = "full"  # all but what is sensitive

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(
        "merchants.Business", models.CASCADE, related_name="support_grants", db_index=False
    )
    scope = models.CharField(max_length=4, choices=Scope)
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["business", "-id"], name="merchants_supportgrant_newest")]

    def __str__(self) -> str:
        return f"support at {self.business}"

    @property
    def open(self) -> bool:
        """Whether it still lets somebody in."""
        return self.revoked_at is None and self.until > clock.now()
