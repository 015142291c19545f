"""Trying out stolen cards is stopped by the address they come from, whatever session they use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.checkout import guard
from acquiring.checkout.models import CardTries
from acquiring.core import clock
from tests.checkout.test_pay import payments_of

pytestmark = pytest.mark.django_db

MISTAKE = "Many cards were tried from your connection"


@pytest.fixture
def nearly(monkeypatch):
    monkeypatch.setattr(guard, "MOST_CARDS", 2)


def test_the_limit_holds_across_sessions(api, open_session, nearly):
    for _ in range(2):
        assert open_session().pay(REMOTE_ADDR="203.0.113.9").status_code == 303
    shopper = open_session()

    answer = shopper.pay()

    assert answer.status_code == 429
    assert MISTAKE in answer.content.decode()
    assert "4242 4242" not in answer.content.decode().partition("<main")[2]
    assert payments_of(shopper) == []


def test_another_address_and_another_way_to_pay_stay_open(api, open_session, nearly):
    for _ in range(3):
        open_session().pay()
    shopper = open_session(country="NL")
    assert shopper.pay().status_code == 429
    assert shopper.pay("ideal").status_code == 303

    neighbour = open_session()
    neighbour.client.defaults["REMOTE_ADDR"] = "2001:db8::7"
    assert neighbour.pay().status_code == 303


def test_the_next_hour_begins_anew_and_yesterday_is_forgotten(api, open_session, nearly):
    for _ in range(3):
        shopper = open_session()
        shopper.pay()
    CardTries.objects.update(hour=clock.now() - timedelta(hours=30))

    assert open_session().pay().status_code == 303

    (row,) = CardTries.objects.all()
    assert row.tries == 1
    assert "127.0.0.1" not in row.address


def test_merchants_are_counted_apart(ambers_shop, chiaras_shop):
    for _ in range(guard.MOST_CARDS):
        assert not guard.too_many(ambers_shop.merchant.id, "203.0.113.9")
    assert guard.too_many(ambers_shop.merchant.id, "203.0.113.9")
    assert not guard.too_many(chiaras_shop.merchant.id, "203.0.113.9")
    assert not guard.too_many(ambers_shop.merchant.id, "")
