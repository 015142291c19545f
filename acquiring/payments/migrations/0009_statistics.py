"""Statistics of payments by day, and payments that a person must look at."""

from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey


def _key() -> models.UUIDField:
    return models.UUIDField(
        default=acquiring.core.ids.new, editable=False, primary_key=True, serialize=False
    )


def _merchant() -> models.UUIDField:
    return models.UUIDField(editable=False)


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_search")]

    operations = [
        migrations.CreateModel(
            name="Counted",
            fields=[
                ("id", _key()),
                ("merchant_id", _merchant()),
                ("day", models.DateField()),
                ("hour", models.SmallIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("store_id", models.UUIDField()),
                ("method", models.CharField(max_length=64)),
                ("country", models.CharField(max_length=2)),
                ("reason", models.CharField(max_length=64)),
                ("tried", models.SmallIntegerField()),
                ("paid", models.SmallIntegerField()),
                ("captured", models.BigIntegerField()),
                ("refunded", models.BigIntegerField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Statistic",
            fields=[
                ("id", _key()),
                ("merchant_id", _merchant()),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("store_id", models.UUIDField()),
                ("facet", models.CharField(max_length=7)),
                ("value", models.CharField(max_length=64)),
                ("payments", models.BigIntegerField()),
                ("tried", models.BigIntegerField()),
                ("paid", models.BigIntegerField()),
                ("captured", models.BigIntegerField()),
                ("refunded", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "currency", "day", "facet", "value", "store_id"),
                        name="statistic_once",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", _key()),
                ("merchant_id", _merchant()),
                ("sequence", models.BigIntegerField()),
                ("zone", models.CharField(max_length=64)),
                ("built", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name_plural": "tallies",
                "constraints": [
                    models.UniqueConstraint(fields=("merchant_id",), name="tally_once")
                ],
            },
        ),
        TenantKey("payments_counted"),
        TenantKey("payments_statistic"),
        TenantKey("payments_tally"),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("attention", ""), _negated=True),
                fields=["merchant_id", "-id"],
                name="payment_attention",
            ),
        ),
    ]
