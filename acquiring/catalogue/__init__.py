"""What can be paid with, through whom, and why a payment can fail.

Read-only facts from TOML files beside this module, held in memory: methods (`methods/<kind>.toml`),
providers with their connectors (`providers/<name>.toml`), declines, card brands and countries.
Looking up a code that does not exist raises KeyError; ask the mapping (`methods().get(code)`) where
the code comes from outside.
"""

from __future__ import annotations

from acquiring.catalogue.card_numbers import brand_of
from acquiring.catalogue.checks import check
from acquiring.catalogue.documents import render_declines
from acquiring.catalogue.kinds import ICONS
from acquiring.catalogue.loading import (
    TableError,
    brands,
    countries,
    declines,
    methods,
    providers,
)
from acquiring.catalogue.records import (
    Brand,
    Connector,
    Country,
    Decline,
    Method,
    Provider,
    covers,
)
from acquiring.catalogue.routes import connector, connectors

__all__ = [
    "ICONS",
    "Brand",
    "Connector",
    "Country",
    "Decline",
    "Method",
    "Provider",
    "TableError",
    "brand_of",
    "brands",
    "check",
    "connector",
    "connectors",
    "countries",
    "country",
    "covers",
    "decline",
    "declines",
    "method",
    "methods",
    "provider",
    "providers",
    "render_declines",
]


def method(code: str) -> Method:
    """The method with this code. Raises KeyError."""
    return methods()[code]


def provider(name: str) -> Provider:
    """The provider with this name. Raises KeyError."""
    return providers()[name]


def decline(code: str) -> Decline:
    """The decline with this code. Raises KeyError."""
    return declines()[code]


def country(code: str) -> Country:
    """The country with this ISO 3166-1 alpha-2 code. Raises KeyError."""
    return countries()[code]
