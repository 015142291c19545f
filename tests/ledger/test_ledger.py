"""The books: transfers that never change, chains that show tampering, balances that add up."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from acquiring.core import chain, clock, ids
from acquiring.core.money import Money, divide_half_up, share
from acquiring.ledger import accounts, fees, journals, queries, services
from acquiring.ledger.chain import CHAIN
from acquiring.ledger.models import DailyRoot, FeeRule, Snapshot

MERCHANT = uuid.uuid4()
ACCOUNT = uuid.uuid4()


def facts(merchant_id: uuid.UUID = MERCHANT) -> journals.Facts:
    return journals.Facts(merchant_id, ACCOUNT, ids.new(), "pay_1", clock.now())


def book(count: int, merchant_id: uuid.UUID = MERCHANT) -> None:
    for number in range(count):
        services.post(journals.capture(facts(merchant_id), Money(1000 + number, "EUR"), 39))
    chain.seal(CHAIN, merchant_id)


def tamper(sql: str) -> None:
    """What nobody may do, done by somebody who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER ledger_transfer_keep")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER ledger_transfer_keep")


def verify() -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("ledger", "verify", stdout=out, stderr=err)
    except CommandError:
        return err.getvalue()
    return out.getvalue()


@pytest.mark.django_db
def test_a_whole_ledger_verifies():
    book(3)
    assert "ledger whole: 1 merchants, 6 transfers" in verify()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("UPDATE ledger_transfer SET amount = amount + 1 WHERE sequence = 3", "number 3"),
        ("DELETE FROM ledger_transfer WHERE sequence = 4", "number 4 is missing"),
        ("DELETE FROM ledger_transfer WHERE sequence = 6", "number 6 is missing"),
        ("UPDATE ledger_transfer SET hash = previous WHERE sequence = 2", "number 2"),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(sql, word):
    book(3)
    tamper(sql)
    assert word in verify()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    ["UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer"],
)
def test_the_database_refuses_to_change_a_transfer(sql):
    book(1)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.django_db
def test_the_same_fact_cannot_be_posted_twice():
    legs = journals.capture(facts(), Money(1000, "EUR"), 39)
    services.post(legs)
    again = journals.capture(
        journals.Facts(MERCHANT, ACCOUNT, legs[0].journal, "pay_1", clock.now()),
        Money(1000, "EUR"),
        39,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        services.post(again)


def test_an_account_outside_the_chart_is_refused():
    assert accounts.of_chart(accounts.reserve(MERCHANT, "EUR"))
    assert not accounts.of_chart("merchant:x:savings:EUR")
    with pytest.raises(ValueError, match="provider account"):
        accounts.receivable(None, "EUR")


@pytest.mark.django_db
def test_balances_from_a_snapshot_are_the_same_as_from_the_beginning(monkeypatch):
    monkeypatch.setattr(services, "SNAPSHOT_EVERY", 5)
    book(4)
    before = queries.balances(MERCHANT)
    assert services.snapshot() == 1
    assert Snapshot.objects.filter(merchant_id=MERCHANT).exists()
    assert queries.balances(MERCHANT) == before
    book(2)
    sequence = chain.head_of(CHAIN, MERCHANT).sequence
    assert queries.balances(MERCHANT) == queries.summed_to(MERCHANT, sequence)
    assert services.snapshot() == 0, "the tail is short again"
    assert "ledger whole" in verify()


@pytest.mark.django_db
def test_a_wrong_snapshot_is_found(monkeypatch):
    monkeypatch.setattr(services, "SNAPSHOT_EVERY", 1)
    book(2)
    services.snapshot()
    Snapshot.objects.filter(account=accounts.fees("EUR")).update(amount=1)
    assert "fees:processing:EUR" in verify()


@pytest.mark.django_db
def test_the_daily_root_is_published_once_everything_is_sealed_and_holds_later():
    with clock.shifted(-timedelta(days=1)):
        services.post(journals.capture(facts(), Money(1000, "EUR"), 39))
    today = clock.now().date()
    assert services.publish_roots(today) is None, "an unsealed transfer could still be changed"
    chain.seal(CHAIN, MERCHANT)

    root = services.publish_roots(today)

    assert root is not None
    assert (root.leaves, root.transfers) == (1, 2)
    assert services.publish_roots(today) is None
    assert "1 daily roots" in verify()
    DailyRoot.objects.update(root=bytes(32))
    assert f"the root published for {today - timedelta(days=1)}" in verify()


def test_the_merkle_root_follows_rfc_6962():
    import hashlib

    def leaf(data: bytes) -> bytes:
        return hashlib.sha256(b"\x00" + data).digest()

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    a, b, c = b"a", b"b", b"c"
    assert services.merkle_root([]) == hashlib.sha256(b"").digest()
    assert services.merkle_root([a]) == leaf(a)
    assert services.merkle_root([a, b, c]) == node(node(leaf(a), leaf(b)), leaf(c))


@pytest.mark.django_db
def test_a_merchants_own_price_comes_before_the_plan():
    merchant = uuid.uuid4()
    assert fees.price(merchant, "card", "EUR") == fees.Price(140, 25)
    assert fees.price(merchant, "wallet", "KWD") == fees.Price(150, 0)
    other = uuid.uuid4()
    FeeRule.objects.create(merchant_id=other, kind="card", basis_points=90, fixed=5)
    FeeRule.objects.create(merchant_id=other, kind="card", currency="EUR", basis_points=70)
    assert fees.price(other, "card", "EUR") == fees.Price(70, 0)
    assert fees.price(other, "card", "USD") == fees.Price(90, 5)
    assert fees.price(other, "wallet", "USD") == fees.Price(150, 10)


@given(amount=st.integers(1, 10**12), points=st.integers(0, 10_000), fixed=st.integers(0, 10**6))
def test_a_fee_is_never_negative_and_never_more_than_the_amount(amount, points, fixed):
    assert 0 <= fees.Price(points, fixed).of(Money(amount, "EUR")) <= amount


@given(dividend=st.integers(-(10**15), 10**15), divisor=st.integers(1, 10**6))
def test_halves_are_rounded_away_from_zero(dividend, divisor):
    got = divide_half_up(dividend, divisor)
    assert abs(2 * (dividend - got * divisor)) <= divisor
    assert divide_half_up(-dividend, divisor) == -got


def test_a_share_is_exact():
    assert share(1999, 140) == 28
    assert share(50, 100) == 1
    assert share(49, 100) == 0
