"""Bracket notation, scenarios, and the shape of an answer."""

from __future__ import annotations

import pytest

from acquiring.sandbox import scenarios
from acquiring.sandbox.engine import first_step
from acquiring.sandbox.wire import Answer, Malformed, Request, nested


def test_brackets_nest():
    pairs = [("a[b][0]", "1"), ("a[b][1]", "2"), ("c[]", "3"), ("c[]", "4"), ("d", "5")]

    assert nested(pairs) == {"a": {"b": ["1", "2"]}, "c": ["3", "4"], "d": "5"}


@pytest.mark.parametrize("pairs", [[("a", "1"), ("a[b]", "2")], [("a" + "[b]" * 20, "1")]])
def test_brackets_that_make_no_sense_are_malformed(pairs):
    with pytest.raises(Malformed):
        nested(pairs)


def test_a_body_that_is_no_json_is_malformed():
    with pytest.raises(Malformed):
        Request("POST", "/", {}, body=b"{").json()


def test_an_answer_knows_its_type():
    assert Answer(200, {"a": 1}).content() == b'{"a":1}'
    assert Answer(200, {"a": 1}).content_type() == "application/json"
    assert Answer(200, "hello").content_type().startswith("text/plain")


def test_the_last_four_digits_choose_the_scenario():
    assert scenarios.by_amount(6602).name == "three_ds_challenge"
    assert scenarios.by_amount(1_996_602).name == "three_ds_challenge"
    assert scenarios.by_amount(6623).decline == "insufficient_funds"
    assert scenarios.by_amount(1999).name == "approve"


def test_prices_that_people_ask_play_nothing():
    plain = [6600, 6649, 6650, 6690, 6695, 6699]

    assert all(scenarios.by_amount(amount).name == "approve" for amount in plain)


def test_no_two_scenarios_share_an_amount():
    chosen = [one.amount for one in scenarios.scenarios().values() if one.amount]

    assert len(chosen) == len(set(chosen))
    assert all(6600 <= amount < 6700 for amount in chosen)


def test_every_decline_has_a_scenario():
    assert scenarios.named("decline:lost_card").decline == "lost_card"
    assert scenarios.named("decline:token_expired").result == "decline"
    with pytest.raises(KeyError):
        scenarios.named("no such scenario")


@pytest.mark.parametrize(
    ("name", "asks_shopper", "is_card", "step"),
    [
        ("approve", False, True, "approve"),
        ("approve", True, False, "action"),
        ("three_ds_challenge", False, True, "action"),
        ("three_ds_challenge", False, False, "approve"),
        ("three_ds_failed", False, True, "decline"),
        ("three_ds_then_declined", False, True, "action"),
        ("decline:lost_card", False, True, "decline"),
        ("decline:bank_refused", True, False, "decline"),
        ("pending_then_paid", False, True, "wait"),
        ("pending_then_paid", True, False, "action"),
    ],
)
def test_what_a_charge_does_first(name, asks_shopper, is_card, step):
    assert first_step(scenarios.named(name), asks_shopper, is_card) == step
