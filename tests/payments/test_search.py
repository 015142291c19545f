"""A payment is found by anything a person knows of it, and never by another merchant."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from acquiring.connectors.driver import Outcome
from acquiring.core import clock, ids
from acquiring.core.money import Money
from acquiring.payments import checkout, models, money, search
from tests import cast
from tests.payments.conftest import Till

pytestmark = pytest.mark.django_db

UTC = ZoneInfo("UTC")
SHOPPER = {"customer": {"name": "Ines", "email": "Ines@Example.com"}}
PAID = Outcome("captured", provider_ref="pi_7KQ2", money=Money(24890, "EUR"))


@pytest.fixture
def paid(till):
    till.pay(Outcome("captured"), amount=100)
    return till.pay(PAID, amount=24890, reference="LM-20417", shopper=SHOPPER).book


def found(till, term, **given):
    rows = search.payments(till.id, {"q": term, **given}, UTC)
    return [row.id for row in rows]


def names(book) -> dict[str, str]:
    """Everything that names a payment."""
    payment = book.payment
    return {
        "id": ids.show("pay", payment.id),
        "bare id": payment.id.hex,
        "attempt": ids.show("att", book.attempts[0].id),
        "capture": ids.show("cap", book.captures[0].id),
        "last six": payment.id.hex[-6:].upper(),
        "reference": "LM-20417",
        "e-mail": "ines@example.COM",
        "amount": "248.90",
        "amount with comma": "248,90",
        "amount and currency": "248.90 eur",
        "card and amount": "4242 248.90",
        "provider": "pi_7KQ2",
    }


NAMES = (
    "id", "bare id", "attempt", "capture", "last six", "reference", "e-mail", "amount",
    "amount with comma", "amount and currency", "card and amount", "provider",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_payment_is_found_by_its(name, till, paid):
    assert found(till, names(paid)[name]) == [paid.payment.id]


def test_the_last_four_of_a_card_find_all_its_payments_newest_first(till, paid):
    other = till.pay(Outcome("captured"), instrument=till.card("5555555555554444"))

    rows = found(till, "4242")
    assert rows[0] == paid.payment.id
    assert len(rows) == 2
    assert other.book.payment.id not in rows


def test_a_refund_and_a_customer_lead_to_the_payment(till, paid):
    till.provider.says(Outcome("succeeded", operation_ref="re_55"))
    refund = money.refund(till.id, paid.payment.id, 500).row
    customer = checkout.create_customer(till.id, email="regular@example.com")
    regular = till.pay(Outcome("captured"), customer_id=customer.id).book.payment.id

    assert found(till, ids.show("ref", refund.id)) == [paid.payment.id]
    assert found(till, "re_55") == [paid.payment.id]
    assert found(till, ids.show("cus", customer.id)) == [regular]
    assert found(till, "regular@example.com") == [regular]


@pytest.mark.parametrize("term", ["pay_" + "0" * 32, "nothing", "999999999", "4242 1.11", "x@y.z"])
def test_what_nobody_paid_is_not_found(term, till, paid):
    assert found(till, term) == []


def test_another_merchant_finds_nothing_of_it(till, paid, chiaras_shop):
    theirs = Till(cast.connected(chiaras_shop), till.provider)

    for name, term in names(paid).items():
        assert found(theirs, term) == [], name


def test_who_is_forgotten_is_no_longer_found_by_their_address(till):
    customer = checkout.create_customer(till.id, email="ines@example.com")
    till.pay(PAID, amount=24890, shopper=SHOPPER, customer_id=customer.id)
    assert len(found(till, "ines@example.com")) == 1

    checkout.erase_customer(till.id, ids.show("cus", customer.id))

    assert found(till, "ines@example.com") == []
    assert not models.Handle.objects.filter(merchant_id=till.id, email__isnull=False).exists()


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"status": "captured"}, 2),
        ({"status": "declined"}, 0),
        ({"currency": "EUR"}, 2),
        ({"currency": "JPY"}, 0),
        ({"method": "card"}, 2),
        ({"country": "SG"}, 0),
        ({"amount_from": "2"}, 1),
        ({"amount_to": "2"}, 1),
        ({"amount_from": "1", "amount_to": "300", "currency": "EUR"}, 2),
        ({"amount_from": "much"}, 0),
        ({"standing": "refunded"}, 0),
        ({"standing": "unknown"}, 0),
        ({"standing": "nonsense"}, 0),
        ({"when": "7"}, 2),
        ({"when_to": "2020-01-01"}, 0),
        ({"customer": "cus_nobody"}, 0),
        ({"only": "pay_1,pay_2"}, 0),
    ],
)
def test_filters_narrow(given, count, till, paid):
    assert len(search.payments(till.id, given, UTC)) == count


def test_a_filter_by_provider_looks_at_every_try(till):
    book = till.pay(Outcome("refused"), Outcome("captured")).book
    assert len({one.provider for one in book.attempts}) == 2

    for attempt in book.attempts:
        rows = search.payments(till.id, {"provider": attempt.provider}, UTC)
        assert [row.id for row in rows] == [book.payment.id]


def test_a_page_without_an_index_says_how_far_it_looked(till, paid, monkeypatch):
    monkeypatch.setattr(search, "LOOK", 1)
    first = models.Payment.objects.filter(merchant_id=till.id).earliest("id")
    given = {"method": "card"}

    assert search.horizon(till.id, {"status": "captured"}, UTC) is None
    assert search.horizon(till.id, given, UTC) == first.id
    before = {"before": ids.show("pay", paid.payment.id), **given}
    assert search.horizon(till.id, before, UTC) is None
    assert [row.id for row in search.payments(till.id, before, UTC) if row.id != paid.payment.id]


def test_a_live_merchants_days_are_those_of_the_ids(till, paid, django_assert_num_queries):
    models_merchant = till.shop.merchant
    type(models_merchant).objects.filter(id=till.id).update(mode="live")
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()

    assert len(search.payments(till.id, {"when": "7"}, UTC)) == 2
    assert len(search.payments(till.id, {"when_from": tomorrow}, UTC)) == 0
    with django_assert_num_queries(1):  # whose clock it is, is remembered
        list(search.payments(till.id, {"when": "7"}, UTC))


def test_refunds_are_found_by_their_payment(till, paid):
    till.provider.says(Outcome("succeeded"), Outcome("pending"))
    first = money.refund(till.id, paid.payment.id, 500).row
    second = money.refund(till.id, paid.payment.id, 700).row

    def shown(**given):
        return [row.id for row in search.refunds(till.id, given, UTC)]

    assert shown() == [second.id, first.id]
    assert shown(q=ids.show("ref", first.id)) == [first.id]
    assert shown(q="ines@example.com", status="pending") == [second.id]
    assert shown(payment=ids.show("pay", paid.payment.id), amount_from="6") == [second.id]
    assert shown(q="nobody@example.com") == []
