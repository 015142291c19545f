"""Which providers carry a method."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from acquiring.catalogue.loading import methods, providers
from acquiring.catalogue.records import Connector


def connectors(method: str | None = None) -> tuple[Connector, ...]:
    """The connectors of a method, by provider's name; of all methods when none is named."""
    if method is None:
        return tuple(found for provider in providers().values() for found in provider.connectors)
    return _by_method().get(method, ())


def connector(provider: str, method: str) -> Connector:
    """How this provider carries this method, first of all. Raises KeyError when it does not."""
    return _by_pair()[provider, method]


@cache
def _by_pair() -> Mapping[tuple[str, str], Connector]:
    return {(found.provider, found.method): found for found in reversed(connectors())}


@cache
def _by_method() -> Mapping[str, tuple[Connector, ...]]:
    carried: dict[str, list[Connector]] = {code: [] for code in methods()}
    for found in connectors():
        carried[found.method].append(found)
    return {code: tuple(rows) for code, rows in carried.items()}
