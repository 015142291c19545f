"""Amounts as people type them."""

from __future__ import annotations

import re

from acquiring.core.money import Money, exponent

_GAPS = re.compile(r"[\s'’_\u00a0\u202f]")
# Thousands, and the lakhs of India, may be set apart; "1.2.3" is no amount.
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}([.,][0-9]{2,3})*[.,][0-9]{3}")


def read(text: str, currency: str) -> int:
    """Minor units of "1,249.00", "1.249,00", "1 249" or "1249"; raises ValueError.

    The last mark is the decimal one unless it comes twice, or stands alone before three digits
    and the currency has fewer places: "1,249" is one thousand in euro, 1.249 in Kuwaiti dinar.
    """
    plain = _GAPS.sub("", text)
    marks = [mark for mark in plain if mark in ".,"]
    whole, part = plain, ""
    if marks and marks.count(marks[-1]) == 1:
        before, _, after = plain.rpartition(marks[-1])
        if len(marks) > 1 or len(after) != 3 or exponent(currency) == 3:
            whole, part = before, after
    if not _WHOLE.fullmatch(whole) or not (part.isascii() and (part.isdigit() or not part)):
        raise ValueError(f"{text!r} is not an amount")
    figures = re.sub(r"[.,]", "", whole)
    return Money.from_major(f"{figures}.{part}" if part else figures, currency).amount
