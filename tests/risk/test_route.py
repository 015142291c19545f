"""Routing asks every account, keeps the merchant's order, and says why somebody is left out."""

from __future__ import annotations

import uuid

import pytest

from acquiring.core.money import Money
from copilot import routing
from merchants.accounts import AccountFacts


def account(provider: str, **changes) -> AccountFacts:
    given = {
        "id": uuid.uuid4(),
        "merchant_id": uuid.uuid4(),
        "provider": provider,
        "title": provider,
        "mode": "test",
        "priority": 1,
        "base_url": "",
        "methods": frozenset(),
        "settle_currency": "",
        "hook_token": "t",
        "credentials": {"api_key": "k"},
    }
    return AccountFacts(**given | changes)


def test_accounts_are_tried_in_the_merchants_order():
    accounts = [account("adyen"), account("stripe")]
    found = routing.routes(routing.Wish("card", Money(1999, "EUR")), accounts)
    assert [route.account.provider for route in found.chosen] == ["adyen", "stripe"]
    assert [route.connector.provider for route in found.chosen] == ["adyen", "stripe"]


@pytest.mark.parametrize(
    ("wish", "change", "reason"),
    [
        (routing.Wish("ideal", Money(1999, "USD")), {}, "currency USD is not carried"),
        (routing.Wish("ideal", Money(1999, "EUR"), "FR"), {}, "country FR is not served"),
        (routing.Wish("ideal", Money(1999, "EUR"), capture="manual"), {}, "only automatic capture"),
        (
            routing.Wish("card", Money(1999, "EUR")),
            {"methods": frozenset({"ideal"})},
            "not enabled on this account",
        ),
    ],
)
def test_who_is_left_out_is_told_why(wish, change, reason):
    found = routing.routes(wish, [account("stripe", **change)])
    assert found.chosen == ()
    assert reason in found.excluded[0].reason


def test_who_does_not_carry_a_method_is_not_spoken_of():
    found = routing.routes(routing.Wish("gcash", Money(1999, "PHP")), [account("stripe")])

    assert found == routing.Routes((), ())


def test_at_most_three_routes_are_tried():
    accounts = [account("stripe") for _ in range(5)]
    found = routing.routes(routing.Wish("card", Money(1999, "EUR")), accounts)
    assert len(found.chosen) == routing.MAX_ROUTES
