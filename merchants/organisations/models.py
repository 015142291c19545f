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


class Asked(models.Model):
    """Somebody was asked to look after an organisation, or to bring a business of theirs into it.

    As with `Invitation`, the link's secret is nowhere and its SHA-256 here.
    """

    class Kind(models.TextChoices):
        OWNER = "owner"  # to look after it in this role
        VIEWER = "viewer"
        BUSINESS = "business"  # to bring one in

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="asked", db_index=False
    )
    email = models.EmailField("e-mail", max_length=254)  # in lower case
    kind = models.CharField(max_length=8, choices=Kind)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the link's secret, hex
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "organisation's invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email", "kind"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="merchants_asked_once",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="merchants_asked_newest")]

    def __str__(self) -> str:
        return f"{self.email} is asked by {self.organisation}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `oin_…`."""
        return ids.show("oin", self.id)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= clock.now()
