"""What a list is to an exporter: who may have it, its columns, and how its rows are found.

A room that has a list of its own registers it: `kinds.register(Kind("payments", …))`, in its
`AppConfig.ready`. Rows are read a page at a time down the id, so a list of any length costs the
same memory, and what is added meanwhile does not shift the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money

PAGE_ROWS = 2000
CHOSEN = 200  # rows that a person may name one by one

Value = str | int | bool | datetime | Money | None
Filters = Mapping[str, list[str]]

# What a list's address says beside its filters: where one is in it, and how it looks.
NO_FILTERS = frozenset({"after", "before", "columns", "compact", "page", "view", "tab", "sort"})


class Column(NamedTuple):
    """A column: its stable key, its heading in the reader's language and a row's value in it."""

    key: str
    heading: str | Promise
    value: Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Kind:
    """A list that can be exported.

    `find` gives a merchant's rows by filters, newest first by id, and raises Problem for a filter
    it cannot take; it must be backed by indexes. `load` may turn a page of rows into what the
    columns read, with what they need of other tables.
    """

    name: str
    prefix: str  # of its rows' outside ids
    permission: str
    title: str | Promise
    columns: tuple[Column, ...]
    find: Callable[[UUID, Filters], QuerySet[Any]]
    load: Callable[[UUID, list[Any]], list[Any]] = field(default=lambda _merchant, rows: rows)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let a list be exported; a name is taken once."""
    assert kind.name not in _kinds, f"two lists are called {kind.name}"
    _kinds[kind.name] = kind


def named(name: str) -> Kind:
    """The list of this name; raises Problem `invalid_field`."""
    kind = _kinds.get(name)
    if kind is None:
        raise Problem("invalid_field", f"There is no list {name[:40]!r} to export.", "kind")
    return kind


def every() -> list[Kind]:
    """All lists, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def found(kind: Kind, merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    """The rows of a list, newest first; `only` names those that were chosen, at most CHOSEN.

    Raises Problem as the list's `find` does, and `not_found` for an id of another kind.
    """
    rest = {name: values for name, values in filters.items() if name != "only"}
    rows = kind.find(merchant_id, rest).order_by("-id")
    chosen = ",".join(filters.get("only", ())).split(",")
    wanted = [ids.read(kind.prefix, one, "only") for one in chosen if one]
    return rows.filter(id__in=wanted[:CHOSEN]) if wanted else rows


def pages(kind: Kind, merchant_id: UUID, filters: Filters) -> Iterator[list[Any]]:
    """The rows as `load` gives them, PAGE_ROWS at a time, newest first."""
    every = rest = found(kind, merchant_id, filters)
    while rows := list(rest[:PAGE_ROWS]):
        rest = every.filter(id__lt=rows[-1].id)
        yield kind.load(merchant_id, rows)
        if len(rows) < PAGE_ROWS:
            return


def only(filters: Filters, *known: str) -> dict[str, str]:
    """The filters that are set, each one value; raises Problem for one that is not `known`.

    A filter that was passed over would export more than the person was looking at.
    """
    given = {}
    for name, values in filters.items():
        value = ",".join(one for one in values if one)
        if not value or name in NO_FILTERS:
            continue
        if name not in known:
            raise Problem("invalid_field", f"This list has no filter {name[:40]!r}.", name[:40])
        given[name] = value
    return given
