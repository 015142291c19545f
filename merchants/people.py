"""Tables about people at work: the devices they sign in from, the roles a business made.

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
