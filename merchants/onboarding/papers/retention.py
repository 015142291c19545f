"""How long papers are kept, as data (`data/retention.toml`), and their end.

Four ends begin a time: a draft that was never sent (days), an application that was refused or that
nobody went on with (years), a business that left (years, from when it was first seen to have left).
While a business is served nothing is deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet

from acquiring.core import clock
from merchants.kyc import markets, modules
from merchants.models import Merchant
from merchants.onboarding import documents, rows
from merchants.onboarding.models import Application, Document

PATH = Path(__file__).parents[1] / "data" / "retention.toml"
BATCH = 200
DAYS_A_YEAR = 366  # never a day too short
OVER = "The time it had to be kept is over."

Status = Application.Status


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a country's law asks, and where it says so."""

    years: int
    source: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    draft_days: int
    years: int
    source: str
    countries: dict[str, Country]


@lru_cache(maxsize=1)
def table() -> Table:
    """The table. Raises ValueError naming what is wrong with it."""
    try:
        return msgspec.toml.decode(PATH.read_bytes(), type=Table)
    except msgspec.DecodeError as error:
        raise ValueError(f"onboarding/data/retention.toml: {error}") from error


def years(country: str) -> int:
    """How many years papers of a country's businesses are kept after the end: what the table says,
    or the regulatory modules of the country where they ask for longer.
    """
    known = table().countries.get(country)
    return max(
        known.years if known else table().years, modules.retention_years(markets.market(country))
    )


def sweep() -> int:
    """Note who has left and delete what is due, one batch; returns how many papers it deleted."""
    now = clock.now()
    _note_leavers(now)
    due = _due(now).select_related("application").order_by("id")[:BATCH]
    count = 0
    for document in due:
        with transaction.atomic():
            rows.locked(document.application)
            if _due(now).filter(pk=document.pk).exists():  # nobody has sent it a moment ago
                documents.erase(document, "system", OVER)
        count += 1
    return count


def _note_leavers(now: datetime) -> None:
    """A closed merchant's papers begin their years; one that came back has them no more."""
    left = Q(application__business_id__in=_closed())
    kept = Document.objects.exclude(status=Document.Status.DELETED)
    kept.filter(~left, delete_after__isnull=False).update(delete_after=None)
    for length, there in _by_years("application__country"):
        until = now + timedelta(days=length * DAYS_A_YEAR)
        kept.filter(left, there, delete_after=None).update(delete_after=until)


def _closed() -> QuerySet[Merchant, Any]:
    return Merchant.objects.filter(status=Merchant.Status.CLOSED, mode="live").values("business_id")


def _due(now: datetime) -> QuerySet[Document]:
    draft = Q(
        application__status=Status.DRAFT,
        application__sent_at=None,
        application__changed_at__lt=now - timedelta(days=table().draft_days),
    )
    over = draft | Q(delete_after__lt=now)
    for length, there in _by_years("application__country"):
        before = now - timedelta(days=length * DAYS_A_YEAR)
        over |= there & Q(
            application__status__in=[Status.DRAFT, Status.ASKED, Status.REFUSED],
            application__sent_at__isnull=False,
            application__changed_at__lt=before,
            application__decided_at=None,
        )
        over |= there & Q(application__status=Status.REFUSED, application__decided_at__lt=before)
    return Document.objects.filter(over).exclude(status=Document.Status.DELETED)


def _by_years(field: str) -> Iterator[tuple[int, Q]]:
    """Every length of time with the countries it is for."""
    longer: dict[int, list[str]] = defaultdict(list)
    for country in {*table().countries, *markets.markets()}:
        if years(country) != table().years:
            longer[years(country)].append(country)
    named = [country for group in longer.values() for country in group]
    yield table().years, ~Q(**{f"{field}__in": named})
    for length, countries in longer.items():
        yield length, Q(**{f"{field}__in": countries})
