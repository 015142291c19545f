"""Money: an integer of minor units and an ISO 4217 code. Nothing here is ever a float.

Exponents come from `data/currencies.toml`. A `Decimal` lives only inside `major` and `from_major`,
where a provider's wire format wants a decimal string.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

BASIS_POINTS = 10_000


class Money(NamedTuple):
    """An amount in minor units of a currency: `Money(1999, "EUR")` is 19.99 euro."""

    amount: int
    currency: str

    def major(self, exponents: Mapping[str, int] = {}) -> str:
        """The amount as a plain decimal string, "19.99"; `exponents` override ISO's."""
        places = exponents.get(self.currency, exponent(self.currency))
        return f"{Decimal(self.amount).scaleb(-places):.{places}f}"

    @classmethod
    def from_major(
        cls,
        text: str,
        currency: str,
        exponents: Mapping[str, int] = {},
    ) -> Money:
        """Read a decimal string; raises ValueError when it is no number or has too many places."""
        places = exponents.get(currency, exponent(currency))
        try:
            scaled = Decimal(text).scaleb(places)
        except InvalidOperation as error:
            raise ValueError(f"{text!r} is not an amount") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"{text!r} has more than {places} decimal places for {currency}")
        return cls(int(scaled), currency)


def rescale(amount: int, places: int, to_places: int) -> int:
    """Minor units of one exponent as those of another; raises ValueError if any would be lost.

    For providers that count a currency's minor units otherwise than ISO 4217 does.
    """
    if to_places >= places:
        return int(amount * 10 ** (to_places - places))
    whole, rest = divmod(amount, 10 ** (places - to_places))
    if rest:
        raise ValueError(f"{amount} cannot be expressed with {to_places} decimal places")
    return whole


def share(amount: int, basis_points: int) -> int:
    """A share of an amount, 1 basis point = 0.01 %, halves away from zero."""
    return divide_half_up(amount * basis_points, BASIS_POINTS)


def divide_half_up(dividend: int, divisor: int) -> int:
    """Integer division, halves away from zero; `divisor` is positive."""
    whole = (2 * abs(dividend) + divisor) // (2 * divisor)
    return whole if dividend >= 0 else -whole


def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217; raises KeyError for an unknown code."""
    return currencies()[currency]["exponent"]


def numeric(currency: str) -> str:
    """The three digits ISO 4217 gives a currency; raises KeyError for an unknown code."""
    return str(currencies()[currency]["numeric"])


def from_numeric(digits: str) -> str:
    """The currency with this number, "" when there is none."""
    return _by_number().get(digits, "")


@lru_cache(maxsize=1)
def _by_number() -> dict[str, str]:
    return {row["numeric"]: code for code, row in currencies().items()}


def is_currency(code: str) -> bool:
    """Whether the code is an ISO 4217 currency we know."""
    return code in currencies()


@lru_cache(maxsize=1)
def currencies() -> dict[str, dict]:
    """Every currency by its code: exponent, numeric code and English name."""
    return tomllib.loads((Path(__file__).parent / "data" / "currencies.toml").read_text("utf-8"))
