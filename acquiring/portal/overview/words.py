"""How the overview says things: periods, parts of the volume, reasons, providers."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from acquiring.core.money import Money, divide_half_up, exponent
from acquiring.portal.status import Look
from acquiring.portal.templatetags.caravel import babel_locale

MINUS = "\u2212"
PERIODS = {
    1: pgettext_lazy("period", "Today"),
    7: pgettext_lazy("period", "7 days"),
    14: pgettext_lazy("period", "14 days"),
    30: pgettext_lazy("period", "30 days"),
    90: pgettext_lazy("period", "90 days"),
}
BEFORE = {
    1: _("Yesterday"),
    7: _("7 days before"),
    14: _("14 days before"),
    30: _("30 days before"),
    90: _("90 days before"),
}


class Part(NamedTuple):
    """A part of the volume: its name and its colour, which never changes."""

    title: str | Promise
    tone: int


PARTS = {
    "cards": Part(_("Cards"), 1),
    "wallets": Part(_("Wallets"), 2),
    "later": Part(_("Pay later"), 3),
    "bank": Part(_("Bank"), 4),
    "cash": Part(_("Cash"), 5),
    "other": Part(pgettext_lazy("methods", "Other"), 0),
}
HEALTH = {
    "healthy": Look(pgettext_lazy("provider", "Healthy"), "ok", "check"),
    "slow": Look(pgettext_lazy("provider", "Slow"), "wait", "clock"),
    "failing": Look(pgettext_lazy("provider", "Not answering"), "bad", "alert-triangle"),
    "paused": Look(pgettext_lazy("provider", "Passed over"), "bad", "player-pause"),
    "quiet": Look(pgettext_lazy("provider", "Quiet"), "calm", "point"),
}


def country(code: str) -> str:
    """A country in the page's language."""
    return babel_locale().territories.get(code, code) if code else gettext("Not known")


def day(value: date) -> str:
    """A day without its year."""
    locale = babel_locale()
    return format_date(value, "M月d日" if locale.language == "zh" else "d MMM", locale=locale)


def share(value: float) -> str:
    """A share with one decimal: `91.2%`."""
    return format_percent(value, "#,##0.0%", babel_locale()).replace("-", MINUS)


def points(value: float) -> str:
    """A distance of shares in percentage points, without its sign."""
    return format_decimal(round(abs(value) * 100, 1), "#,##0.0", babel_locale())


def count(value: int) -> str:
    """A number of things."""
    return format_decimal(value, "#,##0", babel_locale())


def whole(amount: int, currency: str) -> str:
    """Minor units for a key figure: without decimals from 1,000 on."""
    places = exponent(currency)
    major = Money(amount, currency).major()
    if abs(amount) >= 1000 * 10**places or not places:
        return count(divide_half_up(amount, 10**places))
    return major.replace("-", MINUS)
