"""People who were erased lately are found across merchants: few, and so is this index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_checkout_pages")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX customer_erased ON payments_customer (merchant_id, erased_at)"
            " WHERE erased_at IS NOT NULL",
            "DROP INDEX customer_erased",
        )
    ]
