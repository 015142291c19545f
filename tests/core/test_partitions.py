"""Months ahead are made, old ones dropped, and no row is lost on the way."""

from datetime import timedelta

import pytest
from django.db import connection

from acquiring.core import audit, chain, clock, ids, outbox, partitions
from acquiring.core.models import AuditEntry, Event

pytestmark = pytest.mark.django_db


def place_of(event):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM core_event WHERE id = %s", [event.id])
        return cursor.fetchone()[0]


def announced():
    return outbox.announce(ids.new(), "payment.captured", "pay_1", {})


def test_every_partitioned_table_is_found():
    assert {"core_event", "core_auditentry"} <= set(partitions.tables())


def test_months_ahead_are_made_once():
    partitions.prepare(months_ahead=5)

    assert partitions.prepare(months_ahead=5) == []
    assert len(partitions.months("core_event")) >= 6


def test_a_row_lands_in_the_month_of_its_id():
    month = partitions.current()
    partitions.prepare()

    assert place_of(announced()) == f"core_event{month.suffix}"


def test_rows_that_came_before_their_partition_move_into_it():
    partitions.prepare()
    later = timedelta(days=200)
    with clock.shifted(later):
        month = partitions.current()
        early = ids.first_at(clock.now())
    event = Event.objects.create(
        id=early, merchant_id=ids.new(), type="payment.captured", subject="pay_1", payload={}
    )
    entry = AuditEntry.objects.create(
        id=early, merchant_id=ids.new(), actor="system", action="a", subject="b"
    )
    assert place_of(event) == "core_event_rest"

    with clock.shifted(later):
        made = partitions.prepare(months_ahead=0)

    assert f"core_event{month.suffix}" in made
    assert place_of(event) == f"core_event{month.suffix}"
    assert AuditEntry.objects.filter(id=entry.id).count() == 1


def test_only_expired_months_of_named_tables_are_dropped():
    partitions.prepare()
    month = partitions.current()

    with clock.shifted(timedelta(days=800)):
        dropped = partitions.drop_expired({"core_event": 13})

    assert f"core_event{month.suffix}" in dropped
    assert partitions.drop_expired({"core_event": 13}) == []
    assert f"core_auditentry{month.suffix}" in partitions.months("core_auditentry")


def test_a_month_with_unsealed_rows_stays():
    partitions.prepare()
    event = announced()

    with clock.shifted(timedelta(days=800)):
        partitions.drop_expired({"core_event": 13})

    assert Event.objects.filter(id=event.id).exists()


def test_a_chain_is_still_whole_after_its_beginning_was_dropped():
    partitions.prepare()
    merchant_id = ids.new()
    for _ in range(3):
        audit.record("system", "a", "b", merchant_id)
    chain.seal(chain.AUDIT, merchant_id)
    later = timedelta(days=800)
    with clock.shifted(later):
        partitions.prepare(months_ahead=0)
        AuditEntry.objects.create(
            id=ids.first_at(clock.now()),
            merchant_id=merchant_id,
            actor="system",
            action="a",
            subject="b",
        )
        chain.seal(chain.AUDIT, merchant_id)
        partitions.drop_expired({"core_auditentry": 13})

        assert AuditEntry.objects.filter(merchant_id=merchant_id).count() == 1
        assert chain.verify(chain.AUDIT, merchant_id) is None
    assert chain.head_of(chain.AUDIT, merchant_id).floor_sequence == 3
