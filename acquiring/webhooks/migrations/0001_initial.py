"""Endpoints, deliveries and the log of every try."""

import django.db.models.deletion
from django.db import migrations, models

import acquiring.core.clock
import acquiring.core.ids
from acquiring.core import partitions
from acquiring.core.schema import Partitioned, TenantForeignKey, TenantKey


def first_partitions(apps, schema_editor):
    partitions.prepare()


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="DeliveryAttempt",
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
                ("delivery_id", models.UUIDField(editable=False)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("response", models.TextField(blank=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("milliseconds", models.PositiveIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        fields=["merchant_id", "delivery_id", "id"],
                        name="webhooks_attempt_delivery",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
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
                ("url", models.CharField(max_length=500)),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "types",
                    models.JSONField(
                        default=list, help_text='"*", "payment.*" or "payment.captured"'
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("enabled", "Enabled"), ("disabled", "Disabled")],
                        default="enabled",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[("asked", "Asked"), ("gone", "Gone"), ("failing", "Failing")],
                        max_length=8,
                    ),
                ),
                ("api_version", models.CharField(max_length=10)),
                ("secret", models.BinaryField(editable=False)),
                ("previous_secret", models.BinaryField(editable=False, null=True)),
                ("previous_until", models.DateTimeField(editable=False, null=True)),
                ("last_sequence", models.BigIntegerField(default=0, editable=False)),
                ("failing_since", models.DateTimeField(editable=False, null=True)),
                ("notice_due", models.BooleanField(default=False, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("notice_due", True)),
                        fields=["merchant_id", "id"],
                        name="webhooks_endpoint_notice",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
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
                ("event_id", models.UUIDField(editable=False)),
                ("event_type", models.CharField(editable=False, max_length=80)),
                ("event_sequence", models.BigIntegerField(editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("abandoned", "Abandoned"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=acquiring.core.clock.now)),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.endpoint",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "pending")),
                        fields=["merchant_id", "endpoint", "next_at"],
                        name="webhooks_delivery_due",
                    ),
                    models.Index(
                        fields=["merchant_id", "endpoint", "id"], name="webhooks_delivery_endpoint"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "event_id", "endpoint"),
                        name="webhooks_delivery_once",
                    )
                ],
            },
        ),
        Partitioned("webhooks_deliveryattempt"),
        TenantKey("webhooks_endpoint"),
        TenantKey("webhooks_delivery"),
        TenantForeignKey("webhooks_delivery", "endpoint_id", "webhooks_endpoint"),
        migrations.RunPython(first_partitions, migrations.RunPython.noop),
    ]
