"""Exports that were asked for, and the files made of them, in pieces.

A file lies in the database, so that any web machine can hand out what any worker made; it is
forgotten after three days.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from acquiring.core import clock, ids


class Export(models.Model):
    """One list as one file. `next_at` is when it is due, and the lease's end while it is made."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"  # it was done; its file is forgotten

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=40)
    filters = models.JSONField(default=dict)
    format = models.CharField(max_length=4)  # csv or xlsx
    language = models.CharField(max_length=10)  # of the headings
    time_zone = models.CharField(max_length=64)
    asked_by = models.UUIDField(null=True, editable=False)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    fault = models.CharField(max_length=40, blank=True)  # why it failed: a word of `making`
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    rows_done = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(null=True)  # counted when the making begins
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Small: only what is under way, and only what has a file.
            models.Index(
                fields=["merchant_id", "next_at"],
                name="exports_export_due",
                condition=Q(status__in=["waiting", "running"]),
            ),
            models.Index(
                fields=["merchant_id", "expires_at"],
                name="exports_export_done",
                condition=Q(status="done"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.format}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `exp_…`."""
        return ids.show("exp", self.id)

    @property
    def is_under_way(self) -> bool:
        """Whether its file is still to come."""
        return self.status in {self.Status.WAITING, self.Status.RUNNING}


class Piece(models.Model):
    """A part of a file; in their order they are the whole. Written in one transaction."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    export_id = models.UUIDField(editable=False)
    ordinal = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "export_id", "ordinal"], name="exports_piece_once"
            ),
        ]

    def __str__(self) -> str:
        return f"piece {self.ordinal} of {ids.show('exp', self.export_id)}"
