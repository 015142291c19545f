"""How the client turns a network's answers, silences and breakdowns into outcomes."""

from __future__ import annotations

import gc
import logging
from dataclasses import replace
from time import process_time_ns

import pytest

from acquiring.connectors.client import CALLS_AT_ONCE, Account, perform
from acquiring.connectors.driver import Ask, Call, Card, Driver, Outcome
from acquiring.connectors.registry import driver
from acquiring.core.http import NoAnswer, NotSent
from acquiring.core.money import Money
from tests.connectors.contract import account_of, ask_of, exchanges
from tests.connectors.network import answer, network

__all__ = ["network"]

CARD = Card("4242424242424242", 12, 2031, "987", "Amber Ash")
ASK = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(1999, "EUR"), card=CARD)
CAPTURE = replace(ASK, verb="capture", reference="cap_1", provider_ref="px_1", card=None)
INQUIRY = replace(ASK, verb="inquire", provider_ref="px_1", card=None)
RETURN = replace(INQUIRY, verb="resume")
PAID = answer(200, {"state": "captured"})
BROKEN = answer(503, b"<html>sorry</html>")


class Lotus(Driver):
    """A provider whose answer names our own state, to see the client alone."""

    name = "lotus"
    title = "Lotus"
    live = "https://api.lotus.example"
    credentials = ("api_key",)
    resendable = frozenset({"authorize", "inquire"})

    def authorize(self, ask):
        return Call("POST", "/payments", {"amount": ask.money.amount, "number": ask.card.number})

    def capture(self, ask):
        return Call("POST", f"/payments/{ask.provider_ref}/captures", {"amount": ask.money.amount})

    def inquire(self, ask):
        return Call("GET", f"/payments/{ask.provider_ref}")

    resume = inquire

    def headers(self, account, wire):
        return {"Authorization": account["api_key"], "Idempotency-Key": "att_1"}

    def read(self, ask, reply):
        return Outcome(reply.body["state"], raw_code=reply.body.get("code", ""))


LOTUS = Lotus()
ACCOUNT = Account("lotus", "acc_1", {"api_key": "key-of-the-account"})


def outcome(ask=ASK, how=LOTUS, **more):
    return perform(how, ask, ACCOUNT, **more).outcome


def test_the_answer_is_what_the_driver_reads(network):
    network.plays(PAID)

    assert outcome() == Outcome("captured")
    assert network.sent[0][:2] == ("POST", "https://api.lotus.example/payments")


@pytest.mark.parametrize("silence", [NotSent("refused"), answer(401), answer(403), answer(429)])
def test_turned_away_before_anybody_looked_is_refused(network, silence):
    network.plays(silence)

    assert outcome().state == "refused"
    assert len(network.sent) == 1


@pytest.mark.parametrize(
    ("played", "raw_code", "decline"),
    [
        (NotSent("refused"), "not_sent", "provider_unavailable"),
        (answer(401), "http_401", "credentials_refused"),
        (answer(429), "http_429", "rate_limited"),
    ],
)
def test_a_refusal_says_why(network, played, raw_code, decline):
    network.plays(played)

    assert outcome() == Outcome("refused", raw_code=raw_code, decline=decline)


@pytest.mark.parametrize("ask", [INQUIRY, RETURN], ids=["inquiry", "return"])
@pytest.mark.parametrize("played", [NotSent("refused"), answer(401), answer(429)])
def test_a_question_that_was_not_heard_says_nothing_about_the_payment(network, ask, played):
    network.plays(played)

    assert outcome(ask).state == "unknown"


def test_silence_is_broken_by_identical_bytes(network):
    network.plays(NoAnswer("reset"), PAID)

    exchange = perform(LOTUS, ASK, ACCOUNT)

    assert exchange.outcome.state == "captured"
    assert network.sent[0] == network.sent[1]
    assert [call.status for call in exchange.calls] == [None, 200]


def test_silence_twice_is_unknown(network):
    network.plays(NoAnswer("reset"), NoAnswer("timeout"))

    assert outcome() == Outcome("unknown", raw_code="no_answer")


def test_silence_is_not_broken_where_the_provider_promises_nothing(network):
    network.plays(NoAnswer("reset"))

    assert outcome(CAPTURE) == Outcome("unknown", raw_code="no_answer")
    assert len(network.sent) == 1


@pytest.mark.parametrize("later", [NotSent("refused"), answer(401), answer(403), answer(429)])
@pytest.mark.parametrize("first", [NoAnswer("reset"), BROKEN])
def test_nothing_but_the_providers_word_ends_what_it_may_have_seen(network, first, later):
    network.plays(first, later)

    assert outcome().state == "unknown"


def test_an_ask_that_went_out_before_is_not_refused_by_a_closed_door(network):
    network.plays(NotSent("refused"))

    assert outcome(again=True).state == "unknown"


def test_a_breakdown_is_asked_once_more(network):
    network.plays(BROKEN, PAID)

    assert outcome().state == "captured"


def test_a_breakdown_that_lasts_is_unknown(network):
    network.plays(BROKEN, BROKEN)

    assert outcome() == Outcome("unknown", raw_code="http_503")


def test_stripe_may_forbid_the_repetition(network):
    stripe = driver("stripe")
    account = Account("stripe", "acc_2", account_of(stripe))
    network.plays(answer(500, {}, {"stripe-should-retry": "false"}))

    assert perform(stripe, ask_of(exchanges("stripe")[0]), account).outcome.state == "unknown"


@pytest.mark.parametrize("body", [b"<html>502</html>", b'{"state": "capt', b"\xff\xfe"])
def test_what_cannot_be_read_is_unknown(network, body):
    network.plays(answer(200, body))

    assert outcome() == Outcome("unknown", raw_code="unreadable")


def test_a_driver_that_stumbles_knows_nothing_and_quotes_nothing(network, caplog):
    class Stumbling(Lotus):
        def read(self, ask, reply):
            raise ValueError(f"cannot read {ask.card.number}")

    network.plays(PAID)
    with caplog.at_level(logging.ERROR):
        assert outcome(how=Stumbling()) == Outcome("unknown", raw_code="unread")

    assert "ValueError" in caplog.text
    assert CARD.number not in caplog.text


@pytest.mark.parametrize(("ask", "state"), [(ASK, "succeeded"), (CAPTURE, "captured")])
def test_a_state_that_does_not_belong_is_unknown(network, caplog, ask, state):
    network.plays(answer(200, {"state": state, "code": "raw"}))

    assert outcome(ask) == Outcome("unknown", raw_code="raw")
    assert "impossible state" in caplog.text


def test_an_answer_that_is_not_the_providers_own_is_unknown(network):
    class Signed(Lotus):
        def authentic(self, account, wire, reply):
            return False

    network.plays(PAID)

    assert outcome(how=Signed()) == Outcome("unknown", raw_code="not_authentic")


def test_a_request_that_breaks_on_its_way_is_unknown(network, caplog):
    network.plays(UnicodeError(f"a header with {CARD.number}"))

    assert outcome(CAPTURE) == Outcome("unknown", raw_code="no_answer")
    assert "UnicodeError" in caplog.text
    assert CARD.number not in caplog.text


def test_an_interrupted_process_is_not_an_answer(network):
    network.plays(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        outcome()


def test_what_a_provider_cannot_do_is_not_sent(network):
    class CardsOnly(Lotus):
        verbs = frozenset({"authorize"})

    refused = outcome(CAPTURE, CardsOnly())
    unanswered = outcome(INQUIRY, CardsOnly())

    assert (refused.state, refused.raw_code) == ("refused", "unsupported")
    assert (unanswered.state, unanswered.raw_code) == ("unknown", "unsupported")
    assert network.sent == []


def test_an_amount_that_cannot_be_expressed_is_not_sent(network):
    stripe = driver("stripe")
    ask = replace(ask_of(exchanges("stripe")[0]), money=Money(105, "MGA"))

    refused = perform(stripe, ask, Account("stripe", "acc_1", account_of(stripe))).outcome

    assert (refused.state, refused.raw_code) == ("refused", "not_built")
    assert network.sent == []


def test_a_provider_that_is_down_is_left_alone_for_a_while(network):
    network.plays(*[NotSent("refused")] * 10)
    for _ in range(10):
        outcome()

    turned_away = outcome()

    assert turned_away == Outcome(
        "refused", raw_code="circuit_open", decline="provider_unavailable"
    )
    assert outcome(INQUIRY).state == "unknown"
    assert len(network.sent) == 10


def test_one_accounts_trouble_is_not_anothers(network):
    network.plays(*[NotSent("refused")] * 10, PAID)
    for _ in range(10):
        outcome()

    other = Account("lotus", "acc_2", ACCOUNT.credentials)

    assert perform(LOTUS, ASK, other).outcome.state == "captured"


def test_a_slow_provider_cannot_take_every_thread(network):
    """Every call finds the provider busy with the one before it."""
    inner = []

    def busy(_):
        if len(network.sent) <= CALLS_AT_ONCE:
            network.answers.insert(0, busy)
            inner.append(outcome())
        return PAID

    network.plays(busy)
    outcome()

    assert len(network.sent) == CALLS_AT_ONCE
    assert inner[0].raw_code == "bulkhead_full"
    assert {one.state for one in inner[1:]} == {"captured"}


@pytest.mark.parametrize(
    ("own", "given", "url"),
    [
        ("", "", "https://api.lotus.example/payments"),
        ("", "http://127.0.0.1:8001/lotus", "http://127.0.0.1:8001/lotus/payments"),
        ("https://eu.lotus.example/", "http://ignored", "https://eu.lotus.example/payments"),
    ],
)
def test_the_accounts_own_address_goes_first(network, own, given, url):
    network.plays(PAID)

    perform(LOTUS, ASK, replace(ACCOUNT, base_url=own), base_url=given)

    assert network.sent[0][1] == url


def test_the_log_shows_the_exchange_without_its_secrets(network):
    network.plays(answer(200, {"state": "captured", "echo": "key-of-the-account"}))

    call = perform(LOTUS, ASK, ACCOUNT).calls[0]

    assert (call.method, call.url) == ("POST", "https://api.lotus.example/payments")
    assert call.request_headers["Authorization"] == "***"
    assert call.request_body == '{"amount":1999,"number":"424242***4242"}'
    assert call.response_body == '{"state":"captured","echo":"***"}'
    assert (call.status, call.milliseconds, call.error) == (200, 7, "")
    assert call.started_at.tzinfo


def test_the_log_of_silence_says_what_kind_it_was(network):
    network.plays(NoAnswer("reset by 4242424242424242"))

    call = perform(LOTUS, CAPTURE, ACCOUNT).calls[0]

    assert (call.status, call.error) == (None, "NoAnswer: reset by 424242***4242")


def test_an_account_does_not_show_its_credentials():
    assert "key-of-the-account" not in repr(ACCOUNT)


def test_a_call_costs_little_besides_its_socket(network):
    """0.4 ms of CPU at most; the fastest of many rounds, since the machine has other work."""
    stripe, entry = driver("stripe"), exchanges("stripe")[1]
    ask, account = ask_of(entry), Account("stripe", "acc_3", account_of(stripe))
    reply = answer(200, entry["reply"]["body"])
    rounds = []
    gc.collect()
    gc.freeze()  # the test runner's own objects are not the client's cost
    for _ in range(60):
        network.plays(*[reply] * 20)
        started = process_time_ns()
        for _ in range(20):
            perform(stripe, ask, account)
        rounds.append((process_time_ns() - started) // 20)
    gc.unfreeze()

    assert min(rounds) <= 400_000
