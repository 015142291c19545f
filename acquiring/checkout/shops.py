"""The merchant as a shopper meets it, and the small stylesheet that makes a page theirs.

A colour is darkened until white words can be read on it (4.5:1, WCAG 1.4.3), and lightened as much
for the dark ground. It travels in a stylesheet of its own, since no page carries inline style.
"""

from __future__ import annotations

import hashlib
import re

from merchants.branding import COLOUR, Look

CONTRAST = 45  # tenths
WHITE, NIGHT = (255, 255, 255), (19, 30, 37)  # --cv-surface in light and in dark
HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")
STEP = 4  # per cent towards black or white

Rgb = tuple[int, int, int]


def stylesheet(look: Look) -> str:
    """The shop's colour and corners as the design's own names."""
    corners = f"--co-r:{look.radius}px"
    if look.colour == COLOUR:
        return f":root{{{corners}}}"  # the design's own colour has its own dark form
    light, dark = on(look.colour, WHITE), on(look.colour, NIGHT)
    return (
        f":root{{--cv-brand:{light};--cv-brand-strong:{mixed(light, 'black')};"
        f"--cv-brand-ink:{light};--cv-brand-soft:{mixed(light, 'white', 88)};"
        f"--cv-focus:{light};{corners}}}"
        f'[data-bs-theme="dark"]{{--cv-brand:{dark};--cv-brand-strong:{mixed(dark, "white")};'
        f"--cv-brand-ink:{dark};--cv-brand-soft:{mixed(dark, 'night', 80)};--cv-focus:{dark}}}"
    )


def version(look: Look) -> str:
    """A word that changes with the stylesheet."""
    return hashlib.sha256(stylesheet(look).encode()).hexdigest()[:8]


def on(colour: str, ground: Rgb) -> str:
    """The colour, moved away from the ground until the two contrast by 4.5:1."""
    rgb = _rgb(colour)
    target = (0, 0, 0) if sum(ground) > sum(WHITE) // 2 else WHITE
    for part in range(0, 100, STEP):
        moved = _mix(rgb, target, part)
        if contrast(moved, ground) >= CONTRAST:
            return _hex(moved)
    return _hex(target)


def mixed(colour: str, towards: str, part: int = 20) -> str:
    """The colour with a part, in per cent, of black, white or the dark ground."""
    return _hex(
        _mix(_rgb(colour), {"black": (0, 0, 0), "white": WHITE, "night": NIGHT}[towards], part)
    )


def contrast(one: Rgb, other: Rgb) -> int:
    """The contrast ratio of WCAG 2 in tenths, rounded down: 45 is 4.5:1."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return int((high + 0.05) / (low + 0.05) * 10)


def _luminance(rgb: Rgb) -> float:
    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: Rgb, other: Rgb, part: int) -> Rgb:
    red, green, blue = (
        (a * (100 - part) + b * part + 50) // 100 for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    found = HEX.fullmatch(colour.lower()) or HEX.fullmatch(COLOUR)
    assert found is not None, "the house's own colour is one"
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
