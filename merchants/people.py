"""Tables about people at work: the devices they sign in from.

The verbs are in modules of their own, named after what they are about.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

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
