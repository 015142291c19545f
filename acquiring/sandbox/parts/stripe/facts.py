"""The facts of `data/stripe.toml`: cards, declines, methods, and how Stripe counts money."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from acquiring.core.money import exponent, rescale

DATA = Path(__file__).parents[2] / "data" / "stripe.toml"
LARGEST = 99_999_999


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    """The whole table."""
    return tomllib.loads(DATA.read_text("utf-8"))


def method(kind: str) -> Mapping[str, Any] | None:
    """What is known about a payment method type; None where it is not simulated."""
    return facts()["methods"].get(kind)


def brand(number: str) -> str:
    """The brand of a card by its leading digits; "unknown" where none fits."""
    brands = facts()["brands"]
    fitting = [digits for digits in brands if number.startswith(digits)]
    return brands[max(fitting, key=len)] if fitting else "unknown"


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a card number is right."""
    digits = [int(one) for one in reversed(number)]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def card_scenario(number: str) -> str:
    """The scenario a published test card plays; "" for an ordinary one."""
    return facts()["cards"].get(number, "")


def number_behind(token: str) -> str:
    """The card number a published test token stands for; "" for an unknown one."""
    return facts()["tokens"].get(token, "")


def card_decline(code: str) -> tuple[str, str]:
    """Stripe's code and decline_code for a unified decline of a card."""
    known = facts()["declines"].get(code) or facts()["declines"]["generic_decline"]
    return known[0], known[1]


def local_decline(code: str) -> str:
    """Stripe's code for a unified decline of a method that is no card."""
    return facts()["local_declines"].get(code, "payment_method_provider_decline")


def to_iso(amount: int, currency: str) -> int:
    """Stripe's minor units as ISO 4217's; raises ValueError when some would be lost."""
    places = facts()["exponents"].get(currency, exponent(currency))
    return rescale(amount, places, exponent(currency))


def from_iso(amount: int, currency: str) -> int:
    """ISO 4217's minor units as Stripe's."""
    places = facts()["exponents"].get(currency, exponent(currency))
    return rescale(amount, exponent(currency), places)
