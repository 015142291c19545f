"""The tables as they stand: whole, consistent, and as wide as the product says."""

import tomllib
from collections import Counter

import pytest

from acquiring import catalogue
from acquiring.catalogue.loading import HERE
from acquiring.core.money import currencies

FILES = sorted(HERE.rglob("*.toml"))


def test_no_row_has_a_fault():
    assert catalogue.check() == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_table_holds_a_float(path):
    assert "float" not in kinds_in(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_line_of_a_table_is_longer_than_a_page_is_wide(path):
    assert max(map(len, path.read_text("utf-8").splitlines())) <= 100


def test_the_first_three_providers_carry_what_was_promised():
    carried = Counter(row.provider for row in catalogue.connectors() if row.flow != "card")
    wallets = [
        row
        for row in catalogue.connectors()
        if row.provider == "antom" and catalogue.method(row.method).kind == "wallet"
    ]

    assert carried["stripe"] >= 12
    assert carried["adyen"] >= 20
    assert len(wallets) >= 20
    assert {row.provider for row in catalogue.connectors("card")} >= {"adyen", "antom", "stripe"}


def test_a_method_that_two_providers_carry_can_be_routed_around_an_outage():
    assert {row.provider for row in catalogue.connectors("ideal")} >= {"adyen", "stripe"}
    assert len(catalogue.connectors("alipay_cn")) >= 3


def test_one_provider_carries_a_method_once_for_each_of_its_places():
    """A connector's key is the method with its countries, currencies and extra parameters."""
    keys = Counter(
        (row.provider, row.method, str(row.countries), str(row.currencies), str(row.extra))
        for row in catalogue.connectors()
    )

    assert max(keys.values()) == 1


def test_every_currency_has_a_numeric_code_of_three_digits_and_a_sane_exponent():
    for code, row in currencies().items():
        assert len(code) == 3, code
        assert len(row["numeric"]) == 3, code
        assert row["numeric"].isdigit(), code
        assert row["exponent"] in (0, 2, 3), code


def test_currencies_without_and_with_three_decimals_are_known():
    assert {code: currencies()[code]["exponent"] for code in ("JPY", "KWD", "EUR", "ISK")} == {
        "JPY": 0,
        "KWD": 3,
        "EUR": 2,
        "ISK": 0,
    }


def kinds_in(value: object) -> set[str]:
    """The names of the types of all values in a parsed table."""
    if isinstance(value, dict):
        return set().union(*map(kinds_in, value.values()), {"dict"})
    if isinstance(value, list):
        return set().union(*map(kinds_in, value), {"list"})
    return {type(value).__name__}
