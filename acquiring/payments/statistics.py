"""Reading the statistics: figures of days, hours, methods, countries and reasons.

Amounts are minor units of the one currency that is asked for. A payment belongs to the day it was
made, in the merchant's zone (`counting.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet, Sum

from acquiring.core import chain
from acquiring.payments import models

FIGURES = ("payments", "tried", "paid", "captured", "refunded")


class Figures(NamedTuple):
    """Of `payments` payments shoppers `tried` to pay some to the end, and some were `paid`."""

    payments: int = 0
    tried: int = 0
    paid: int = 0
    captured: int = 0
    refunded: int = 0

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Slice(NamedTuple):
    """What a merchant looks at: one currency, and one store or (None) all of them."""

    merchant_id: UUID
    currency: str
    store_id: UUID | None = None


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    found = Figures()
    for one in figures:
        found = found.plus(one)
    return found


def by_day(of: Slice, facet: str, first: date, last: date) -> dict[tuple[date, str], Figures]:
    """By day and value of a facet, from the first to the last day."""
    rows = _rows(of, first, last).filter(facet=facet)
    return {(row[0], row[1]): Figures(*row[2:]) for row in _summed(rows, "day", "value")}


def by_value(
    of: Slice, facets: Iterable[str], first: date, last: date
) -> dict[tuple[str, str], Figures]:
    """By facet and value, over all days from the first to the last."""
    rows = _rows(of, first, last).filter(facet__in=list(facets))
    return {(row[0], row[1]): Figures(*row[2:]) for row in _summed(rows, "facet", "value")}


def currencies(merchant_id: UUID, first: date) -> list[str]:
    """The currencies of payments since a day, the one with most payments first."""
    rows = models.Statistic.objects.filter(merchant_id=merchant_id, facet="day", day__gte=first)
    counted = rows.values("currency").annotate(count=Sum("payments")).filter(count__gt=0)
    return [row["currency"] for row in counted.order_by("-count", "currency")]


def is_complete(merchant_id: UUID) -> bool:
    """Whether every payment has been counted once; False while the first count goes on."""
    tally = models.Tally.objects.filter(merchant_id=merchant_id).first()
    return tally is not None and tally.built is None


def waiting(merchant_id: UUID) -> int:
    """How many sealed events are not looked at yet."""
    tally = models.Tally.objects.filter(merchant_id=merchant_id).first()
    head = chain.head_of(chain.EVENTS, merchant_id).sequence
    return head - (tally.sequence if tally else 0)


def _rows(of: Slice, first: date, last: date) -> QuerySet[models.Statistic]:
    rows = models.Statistic.objects.filter(
        merchant_id=of.merchant_id, currency=of.currency, day__gte=first, day__lte=last
    )
    return rows if of.store_id is None else rows.filter(store_id=of.store_id)


def _summed(rows: QuerySet[models.Statistic], *by: str) -> Iterable[tuple[Any, ...]]:
    names = [f"sum_{name}" for name in FIGURES]
    sums = {name: Sum(figure) for name, figure in zip(names, FIGURES, strict=True)}
    found = rows.values(*by).annotate(**sums).filter(sum_payments__gt=0).order_by(*by)
    return found.values_list(*by, *names)
