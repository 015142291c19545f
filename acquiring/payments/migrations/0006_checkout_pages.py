"""Hosted checkout pages: what a session shows and who may frame it, and one try at a time."""

from pathlib import Path

from django.db import migrations, models

WRITE = (Path(__file__).parent.parent / "sql" / "write.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_customer_search")]
    operations = [
        migrations.AddField(
            model_name="checkoutsession",
            name="allowed_origins",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="checkoutsession",
            name="items",
            field=models.JSONField(default=list),
        ),
        # In the order of its tries from now on, and known to the model.
        migrations.RunSQL(
            "DROP INDEX payment_session",
            "CREATE INDEX payment_session ON payments_payment (merchant_id, session_id)"
            " WHERE session_id IS NOT NULL",
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("session_id__isnull", False)),
                fields=["merchant_id", "session_id", "-id"],
                name="payment_session",
            ),
        ),
        migrations.RunSQL(WRITE, migrations.RunSQL.noop),
    ]
