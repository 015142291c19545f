"""What `check` finds when rows contradict each other."""

import msgspec
import pytest

from acquiring import catalogue
from acquiring.catalogue import checks, loading

IDEAL = catalogue.connector("adyen", "ideal")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"countries": frozenset({"ZZ"})}, "no such country ZZ"),
        ({"countries": frozenset({"NL", "FR"})}, "serves countries the method is not used in"),
        ({"countries": "*"}, "serves countries the method is not used in"),
        ({"currencies": frozenset({"EUX"})}, "no such currency EUX"),
        ({"currencies": frozenset()}, "needs at least one country and one currency"),
        ({"minimum": {"EUR": 100}, "maximum": {"EUR": 50}}, "the limits of EUR leave no amount"),
        ({"maximum": {"USD": 100}}, "has a maximum in USD, which it does not carry"),
        ({"partial_capture": True}, "nothing is left to capture or void"),
        ({"brands": ("visa",)}, "brands belong to the card flow"),
        ({"flow": "card", "brands": ("vista",)}, "no such brand vista"),
        ({"markets": {"SE": "SEK"}}, "the market SE SEK is not among its places"),
    ],
)
def test_a_connector_that_contradicts_itself_is_named(monkeypatch, changed, words):
    row = msgspec.structs.replace(IDEAL, **changed)
    monkeypatch.setattr(checks, "connectors", lambda: (row,))

    faults = [fault for fault in catalogue.check() if fault.startswith("providers/adyen.toml [ide")]
    assert any(words in fault for fault in faults), faults


def test_a_method_nobody_carries_is_named(monkeypatch):
    monkeypatch.setattr(checks, "connectors", lambda: (IDEAL,))

    assert "methods/voucher.toml [oxxo]: no provider carries it" in catalogue.check()


def test_a_step_that_the_providers_decimals_cannot_express_is_named(monkeypatch):
    row = msgspec.structs.replace(catalogue.provider("adyen"), multiple_of={"IDR": 10})
    monkeypatch.setattr(checks, "providers", lambda: {"adyen": row})

    assert "providers/adyen.toml: multiple_of IDR must be a multiple of 100" in catalogue.check()


def test_a_table_that_cannot_be_read_is_a_fault_and_not_a_crash(monkeypatch):
    def broken() -> None:
        raise loading.TableError("declines.toml: no table")

    monkeypatch.setattr(checks, "declines", broken)

    assert catalogue.check() == ["declines.toml: no table"]
