"""Prepared statements survive what happens to a session."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from acquiring.core import fast


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_no_prepared_statement_with_it():
    assert fast.call("one", "SELECT $1::int + 1", b"1") == b"2"
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("SELECT %s::int", [1])
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert fast.call("one", "SELECT $1::int + 1", b"2") == b"3"


@pytest.mark.django_db(transaction=True)
def test_a_statement_the_session_has_forgotten_is_prepared_again():
    fast.call("one", "SELECT $1::int + 1", b"1")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert fast.call("one", "SELECT $1::int + 1", b"2") == b"3"


@pytest.mark.django_db
def test_a_broken_rule_is_an_integrity_error(ambers_shop):
    sql = "INSERT INTO merchants_user SELECT * FROM merchants_user WHERE id = $1::uuid"
    with pytest.raises(IntegrityError), transaction.atomic():
        fast.call("twice", sql, str(ambers_shop.owner.id).encode())
