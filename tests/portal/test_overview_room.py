"""The overview: right figures, honest ranges, what waits, and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from acquiring.connectors.driver import Outcome
from acquiring.core import chain
from acquiring.payments import counting, money, wire
from acquiring.payments.statistics import Figures
from acquiring.portal.overview import rates
from acquiring.portal.overview.board import Board
from acquiring.portal.overview.period import Period, period
from acquiring.webhooks.models import Endpoint
from merchants import services
from tests import cast
from tests.payments.conftest import Provider, Till

pytestmark = pytest.mark.django_db

PAGE = "/test/overview/"
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def till(ambers_shop, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    return Till(cast.connected(ambers_shop), provider)


def count() -> None:
    chain.seal_everything(chain.EVENTS)
    counting.count_everything()


def text(page) -> str:
    """A page's words without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_a_new_merchant_sees_the_first_steps(desk):
    page = text(desk.get(PAGE))

    assert "Your first payment" in page
    assert "Make a payment link" in page
    assert "Nothing waits for you" in page


def test_the_figures_are_those_of_the_payments(desk, till):
    till.pay(Outcome("captured", provider_ref="a"), amount=100_00, country="DE")
    book = till.pay(Outcome("captured", provider_ref="b"), amount=50_00, country="SG").book
    till.pay(Outcome("declined", decline="insufficient_funds"), amount=20_00, country="DE")
    till.provider.says(Outcome("succeeded"))
    money.refund(till.id, book.payment.id, 30_00)
    count()
    page = text(desk.get(PAGE))

    assert "Captured 150.00 EUR" in page
    assert "66.7%" in page
    assert "3 tried" in page
    assert "20.0% of captured" in page
    assert "Insufficient funds" in page
    assert "Germany" in page
    assert "Singapore" in page


def test_currencies_are_never_mixed(desk, till):
    till.pay(Outcome("captured", provider_ref="a"), amount=100_00)
    till.pay(Outcome("captured", provider_ref="b"), amount=100_00)
    till.pay(Outcome("captured", provider_ref="c"), amount=7_000, currency="JPY")
    count()

    assert "Captured 200.00 EUR" in text(desk.get(PAGE))
    assert "Captured 7,000 JPY" in text(desk.get(f"{PAGE}?currency=JPY"))
    assert "Captured 200.00 EUR" in text(desk.get(f"{PAGE}?currency=XYZ&days=nonsense"))


def test_a_store_is_looked_at_alone_and_a_strangers_shows_all(desk, till, chiaras_shop):
    till.pay(Outcome("captured", provider_ref="a"), amount=100_00, store_id=till.shop.store.id)
    till.pay(Outcome("captured", provider_ref="b"), amount=50_00)
    count()

    assert "Captured 100.00 EUR" in text(desk.get(f"{PAGE}?store=sto_{till.shop.store.id.hex}"))
    stranger = f"sto_{chiaras_shop.store.id.hex}"
    assert "Captured 150.00 EUR" in text(desk.get(f"{PAGE}?store={stranger}"))


@pytest.mark.parametrize("days", [1, 7, 14, 30, 90])
def test_every_period_is_drawn_with_its_table(desk, till, days):
    with time_machine.travel(NOW - timedelta(days=days), tick=False):
        till.pay(Outcome("captured", provider_ref="a"), amount=100_00)
    with time_machine.travel(NOW, tick=False):
        till.pay(Outcome("captured", provider_ref="b"), amount=50_00)
        count()
        browser = cast.at_the_desk(till.shop.owner)
        page = browser.get(f"{PAGE}?days={days}").content.decode()

    assert 'data-chart="rate" role="img" aria-label="Success rate from' in page
    assert 'data-chart="volume" role="img" aria-label="Captured from' in page
    assert page.count("As table") == 2


def test_what_waits_for_the_merchant_is_said(desk, till):
    till.pay(Outcome("unknown", raw_code="no_answer"), amount=74_00)
    till.pay(Outcome("authorized", provider_ref="h"), amount=30_00, capture_method="manual")
    Endpoint.objects.create(
        merchant_id=till.id, url="https://shop.example/hear", secret=b"", failing_since=NOW
    )
    page = text(desk.get(PAGE))

    assert "1 payment with unknown result" in page
    assert "74.00 EUR" in page
    assert "Capture 1 payment" in page
    assert "30.00 EUR" in page
    assert "Webhook endpoint is failing" in page


def test_a_refund_that_took_too_much_is_said(desk, till):
    book = till.pay(Outcome("captured", provider_ref="a"), amount=50_00).book
    till.provider.says(Outcome("succeeded"))
    money.refund(till.id, book.payment.id)

    assert "Available balance below zero" in text(desk.get(PAGE))


def test_providers_of_the_last_hour_are_shown(desk, till):
    for _ in range(6):
        till.pay(Outcome("unknown", raw_code="no_answer"))
    page = text(desk.get(PAGE))

    assert "Not answering" in page
    assert "6 attempts" in page
    assert "Quiet" in page


def test_chiara_sees_nothing_of_ambers(chiara, chiaras_shop, till):
    till.pay(Outcome("captured", provider_ref="a"), amount=99_99)
    till.pay(Outcome("unknown", raw_code="no_answer"))
    count()
    page = text(cast.at_the_desk(chiara).get(PAGE))

    assert "99.99" not in page
    assert "Nothing waits for you" in page
    assert "Your first payment" in page


def test_who_may_not_see_balances_sees_none(bashir, ambers_shop, till):
    till.pay(Outcome("captured", provider_ref="a"), amount=50_00)
    count()
    assert "Your balance" not in text(cast.at_the_desk(bashir).get(PAGE))
    services.add_member(ambers_shop.business, bashir, "finance", "system")
    assert "Your balance" in text(cast.at_the_desk(bashir).get(PAGE))


def test_a_full_overview_costs_a_bounded_number_of_queries(
    desk, till, django_assert_max_num_queries
):
    for number in range(6):
        till.pay(Outcome("captured", provider_ref=f"a{number}"), country="DE")
        till.pay(Outcome("unknown", raw_code="no_answer"))
    count()
    with django_assert_max_num_queries(27):
        desk.get(f"{PAGE}?days=90")


def test_a_range_is_wilsons():
    found = rates.rate(13_870, 15_208)

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.9082, 0.9157)
    assert rates.rate(0, 0) is None
    few = rates.rate(3, 3)
    assert few is not None
    assert few.high == 1
    assert few.low < 0.6


def test_chance_is_not_called_a_change():
    assert not rates.difference(rates.rate(9, 10), rates.rate(8, 10)).clear
    assert rates.difference(rates.rate(9_500, 10_000), rates.rate(9_300, 10_000)).clear
    assert rates.difference(rates.rate(1, 1), None) is None


def test_a_part_of_today_is_compared_with_the_same_part_of_the_day_before():
    shown = Period(1, NOW.date(), 10)
    yesterday = shown.before_last
    sold = Figures(1, 1, 1, 100, 0)
    board = Board(
        shown,
        {},
        {
            (shown.last, 9): sold, (shown.last, 10): sold, (yesterday, 9): sold,
            (yesterday, 15): sold,
        },
        {},
    )  # fmt: skip

    now, before = board.comparable
    assert (now.captured, before.captured) == (100, 100)


def test_a_period_ends_today_where_the_merchant_is():
    late = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

    assert period("7", late, "UTC")[1:] == (NOW.date(), 18)
    assert period("7", late, "Asia/Kolkata")[1:] == (NOW.date() + timedelta(days=1), 0)
    assert period("5", late, "UTC").days == 14
