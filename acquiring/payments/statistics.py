"""Reading the statistics: figures of days, hours, methods, countries and reasons.

Amounts are minor units of the one currency that is asked for. A payment belongs to the day it was
made, in the merchant's zone (`counting.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from acquiring.core import chain
from acquiring.payments import models

_STANDING = """
    SELECT tally.id IS NOT NULL AND tally.built IS NULL,
           greatest(0, coalesce(head.sequence, 0) - coalesce(tally.sequence, 0))
    FROM (VALUES (1)) AS one
    LEFT JOIN payments_tally AS tally ON tally.merchant_id = %s
    LEFT JOIN core_chain AS head ON head.name = %s AND head.merchant_id = %s
"""
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


def by_day(
    of: Slice, facets: Iterable[str], first: date, last: date
) -> dict[tuple[str, date, str], Figures]:
    """By facet, day and value, from the first to the last day."""
    rows = _rows(of, first, last).filter(facet__in=list(facets))
    return {row[:3]: Figures(*row[3:]) for row in _summed(rows, "facet", "day", "value")}


def by_hour(of: Slice, days: Iterable[date]) -> dict[tuple[date, int], Figures]:
    """By day and hour (0 to 23) of some days."""
    wanted = sorted(days)
    rows = _rows(of, wanted[0], wanted[-1]).filter(facet="hour", day__in=wanted)
    return {(row[0], int(row[1])): Figures(*row[2:]) for row in _summed(rows, "day", "value")}


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


def captured_since(firsts: Mapping[UUID, date]) -> dict[UUID, dict[str, int]]:
    """What merchants captured since a day of each, by merchant and currency, that with the most
    payments first; one read.
    """
    spans = Q()
    for merchant_id, first in firsts.items():
        spans |= Q(merchant_id=merchant_id, day__gte=first)
    if not spans:
        return {}
    rows = models.Statistic.objects.filter(spans, facet="day").values("merchant_id", "currency")
    found: dict[UUID, dict[str, int]] = {}
    summed = rows.annotate(sum=Sum("captured"), count=Sum("payments")).filter(sum__gt=0)
    for row in summed.order_by("-count", "currency"):
        found.setdefault(row["merchant_id"], {})[row["currency"]] = row["sum"]
    return found


class Standing(NamedTuple):
    """How fresh the figures are: whether every payment was counted once, and how many sealed events
    are not looked at yet.
    """

    complete: bool
    waiting: int


def standing(merchant_id: UUID) -> Standing:
    """How fresh a merchant's figures are. One read."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [merchant_id, chain.EVENTS.name, merchant_id])
        return Standing(*cursor.fetchone())


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
