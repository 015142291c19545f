import django.db.models.functions.datetime
from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataKey",
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
                ("merchant_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("seal", "Seal"), ("fingerprint", "Fingerprint")], max_length=12
                    ),
                ),
                ("wrapped", models.BinaryField()),
                ("master", models.CharField(max_length=16)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)),
                        fields=("merchant_id", "kind"),
                        name="vault_datakey_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "seal"), ("retired_at", None), _connector="OR"),
                        name="vault_datakey_fingerprint_stays",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Token",
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
                ("merchant_id", models.UUIDField()),
                ("customer_id", models.UUIDField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("erased", "Erased")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("reusable", models.BooleanField(default=False)),
                ("sealed", models.BinaryField(null=True)),
                ("fingerprint", models.CharField(max_length=32)),
                ("brand", models.CharField(max_length=20)),
                ("bin", models.CharField(max_length=8)),
                ("last4", models.CharField(max_length=4)),
                ("exp_month", models.PositiveSmallIntegerField()),
                ("exp_year", models.PositiveSmallIntegerField()),
                ("network_reference", models.CharField(blank=True, max_length=100)),
                ("agreement", models.JSONField(default=dict)),
                ("used_for", models.CharField(blank=True, max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["merchant_id", "customer_id", "id"],
                        name="vault_token_customer",
                    ),
                    models.Index(
                        fields=["merchant_id", "fingerprint", "id"], name="vault_token_fingerprint"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("expires_at__isnull", False), ("sealed__isnull", False)
                        ),
                        fields=["merchant_id", "expires_at"],
                        name="vault_token_to_wipe",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status", "active"), ("sealed", None), _connector="OR"),
                        name="vault_token_erased_is_empty",
                    )
                ],
            },
        ),
        TenantKey("vault_datakey"),
        TenantKey("vault_token"),
    ]
