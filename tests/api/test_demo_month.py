"""The month of the demo store: the same story everywhere, and one the catalogue can tell."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from acquiring import catalogue
from acquiring.api.demo.month import CARD, DAYS, plan
from acquiring.core.money import Money
from acquiring.sandbox import scenarios

UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONTH = plan(320, UNTIL)


def test_the_story_is_the_same_each_time_it_is_told():
    assert plan(320, UNTIL) == MONTH
    assert len({one.reference for one in MONTH}) == 320


def test_it_lies_in_the_past_in_order_and_fills_the_month():
    moments = [one.at for one in MONTH]
    assert moments == sorted(moments)
    assert UNTIL - timedelta(days=DAYS + 1) < moments[0] < UNTIL - timedelta(days=DAYS - 3)
    assert UNTIL - timedelta(days=1) < moments[-1] < UNTIL
    evenings = sum(18 <= one.at.hour <= 21 for one in MONTH)
    nights = sum(1 <= one.at.hour <= 4 for one in MONTH)
    assert evenings > 4 * nights


def test_every_payment_has_a_provider_that_carries_it():
    for one in MONTH:
        money = Money(one.amount, one.currency)
        capture = "automatic" if one.capture == "automatic" else "manual"
        reasons = [
            row.why_not(money, one.country, capture, False)
            for row in catalogue.connectors(one.method)
        ]
        assert None in reasons, (one, reasons)


def test_no_price_is_one_of_the_magic_amounts():
    assert {scenarios.by_amount(one.amount).name for one in MONTH} == {"approve"}


def test_all_kinds_of_endings_are_in_it():
    assert {one.page for one in MONTH} == {"approve", "decline", "cancel", "wander"}
    assert {one.capture for one in MONTH} == {"automatic", "whole", "partly", "canceled"}
    assert {one.refund for one in MONTH} == {"", "whole", "partly"}
    assert len(Counter(one.method for one in MONTH)) >= 10
    assert len({one.card for one in MONTH if one.method == CARD}) >= 6
