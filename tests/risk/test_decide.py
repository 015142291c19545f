"""Rules decide on facts alone, and the same facts always decide the same."""

from __future__ import annotations

import pytest

from acquiring.risk import facts, rules

FACTS = {
    "mode": "test",
    "amount": 1999,
    "currency": "EUR",
    "country": "NL",
    "method": "card",
    "card_test_number": True,
}


def test_an_ordinary_payment_is_allowed():
    decision = rules.decide(FACTS)
    assert decision.action == "allow"
    assert decision.tried == len(rules.defaults())


@pytest.mark.parametrize(
    ("change", "rule", "code"),
    [
        ({"mode": "live"}, "test_card_in_live", "test_card_in_live"),
        ({"card_test_number": False}, "live_card_in_test", "live_card_in_test"),
        ({"country": "KP"}, "embargoed_country", "regulation_restricted"),
    ],
)
def test_a_rule_that_fits_blocks_with_its_code(change, rule, code):
    decision = rules.decide(FACTS | change)
    assert (decision.action, decision.rule, decision.decline_code) == ("block", rule, code)
    assert decision.why


def test_a_fact_nobody_knows_fulfils_no_condition():
    assert rules.decide(FACTS | {"country": None, "card_test_number": None}).action == "allow"


def test_the_first_rule_that_fits_decides():
    both = (
        rules.Rule("first", (("amount", "above", 1000),), "three_ds", "large"),
        rules.Rule("second", (("amount", "above", 1),), "block", "any", "blocked_by_rules"),
    )
    assert rules.decide(FACTS, both).rule == "first"
    assert rules.decide(FACTS | {"amount": 1000}, both).rule == "second"
    assert rules.snapshot(both) != rules.snapshot()


def test_the_default_rules_are_sound():
    assert rules.check() == []


def test_published_test_cards_are_known_and_others_are_not():
    assert facts.is_test_number("4242424242424242")
    assert not facts.is_test_number("4539578763621486")
