"""The markets: read once, strictly, and asked by country code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from acquiring.core import shapes
from merchants.kyc import modules
from merchants.kyc.records import Document, Identifier, Market

HERE = Path(__file__).parent
DEFAULT = "default"
shapes.prepare(Market, dict[str, Document], dict[str, Identifier])


@lru_cache(maxsize=1)
def markets() -> dict[str, Market]:
    """Every country that has a file of its own, by code. Raises ValueError naming a bad file."""
    return {path.stem: _read(path) for path in sorted(HERE.glob("[A-Z][A-Z].toml"))}


@lru_cache(maxsize=300)
def market(country: str) -> Market:
    """What a country asks, with what its modules add; a country without a file is asked what
    `default.toml` says.
    """
    return markets().get(country) or _default(country)


@lru_cache(maxsize=1)
def default() -> Market:
    """What a country without a file is asked, before it has its name and currency."""
    return _read(HERE / f"{DEFAULT}.toml")


@lru_cache(maxsize=1)
def identifiers() -> dict[str, Identifier]:
    """The numbers that every market may ask for beside its own, by key."""
    path = HERE / "data" / "identifiers.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Identifier])


@lru_cache(maxsize=1)
def documents() -> dict[str, Document]:
    """The papers that many countries ask for, by key."""
    path = HERE / "data" / "documents.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Document])


def document(country: str, key: str) -> Document:
    """A paper as the country asks for it. Raises KeyError."""
    return market(country).documents.get(key) or documents()[key]


def _default(country: str) -> Market:
    from acquiring import catalogue

    known = catalogue.countries()[country]
    return msgspec.structs.replace(default(), country=country, currency=known.currency)


def _read(path: Path) -> Market:
    try:
        own = msgspec.toml.decode(path.read_bytes(), type=Market)
    except msgspec.DecodeError as error:
        raise ValueError(f"merchants/kyc/{path.name}: {error}") from error
    whole = msgspec.structs.replace(own, identifiers={**identifiers(), **own.identifiers})
    try:
        return modules.added(whole)
    except KeyError as missing:
        raise ValueError(f"merchants/kyc/{path.name}: there is no module {missing}") from missing
