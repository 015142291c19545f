"""The tabs above a list: the views everybody has, then a person's own, with how much each finds.

Counting stops at COUNTED, all of a list's views are counted in one query, and what was counted is
remembered for a minute. A page never waits for it: it is asked for when the page is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise

from acquiring.core.memory import Memory

COUNTED = 1000  # "1,000+" beyond

_kept: Memory[tuple[UUID, str, str], Count] = Memory(seconds=60, limit=10_000)


class View(NamedTuple):
    """A view that everybody has: what it is called, and the query it stands for."""

    title: str | Promise
    query: str = ""


class Count(NamedTuple):
    """How much a view finds; `more` when there is more than that, or may be."""

    number: int
    more: bool


class Tab(NamedTuple):
    """A view above its list. `found` is None for all rows, and before they were counted."""

    title: str | Promise
    address: str
    current: bool
    found: Count | None


def known(merchant_id: UUID, room: str, query: str) -> Count | None:
    """What was counted of a list's view within the last minute."""
    return _kept.get((merchant_id, room, query))


def count(merchant_id: UUID, room: str, found: Mapping[str, tuple[QuerySet[Any], bool]]) -> None:
    """Count the rows of each view, by its query; True beside them says that they are not all."""
    numbers = _numbers([rows for rows, _ in found.values()])
    for (query, (_, partial)), number in zip(found.items(), numbers, strict=True):
        more = number > COUNTED or (partial and number > 0)
        _kept.put((merchant_id, room, query), Count(min(number, COUNTED), more))


def note(merchant_id: UUID, room: str, query: str, number: int) -> None:
    """Remember how much a view finds, where it was counted elsewhere."""
    _kept.put((merchant_id, room, query), Count(min(number, COUNTED), number > COUNTED))


def _numbers(found: list[QuerySet[Any]]) -> list[int]:
    """The lengths of some results, to COUNTED + 1, in one query."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in found:
        try:
            asked = rows.order_by().values("pk")[: COUNTED + 1].query.sql_with_params()
        except EmptyResultSet:
            asked = ("SELECT 1 WHERE false", ())
        parts.append(f"(SELECT count(*) FROM ({asked[0]}) AS part)")  # noqa: S608 (Django's SQL)
        values += asked[1]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())
