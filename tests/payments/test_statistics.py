"""The statistics say what counting every payment says, whatever happened in whatever order."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine

from acquiring.connectors.driver import Outcome
from acquiring.core import chain
from acquiring.core.errors import Problem
from acquiring.payments import counting, hearing, money, services, settling, statistics
from acquiring.payments.models import Counted, Payment, Statistic, Tally
from acquiring.payments.statistics import Figures, Slice
from acquiring.payments.wishes import Manner
from merchants.models import Merchant

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def count(till) -> None:
    """What the worker does: seal, then count."""
    chain.seal_everything(chain.EVENTS)
    counting.count_everything()


def counted_one_by_one(merchant_id: UUID, zone: str) -> dict[tuple, Figures]:
    """Every slice by looking at every payment."""
    slices: dict[tuple, Figures] = defaultdict(Figures)
    for row in Payment.objects.filter(merchant_id=merchant_id):
        local = row.created_at.astimezone(ZoneInfo(zone))
        paid = row.amount_authorized > 0
        unpaid = row.status == "declined" or (row.status == "expired" and row.method != "")
        one = Figures(1, int(paid or unpaid), int(paid), row.amount_captured, row.amount_refunded)
        facets = [
            ("day", ""),
            ("hour", f"{local.hour:02}"),
            ("method", row.method),
            ("country", row.country),
        ]
        if unpaid and not paid:
            facets.append(("reason", row.decline_code))
        for facet, value in facets:
            key = (local.date(), row.currency, row.store_id, facet, value)
            slices[key] = slices[key].plus(one)
    return dict(slices)


def kept(merchant_id: UUID) -> dict[tuple, Figures]:
    """Every slice as the statistics have it."""
    return {
        (row.day, row.currency, row.store_id if row.store_id.int else None, row.facet, row.value): (
            Figures(row.payments, row.tried, row.paid, row.captured, row.refunded)
        )
        for row in Statistic.objects.filter(merchant_id=merchant_id, payments__gt=0)
    }


class Life:
    """Payments that are made, captured, refunded, declined and forgotten, by the throw of dice."""

    def __init__(self, till, seed: int) -> None:
        self.till, self.dice = till, random.Random(seed)
        self.books: list = []

    def step(self) -> None:
        self.dice.choice([self.pays, self.pays, self.pays, self.refunds, self.captures,
                          self.hears, self.expires])()  # fmt: skip

    def pays(self) -> None:
        says = self.dice.choice(
            [
                Outcome("captured", provider_ref=f"x{len(self.books)}"),
                Outcome("authorized", provider_ref=f"x{len(self.books)}"),
                Outcome("declined", decline=self.dice.choice(["insufficient_funds", "lost_card"])),
                Outcome("unknown", raw_code="no_answer"),
            ]
        )
        hand = says.state == "authorized"
        done = self.till.pay(
            says,
            amount=self.dice.randrange(500, 90_000),
            currency=self.dice.choice(["EUR", "EUR", "JPY"]),
            country=self.dice.choice(["DE", "SG", ""]),
            store_id=self.dice.choice([None, self.till.shop.store.id]),
            capture_method="manual" if hand else "automatic",
        )
        self.books.append(done.book.payment.id)

    def chosen(self):
        return settling.read(self.till.id, self.dice.choice(self.books)) if self.books else None

    def refunds(self) -> None:
        book = self.chosen()
        if book is None or not book.payment.amount_captured:
            return
        self.till.provider.says(
            Outcome(self.dice.choice(["succeeded", "succeeded", "pending", "failed"]))
        )
        amount = self.dice.randrange(1, book.payment.amount_captured + 1)
        self.tries(lambda: money.refund(self.till.id, book.payment.id, amount))

    def captures(self) -> None:
        book = self.chosen()
        if book is None:
            return
        self.till.provider.says(Outcome("succeeded"))
        self.tries(lambda: money.capture(self.till.id, book.payment.id))

    def hears(self) -> None:
        book = self.chosen()
        if book is None or not book.attempts:
            return
        state = self.dice.choice(["captured", "declined", "authorized"])
        self.till.provider.script.clear()
        self.tries(lambda: self.till.hears(book, "payment", Outcome(state, provider_ref="late")))

    def expires(self) -> None:
        book = self.chosen()
        if book is not None:
            self.tries(lambda: hearing.expire(book))

    def tries(self, verb) -> None:
        with suppress(Problem):  # what cannot be now counts for nothing
            verb()
        self.till.provider.script.clear()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_statistics_are_the_direct_count(till, seed, zone):
    Merchant.objects.filter(id=till.id).update(time_zone=zone)
    life = Life(till, seed)
    with time_machine.travel(NOON, tick=True) as clock:
        for number in range(40):
            clock.shift(timedelta(minutes=life.dice.randrange(1, 600)))
            life.step()
            if number % 9 == 0:
                count(till)
                assert kept(till.id) == counted_one_by_one(till.id, zone)
        count(till)

    assert len(life.books) > 10
    assert statistics.standing(till.id) == (True, 0)
    assert kept(till.id) == counted_one_by_one(till.id, zone)


def test_what_was_counted_is_not_counted_again(till):
    till.pay(Outcome("captured", provider_ref="x"), amount=1000)
    count(till)
    Tally.objects.update(sequence=0)
    count(till)
    counting.count_everything()

    assert statistics.by_day(Slice(till.id, "EUR"), ["day"], FIRST, LAST).popitem()[1] == Figures(
        1, 1, 1, 1000, 0
    )


def test_payments_from_before_the_first_count_are_counted_a_page_at_a_time(till, monkeypatch):
    monkeypatch.setattr(counting, "PAGE", 2)
    for _ in range(5):
        till.pay(Outcome("captured"), amount=700)
    count(till)

    assert Counted.objects.filter(merchant_id=till.id).count() == 5
    assert statistics.standing(till.id) == (True, 0)
    assert kept(till.id) == counted_one_by_one(till.id, "UTC")


def test_half_an_hour_east_is_another_day(till):
    Merchant.objects.filter(id=till.id).update(time_zone="Asia/Kolkata")
    with time_machine.travel(datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC), tick=False):
        till.pay(Outcome("captured"), amount=100)
    with time_machine.travel(datetime(2026, 3, 10, 18, 30, tzinfo=UTC), tick=False):
        till.pay(Outcome("captured"), amount=200)
    count(till)

    days = statistics.by_day(Slice(till.id, "EUR"), ["day"], FIRST, LAST)
    assert {day.isoformat(): sums.captured for (_, day, _), sums in days.items()} == {
        "2026-03-10": 100,
        "2026-03-11": 200,
    }


def test_who_moves_to_another_zone_gets_its_days(till):
    with time_machine.travel(datetime(2026, 3, 10, 18, 30, tzinfo=UTC), tick=False):
        till.pay(Outcome("captured"), amount=200)
    count(till)
    Merchant.objects.filter(id=till.id).update(time_zone="Asia/Kolkata")
    counting.count_everything()

    assert kept(till.id) == counted_one_by_one(till.id, "Asia/Kolkata")


def test_a_wish_that_nobody_took_up_is_not_tried(till):
    services.create(till.merchant, _wish(), None, Manner())
    count(till)

    assert statistics.by_day(Slice(till.id, "EUR"), ["day"], FIRST, LAST).popitem()[1].tried == 0


def test_another_merchants_payments_are_not_counted(till, chiaras_shop):
    till.pay(Outcome("captured"))
    count(till)

    stranger = chiaras_shop.merchant.id
    assert statistics.by_day(Slice(stranger, "EUR"), ["day"], FIRST, LAST) == {}
    assert statistics.currencies(stranger, FIRST) == []
    assert statistics.currencies(till.id, FIRST) == ["EUR"]


def test_a_store_has_its_own_figures(till):
    till.pay(Outcome("captured"), amount=100, store_id=till.shop.store.id)
    till.pay(Outcome("captured"), amount=300)
    count(till)

    of_store = Slice(till.id, "EUR", till.shop.store.id)
    assert statistics.total(statistics.by_value(of_store, ["day"], FIRST, LAST).values()) == (
        Figures(1, 1, 1, 100, 0)
    )


def _wish():
    from acquiring.payments.wishes import Wish

    return Wish(500, "EUR")
