"""Drivers are found by their file's name; a file that does not keep to it is refused."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from acquiring.connectors.driver import Driver
from acquiring.connectors.registry import driver, drivers, load


def test_a_driver_is_found_by_its_name():
    assert driver("stripe").name == "stripe"
    assert list(drivers()) == sorted(drivers())
    assert driver("stripe") is driver("stripe")


def test_a_provider_without_a_file_has_no_driver():
    with pytest.raises(KeyError):
        driver("nobody")


@pytest.mark.parametrize("names", [[], ["lotus", "lotus"], ["orchid"]])
def test_a_file_defines_one_driver_of_its_own_name(monkeypatch, names):
    module = ModuleType("lotus_file")
    for index, name in enumerate(names):
        made = type(f"Driver{index}", (Driver,), {"name": name, "__module__": "lotus_file"})
        setattr(module, made.__name__, made)
    monkeypatch.setitem(sys.modules, "lotus_file", module)

    with pytest.raises(TypeError, match="exactly one Driver whose name is 'lotus'"):
        load("lotus_file", "lotus")
