"""Moments of a timeline, to the tenth of a second."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from acquiring.core import clock
from acquiring.portal.templatetags.caravel import babel_locale

register = template.Library()


@register.simple_tag
def moment(at: datetime, zone: str = "UTC") -> SafeString:
    """A moment with seconds and tenths, in a person's zone; the exact one in UTC behind it."""
    local = at.astimezone(ZoneInfo(zone))
    year = "" if local.year == clock.now().year else " y"
    pattern = f"d MMM{year} HH:mm:ss"
    locale = babel_locale()
    if locale.language == "zh":
        pattern = f"{'y年' if year else ''}M月d日 HH:mm:ss"
    shown = f"{format_datetime(local, pattern, locale=locale)}.{local.microsecond // 100_000}"
    exact = clock.rfc3339(at)
    return format_html('<time datetime="{}" title="{} · {}">{}</time>', exact, exact, zone, shown)
