"""Notices, letters and how far the chains were read."""

from django.db import migrations, models

import acquiring.core.clock
import acquiring.core.ids
from acquiring.core.schema import TenantKey


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=acquiring.core.ids.new,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("once", models.CharField(editable=False, max_length=120)),
                ("template", models.CharField(max_length=80)),
                ("language", models.CharField(max_length=10)),
                ("recipient", models.CharField(max_length=254)),
                ("facts", models.JSONField(default=dict, editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("sent", "Sent"), ("failed", "Failed")],
                        default="pending",
                        max_length=7,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=acquiring.core.clock.now)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "pending")),
                        fields=["next_at"],
                        name="notices_letter_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "once"), name="notices_letter_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=acquiring.core.ids.new,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("person_id", models.UUIDField(editable=False)),
                ("once", models.CharField(editable=False, max_length=120)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("facts", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        fields=["merchant_id", "person_id", "-id"], name="notices_notice_person"
                    ),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["merchant_id", "person_id", "kind"],
                        name="notices_notice_unread",
                    ),
                    models.Index(fields=["merchant_id", "subject"], name="notices_notice_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "once", "person_id"), name="notices_notice_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=acquiring.core.ids.new,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("chain", models.CharField(max_length=40)),
                ("last_sequence", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "chain"), name="notices_reading_once"
                    )
                ],
            },
        ),
        TenantKey("notices_notice"),
        TenantKey("notices_letter"),
        TenantKey("notices_reading"),
    ]
