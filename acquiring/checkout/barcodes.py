"""Barcodes as the path of an SVG: Code 128 for references, Interleaved 2 of 5 for boletos.

Sources: ISO/IEC 15417 (Code 128) and ISO/IEC 16390 (Interleaved 2 of 5), as published tables give
them; FEBRABAN's layout of the boleto, whose typed line holds the 44 digits of its bars in another
order, with check digits between.
"""

from __future__ import annotations

from typing import NamedTuple

QUIET = 10  # modules of white on either side
HEIGHT = 60

# Widths of bar, space, bar, space, bar, space by value; the stop has one bar more.
CODE_128 = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132
122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212
322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311
112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321
331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214
112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212
124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113
411311 113141 114131 311141 411131 211412 211214 211232 2331112
""".split()
TO_CODE_C, TO_CODE_B, START_B, START_C, STOP = 99, 100, 104, 105, 106

# Five elements a digit, two of them wide: bars of the odd digits, spaces of the even ones.
TWO_OF_FIVE = "11331 31113 13113 33111 11313 31311 13311 11133 31131 13131".split()
TWO_START, TWO_STOP = "1111", "311"

BOLETO_LINE, BOLETO_BARS = 47, 44


class Bars(NamedTuple):
    """A barcode: its width in modules, quiet zones included, and the path of its bars."""

    width: int
    height: int
    path: str


def code_128(text: str) -> Bars | None:
    """The shortest usual form of printable ASCII; None where something else is in the text."""
    if not text or not text.isascii() or not text.isprintable():
        return None
    values = _values(text)
    check = (values[0] + sum(place * one for place, one in enumerate(values))) % 103
    return _drawn("".join(CODE_128[one] for one in [*values, check, STOP]))


def two_of_five(digits: str) -> Bars | None:
    """An even number of digits; None for anything else."""
    if not digits.isascii() or not digits.isdecimal() or len(digits) % 2:
        return None
    widths = [TWO_START]
    for bars, spaces in zip(digits[::2], digits[1::2], strict=True):
        pairs = zip(TWO_OF_FIVE[int(bars)], TWO_OF_FIVE[int(spaces)], strict=True)
        widths += [bar + space for bar, space in pairs]
    return _drawn("".join([*widths, TWO_STOP]))


def boleto(line: str) -> Bars | None:
    """The bars of a boleto, from the 47 digits that are typed or the 44 of the bars themselves."""
    digits = "".join(one for one in line if one.isdecimal())
    if len(digits) == BOLETO_LINE:
        free = digits[4:9] + digits[10:20] + digits[21:31]
        digits = digits[:4] + digits[32] + digits[33:] + free
    return two_of_five(digits) if len(digits) == BOLETO_BARS else None


def _values(text: str) -> list[int]:
    """Pairs of digits take half the room where there are at least four in a row."""
    values: list[int] = []
    in_c, place = False, 0
    while place < len(text):
        run = _digits_from(text, place)
        wants_c = run >= 2 if in_c else run >= 4 or (run == len(text) and run % 2 == 0)
        if wants_c and not in_c and run % 2:
            values += _switch(values, False, in_c)
            values.append(ord(text[place]) - 32)
            place += 1
            run -= 1
        if wants_c:
            values += _switch(values, True, in_c)
            values += [int(text[at : at + 2]) for at in range(place, place + run - run % 2, 2)]
            place, in_c = place + run - run % 2, True
            continue
        values += _switch(values, False, in_c)
        values.append(ord(text[place]) - 32)
        place, in_c = place + 1, False
    return values


def _switch(values: list[int], to_c: bool, in_c: bool) -> list[int]:
    """What has to be said before the next symbol: where to start, another table, or nothing."""
    if not values:
        return [START_C if to_c else START_B]
    if to_c == in_c:
        return []
    return [TO_CODE_C if to_c else TO_CODE_B]


def _digits_from(text: str, place: int) -> int:
    rest = text[place:]
    return len(rest) - len(rest.lstrip("0123456789"))


def _drawn(widths: str) -> Bars:
    parts, at = [], QUIET
    for index, width in enumerate(map(int, widths)):
        if index % 2 == 0:
            parts.append(f"M{at} 0h{width}v{HEIGHT}h-{width}z")
        at += width
    return Bars(at + QUIET, HEIGHT, "".join(parts))
