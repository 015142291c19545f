"""The overview's charts: what `charts.js` draws, the finding in words, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil, floor
from typing import Any, NamedTuple

from django.utils.translation import gettext

from acquiring.core.money import Money
from acquiring.payments.statistics import Figures
from acquiring.portal.overview import rates, words
from acquiring.portal.overview.board import Board

MOST_PARTS = 4  # of a stack; the rest is "Other"


class Chart(NamedTuple):
    """`data` for the script, `finding` for who cannot see it, `rows` for its table."""

    data: dict[str, Any]
    finding: str
    rows: list[Any]


class RateRow(NamedTuple):
    """A line of the table: when, the rate with its range, how many were tried; the rate before."""

    label: str
    rate: str
    low: str
    high: str
    tried: int
    before: str


class Part(NamedTuple):
    """A part of the volume, in minor units, with its share of all."""

    title: Any
    tone: int
    amount: int
    share: str


class Volume(NamedTuple):
    """The chart of the volume with its parts, the biggest first."""

    chart: Chart
    parts: list[Part]


def success(board: Board) -> Chart | None:
    """The success rate by day (by hour for one day); None when nothing was tried."""
    points, labels, before = _points(board)
    known = [(label, one) for label, one in zip(labels, points, strict=True) if one]
    if not known:
        return None
    data = {
        "kind": "line",
        "unit": "percent",
        "top": 24,
        "x": labels,
        **_axis([one for _, one in known] + [one for one in before if one]),
        "series": [
            {
                "name": gettext("This period"),
                "tone": 1,
                "data": [one and round(one.share, 4) for one in points],
                "lo": [one and round(one.low, 4) for one in points],
                "hi": [one and round(one.high, 4) for one in points],
            },
            {
                "name": str(words.BEFORE[board.period.days]),
                "tone": 0,
                "dash": True,
                "data": [one and round(one.share, 4) for one in before],
            },
        ],
    }
    rows = [
        RateRow(
            label,
            words.share(one.share) if one else "",
            words.share(one.low) if one else "",
            words.share(one.high) if one else "",
            one.tried if one else 0,
            words.share(other.share) if other else "",
        )
        for label, one, other in zip(labels, points, before, strict=True)
    ]
    return Chart(data, _finding(known), rows)


def _points(
    board: Board,
) -> tuple[list[rates.Rate | None], list[str], list[rates.Rate | None]]:
    """The rates of the period, what each is called, and those of the period before."""
    period = board.period
    if period.days == 1:
        hours = range(period.hour + 1)
        now = [board.hours.get((period.last, hour), Figures()) for hour in hours]
        then = [board.hours.get((period.before_last, hour), Figures()) for hour in hours]
        return _rates(now), [f"{hour:02}:00" for hour in hours], _rates(then)
    back = timedelta(days=period.days)
    now = [board.of_day(day) for day in period.dates()]
    then = [board.of_day(day - back) for day in period.dates()]
    return _rates(now), [words.day(day) for day in period.dates()], _rates(then)


def _rates(figures: Sequence[Figures]) -> list[rates.Rate | None]:
    return [rates.rate(one.paid, one.tried) for one in figures]


def _axis(known: list[rates.Rate]) -> dict[str, float]:
    """Bounds in steps that leave three to five lines; a rate's axis need not begin at 0."""
    low, high = min(one.low for one in known), max(one.high for one in known)
    for step in (0.01, 0.02, 0.05, 0.1, 0.25):
        bottom, top = floor(low / step), ceil(high / step)
        if top - bottom <= 5:
            break
    return {"min": round(bottom * step, 2), "max": round(top * step, 2), "step": step}


def _finding(known: list[tuple[str, rates.Rate]]) -> str:
    worst, best = min(known, key=lambda one: one[1].share), max(known, key=lambda one: one[1].share)
    facts = {
        "first": known[0][0],
        "last": known[-1][0],
        "worst": words.share(worst[1].share),
        "worst_at": worst[0],
        "best": words.share(best[1].share),
        "best_at": best[0],
    }
    return (
        gettext(
            "Success rate from %(first)s to %(last)s: lowest %(worst)s (%(worst_at)s),"
            " highest %(best)s (%(best_at)s)"
        )
        % facts
    )


def volume(board: Board, currency: str) -> Volume | None:
    """What was captured by day and part (by hour for one day); None when it was nothing."""
    if not board.now.captured:
        return None
    period = board.period
    sums: dict[str, int] = {}
    for (_, name), amount in board.captured.items():
        sums[name] = sums.get(name, 0) + amount
    ranked = sorted((name for name in sums if name != "other"), key=lambda name: -sums[name])
    names = [*ranked[:MOST_PARTS], *(["other"] if len(sums) > len(ranked[:MOST_PARTS]) else [])]
    folded: dict[tuple[Any, str], int] = {}
    for (day, name), amount in board.captured.items():
        key = (day, name if name in names else "other")
        folded[key] = folded.get(key, 0) + amount
    of_all = {name: sum(one for (_, part), one in folded.items() if part == name) for name in names}
    parts = [
        Part(*words.PARTS[name], of_all[name], words.share(of_all[name] / board.now.captured))
        for name in names
    ]
    if period.days == 1:
        return Volume(_hours(board, currency), parts)
    table = [
        (words.day(day), [folded.get((day, name), 0) for name in names], board.of_day(day).captured)
        for day in period.dates()
    ]
    series = [
        {
            "name": str(words.PARTS[name].title),
            "tone": words.PARTS[name].tone,
            "data": [_drawn(amounts[index], currency) for _, amounts, _ in table],
        }
        for index, name in enumerate(names)
    ]
    return Volume(_bars(table, series, currency, period.days), parts)


def _hours(board: Board, currency: str) -> Chart:
    """One day's volume by hour, all methods together."""
    hours = [
        (f"{hour:02}:00", board.hours.get((board.period.last, hour), Figures()).captured)
        for hour in range(board.period.hour + 1)
    ]
    table = [(label, [amount], amount) for label, amount in hours]
    drawn = [_drawn(amount, currency) for _, amount in hours]
    series = [{"name": gettext("Captured"), "tone": 1, "data": drawn}]
    return _bars(table, series, currency, 1)


def _bars(table: list[Any], series: list[dict], currency: str, days: int) -> Chart:
    best = max(table, key=lambda row: row[2])
    finding = gettext("Captured from %(first)s to %(last)s: most at %(best)s, %(amount)s") % {
        "first": table[0][0],
        "last": table[-1][0],
        "best": best[0],
        "amount": f"{words.whole(best[2], currency)} {currency}",
    }
    data = {
        "kind": "bar",
        "stack": True,
        "unit": currency,
        "splits": 3,
        "x": [label for label, _, _ in table],
        "series": series,
    }
    return Chart(data, finding, table)


def _drawn(amount: int, currency: str) -> float:
    """Minor units as the major ones a bar is drawn by: a length on a screen, not money."""
    return float(Money(amount, currency).major())
