"""The figures of the overview, gathered with few reads whatever the period and its payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from acquiring import catalogue
from acquiring.payments import statistics
from acquiring.payments.statistics import Figures, Slice, total
from acquiring.portal.overview import rates
from acquiring.portal.overview.period import Period

# What is shown as one part of the volume. A part keeps its colour whatever its rank.
GROUPS = {
    "card": "cards",
    "wallet": "wallets",
    "qr": "wallets",
    "bank_redirect": "bank",
    "open_banking": "bank",
    "real_time": "bank",
    "direct_debit": "bank",
    "pay_later": "later",
    "voucher": "cash",
    "installment": "later",
    "mobile_money": "wallets",
    "crypto": "wallets",
    "gift_card": "wallets",
    "carrier_billing": "wallets",
    "virtual_account": "bank",
}
COUNTRIES = 8
REASONS = 6


@dataclass(frozen=True)
class Board:
    """Everything that was counted of one currency and store in a period and the one before."""

    period: Period
    days: dict[tuple[str, date, str], Figures]
    hours: dict[tuple[date, int], Figures]
    values: dict[tuple[str, str], Figures]

    def of_day(self, day: date) -> Figures:
        """A day's figures."""
        return self.days.get(("day", day, ""), Figures())

    @cached_property
    def now(self) -> Figures:
        """The period."""
        return total(self.of_day(day) for day in self.period.dates())

    @cached_property
    def comparable(self) -> tuple[Figures, Figures]:
        """The period and the one before, both up to the last full hour of their last day."""
        back = timedelta(days=self.period.days)
        whole = self.period.dates()[:-1]
        now = total(self.of_day(day) for day in whole)
        before = total(self.of_day(day - back) for day in whole)
        return (
            now.plus(self._until_the_hour(self.period.last)),
            before.plus(self._until_the_hour(self.period.before_last)),
        )

    @cached_property
    def rate(self) -> rates.Rate | None:
        """The success rate of the period."""
        return rates.rate(self.now.paid, self.now.tried)

    @cached_property
    def change_of_rate(self) -> rates.Difference | None:
        """How it differs from the period before."""
        now, before = self.comparable
        return rates.difference(
            rates.rate(now.paid, now.tried), rates.rate(before.paid, before.tried)
        )

    @cached_property
    def captured(self) -> dict[tuple[date, str], int]:
        """What was captured by day and group of methods, in minor units."""
        found: dict[tuple[date, str], int] = {}
        for (facet, day, method), figures in self.days.items():
            if facet == "method" and day >= self.period.first and figures.captured:
                key = (day, group(method))
                found[key] = found.get(key, 0) + figures.captured
        return found

    def reasons(self) -> list[tuple[str, int]]:
        """Why payments were not paid, the most frequent first."""
        found = [(value, row.tried) for (facet, value), row in self.values.items()
                 if facet == "reason" and row.tried]  # fmt: skip
        return sorted(found, key=lambda row: (-row[1], row[0]))

    def countries(self) -> list[tuple[str, Figures]]:
        """Where payments came from, the most captured first."""
        found = [(value, row) for (facet, value), row in self.values.items() if facet == "country"]
        return sorted(found, key=lambda row: (-row[1].captured, -row[1].payments, row[0]))

    def _until_the_hour(self, day: date) -> Figures:
        return total(
            figures
            for (of_day, hour), figures in self.hours.items()
            if of_day == day and hour < self.period.hour
        )


def board(of: Slice, period: Period) -> Board:
    """Read a board. Three reads."""
    last, before_last = period.last, period.before_last
    return Board(
        period,
        statistics.by_day(of, ["day", "method"], period.before_first, last),
        statistics.by_hour(of, [before_last, last]),
        statistics.by_value(of, ["reason", "country"], period.first, last),
    )


def group(method: str) -> str:
    """The part of the volume that a method belongs to."""
    known = catalogue.methods().get(method)
    return GROUPS.get(known.kind, "other") if known else "other"
