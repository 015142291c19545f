"""Several writes in one statement and one commit."""

from pathlib import Path

from django.db import migrations

WRITE_ALL = (Path(__file__).parent.parent / "sql" / "write_all.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_checkout")]
    operations = [migrations.RunSQL(WRITE_ALL, "DROP FUNCTION payments_write_all")]
