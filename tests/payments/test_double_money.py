"""The double-money bugs of the field, each as a promise."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from acquiring.connectors import actions
from acquiring.connectors.driver import Outcome
from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.idempotency import LOCK, claim_of
from acquiring.ledger import queries as ledger
from acquiring.payments import hearing, models, money, services, settling, store, sweeping
from acquiring.payments.change import Change
from acquiring.payments.wishes import Instrument, Manner, Wish
from merchants.models import Merchant
from tests.payments.conftest import Till

pytestmark = pytest.mark.django_db


def books(till: Till) -> dict:
    return ledger.balances(till.id)


def test_the_same_webhook_twice_moves_money_once(till):
    book = till.pay(Outcome("pending", provider_ref="x")).book
    for _ in range(3):
        till.hears(book, "payment", Outcome("captured", provider_ref="x"))

    book = settling.read(till.id, book.payment.id)
    assert book.payment.amount_captured == 1999
    assert len(book.captures) == 1
    assert ledger.merchant_balances(till.id)["EUR"]["pending"] == 1999 - book.captures[0].fee


def test_a_lost_answer_is_asked_for_by_the_name_a_webhook_tells(till):
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book
    reference = f"att_{book.attempts[0].id.hex}"
    till.provider.says(lambda ask: Outcome("captured", provider_ref=ask.provider_ref))

    till.hears(book, "payment", Outcome("unknown"), reference=reference, provider_ref="x")

    book = settling.read(till.id, book.payment.id)
    assert (book.attempts[0].status, book.attempts[0].provider_ref) == ("captured", "x")


def test_late_bad_news_does_not_undo_a_capture(till):
    book = till.pay(Outcome("captured", provider_ref="x")).book
    before = books(till)
    for state in ("declined", "expired", "voided", "pending", "action", "unknown", "refused"):
        till.hears(book, "payment", Outcome(state, decline="expired_card"))

    book = settling.read(till.id, book.payment.id)
    assert book.payment.status == "captured"
    assert book.attempts[0].status == "captured"
    assert books(till) == before


def test_what_is_paid_in_the_moment_its_time_is_over_stays_paid(till):
    nobody_paid = services.create(till.merchant, Wish(1999, "EUR"), None, Manner(), None).book
    till.provider.says(Outcome("captured", provider_ref="x"))
    services.confirm(till.merchant, nobody_paid.payment.id, till.card(), Manner(), None)

    ended = hearing.expire(nobody_paid)

    assert ended.payment.status == "captured"


def test_a_second_capture_while_the_first_is_unknown_is_refused(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    till.provider.says(Outcome("unknown", raw_code="no_answer"))
    money.capture(till.id, book.payment.id, 1000)

    with pytest.raises(Problem) as caught:
        money.capture(till.id, book.payment.id, 999)
    assert caught.value.code == "operation_in_progress"
    assert len([ask for ask in till.provider.asks if ask.verb == "capture"]) == 1


def test_a_capture_of_unknown_outcome_is_settled_by_asking(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    till.provider.says(Outcome("unknown", raw_code="no_answer"))
    money.capture(till.id, book.payment.id)
    models.Capture.objects.filter(merchant_id=till.id).update(next_inquiry_at=clock.now())

    till.provider.says(Outcome("succeeded", operation_ref="c"))
    sweeping.sweep()

    assert till.provider.asks[-1].verb == "inquire"
    assert till.provider.asks[-1].target == "capture"
    assert settling.read(till.id, book.payment.id).payment.amount_captured == 1999


def test_the_payments_own_webhook_confirms_the_open_capture_once(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    till.provider.says(Outcome("unknown", raw_code="no_answer"))
    row = money.capture(till.id, book.payment.id).row

    till.hears(book, "payment", Outcome("captured", provider_ref="x"))
    till.hears(book, "capture", Outcome("succeeded"), reference=f"cap_{row.id.hex}")

    book = settling.read(till.id, book.payment.id)
    assert book.payment.amount_captured == 1999
    assert len(book.captures) == 1


def test_a_late_success_after_a_decline_goes_back_to_the_shopper(till):
    book = till.pay(Outcome("declined", decline="insufficient_funds")).book

    till.hears(book, "payment", Outcome("captured", provider_ref="late"))

    book = settling.read(till.id, book.payment.id)
    assert book.payment.status == "declined"
    assert book.attempts[0].surplus
    till.provider.says(Outcome("succeeded", operation_ref="r"))
    assert sweeping.sweep() == 1
    ask = till.provider.asks[-1]
    assert (ask.verb, ask.provider_ref, ask.money.amount) == ("refund", "late", 1999)
    assert set(books(till).values()) == {0}


def test_a_cascade_that_succeeds_twice_keeps_one_and_voids_the_other(till):
    book = till.pay(
        Outcome("declined", decline="do_not_honor", provider_ref="a"),
        Outcome("authorized", provider_ref="b"),
        capture_method="manual",
    ).book
    first = book.attempts[0]

    till.hears(book, "payment", Outcome("authorized", provider_ref="a"), attempt=first)

    till.provider.says(Outcome("succeeded"))
    sweeping.sweep()

    book = settling.read(till.id, book.payment.id)
    assert book.payment.status == "authorized"
    assert book.payment.amount_authorized == 1999
    assert [(one.status, one.surplus) for one in book.attempts] == [
        ("voided", True),
        ("authorized", False),
    ]
    assert till.provider.asks[-1].provider_ref == "a"


def test_money_for_a_payment_that_was_given_up_goes_back(till):
    step = actions.redirect("https://bank.example/pay")
    book = till.pay(
        Outcome("action", provider_ref="p", action=step), instrument=Instrument("ideal")
    ).book
    book = services.cancel(till.merchant, book.payment.id).book
    assert book.payment.status == "canceled", "iDEAL has no void: we stop waiting for it"

    till.hears(book, "payment", Outcome("captured", provider_ref="p"))
    till.provider.says(Outcome("succeeded"))
    sweeping.sweep()

    book = settling.read(till.id, book.payment.id)
    assert book.payment.status == "canceled"
    assert [one.origin for one in book.refunds] == ["surplus"]
    assert set(books(till).values()) == {0}


def test_one_key_is_one_payment_and_one_answer(till):
    claim = claim_of(till.id, "order-1", "/v1/payments", b"{}")
    first = till.pay(Outcome("captured", provider_ref="x"), claim=claim)
    second = till.pay(Outcome("captured", provider_ref="y"), claim=claim)

    assert first.book is not None
    assert second.book is None
    assert second.replay.status == 201
    assert first.book.payment.id.hex.encode() in second.replay.body
    assert models.Payment.objects.filter(merchant_id=till.id).count() == 1


def test_one_key_with_another_body_is_a_conflict(till):
    till.pay(Outcome("captured"), claim=claim_of(till.id, "k", "/v1/payments", b"1"))
    with pytest.raises(Problem) as caught:
        till.pay(Outcome("captured"), claim=claim_of(till.id, "k", "/v1/payments", b"2"))
    assert caught.value.code == "idempotency_mismatch"


def test_a_key_whose_first_try_died_is_finished_by_asking_not_by_paying_again(till, monkeypatch):
    claim = claim_of(till.id, "k", "/v1/payments", b"1")

    def dies(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr("acquiring.payments.wire.perform", dies)
        with pytest.raises(SystemExit):
            till.pay(claim=claim)
    with pytest.raises(Problem) as caught:
        till.pay(claim=claim)
    assert caught.value.code == "idempotency_in_progress"

    with clock.shifted(LOCK * 2):
        done = till.pay(Outcome("captured", provider_ref="x"), claim=claim)

    assert [ask.verb for ask in till.provider.asks] == ["inquire"]
    assert done.book.payment.status == "captured"
    assert models.Payment.objects.filter(merchant_id=till.id).count() == 1
    replay = till.pay(claim=claim)
    assert replay.replay.status == 201


def test_a_process_that_died_after_the_intent_leaves_nothing_open(till, monkeypatch):
    def dies(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr("acquiring.payments.wire.perform", dies)
        with pytest.raises(SystemExit):
            till.pay()
    row = models.Attempt.objects.get(merchant_id=till.id)
    assert row.status == "sent"

    till.provider.says(Outcome("captured", provider_ref="x"))
    with clock.shifted(timedelta(minutes=10)):
        assert sweeping.sweep() == 1

    assert models.Payment.objects.get(merchant_id=till.id).status == "captured"


def test_what_is_on_the_wire_is_not_asked_about_because_a_test_clock_was_moved(till):
    def moves_the_clock(ask: object) -> Outcome:
        Merchant.objects.filter(id=till.id).update(clock_ahead_seconds=3 * 24 * 3600)
        assert sweeping.sweep() == 0
        return Outcome("captured", provider_ref="x")

    book = till.pay(moves_the_clock).book

    assert [ask.verb for ask in till.provider.asks] == ["authorize"]
    assert book.payment.status == "captured"


def test_a_write_on_a_stale_book_writes_nothing(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    old = settling.read(till.id, book.payment.id)
    till.provider.says(Outcome("succeeded"))
    money.capture(till.id, book.payment.id)

    change = Change(old, clock.now())
    change.move_payment("canceled")
    with pytest.raises(store.Stale):
        store.write(change)
    assert settling.read(till.id, book.payment.id).payment.status == "captured"


@pytest.mark.django_db(transaction=True)
def test_two_captures_at_once_take_the_money_once(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    barrier = threading.Barrier(8)
    results: list[str] = []

    def slow(ask) -> Outcome:
        return Outcome("succeeded", operation_ref=ask.reference)

    till.provider.says(*[slow] * 8)

    def capture() -> None:
        barrier.wait()
        try:
            money.capture(till.id, book.payment.id)
            results.append("captured")
        except Problem as problem:
            results.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=capture) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results.count("captured") == 1
    assert set(results) <= {"captured", "operation_in_progress", "invalid_state"}
    assert len([ask for ask in till.provider.asks if ask.verb == "capture"]) == 1
    assert settling.read(till.id, book.payment.id).payment.amount_captured == 1999
