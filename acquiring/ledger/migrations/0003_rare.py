"""Transfers that happen seldom are found by their reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_verification")]

    operations = [
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("reason__in", ["capture", "fee", "release"]), _negated=True),
                fields=["merchant_id", "reason", "-id"],
                name="transfer_rare",
            ),
        ),
    ]
