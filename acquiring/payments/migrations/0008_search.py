"""Payments are found by the end of their id, amount, the shopper's e-mail and the card's last four."""

from pathlib import Path

from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey

HANDLE = (Path(__file__).parent.parent / "sql" / "handle.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_erased"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handle",
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
                ("tail", models.CharField(max_length=6)),
                ("amount", models.BigIntegerField()),
                ("email", models.CharField(max_length=254, null=True)),
                ("last4", models.CharField(max_length=4, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["merchant_id", "tail"], name="handle_tail"),
                    models.Index(fields=["merchant_id", "amount", "-id"], name="handle_amount"),
                    models.Index(
                        condition=models.Q(("email__isnull", False)),
                        fields=["merchant_id", "email", "-id"],
                        name="handle_email",
                    ),
                    models.Index(
                        condition=models.Q(("last4__isnull", False)),
                        fields=["merchant_id", "last4", "-id"],
                        name="handle_last4",
                    ),
                ],
            },
        ),
        TenantKey("payments_handle"),
        migrations.RunSQL(HANDLE, "DROP FUNCTION payments_handle_write CASCADE"),
    ]
