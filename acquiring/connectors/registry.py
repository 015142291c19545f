"""Which drivers there are: one file in `drivers/` is one provider, named after it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from acquiring.connectors import drivers as package
from acquiring.connectors.driver import Driver


@cache
def names() -> frozenset[str]:
    """The providers there is a driver for."""
    return frozenset(module.name for module in pkgutil.iter_modules(package.__path__))


@cache
def driver(name: str) -> Driver:
    """The driver of a provider, loaded when it is first asked for; raises KeyError where there is
    no such file."""
    if name not in names():
        raise KeyError(name)
    return load(f"{package.__name__}.{name}", name)


@cache
def drivers() -> Mapping[str, Driver]:
    """Every driver by its provider's name, in alphabetical order."""
    return MappingProxyType({name: driver(name) for name in sorted(names())})


def load(module: str, name: str) -> Driver:
    """The one driver a file defines; raises TypeError when it has none, several or a wrong name."""
    members = vars(import_module(module)).values()
    found = [one for one in members if isinstance(one, type) and one.__module__ == module]
    classes = [one for one in found if issubclass(one, Driver)]
    if len(classes) != 1 or classes[0].name != name:
        raise TypeError(f"{module} must define exactly one Driver whose name is {name!r}")
    return classes[0]()
