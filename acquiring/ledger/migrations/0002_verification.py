"""What the last look at each merchant's ledger found."""

from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Verification",
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
                ("sequence", models.BigIntegerField()),
                ("fault", models.TextField(blank=True)),
                ("verified_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("merchant_id",), name="verification_once")
                ]
            },
        ),
        TenantKey("ledger_verification"),
    ]
