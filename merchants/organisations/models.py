"""Tables of organisations. The verbs are in the modules beside this one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from acquiring.core import clock, ids


class Organisation(models.Model):
    """Businesses that belong together; every business is in exactly one."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Stewardship", related_name="organisations"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The outside form of the id, `org_…`."""
        return ids.show("org", self.id)


class Stewardship(models.Model):
    """Who looks after an organisation: its owners change it, its viewers see it."""

    class Role(models.TextChoices):
        OWNER = "owner"
        VIEWER = "viewer"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="stewardships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="stewardships", db_index=False
    )
    role = models.CharField(max_length=6, choices=Role)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], name="merchants_stewardship_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.organisation}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `stw_…`."""
        return ids.show("stw", self.id)
