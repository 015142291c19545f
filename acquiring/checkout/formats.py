"""Money between our minor units and what a shopper reads and types."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import NumberFormatError, format_currency, parse_decimal
from django.utils.translation import get_language

from acquiring.checkout import languages
from acquiring.core.money import Money

LATIN = "latn"


def money(minor: int, currency: str) -> str:
    """Minor units with the currency's sign, as the page's language writes them; Latin digits."""
    locale = languages.babel(get_language() or "en")
    major = Decimal(Money(minor, currency).major())
    return format_currency(major, currency, locale=locale, numbering_system=LATIN)


def typed_money(text: str, currency: str) -> int:
    """The minor units of an amount typed in the page's language. Raises ValueError.

    A lone point or comma before one or two last digits is a decimal mark, whatever the language.
    """
    plain = "".join(text.split())
    head, mark, tail = plain.rpartition("," if plain.rfind(",") > plain.rfind(".") else ".")
    if mark and 1 <= len(tail) <= 2 and not {".", ","} & set(head):
        return Money.from_major(f"{head}.{tail}", currency).amount
    try:
        read = parse_decimal(
            plain, languages.babel(get_language() or "en"), strict=True, numbering_system=LATIN
        )
    except NumberFormatError as error:
        raise ValueError(str(error)) from error
    return Money.from_major(str(read), currency).amount
