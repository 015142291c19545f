"""When a merchant's captured money becomes available is found by index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_statistics")]

    operations = [
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(
                condition=models.Q(("released_at__isnull", True), ("status", "succeeded")),
                fields=["merchant_id", "available_at"],
                name="capture_waiting",
            ),
        ),
    ]
