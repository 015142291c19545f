"""Migration operations that give tenant tables their real keys.

Django believes in `id`; the database keeps `(merchant_id, id)`, so that every tenant's rows are
found, joined and one day distributed by merchant. Foreign keys carry the merchant too. Event-like
tables are range-partitioned on the time inside the UUIDv7 id, which keeps the key at two columns
and lets a look-up by id touch one partition.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL


def TenantKey(table: str) -> RunSQL:  # noqa: N802 (reads as an operation among operations)
    """Replace the primary key `(id)` by `(merchant_id, id)`."""
    return RunSQL(
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey" CASCADE,'
        f' ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (merchant_id, id)',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey",'
        f' ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (id)',
    )


def TenantForeignKey(table: str, column: str, target: str) -> RunSQL:  # noqa: N802
    """Point `(merchant_id, column)` at `target (merchant_id, id)`; a NULL column points nowhere."""
    name = f"{table}_{column}_tenant_fk"
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (merchant_id, "{column}")'
        f' REFERENCES "{target}" (merchant_id, id)',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


def Partitioned(table: str) -> RunSQL:  # noqa: N802
    """Make an empty table a parent of monthly partitions on `id`, with a default partition.

    Columns, defaults, checks and indexes are kept; the key becomes `(merchant_id, id)`.
    `core.partitions.prepare` makes the months ahead.
    """
    return RunSQL(
        f"""
        ALTER TABLE "{table}" RENAME TO "{table}_plain";
        CREATE TABLE "{table}" (LIKE "{table}_plain" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
            PARTITION BY RANGE (id);
        DO $$
        DECLARE one record;
        BEGIN
            FOR one IN SELECT indexname, indexdef FROM pg_indexes
                WHERE schemaname = current_schema() AND tablename = '{table}_plain'
                  AND indexname NOT LIKE '%_pkey'
            LOOP
                EXECUTE format('ALTER INDEX %I RENAME TO %I', one.indexname,
                               left(one.indexname, 55) || '_old');
                EXECUTE replace(one.indexdef, '{table}_plain', '{table}');
            END LOOP;
        END $$;
        DROP TABLE "{table}_plain" CASCADE;
        ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (merchant_id, id);
        CREATE TABLE "{table}_rest" PARTITION OF "{table}" DEFAULT;
        """,
        RunSQL.noop,
    )
