"""Amounts in major units as JSON numbers, read and written digit for digit: never a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

from acquiring.core.money import Money
from acquiring.sandbox.wire import Malformed, Request


def exact(request: Request) -> Any:
    """The body as JSON with decimals as they were written; raises Malformed."""
    try:
        return json.loads(request.body or b"{}", parse_float=Decimal)
    except ValueError as error:
        raise Malformed(str(error)) from error


def minor(value: Any, currency: str) -> int:
    """Minor units of a number or text in major units.

    Raises ValueError when it is none or has too many decimals, KeyError for an unknown currency.
    """
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError(f"{value!r} is not an amount")
    return Money.from_major(str(value), currency).amount


def number(amount: int, currency: str) -> orjson.Fragment:
    """Minor units as a JSON number of major units, for a body that orjson writes."""
    return orjson.Fragment(Money(amount, currency).major().encode())
