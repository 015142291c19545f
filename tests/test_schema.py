"""The database is shaped for tenants: every key begins with the merchant."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from acquiring.payments import records, states
from acquiring.payments.models import Attempt, Capture, Payment, Refund, Void

pytestmark = pytest.mark.django_db

# Found by due time over all merchants: a worker does not know whose turn it is.
DUE_INDEXES = {
    "attempt_inquiry",
    "capture_inquiry",
    "capture_release",
    "payment_due",
    "refund_inquiry",
    "session_due",
    "void_inquiry",
    "idempotency_age",
    "notices_letter_due",
    "vault_token_due",
}


def tenant_tables() -> list[str]:
    """Every table with a merchant_id that is a tenant's (the global look-up tables name none)."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(field.column == "merchant_id" for field in model._meta.concrete_fields)
    )


def indexes(table: str) -> list[tuple[str, bool, list[str], str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, i.indisunique, array_agg(a.attname ORDER BY k.n),
                   coalesce(pg_get_expr(i.indpred, i.indrelid), '')
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = %s::regclass
            GROUP BY c.relname, i.indisunique, i.indpred, i.indrelid
            """,
            [table],
        )
        return cursor.fetchall()


@pytest.mark.parametrize("table", tenant_tables())
def test_the_primary_key_is_the_merchant_and_the_id(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(a.attname ORDER BY k.n) FROM pg_constraint c"
            " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
            " WHERE c.contype = 'p' AND c.conrelid = %s::regclass",
            [table],
        )
        assert cursor.fetchone()[0] == ["merchant_id", "id"]


@pytest.mark.parametrize("table", tenant_tables())
def test_every_index_begins_with_the_merchant(table):
    wrong = [
        (name, columns)
        for name, unique, columns, _ in indexes(table)
        if columns[0] != "merchant_id" and (unique or name not in DUE_INDEXES)
    ]
    assert wrong == []


@pytest.mark.parametrize("table", tenant_tables())
def test_foreign_keys_between_tenants_rows_carry_the_merchant(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname, array_agg(a.attname::text), c.confrelid::regclass::text"
            " FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) AS k (attnum)"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
            " WHERE c.contype = 'f' AND c.conrelid = %s::regclass"
            " GROUP BY c.conname, c.confrelid",
            [table],
        )
        for name, columns, target in cursor.fetchall():
            if target in tenant_tables():
                assert "merchant_id" in columns, name


@pytest.mark.parametrize(
    ("record", "model"),
    [
        (records.Payment, Payment),
        (records.Attempt, Attempt),
        (records.Capture, Capture),
        (records.Void, Void),
        (records.Refund, Refund),
    ],
)
def test_records_and_columns_are_the_same(record, model):
    columns = {field.column for field in model._meta.concrete_fields}
    assert set(record.__struct_fields__) == columns


@pytest.mark.parametrize("table", states.TABLES)
def test_the_database_knows_the_transition_table_of_the_code(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"{table}_move"])
        source = cursor.fetchone()[0]
    for state, targets in states.TABLES[table].items():
        for target in states.TABLES[table]:
            assert (f"'{state}>{target}'" in source) == (target in targets)


def test_the_database_refuses_a_move_that_the_table_does_not_have(till_payment):
    with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
        Payment.objects.filter(id=till_payment).update(status="created")


@pytest.fixture
def till_payment(ambers_shop, monkeypatch):
    from acquiring.connectors.driver import Outcome
    from acquiring.payments import wire
    from tests import cast
    from tests.payments.conftest import Provider, Till

    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    book = Till(cast.connected(ambers_shop), provider).pay(Outcome("captured")).book
    return book.payment.id
