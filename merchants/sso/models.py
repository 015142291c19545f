"""Tables of single sign-on: an organisation's provider, and the e-mail domains it has proved.

Who came by it is a `SocialAccount` of allauth: its provider is the outside id here, its uid the
provider's `sub`. Another issuer is another row, so that the two together name a person for good.
"""

from __future__ import annotations

from django.db import models

from acquiring.core import clock, ids


class SingleSignOn(models.Model):
    """An organisation's OpenID Connect provider. It opens nothing before `since`."""

    # The organisation's own, so that the redirect URI is known before there is a client.
    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.OneToOneField(
        "merchants.Organisation", models.CASCADE, related_name="single_sign_on"
    )
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=191)
    secret = models.BinaryField()  # sealed by the vault
    role = models.CharField(max_length=40, blank=True)  # of who comes first; "" = nobody is made
    businesses = models.JSONField(default=list)  # where they get it: `biz_…`
    only = models.BooleanField(default=False)  # no password opens the door of its domains
    since = models.DateTimeField(null=True)  # on from then; None = off
    tested_at = models.DateTimeField(null=True)  # somebody came back from there, all being right
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "single sign-on"
        verbose_name_plural = "single sign-ons"

    def __str__(self) -> str:
        return self.issuer

    @property
    def shown(self) -> str:
        """The outside form of the id, `sso_…`."""
        return ids.show("sso", self.id)

    @property
    def on(self) -> bool:
        """Whether people come by it."""
        return self.since is not None

    @property
    def host(self) -> str:
        """The provider as people know it: `login.example.com`."""
        return self.issuer.partition("://")[2].partition("/")[0]


class SignOnDomain(models.Model):
    """An e-mail domain of an organisation, proved by a TXT record; one organisation's at a time."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    organisation = models.ForeignKey(
        "merchants.Organisation", models.CASCADE, related_name="domains", db_index=False
    )
    name = models.CharField(max_length=253)  # in lower case, as DNS knows it
    token = models.CharField(max_length=60)
    proved_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)  # since when the record is not found any more
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "e-mail domain"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="sso_domain_once"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(proved_at__isnull=False),
                name="sso_domain_of_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["checked_at"],
                condition=models.Q(proved_at__isnull=False),
                name="sso_domain_due",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The outside form of the id, `dom_…`."""
        return ids.show("dom", self.id)

    @property
    def record(self) -> str:
        """The name of the TXT record that proves it."""
        return f"_caravel-challenge.{self.name}"

    @property
    def value(self) -> str:
        """What the record says."""
        return f"caravel-domain-verification={self.token}"
