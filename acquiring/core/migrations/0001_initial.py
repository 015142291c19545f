"""Events, chains and the audit log, with the partitions of the first months."""

import django.db.models.query_utils
from django.db import migrations, models

import acquiring.core.clock
import acquiring.core.ids
from acquiring.core import partitions
from acquiring.core.schema import Partitioned, TenantKey

# The sealer may add a row's place in the chain, once; nothing else ever changes.
APPEND_ONLY = """
CREATE FUNCTION core_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE seal text[] := ARRAY['sequence', 'previous', 'hash'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.sequence IS NULL AND to_jsonb(OLD) - seal = to_jsonb(NEW) - seal THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_auditentry_append_only BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_auditentry_refuse();
"""
NO_LONGER = """
DROP TRIGGER core_auditentry_append_only ON core_auditentry;
DROP FUNCTION core_auditentry_refuse();
"""


def sealed():
    """The fields of a table whose rows are chained."""
    return [
        (
            "id",
            models.UUIDField(
                default=acquiring.core.ids.new, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("merchant_id", models.UUIDField(editable=False)),
        ("created_at", models.DateTimeField(default=acquiring.core.clock.now, editable=False)),
        ("sequence", models.BigIntegerField(editable=False, null=True)),
        ("previous", models.BinaryField(editable=False, null=True)),
        ("hash", models.BinaryField(editable=False, null=True)),
    ]


def chain_indexes(table):
    """The two indexes a chain needs."""
    unsealed = django.db.models.query_utils.Q(("sequence__isnull", True))
    by_number = django.db.models.query_utils.Q(("sequence__isnull", False))
    return [
        models.Index(condition=unsealed, fields=["merchant_id", "id"], name=f"{table}_unsealed"),
        models.Index(
            condition=by_number, fields=["merchant_id", "sequence"], name=f"{table}_sequence"
        ),
    ]


def first_partitions(apps, schema_editor):
    partitions.prepare()


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                *sealed(),
                ("type", models.CharField(help_text="payment.captured", max_length=80)),
                (
                    "subject",
                    models.CharField(help_text="the object's outside id, pay_…", max_length=80),
                ),
                ("payload", models.JSONField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    *chain_indexes("core_event"),
                    models.Index(
                        fields=["merchant_id", "subject", "id"], name="core_event_subject"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainHead",
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
                ("name", models.CharField(max_length=40)),
                ("sequence", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField()),
                (
                    "floor_sequence",
                    models.BigIntegerField(
                        default=0, help_text="the last row that retention removed"
                    ),
                ),
                (
                    "floor_hash",
                    models.BinaryField(help_text="its hash, which the first kept row continues"),
                ),
            ],
            options={
                "db_table": "core_chain",
                "constraints": [
                    models.UniqueConstraint(fields=("merchant_id", "name"), name="core_chain_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                *sealed(),
                ("actor", models.CharField(help_text="user:…, key:… or system", max_length=120)),
                ("action", models.CharField(help_text="api_key.revoked", max_length=80)),
                ("subject", models.CharField(max_length=120)),
                ("changes", models.JSONField(default=dict)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-id"],
                "indexes": [
                    *chain_indexes("core_auditentry"),
                    models.Index(
                        fields=["merchant_id", "subject", "id"], name="core_auditentry_subject"
                    ),
                ],
            },
        ),
        Partitioned("core_event"),
        TenantKey("core_chain"),
        Partitioned("core_auditentry"),
        migrations.RunSQL(APPEND_ONLY, NO_LONGER),
        migrations.RunPython(first_partitions, migrations.RunPython.noop),
    ]
