"""What a business may take is enforced where payments begin, with the reason."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from acquiring.connectors.driver import Outcome
from acquiring.core import clock
from acquiring.core.memory import forget_everything
from acquiring.payments import limits, wire
from acquiring.payments.models import Statistic
from merchants.onboarding.models import Terms
from tests import cast
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(ambers_shop, monkeypatch) -> Api:
    monkeypatch.setattr(wire, "perform", lambda *_, **__: wire.Exchange(Outcome("captured")))
    cast.connected(ambers_shop)
    return Api(ambers_shop, ambers_shop.secret_key)


def agreed(api: Api, **terms) -> None:
    terms = {"tier": "low", "currency": "EUR", "verdict_id": uuid.uuid4(), **terms}
    Terms.objects.create(business=api.shop.business, mode="test", **terms)
    forget_everything()


def test_without_terms_a_test_merchant_takes_what_it_likes(api):
    assert api.pay(900_000_000)["status"] == "captured"


def test_a_payment_above_the_limit_is_refused_with_the_limit(api):
    agreed(api, per_payment=10_000)

    refused = api.pay(10_001)
    assert (refused.status, refused.code, refused.param) == (422, "terms_exceeded", "amount")
    assert refused["error"]["message"] == "The merchant's limit per payment is 100.00 EUR."
    assert api.pay(10_000)["status"] == "captured"


def test_another_currency_counts_at_its_rough_worth(api):
    agreed(api, per_payment=10_000)

    assert api.pay(9_000, "JPY")["status"] == "captured"
    assert api.pay(90_000, "JPY").code == "terms_exceeded"


def test_the_day_ends_where_its_limit_is_reached(api):
    agreed(api, daily=10_000)
    assert api.pay(6_000)["status"] == "captured"
    forget_everything()

    assert "per day" in api.pay(6_000)["error"]["message"]
    assert api.pay(4_000)["status"] == "captured"


def test_the_month_counts_its_days_before_today(api):
    agreed(api, monthly=10_000)
    yesterday = clock.now().date() - timedelta(days=1)
    counts = dict.fromkeys(("payments", "tried", "paid", "refunded"), 1)
    Statistic.objects.create(
        merchant_id=api.shop.merchant.id, day=yesterday, currency="EUR", store_id=uuid.uuid4(),
        facet="day", value="", captured=8_000, **counts,
    )  # fmt: skip

    refused = api.pay(3_000)
    if yesterday.day < clock.now().day:
        assert "per month" in refused["error"]["message"]
    else:
        assert refused["status"] == "captured"


def test_a_kind_that_the_terms_leave_out_is_not_offered_and_says_why(api):
    agreed(api, kinds=["card"])

    shown = api.get("/payment_methods", amount=1000, currency="EUR", country="NL")
    assert {one["kind"] for one in shown["data"]} == {"card"}
    reasons = {
        str(one.get("id") or one.get("code") or one.get("type")): str(one)
        for one in shown["left_out"]
    }
    assert "the merchant's terms do not include bank redirect" in reasons["ideal"]
    refused = api.pay(1000, payment_method={"type": "ideal"}, country="NL")
    assert refused.code == "terms_exceeded"


def test_terms_cost_a_payment_no_question_to_the_database(api, django_assert_num_queries):
    agreed(api, per_payment=10_000, daily=100_000, monthly=1_000_000)
    limits.of(api.shop.merchant.id)

    with django_assert_num_queries(0):
        bars = limits.of(api.shop.merchant.id)
        assert bars.why_not("card", limits.Money(500, "EUR")) is None
