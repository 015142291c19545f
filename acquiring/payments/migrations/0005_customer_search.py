"""Customers are found by the beginning of their address or name, by reference and by id's end."""

from django.db import migrations


def index(name, expression):
    return migrations.RunSQL(
        f"CREATE INDEX {name} ON payments_customer (merchant_id, {expression})",
        f"DROP INDEX {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_links")]

    operations = [
        index("customer_email_begins", "lower(email) text_pattern_ops"),
        index("customer_name_begins", "lower(name) text_pattern_ops"),
        index("customer_surname_begins", "lower(\"substring\"(name, '[^ ]+$')) text_pattern_ops"),
        index("customer_reference", "reference"),
        index("customer_id_ends", '"right"(id::text, 6)'),
        # A payment link's takings are those of the sessions that it opened.
        migrations.RunSQL(
            "CREATE INDEX payment_session ON payments_payment (merchant_id, session_id)"
            " WHERE session_id IS NOT NULL",
            "DROP INDEX payment_session",
        ),
    ]
