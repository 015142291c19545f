"""Amounts as JSON numbers, for providers that want major units and no text.

A decimal never becomes a float: it travels as marked text, and `written` takes the quotation marks
away after the body was encoded.
"""

from __future__ import annotations

import re

from acquiring.core.money import Money

_MARKED = re.compile(r'"\\u0000([0-9.]+)\\u0000"')


def number(money: Money) -> int | str:
    """Major units as a JSON number, digit for digit: 19.90 EUR is 19.90, 1999 JPY is 1999.

    Goes into the body of a `Call` that is encoded as JSON, and nowhere else.
    """
    text = money.major()
    return f"\x00{text}\x00" if "." in text else int(text)


def written(text: str) -> str:
    """Encoded JSON with the marked texts as the numbers they are."""
    return _MARKED.sub(r"\1", text) if "\\u0000" in text else text


def money(value: object, currency: str) -> Money:
    """The amount of a JSON number (or text) in major units; raises ValueError when it is none.

    The parser's shortest text for a number is the one it was written with, trailing zeros apart.
    """
    return Money.from_major(str(value), currency)
