"""Which card brand a number is of, told by its first digits."""

from __future__ import annotations

from functools import cache

from acquiring.catalogue.loading import brands
from acquiring.catalogue.records import Brand


def brand_of(digits: str) -> Brand | None:
    """The brand of a card number or of its beginning; None while the digits do not tell.

    The longest matching prefix wins: a range inside another brand's range is a brand of its own.
    """
    found = None
    for size, low, high, brand in _ranges():
        if len(digits) >= size and low <= digits[:size] <= high:
            found = brand
    return found


@cache
def _ranges() -> tuple[tuple[int, str, str, Brand], ...]:
    """Every prefix as (digits, first, last, brand), shortest first."""
    ranges = []
    for brand in brands().values():
        for prefix in brand.prefixes:
            low, _, high = prefix.partition("-")
            ranges.append((len(low), low, high or low, brand))
    return tuple(sorted(ranges, key=lambda row: row[0]))
