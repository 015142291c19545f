"""Providers that lend access tokens, and wishes that take several calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquiring.connectors import passes
from acquiring.connectors.client import Account, perform
from acquiring.connectors.driver import Ask, Call, Driver, More, Outcome, Pass
from acquiring.core.http import NoAnswer, NotSent
from acquiring.core.money import Money
from tests.connectors.network import answer, network

__all__ = ["network"]

ASK = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(1999, "EUR"))
LENT = answer(200, {"access_token": "token-of-the-morning", "expires_in": 3600})
LATER = answer(200, {"access_token": "token-of-the-evening", "expires_in": 3600})
ORDERED = answer(201, {"order": "ord_1"})
PAID = answer(200, {"state": "captured"})


class Lupine(Driver):
    """Signs in, makes an order, then pays it."""

    name = "lupine"
    title = "Lupine"
    live = "https://api.lupine.example"
    credentials = ("client_id", "client_secret")
    resendable = frozenset({"authorize"})

    def sign_in(self, account):
        body = {"client_id": account["client_id"], "client_secret": account["client_secret"]}
        return Call("POST", "/token", body, encoding="form", signed=False)

    def admitted(self, reply):
        return Pass(reply.body["access_token"], reply.body["expires_in"])

    def headers(self, account, wire):
        return {"Authorization": f"Bearer {account['access_token']}"}

    def authorize(self, ask):
        return Call("POST", "/orders", {"amount": ask.money.amount})

    def read(self, ask, reply):
        if ask.step == "pay":
            return Outcome(reply.body["state"], provider_ref=ask.kept["order"], keep=ask.kept)
        order = reply.body["order"]
        return More("pay", Call("POST", f"/orders/{order}/pay"), {"order": order})


class Endless(Lupine):
    """Always wants one more call."""

    def read(self, ask, reply):
        return More("pay", Call("POST", "/orders"))


ACCOUNT = Account("lupine", "acc_1", {"client_id": "shop", "client_secret": "secret-of-the-shop"})


@pytest.fixture(autouse=True)
def _no_tokens():
    passes.drop_all()


def outcome(how=None, **more):
    return perform(how or Lupine(), ASK, ACCOUNT, **more).outcome


def paths(network):
    return [url.removeprefix("https://api.lupine.example") for _, url, *_ in network.sent]


def test_a_wish_of_two_calls_signs_in_once(network):
    network.plays(LENT, ORDERED, PAID, ORDERED, PAID)

    first, second = outcome(), outcome()

    assert first == second == Outcome("captured", "ord_1", keep={"order": "ord_1"})
    both = ["/orders", "/orders/ord_1/pay"]
    assert paths(network) == ["/token", *both, *both]


def test_every_call_is_logged_and_no_token_is(network):
    network.plays(LENT, ORDERED, PAID)

    calls = perform(Lupine(), ASK, ACCOUNT).calls

    assert len(calls) == 3
    assert "token-of-the-morning" not in repr(calls)
    assert "secret-of-the-shop" not in repr(calls)


def test_an_old_token_is_exchanged_once(network):
    network.plays(LENT, ORDERED, PAID)
    outcome()
    network.plays(answer(401), LATER, ORDERED, PAID)

    assert outcome().state == "captured"
    assert network.sent[-1][2]["Authorization"] == "Bearer token-of-the-evening"


def test_a_fresh_token_that_is_refused_asks_nobody(network):
    network.plays(LENT, answer(401))

    assert outcome() == Outcome("refused", decline="credentials_refused", raw_code="http_401")


def test_other_credentials_do_not_share_a_token(network):
    network.plays(LENT, ORDERED, PAID, LATER, ORDERED, PAID)
    outcome()
    other = replace(ACCOUNT, credentials={**ACCOUNT.credentials, "client_secret": "new-secret"})

    perform(Lupine(), ASK, other)

    assert paths(network).count("/token") == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(400, {"error": "invalid_client"}), "credentials_refused"),
        (answer(429), "rate_limited"),
        (answer(500), "provider_unavailable"),
        (answer(200, {"no": "token"}), "provider_unavailable"),
        (NoAnswer("read timed out"), "provider_unavailable"),
        (NotSent("refused"), "provider_unavailable"),
    ],
)
def test_without_a_token_nothing_is_asked(network, said, code):
    network.plays(said)

    found = outcome()

    assert (found.state, found.decline) == ("refused", code)
    assert paths(network) == ["/token"]


def test_without_a_token_a_payment_that_may_be_there_stays_open(network):
    network.plays(answer(500))

    assert outcome(again=True).state == "unknown"


def test_silence_in_the_middle_is_unknown_and_begins_anew_with_the_same_ask(network):
    network.plays(LENT, ORDERED, NoAnswer("read timed out"), NoAnswer("read timed out"))

    assert outcome().state == "unknown"


def test_a_second_call_that_never_left_was_asked_of_nobody(network):
    network.plays(LENT, ORDERED, NotSent("refused"))

    assert outcome().state == "refused"


def test_a_driver_that_never_comes_to_an_end_is_stopped(network):
    network.plays(LENT, *[ORDERED] * 4)

    assert outcome(Endless()) == Outcome("unknown", raw_code="too_many_calls")
