"""A session takes one payment: whatever is pressed at once, and whatever money comes late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from acquiring.connectors.driver import Outcome
from acquiring.core import clock, ids
from acquiring.core.addresses import token
from acquiring.core.errors import Problem
from acquiring.payments import checkout, hearing, models, operations, queries, services
from acquiring.payments.wishes import Manner, Wish
from tests.checkout.conftest import CARD, Shopper
from tests.payments.conftest import provider, till  # noqa: F401 (fixtures)

CAPTURED = Outcome("captured", provider_ref="p1")
ACTION = Outcome(
    "action", provider_ref="p2", action={"type": "redirect", "url": "https://b.example"}
)


@pytest.fixture
def session(till):  # noqa: F811
    return checkout.open_session(till.id, amount=1999, currency="EUR")


def wish(till, session) -> Wish:  # noqa: F811
    shown = ids.show("cs", session.id)
    return checkout.try_session(till.id, shown, Wish(1999, "EUR"))


def pay(till, session, *outcomes: Outcome):  # noqa: F811
    till.provider.says(*outcomes)
    return services.create(till.merchant, wish(till, session), till.card(), Manner())


@pytest.mark.django_db
def test_a_second_try_is_refused_while_the_first_is_on_the_wire(till, session):  # noqa: F811
    refused: list[Problem] = []

    def meanwhile(_ask) -> Outcome:
        with pytest.raises(Problem) as second:
            pay(till, session, CAPTURED)
        refused.append(second.value)
        till.provider.script.clear()
        return CAPTURED

    pay(till, session, meanwhile)
    assert [one.code for one in refused] == ["operation_in_progress"]
    assert models.Payment.objects.filter(session_id=session.id).count() == 1


@pytest.mark.django_db
def test_a_try_waits_for_an_open_one_and_not_for_one_that_ended(till, session):  # noqa: F811
    first = pay(till, session, ACTION)
    with pytest.raises(Problem) as refused:
        pay(till, session, CAPTURED)
    assert refused.value.code == "operation_in_progress"
    till.provider.script.clear()

    till.provider.says(Outcome("succeeded"))
    services.cancel(till.merchant, first.book.payment.id)
    book = pay(till, session, CAPTURED).book
    session.refresh_from_db()
    assert (session.status, session.payment_id) == ("complete", book.payment.id)


@pytest.mark.django_db
def test_a_late_second_success_goes_back_by_itself(till, session):  # noqa: F811
    first = pay(till, session, ACTION).book
    till.provider.says(ACTION)
    with clock.shifted(timedelta(days=1)):
        assert hearing.expire(first).payment.status == "expired"
    models.CheckoutSession.objects.filter(id=session.id).update(status="open")
    kept = pay(till, session, CAPTURED).book

    till.hears(first, "payment", Outcome("captured", provider_ref="p2"))
    late = queries.book(till.id, first.payment.id)
    assert late.payment.attention == operations.PAID_TWICE
    assert [(one.status, one.amount, one.reason) for one in late.refunds] == [
        ("pending", 1999, "duplicate")
    ]
    session.refresh_from_db()
    assert session.payment_id == kept.payment.id
    till.hears(first, "payment", Outcome("captured", provider_ref="p2"))
    assert len(queries.book(till.id, first.payment.id).refunds) == 1


@pytest.mark.django_db
def test_a_session_that_expired_is_completed_by_a_try_that_was_under_way(till, session):  # noqa: F811
    first = pay(till, session, ACTION).book
    checkout.expire_session(till.id, ids.show("cs", session.id))
    till.hears(first, "payment", Outcome("captured", provider_ref="p2"))
    session.refresh_from_db()
    assert (session.status, session.payment_id) == ("complete", first.payment.id)


@pytest.mark.django_db
def test_an_unknown_outcome_keeps_the_session_and_says_not_to_pay_again(till, session):  # noqa: F811
    book = pay(till, session, Outcome("unknown", raw_code="no_answer")).book
    session.refresh_from_db()
    assert session.status == "open"
    shopper = Shopper(f"/checkout/{token(till.id, session.id)}")
    assert "Do not pay again" in shopper.text()
    assert shopper.status()["mark"].startswith("asking.")

    till.hears(book, "payment", Outcome("declined", decline="insufficient_funds"))
    assert "Your bank did not approve this card" in shopper.text()


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_the_same_moment_one_pays(till, session, provider):  # noqa: F811
    """Two tabs, two forms, two keys: the database lets one of them begin."""
    path = f"/checkout/{token(till.id, session.id)}/pay"
    ready = Barrier(2)
    provider.says(CAPTURED, CAPTURED)

    def press(once: str) -> int:
        try:
            ready.wait(10)
            form = {"once": once, "method": "card", **CARD}
            answer = Client(SERVER_NAME="127.0.0.1").post(path, form)
            assert urlsplit(answer["Location"]).path == path.removesuffix("/pay")
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, ["first", "second"])) == [303, 303]
    made = models.Payment.objects.filter(session_id=session.id)
    assert [one.status for one in made] == ["captured"]
    assert len(provider.asks) == 1
