"""Spans of days as a person means them: whole days of their own time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from acquiring.core import clock

PRESETS = {"1": 1, "7": 7, "14": 14, "30": 30, "90": 90}  # days, today among them
RECENT = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}  # hours until now
Span = tuple[datetime | None, datetime | None]


def span(preset: str, first: str, last: str, zone: ZoneInfo) -> Span:
    """From when until when (not included). Days are `YYYY-MM-DD`; what is none is left open."""
    if preset in PRESETS:
        today = clock.now().astimezone(zone).date()
        return midnight(today - timedelta(days=PRESETS[preset] - 1), zone), None
    begins, ends = day(first), day(last)
    return (
        midnight(begins, zone) if begins else None,
        midnight(ends + timedelta(days=1), zone) if ends else None,
    )


def day(text: str) -> date | None:
    """A day as an address writes it; None for anything else, and for days nobody means."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1971 <= found.year <= 9000 else None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), zone)


def recent(name: str) -> datetime | None:
    """When one of RECENT began; None for any other name."""
    hours = RECENT.get(name)
    return clock.now() - timedelta(hours=hours) if hours else None
