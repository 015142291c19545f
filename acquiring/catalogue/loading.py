"""Reads the tables into records, each file once, at its first use.

Every row goes through its record's shape, so that a wrong member, type or word is refused with the
file and the row's name. What one row alone cannot show is looked at by `checks.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from acquiring.catalogue.records import Brand, Connector, Country, Decline, Method, Provider, Row
from acquiring.core import shapes

shapes.prepare(Brand, Connector, Country, Decline, Method, Provider)
HERE = Path(__file__).parent
Record = TypeVar("Record", bound=Row)


class TableError(ValueError):
    """A row that does not have the shape of its table."""


@cache
def declines() -> Mapping[str, Decline]:
    """The unified decline vocabulary by code."""
    return _table(HERE / "declines.toml", Decline)


@cache
def brands() -> Mapping[str, Brand]:
    """Card brands by code."""
    return _table(HERE / "brands.toml", Brand)


@cache
def countries() -> Mapping[str, Country]:
    """Countries by ISO 3166-1 alpha-2 code."""
    return _table(HERE / "countries.toml", Country)


@cache
def methods() -> Mapping[str, Method]:
    """Payment methods by code; the file a row stands in is its kind."""
    found: dict[str, Method] = {}
    for path in sorted((HERE / "methods").glob("*.toml")):
        for code, row in read(path).items():
            if code in found:
                raise TableError(f"{path.name} [{code}]: also in {found[code].kind}.toml")
            found[code] = record(Method, row, path, code=code, kind=path.stem)
    return MappingProxyType(found)


@cache
def providers() -> Mapping[str, Provider]:
    """Providers by name, each with its connectors."""
    found = {path.stem: provider(path) for path in sorted((HERE / "providers").glob("*.toml"))}
    return MappingProxyType(found)


def provider(path: Path) -> Provider:
    """A provider's file as a record. Raises TableError."""
    facts = read(path)
    rows = facts.pop("methods", {})
    bare = record(Provider, facts, path, name=path.stem)
    connectors = tuple(_connectors(bare, rows, path))
    return msgspec.structs.replace(bare, connectors=connectors)


def read(path: Path) -> dict[str, Any]:
    """A file's tables. Raises TableError when it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{path.name}: {error}") from error


def record(shape: type[Record], row: Any, path: Path, **given: str) -> Record:
    """A row as a record; `given` are the members that its place in the files decides."""
    name = next(iter(given.values()))
    if not isinstance(row, dict):
        raise TableError(f"{path.name} [{name}]: is not a table")
    if twice := sorted(row.keys() & given.keys()):
        raise TableError(f"{path.name} [{name}]: {twice[0]} is decided by the row's place")
    try:
        return msgspec.convert({**row, **given}, shape)
    except msgspec.ValidationError as error:
        raise TableError(f"{path.name} [{name}]: {error}") from error


def _table(path: Path, shape: type[Record]) -> Mapping[str, Record]:
    rows = read(path).items()
    return MappingProxyType({code: record(shape, row, path, code=code) for code, row in rows})


def _connectors(bare: Provider, rows: Mapping[str, Any], path: Path) -> Iterator[Connector]:
    flat = ((code, row) for code, found in rows.items() for row in _several(found))
    for code, row in flat:
        if code not in methods():
            raise TableError(f"{path.name} [{code}]: no such method")
        whole = {**_inherited(bare, methods()[code], row), **row}
        whole["minimum"] = {**bare.minimum, **whole.get("minimum", {})}
        yield record(Connector, whole, path, method=code, provider=bare.name)


def _several(found: Any) -> list[Any]:
    """A method's rows: several where the provider's word for it depends on the country."""
    return found if isinstance(found, list) else [found]


def _inherited(bare: Provider, method: Method, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a connector's row need not repeat: the method's terms and the provider's."""
    markets = row.get("markets", {})
    return {
        "countries": frozenset(markets) or method.countries,
        "currencies": frozenset(markets.values()) or method.currencies,
        "flow": method.flow,
        "settle_days": bare.settle_days,
        "multiple_of": bare.multiple_of,
    }
