"""What a row's shape cannot show: that codes exist and that rows agree with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from acquiring.catalogue.kinds import ICONS
from acquiring.catalogue.loading import (
    TableError,
    brands,
    countries,
    declines,
    methods,
    providers,
)
from acquiring.catalogue.records import Brand, Connector, Method, Named, Places, Provider, covers
from acquiring.catalogue.routes import connectors
from acquiring.core.money import exponent, is_currency

# The languages of the checkout, as locales; English is every row's `name`.
LOCALES = frozenset(
    ["ar", "de", "es", "fr", "id", "ja", "ko", "ms", "pt", "th", "vi", "zh_Hans", "zh_Hant"]
)


def check() -> list[str]:
    """Every fault of the tables, in words that name the row; an empty list when all is well."""
    faults: list[str] = []
    for part in (_declines, _countries, _brands, _methods, _providers, _connectors):
        faults.extend(_faults(part))
    return faults


def _faults(part: Callable[[], Iterator[str]]) -> list[str]:
    """A part's faults; a table that cannot be loaded is a fault of its own."""
    try:
        return list(part())
    except TableError as error:
        return [str(error)]


def _declines() -> Iterator[str]:
    for row in declines().values():
        for member in (row.advice, row.shopper):
            if not member.endswith("."):
                yield f"declines.toml [{row.code}]: {member!r} is not a sentence"
        if row.retry == "never" and row.category == "technical":
            yield f"declines.toml [{row.code}]: a technical failure can always be tried again"


def _countries() -> Iterator[str]:
    for row in countries().values():
        if row.currency and not is_currency(row.currency):
            yield f"countries.toml [{row.code}]: no such currency {row.currency}"


def _brands() -> Iterator[str]:
    for brand in brands().values():
        yield from _brand(brand)


def _brand(brand: Brand) -> Iterator[str]:
    name = f"brands.toml [{brand.code}]"
    yield from _names(name, brand)
    if sum(brand.grouping) < max(brand.lengths):
        yield f"{name}: grouping holds fewer digits than the longest number"
    for prefix in brand.prefixes:
        low, _, high = prefix.partition("-")
        if not prefix.replace("-", "", 1).isdigit() or (high and len(low) != len(high)):
            yield f"{name}: {prefix!r} is no prefix and no range of equally long prefixes"
        elif high and low >= high:
            yield f"{name}: the range {prefix!r} runs backwards"


def _methods() -> Iterator[str]:
    carried = {row.method for row in connectors()}
    for row in methods().values():
        name = f"methods/{row.kind}.toml [{row.code}]"
        yield from _places(name, row.countries, row.currencies)
        yield from _names(name, row)
        yield from _unknown(name, "kind with an icon", [row.kind], ICONS.__contains__)
        if row.code not in carried:
            yield f"methods/{row.kind}.toml [{row.code}]: no provider carries it"


def _names(name: str, row: Named) -> Iterator[str]:
    """A local name is in a language of the checkout, and says something else than the English."""
    yield from _unknown(name, "language", row.names, LOCALES.__contains__)
    for locale, words in row.names.items():
        if words.strip() in ("", row.name):
            yield f"{name}: the name in {locale} is empty or the English one"


def _providers() -> Iterator[str]:
    for row in providers().values():
        name = f"providers/{row.name}.toml"
        codes = {*row.exponents, *row.multiple_of, *row.minimum}
        yield from _unknown(name, "currency", codes, is_currency)
        if min(row.connect_timeout_seconds, row.read_timeout_seconds) < 1:
            yield f"{name}: a timeout must be a second or more"
        yield from _steps(name, row)


def _steps(name: str, row: Provider) -> Iterator[str]:
    """Fewer decimals on the wire than ours: only whole steps can be sent, and the row says so."""
    for currency, places in row.exponents.items():
        step = 10 ** max(0, exponent(currency) - places)
        if row.multiple_of.get(currency, 1) % step:
            yield f"{name}: multiple_of {currency} must be a multiple of {step}"


def _connectors() -> Iterator[str]:
    for row in connectors():
        name = f"providers/{row.provider}.toml [{row.method}]"
        yield from _places(name, row.countries, row.currencies)
        yield from _within(name, row, methods()[row.method])
        yield from _limits(name, row)
        yield from _unknown(name, "brand", row.brands, brands().__contains__)
        for detail in row.choices:
            if f"details.{detail}" not in row.needs:
                yield f"{name}: choices of {detail}, which it does not need"
        if row.capture == "automatic" and (row.partial_capture or row.multiple_capture or row.void):
            yield f"{name}: with automatic capture nothing is left to capture or void"
        if (row.flow == "card") != bool(row.brands):
            yield f"{name}: brands belong to the card flow, and the card flow needs them"


def _within(name: str, row: Connector, method: Method) -> Iterator[str]:
    """A provider may carry a method in fewer places than it exists in, never in more."""
    if method.countries != "*" and (row.countries == "*" or row.countries - method.countries):
        yield f"{name}: serves countries the method is not used in"
    for country, currency in row.markets.items():
        if not covers(row.countries, country) or not covers(row.currencies, currency):
            yield f"{name}: the market {country} {currency} is not among its places"


def _limits(name: str, row: Connector) -> Iterator[str]:
    codes = {*row.minimum, *row.maximum}
    yield from _unknown(name, "currency", codes, is_currency)
    for currency in codes:
        lowest, highest = row.minimum.get(currency, 1), row.maximum.get(currency)
        if lowest < 1 or (highest is not None and highest < lowest):
            yield f"{name}: the limits of {currency} leave no amount"
    for currency in row.maximum:
        if not covers(row.currencies, currency):
            yield f"{name}: has a maximum in {currency}, which it does not carry"


def _places(name: str, lands: Places, currencies: Places) -> Iterator[str]:
    known: Mapping[str, object] = countries()
    yield from _unknown(name, "country", [] if lands == "*" else lands, known.__contains__)
    yield from _unknown(name, "currency", [] if currencies == "*" else currencies, is_currency)
    if not lands or not currencies:
        yield f"{name}: needs at least one country and one currency"


def _unknown(
    name: str, noun: str, codes: Iterable[str], known: Callable[[str], bool]
) -> Iterator[str]:
    for code in sorted(codes):
        if not known(code):
            yield f"{name}: no such {noun} {code}"
