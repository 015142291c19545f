"""Who pays is looked up where a rule asks, and nobody but the platform learns what was found."""

from __future__ import annotations

import json

import pytest

from acquiring.connectors.driver import Outcome
from acquiring.core.errors import Problem
from acquiring.payments import planning
from acquiring.payments.wishes import Instrument
from merchants.screening import cases, indexes, shoppers
from merchants.screening.models import Hit, Screening
from merchants.screening.party import Party
from tests.screening.conftest import publish  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db
LISTED = "Testperson Gelistet"


@pytest.fixture
def listed(publish):  # noqa: F811
    publish("test")


def paid(till, name: str, country: str = "RU"):
    shopper = {"customer": {"name": name}, "billing": {"country": country}} if name else {}
    done = till.pay(Outcome("captured"), country=country, shopper=shopper)
    return done.book.payment


def facts(payment) -> dict:
    return {k: v for k, v in payment.decision["facts"].items() if k.startswith("payer")}


def test_a_payment_that_no_rule_asks_about_is_not_looked_at(till, listed, monkeypatch):
    monkeypatch.setattr(shoppers, "look", lambda *_: pytest.fail("nobody asked"))

    payment = paid(till, LISTED, "NL")

    assert (payment.status, facts(payment)) == ("captured", {})


def test_a_payer_like_a_listed_name_waits_for_a_person_and_is_remembered(till, listed):
    first, second = paid(till, LISTED), paid(till, LISTED)

    assert [one.decline_code for one in (first, second)] == ["payer_not_cleared"] * 2
    assert till.provider.asks == []
    assert facts(first) == {"payer_screening": "hold", "payer_screening_rule": "listed_country"}
    assert planning.explain(first)["repeated"]["same"]
    (hit,) = Hit.objects.all()
    assert (hit.state, hit.subject.role) == ("open", "shopper")
    told = json.dumps(first.decision, default=str)
    assert hit.entry_id not in told
    assert hit.entry_name not in told

    cases.clear(hit, "user:r", "Another birth date.")
    assert paid(till, LISTED).status == "captured"


def test_a_confirmed_payer_is_never_taken(till, listed):
    paid(till, LISTED)
    cases.confirm(Hit.objects.get(), "user:r", "It is this very person.")

    payment = paid(till, LISTED)

    assert (payment.status, payment.decline_code) == ("declined", "regulation_restricted")


def test_who_resembles_nobody_pays_and_leaves_no_row(till, listed):
    payment = paid(till, "Nora Nordlicht")

    assert (payment.status, facts(payment)["payer_screening"]) == ("captured", "clear")
    assert not Screening.objects.exists()
    assert facts(paid(till, ""))["payer_screening"] == "unnamed"


def test_without_lists_the_rule_says_whether_a_payment_goes_on(till):
    assert paid(till, "Nora Nordlicht").decline_code == "payer_not_cleared"

    nora = Party("unknown", ("Nora Nordlicht",), "shopper", "test")
    careless = next(one for one in shoppers.table().rules if one.away == "allow")
    assert shoppers.look(careless, nora, till.id) == "not_made"


def test_an_index_that_another_one_makes_is_not_waited_for_longer_than_said(till, listed):
    rule = shoppers.table().rules[0]
    nora = Party("unknown", ("Nora Nordlicht",), "shopper", "test")
    indexes._kept.clear()
    with indexes._making, pytest.MonkeyPatch.context() as patch:
        table = shoppers.table()
        patch.setattr(shoppers, "table", lambda: shoppers.Table(0.01, table.rules))
        assert shoppers.look(rule, nora, till.id) == "hold"
    assert shoppers.look(rule, nora, till.id) == "clear"


def test_a_rule_that_must_know_who_pays_names_the_field(till, listed):
    coin = Instrument("bitcoin")
    assert "bitcoin" in planning.catalogue.methods()
    with pytest.raises(Problem) as refused:
        till.pay(instrument=coin, amount=200_000, shopper={})
    assert (refused.value.code, refused.value.param) == ("missing_field", "customer.name")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({}, None),
        ({"mcc": "4829"}, "money_transfer"),
        ({"kind": "crypto"}, None),
        ({"kind": "crypto", "dollars": lambda: 1000}, "crypto"),
        ({"countries": frozenset({"DE", "BY"})}, "listed_country"),
        ({"tier": "high", "dollars": lambda: 999}, None),
        ({"tier": "high", "dollars": lambda: 5000}, "high_tier"),
    ],
)
def test_the_table_says_who_is_asked_about(changed, rule):
    usual = shoppers.Payment("5719", "standard", "card", frozenset({"DE"}), lambda: 20)
    found = shoppers.rule_for(usual._replace(**changed))
    assert (found.name if found else None) == rule


def test_the_table_of_rules_is_sound():
    assert list(shoppers.check()) == []
