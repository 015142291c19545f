"""Notices in the portal, letters by e-mail, and how far the sealed chains have been read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from acquiring.core import clock, ids


class Notice(models.Model):
    """One thing one person is told in the portal; `once` names what happened, so it is told once.

    `kind` is one of `merchants.notices.kinds()`, `subject` the outside id of what it is about, and
    `facts` what its words are filled with: the words themselves are those of the reader's language.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    person_id = models.UUIDField(editable=False)
    once = models.CharField(max_length=120, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    facts = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "once", "person_id"], name="notices_notice_once"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "person_id", "-id"], name="notices_notice_person"),
            models.Index(
                fields=["merchant_id", "person_id", "kind"],
                name="notices_notice_unread",
                condition=Q(read_at=None),
            ),
            models.Index(fields=["merchant_id", "subject"], name="notices_notice_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `not_…`."""
        return ids.show("not", self.id)


class Letter(models.Model):
    """An e-mail that is to be sent, or was. `next_at` is when it is due, and the lease's end.

    What it says is kept only until it has left: links in it open accounts, and shoppers have a
    right to be forgotten. Letters of the platform itself belong to the nil merchant.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"  # every try was made, or the address does not exist

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    once = models.CharField(max_length=120, editable=False)
    template = models.CharField(max_length=80)
    language = models.CharField(max_length=10)
    recipient = models.CharField(max_length=254)
    facts = models.JSONField(default=dict, editable=False)
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "once"], name="notices_letter_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="notices_letter_due", condition=Q(status="pending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.once}"


class Reading(models.Model):
    """How far one of a merchant's chains has been read: up to this number people were told."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    chain = models.CharField(max_length=40)
    last_sequence = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "chain"], name="notices_reading_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} to {self.last_sequence}"
