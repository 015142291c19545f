"""Balances and the ledger: exact now and at any moment, and only one's own."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from acquiring.connectors.driver import Outcome
from acquiring.core import chain, clock, ids
from acquiring.exports import lists
from acquiring.ledger import accounts, queries, services, verifying
from acquiring.ledger.chain import CHAIN
from acquiring.ledger.models import Transfer
from acquiring.payments import money, sweeping, wire
from merchants.models import Merchant
from tests import cast
from tests.payments.conftest import Provider, Till

pytestmark = pytest.mark.django_db

PAGE, LEDGER = "/test/balances/", "/test/balances/ledger/"
DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 5, 9)]


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def till(ambers_shop, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    return Till(cast.connected(ambers_shop), provider)


def text(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def a_fortnight(till) -> None:
    """A sale on the 1st, one on the 5th that is refunded on the 9th."""
    with time_machine.travel(DAYS[0], tick=False):
        till.pay(Outcome("captured", provider_ref="a"), amount=100_00)
    with time_machine.travel(DAYS[1], tick=False):
        book = till.pay(Outcome("captured", provider_ref="b"), amount=40_00).book
        sweeping.release()
    with time_machine.travel(DAYS[2], tick=False):
        sweeping.release()
        till.provider.says(Outcome("succeeded"))
        money.refund(till.id, book.payment.id)
    chain.seal_everything(CHAIN)


def test_before_the_first_payment_it_says_what_will_be_here(desk):
    assert "Money you are owed" in text(desk.get(PAGE))
    assert "No entry yet" in text(desk.get(LEDGER))


def test_each_currency_shows_what_is_there_and_when_more_comes(desk, till):
    till.pay(Outcome("captured", provider_ref="a"), amount=100_00)
    till.pay(Outcome("captured", provider_ref="b"), amount=9_000, currency="JPY")
    page = text(desk.get(PAGE))

    fee = Transfer.objects.get(merchant_id=till.id, reason="fee", currency="EUR").amount
    assert f"{(100_00 - fee) / 100:.2f} EUR" in page
    assert "JPY" in page
    assert "1 capture" in page


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_balance_of_the_past_is_the_sum_of_what_was_there(till, mode, monkeypatch):
    monkeypatch.setattr(ids, "uuid7", _of_the_travelled_time)
    a_fortnight(till)
    Merchant.objects.filter(id=till.id).update(mode=mode)
    for sequence in range(1, chain.head_of(CHAIN, till.id).sequence, 2):
        with time_machine.travel(_sealed_at(till, sequence), tick=False):
            services._close(till.id, sequence)

    moments = [DAYS[0] - timedelta(days=1), *DAYS, DAYS[1] + timedelta(days=1), DAYS[2]]
    for moment in moments:
        summed: dict = {}
        for row in Transfer.objects.filter(merchant_id=till.id, created_at__lte=moment):
            for account, amount in ((row.source, -row.amount), (row.target, row.amount)):
                summed[account, row.currency] = summed.get((account, row.currency), 0) + amount
        found = queries.balances_as_of(till.id, moment)
        assert {key: sum_ for key, sum_ in found.items() if sum_} == {
            key: sum_ for key, sum_ in summed.items() if sum_
        }


def _of_the_travelled_time() -> UUID:
    return UUID(int=ids.first_at(clock.now()).int | random.getrandbits(60))


def _sealed_at(till, sequence: int) -> datetime:
    made = Transfer.objects.filter(merchant_id=till.id, sequence__lte=sequence)
    return max(made.values_list("created_at", flat=True)) + timedelta(seconds=1)


def test_the_page_shows_a_moment_of_the_past(desk, till):
    a_fortnight(till)

    assert "There was no entry yet" in text(desk.get(f"{PAGE}?at=2026-10-01T00:00"))
    assert "As of 1 Nov" in text(desk.get(f"{PAGE}?at=2026-11-01T13:00"))
    assert "Write the moment as" in text(desk.get(f"{PAGE}?at=yesterday"))


def test_an_account_shows_its_balance_after_each_entry(desk, till):
    a_fortnight(till)
    available = accounts.available(till.id, "EUR")
    rows = list(queries.transfers(till.id, available))

    after = queries.running(till.id, available, rows)
    balance = 0
    for row in reversed(rows):
        balance += row.amount if row.target == available else -row.amount
        assert after[row.id] == balance
    page = text(desk.get(f"{LEDGER}?account={available}"))
    assert "Every entry of Available, EUR, with the balance after it" in page
    assert "Balance after" in page


def test_entries_are_found_by_kind_days_and_payment(desk, till):
    a_fortnight(till)
    refunded = Transfer.objects.get(merchant_id=till.id, reason="refund")

    def lines(query: str) -> int:
        return desk.get(f"{LEDGER}?{query}").content.decode().count('<td class="cv-strong ba-1">')

    assert lines("reason=refund") == 1
    assert lines(f"payment={refunded.subject}") == 4
    assert lines("when_from=2026-11-01&when_to=2026-11-04") == 2
    assert lines("reason=surplus") == 0


def test_an_export_takes_the_filters_of_the_page(till):
    a_fortnight(till)
    found = lists.LEDGER.find(till.id, {"reason": ["refund"], "when_from": ["2026-11-09"]})
    assert found.count() == 1


def test_the_ledger_says_when_it_was_verified_and_what_is_wrong(desk, till):
    a_fortnight(till)
    verifying.verify_due()
    assert "Whole" in text(desk.get(PAGE))
    assert verifying.verify_due() == 0, "once a day is enough"

    chain_head = chain.head_of(CHAIN, till.id)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        _tamper(till)
        verifying.verify_due()
    browser = cast.at_the_desk(till.shop.owner)
    assert "is not what was sealed" in text(browser.get(PAGE))
    assert "does not agree with its seal" in text(browser.get("/test/overview/"))
    assert chain_head.sequence == 7


def _tamper(till) -> None:
    """What only somebody with the database's keys can do."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE ledger_transfer SET amount = amount + 1"
            " WHERE merchant_id = %s AND sequence = 1",
            [till.id],
        )
        cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER USER")


def test_chiara_sees_none_of_ambers_money(chiara, chiaras_shop, till):
    a_fortnight(till)
    browser = cast.at_the_desk(chiara)

    assert "Money you are owed" in text(browser.get(PAGE))
    account = accounts.available(till.id, "EUR")
    for query in ("", f"?account={account}", f"?payment={ids.show('pay', ids.new())}"):
        assert '<td class="cv-strong ba-1">' not in browser.get(LEDGER + query).content.decode()


def test_a_role_without_balances_is_told_who_may(bashir, ambers_shop):
    assert cast.at_the_desk(bashir).get(PAGE).status_code == 403


def test_pages_of_money_cost_few_queries(desk, till, django_assert_max_num_queries):
    a_fortnight(till)
    with django_assert_max_num_queries(20):
        desk.get(f"{PAGE}?at=2026-11-05T13:00")
    with django_assert_max_num_queries(18):
        desk.get(f"{LEDGER}?account={accounts.available(till.id, 'EUR')}&when=90")
