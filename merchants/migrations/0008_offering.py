import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import acquiring.core.ids
from acquiring.core.schema import TenantKey


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0007_team"),
    ]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="offering_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="provideraccount",
            name="subscribed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="OfferingSnapshot",
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
                ("number", models.PositiveIntegerField()),
                ("choices", models.JSONField()),
                ("change", models.CharField(max_length=200)),
                ("actor", models.CharField(max_length=80)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "number"), name="merchants_offering_number"
                    )
                ],
            },
        ),
        TenantKey("merchants_offeringsnapshot"),
    ]
