"""Which days a person looks at, and which they are compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

PERIODS = (1, 7, 14, 30, 90)
USUAL = 14


class Period(NamedTuple):
    """`days` days until today by a merchant's clock, of which `hour` hours are over."""

    days: int
    last: date
    hour: int

    @property
    def first(self) -> date:
        """The first day."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def before_first(self) -> date:
        """The first of as many days before."""
        return self.first - timedelta(days=self.days)

    @property
    def before_last(self) -> date:
        """The last of the days before."""
        return self.first - timedelta(days=1)

    def dates(self) -> list[date]:
        """The days, the oldest first."""
        return [self.first + timedelta(days=number) for number in range(self.days)]


def period(wanted: str, now: datetime, zone: str) -> Period:
    """The period an address asks for; the usual one for anything it cannot."""
    days = int(wanted) if wanted in {str(one) for one in PERIODS} else USUAL
    local = now.astimezone(ZoneInfo(zone))
    return Period(days, local.date(), local.hour)
