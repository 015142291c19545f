"""Choices of this room: spans that end now, and parts of a page that a link opens."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.portal.developers.forms import EXACT_TYPES
from acquiring.portal.listing import Filter

SPANS = {
    "1h": _("Last hour"),
    "24h": _("Last 24 hours"),
    "7d": _("Last 7 days"),
    "30d": _("Last 30 days"),
}
TIME = Filter("time", _("Time"), choices=tuple(SPANS.items()))
TYPE = Filter("type", _("Type"), choices=tuple((one, one) for one in EXACT_TYPES))


class Choice(NamedTuple):
    """One of several, and where it leads."""

    label: str | Promise
    address: str
    chosen: bool
