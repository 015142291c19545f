"""Why a connector is left out, in words a merchant can act on."""

import pytest

from acquiring import catalogue
from acquiring.core.money import Money


def reason(provider: str, method: str, amount: int, currency: str, **asked: object) -> str | None:
    return catalogue.connector(provider, method).why_not(Money(amount, currency), **asked)


def test_a_payment_within_the_terms_is_taken():
    assert reason("stripe", "ideal", 1999, "EUR", country="NL") is None
    assert reason("adyen", "card", 1999, "USD", country="US", capture="manual") is None
    assert reason("antom", "gcash", 50_000, "PHP", country="PH") is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("stripe", "ideal", 20, "EUR"), "amount 0.20 EUR is below the minimum 0.50 EUR"),
        (("stripe", "oxxo", 1_000_001, "MXN"), "amount 10000.01 MXN is above the maximum"),
        (("stripe", "card", 1234, "KWD"), "amount 1.234 KWD is not a multiple of 0.010 KWD"),
        (("antom", "dana", 1_000_050, "IDR"), "amount 10000.50 IDR is not a multiple of 1.00 IDR"),
        (("adyen", "ideal", 1999, "USD"), "currency USD is not carried"),
    ],
)
def test_what_is_left_out_says_which_amount_or_currency_is_in_the_way(asked, words):
    assert reason(*asked).startswith(words)


def test_what_is_left_out_says_which_country_is_in_the_way():
    assert reason("adyen", "ideal", 1999, "EUR", country="FR") == "country FR is not served"


def test_a_country_nobody_knows_rules_nothing_out():
    assert reason("adyen", "ideal", 1999, "EUR") is None


def test_shoppers_who_pay_in_their_own_currency_only_are_told_which():
    assert reason("stripe", "klarna", 1999, "EUR", country="SE") == (
        "shoppers in SE can pay in SEK only"
    )


def test_a_separate_capture_needs_a_connector_that_has_it():
    assert reason("stripe", "ideal", 1999, "EUR", capture="manual") == (
        "only automatic capture is possible"
    )


def test_an_unknown_capability_is_not_offered():
    assert catalogue.connector("stripe", "ideal").recurring is None
    assert reason("stripe", "ideal", 1999, "EUR", recurring=True) == (
        "recurring payments are not possible"
    )


def test_a_connector_inherits_what_its_row_does_not_repeat():
    row, method = catalogue.connector("adyen", "ideal"), catalogue.method("ideal")

    assert (row.countries, row.currencies, row.flow) == (
        method.countries,
        method.currencies,
        method.flow,
    )
    assert row.settle_days == catalogue.provider("adyen").settle_days


def test_the_providers_own_minimum_holds_for_all_its_methods():
    assert catalogue.connector("stripe", "ideal").minimum["EUR"] == 50
    assert catalogue.connector("stripe", "affirm").minimum["USD"] == 5_000


def test_a_pair_nobody_carries_is_a_key_error():
    with pytest.raises(KeyError):
        catalogue.connector("stripe", "gcash")
    assert catalogue.connectors("no_such_method") == ()
