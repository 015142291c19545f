"""How often cards were tried from an address, by merchant and hour."""

from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CardTries",
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
                ("address", models.CharField(max_length=32)),
                ("hour", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "card tries",
                "verbose_name_plural": "card tries",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "hour", "address"), name="checkout_cardtries_once"
                    )
                ],
            },
        ),
        TenantKey("checkout_cardtries"),
    ]
