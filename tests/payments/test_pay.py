"""A payment from wish to outcome, with a provider that says what it is told to."""

from __future__ import annotations

import pytest

from acquiring.connectors import actions
from acquiring.connectors.driver import Outcome
from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.core.money import Money
from acquiring.ledger import queries as ledger
from acquiring.payments import hearing, money, schedule, services, settling, sweeping
from acquiring.payments.models import WireLog
from acquiring.payments.wishes import Instrument, Manner, Wish
from acquiring.vault import services as vault

pytestmark = pytest.mark.django_db


def types(till) -> list[str]:
    return list(
        Event.objects.filter(merchant_id=till.id).order_by("id").values_list("type", flat=True)
    )


def test_an_approved_payment_is_captured_and_its_money_is_in_the_ledger(till):
    book = till.pay(Outcome("captured", provider_ref="pi_1")).book

    assert book.payment.status == "captured"
    assert book.payment.amount_captured == 1999
    fee = book.captures[0].fee
    assert fee == 53  # 1.40 % of 19.99 is 28, plus 25
    assert ledger.merchant_balances(till.id)["EUR"]["pending"] == 1999 - fee
    assert ledger.totals(till.id) == {"EUR": 0}
    assert types(till) == ["payment.created", "payment.captured", "capture.succeeded"]


def test_a_declined_payment_says_who_declined_and_moves_no_money(till):
    book = till.pay(Outcome("declined", decline="insufficient_funds", raw_code="51")).book

    assert book.payment.status == "declined"
    assert book.payment.decline_code == "insufficient_funds"
    assert len(book.attempts) == 1, "an issuer's no for want of funds is not shopped around"
    assert ledger.balances(till.id) == {}


def test_a_decline_worth_another_route_is_tried_there(till):
    book = till.pay(
        Outcome("declined", decline="do_not_honor"), Outcome("captured", provider_ref="x")
    ).book

    assert [one.status for one in book.attempts] == ["declined", "captured"]
    assert [one.provider for one in book.attempts] == ["stripe", "adyen"]
    assert book.payment.status == "captured"
    assert book.payment.decline_code == ""


def test_a_provider_that_was_never_reached_is_passed_over(till):
    book = till.pay(
        Outcome("refused", raw_code="not_sent"), Outcome("captured", provider_ref="x")
    ).book

    assert [one.status for one in book.attempts] == ["refused", "captured"]


def test_when_every_route_refuses_the_payment_is_declined(till):
    book = till.pay(*[Outcome("refused", raw_code="not_sent")] * 3).book

    assert book.payment.status == "declined"
    assert book.payment.decline_code == "provider_unavailable"


def test_an_unknown_outcome_is_never_tried_elsewhere(till):
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book

    assert book.payment.status == "pending"
    assert [one.status for one in book.attempts] == ["unknown"]
    assert book.attempts[0].next_inquiry_at is not None
    assert len(till.provider.asks) == 1


def test_the_shopper_is_sent_on_and_the_return_asks_the_provider(till):
    step = actions.redirect("https://bank.example/pay")
    book = till.pay(
        Outcome("action", provider_ref="p1", action=step), instrument=Instrument("ideal")
    ).book
    assert book.payment.status == "requires_action"
    assert book.payment.next_action == step

    till.provider.says(Outcome("captured", provider_ref="p1"))
    book = services.returned(till.id, book.attempts[0].id, {"redirect_status": "succeeded"})

    assert book.payment.status == "captured"
    assert book.payment.next_action is None
    assert till.provider.asks[-1].verb == "resume"
    assert till.provider.asks[-1].provider_ref == "p1"


def test_a_provider_that_cannot_be_asked_does_not_make_a_payment_unknown(till):
    step = actions.redirect("https://bank.example/pay")
    book = till.pay(
        Outcome("action", provider_ref="p1", action=step), instrument=Instrument("ideal")
    ).book

    till.provider.says(Outcome("unknown", raw_code="unsupported"))
    book = hearing.inquire_attempt(book, book.attempts[0])

    assert [one.status for one in book.attempts] == ["action"]
    assert book.payment.status == "requires_action"


def test_a_payment_made_without_an_instrument_waits_to_be_confirmed(till):
    book = services.create(till.merchant, Wish(500, "EUR")).book
    assert book.payment.status == "created"
    assert till.provider.asks == []

    till.provider.says(Outcome("captured", provider_ref="x"))
    book = services.confirm(till.merchant, book.payment.id, till.card(), Manner()).book

    assert book.payment.status == "captured"
    with pytest.raises(Problem, match="only a created one"):
        services.confirm(till.merchant, book.payment.id, till.card(), Manner())


def test_a_hold_is_captured_in_part_and_the_rest_is_let_go(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    assert book.payment.status == "authorized"
    assert book.capturable == 1999

    till.provider.says(Outcome("succeeded", operation_ref="c"))
    book = money.capture(till.id, book.payment.id, 1500).book

    assert book.payment.amount_captured == 1500
    assert book.payment.status == "captured"
    assert book.capturable == 0, "the capture was final"
    with pytest.raises(Problem, match="nothing left to capture"):
        money.capture(till.id, book.payment.id, 1)


def test_what_a_capture_leaves_to_keep_is_handed_to_the_refund(till):
    """A provider's next link, which it gives with each answer."""
    held = Outcome("authorized", provider_ref="x", keep={"link": "/1", "self": "/x"})
    book = till.pay(held, capture_method="manual").book
    till.provider.says(Outcome("succeeded", keep={"link": "/2"}), Outcome("succeeded"))

    book = money.capture(till.id, book.payment.id, 1500).book
    money.refund(till.id, book.payment.id, 500)

    assert till.provider.asks[-1].kept == {"link": "/2", "self": "/x"}


def test_a_provider_with_multiple_captures_takes_them_until_the_sum_is_reached(till):
    till.provider.says(Outcome("refused", raw_code="not_sent"))
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    assert book.attempts[-1].provider == "adyen"
    for amount in (500, 600):
        till.provider.says(Outcome("succeeded", operation_ref=f"c{amount}"))
        book = money.capture(till.id, book.payment.id, amount, final=False).book

    assert book.payment.amount_captured == 1100
    assert book.capturable == 899
    with pytest.raises(Problem, match="At most 899"):
        money.capture(till.id, book.payment.id, 900, final=False)


def test_more_than_was_authorized_cannot_be_captured(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    with pytest.raises(Problem, match="At most 1999"):
        money.capture(till.id, book.payment.id, 2000)


def test_a_hold_is_canceled_at_the_provider(till):
    book = till.pay(Outcome("authorized", provider_ref="x"), capture_method="manual").book
    till.provider.says(Outcome("succeeded"))

    book = services.cancel(till.merchant, book.payment.id).book

    assert book.payment.status == "canceled"
    assert book.attempts[0].status == "voided"
    assert ledger.balances(till.id) == {}


def test_refunds_add_up_to_what_was_captured_and_no_further(till):
    book = till.pay(Outcome("captured", provider_ref="x")).book
    for amount in (500, 499):
        till.provider.says(Outcome("succeeded", operation_ref=f"r{amount}"))
        book = money.refund(till.id, book.payment.id, amount, "size").book
    assert book.payment.amount_refunded == 999

    with pytest.raises(Problem, match="At most 1000") as caught:
        money.refund(till.id, book.payment.id, 1001)
    assert caught.value.param == "amount"


def test_a_refund_that_is_on_its_way_counts_as_gone(till):
    book = till.pay(Outcome("captured", provider_ref="x")).book
    till.provider.says(Outcome("pending", operation_ref="r"))
    refund = money.refund(till.id, book.payment.id, 1500).row
    assert refund.status == "pending"
    with pytest.raises(Problem, match="At most 499"):
        money.refund(till.id, book.payment.id, 500)

    till.hears(book, "refund", Outcome("succeeded"), operation_ref="r")

    assert settling.read(till.id, book.payment.id).payment.amount_refunded == 1500


def test_a_refund_the_bank_sends_back_is_the_merchants_again(till):
    book = till.pay(Outcome("captured", provider_ref="x")).book
    till.provider.says(Outcome("succeeded", operation_ref="r"))
    before = ledger.merchant_balances(till.id)["EUR"]
    money.refund(till.id, book.payment.id, 700)

    till.hears(
        book, "refund", Outcome("failed", decline="refund_account_closed"), operation_ref="r"
    )

    book = settling.read(till.id, book.payment.id)
    assert book.payment.amount_refunded == 0
    assert book.refunds[0].status == "failed"
    assert ledger.merchant_balances(till.id)["EUR"] == before
    # And that is the last word: a confused provider does not move the money a third time.
    assert till.hears(book, "refund", Outcome("succeeded"), operation_ref="r")
    assert ledger.merchant_balances(till.id)["EUR"] == before


def test_a_partial_approval_counts_for_what_it_is(till):
    book = till.pay(
        Outcome("authorized", provider_ref="x", money=Money(1200, "EUR")), capture_method="manual"
    ).book
    assert book.payment.amount_authorized == 1200
    assert book.capturable == 1200


def test_a_hold_at_a_provider_that_should_have_captured_is_captured_by_the_sweeper(till):
    book = till.pay(Outcome("authorized", provider_ref="x")).book
    assert book.payment.status == "authorized"
    till.provider.says(Outcome("succeeded", operation_ref="c"))

    assert sweeping.sweep() == 1

    assert settling.read(till.id, book.payment.id).payment.status == "captured"


def test_a_saved_card_pays_again_without_its_owner(till):
    kept = vault.tokenize(till.id, "4242424242424242", 12, 2031, "123")
    card = vault.reveal(till.id, kept.handle, "pay_first")
    first = Instrument("card", card, token_id=kept.token.id)
    till.pay(
        Outcome("captured", provider_ref="x", facts={"network_reference": "net-1"}),
        instrument=first,
        manner=Manner(save=True),
    )
    assert till.provider.asks[-1].agreement == "first"
    kept.token.refresh_from_db()
    assert kept.token.reusable
    assert kept.token.network_reference == "net-1"

    card = vault.reveal(till.id, f"tok_{kept.token.id.hex}", "pay_second")
    again = Instrument("card", card, {}, kept.token.id, True, kept.token.network_reference)
    book = till.pay(
        Outcome("captured", provider_ref="y"), instrument=again, initiator="merchant"
    ).book

    ask = till.provider.asks[-1]
    assert (ask.agreement, ask.network_reference, ask.card.cvc) == ("subsequent", "net-1", "")
    assert book.payment.status == "captured"


def test_a_real_card_is_kept_out_of_the_sandbox(till):
    book = till.pay(instrument=till.card("4539578763621486")).book
    assert book.payment.status == "declined"
    assert book.payment.decline_code == "live_card_in_test"
    assert till.provider.asks == []


def test_a_payment_nobody_can_carry_is_refused_with_every_reason(till):
    with pytest.raises(Problem) as caught:
        till.pay(instrument=Instrument("ideal"), currency="USD")
    assert caught.value.code == "no_route"
    assert "stripe: currency USD is not carried" in caught.value.message
    assert Event.objects.filter(merchant_id=till.id).count() == 0


def test_the_wire_log_of_an_attempt_is_committed_with_its_outcome(till, monkeypatch):
    from acquiring.connectors import client
    from acquiring.payments import wire

    call = client.Sent(clock.now(), "POST", "https://x.example/", {}, "{}", 200, {}, "{}", 12, "")
    monkeypatch.setattr(
        wire, "perform", lambda *_, **__: wire.Exchange(Outcome("captured"), (call,))
    )
    book = till.pay().book
    row = WireLog.objects.get(merchant_id=till.id, payment_id=book.payment.id)
    assert (row.verb, row.milliseconds) == ("authorize", 12)
    assert book.attempts[0].milliseconds == 12


def test_a_call_the_provider_never_got_is_declined_once_it_can_no_longer_arrive(till, monkeypatch):
    monkeypatch.setattr(
        "acquiring.payments.wire.is_missing", lambda _, found: found.raw_code == "gone"
    )
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book
    till.provider.says(Outcome("unknown", raw_code="gone"))
    book = hearing.inquire_attempt(book, book.attempts[0])
    assert book.payment.status == "pending", "it may still be on its way"

    till.provider.says(Outcome("unknown", raw_code="gone"))
    with clock.shifted(schedule.LOST_AFTER * 2):
        book = hearing.inquire_attempt(book, book.attempts[0])

    assert book.payment.status == "declined"
    assert book.payment.decline_code == "lost_in_transit"


def test_an_attempt_nobody_can_be_asked_about_is_called_back(till):
    till.provider.says(Outcome("refused", raw_code="not_sent"))
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book
    assert book.attempts[-1].provider == "adyen"
    with clock.shifted(schedule.LOST_AFTER * 2):
        till.provider.says(Outcome("unknown", raw_code="unsupported"))
        hearing.inquire_attempt(book, book.attempts[-1])
        till.provider.says(Outcome("pending", operation_ref="tc"))
        sweeping.sweep()
    ask = till.provider.asks[-1]
    assert (ask.verb, ask.provider_ref, ask.attempt) == (
        "void",
        "",
        f"att_{book.attempts[-1].id.hex}",
    )

    till.hears(book, "void", Outcome("succeeded"), operation_ref="tc")

    book = settling.read(till.id, book.payment.id)
    assert book.attempts[-1].status == "voided"
    assert book.payment.status == "canceled"
