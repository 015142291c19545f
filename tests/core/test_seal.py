"""Chains: gap-free numbers after COMMIT, and faults that are found and named."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquiring.core import chain, clock, ids, outbox
from acquiring.core.models import ChainHead, Event


def announced(merchant_id, count=1):
    return [
        outbox.announce(merchant_id, "payment.captured", ids.show("pay", ids.new()), {"n": number})
        for number in range(count)
    ]


def change(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def merchant_id(db):
    return ids.new()


def test_rows_get_numbers_in_the_order_of_their_ids(merchant_id):
    events = announced(merchant_id, 3)

    assert chain.seal(chain.EVENTS, merchant_id) == 3

    numbers = Event.objects.filter(merchant_id=merchant_id).order_by("id")
    assert [event.sequence for event in numbers] == [1, 2, 3]
    assert [event.id for event in numbers] == [event.id for event in events]
    assert chain.head_of(chain.EVENTS, merchant_id).sequence == 3


def test_a_lower_id_that_commits_later_gets_the_later_number(merchant_id):
    late = ids.new()
    announced(merchant_id, 1)
    chain.seal(chain.EVENTS, merchant_id)
    Event.objects.create(
        id=late, merchant_id=merchant_id, type="payment.captured", subject="pay_1", payload={}
    )

    chain.seal(chain.EVENTS, merchant_id)

    assert Event.objects.get(id=late).sequence == 2
    assert chain.verify(chain.EVENTS, merchant_id) is None


def test_merchants_have_chains_of_their_own(merchant_id):
    other = ids.new()
    announced(merchant_id, 2)
    announced(other, 1)

    assert set(chain.pending(chain.EVENTS)) == {merchant_id, other}
    assert chain.seal_everything(chain.EVENTS) == {merchant_id: 2, other: 1}
    assert chain.pending(chain.EVENTS) == []
    assert chain.head_of(chain.EVENTS, other).sequence == 1


def test_more_rows_than_a_batch_are_sealed_in_one_go(merchant_id, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 10)
    announced(merchant_id, 35)

    assert chain.seal(chain.EVENTS, merchant_id) == 35
    assert chain.verify(chain.EVENTS, merchant_id) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "payload = '{}'",
        "type = 'payment.declined'",
        "created_at = created_at + interval '1 millisecond'",
        "subject = 'pay_other'",
        "hash = sha256('guess')",
        "previous = sha256('guess')",
    ],
)
def test_a_changed_row_is_named(merchant_id, tampering):
    announced(merchant_id, 5)
    chain.seal(chain.EVENTS, merchant_id)
    change(
        f"UPDATE core_event SET {tampering} WHERE merchant_id = %s AND sequence = 3", merchant_id
    )

    fault = chain.verify(chain.EVENTS, merchant_id)

    assert (fault.kind, fault.sequence) == ("tampered", 3)


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_a_removed_row_is_named(merchant_id, sequence):
    announced(merchant_id, 5)
    chain.seal(chain.EVENTS, merchant_id)
    change("DELETE FROM core_event WHERE merchant_id = %s AND sequence = %s", merchant_id, sequence)

    fault = chain.verify(chain.EVENTS, merchant_id)

    assert (fault.kind, fault.sequence) == ("removed", sequence)


def test_a_row_slipped_in_with_a_used_number_is_found(merchant_id):
    announced(merchant_id, 3)
    chain.seal(chain.EVENTS, merchant_id)
    change(
        "INSERT INTO core_event SELECT (%s)::uuid, merchant_id, created_at, sequence, previous,"
        " hash, type, subject, payload FROM core_event WHERE merchant_id = %s AND sequence = 2",
        ids.new(),
        merchant_id,
    )

    assert chain.verify(chain.EVENTS, merchant_id).kind == "removed"


def test_a_moved_head_is_found(merchant_id):
    announced(merchant_id, 2)
    chain.seal(chain.EVENTS, merchant_id)
    ChainHead.objects.filter(merchant_id=merchant_id).update(hash=bytes(32))

    assert chain.verify(chain.EVENTS, merchant_id).kind == "tampered"


def test_a_row_left_unsealed_too_long_is_named(merchant_id):
    (event,) = announced(merchant_id)

    assert chain.verify(chain.EVENTS, merchant_id) is None
    with clock.shifted(timedelta(minutes=3)):
        fault = chain.verify(chain.EVENTS, merchant_id)
    assert (fault.kind, fault.id) == ("unsealed", event.id)


def test_what_is_rolled_back_was_never_announced(merchant_id):
    with transaction.atomic():
        announced(merchant_id)
        transaction.set_rollback(True)

    assert not Event.objects.filter(merchant_id=merchant_id).exists()


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    writers=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=2, max_size=4),
    rolled_back=st.sets(st.integers(0, 3)),
)
def test_numbers_have_no_gaps_however_commits_and_sealers_interleave(writers, rolled_back):
    merchant_id = uuid.uuid4()
    writing = threading.Event()
    writing.set()

    def write(index, sizes):
        for size in sizes:
            try:
                with transaction.atomic():
                    announced(merchant_id, size)
                    if index in rolled_back:
                        raise InterruptedError
            except InterruptedError:
                pass
        connection.close()

    def seal():
        while writing.is_set():
            chain.seal(chain.EVENTS, merchant_id)
        connection.close()

    sealers = [threading.Thread(target=seal) for _ in range(2)]
    threads = [threading.Thread(target=write, args=pair) for pair in enumerate(writers)]
    for thread in [*sealers, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    writing.clear()
    for thread in sealers:
        thread.join()
    chain.seal(chain.EVENTS, merchant_id)

    committed = sum(sum(sizes) for index, sizes in enumerate(writers) if index not in rolled_back)
    numbers = sorted(
        Event.objects.filter(merchant_id=merchant_id).values_list("sequence", flat=True)
    )
    assert numbers == list(range(1, committed + 1))
    assert chain.verify(chain.EVENTS, merchant_id) is None
