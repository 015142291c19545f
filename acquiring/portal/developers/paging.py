"""Lists of this room: a page by id cursor, filters as links; the address is the state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.core.spans import recent

SIZE = 50
SPANS = {
    "1h": _("Last hour"),
    "24h": _("Last 24 hours"),
    "7d": _("Last 7 days"),
    "30d": _("Last 30 days"),
}

Row = TypeVar("Row", bound=Model)


class Choice(NamedTuple):
    """One value of a filter and where it leads."""

    label: str | Promise
    address: str
    chosen: bool


class Filter(NamedTuple):
    """A filter: a pill that opens its choices. `value` is the chosen one's label, "" if none."""

    title: str | Promise
    value: str | Promise
    choices: list[Choice]
    off: str


class Page(NamedTuple, Generic[Row]):
    """Some rows, and the addresses of those before and after them, "" where there are none."""

    rows: list[Row]
    newer: str
    older: str


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """A page of rows that are ordered by id, the newest first."""
    after, before = _cursor(request, "after"), _cursor(request, "before")
    if before is not None:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: SIZE + 1])
        more_newer, more_older = len(found) > SIZE, True
        found = found[:SIZE][::-1]
    else:
        found = list((rows.filter(pk__lt=after) if after else rows)[: SIZE + 1])
        more_newer, more_older = after is not None, len(found) > SIZE
        found = found[:SIZE]
    if not found:
        return Page([], "", "")
    newer = address(request, before=found[0].pk.hex, after=None) if more_newer else ""
    older = address(request, after=found[-1].pk.hex, before=None) if more_older else ""
    return Page(found, newer, older)


def filter_of(
    request: HttpRequest,
    name: str,
    title: str | Promise,
    values: Sequence[tuple[str, str | Promise]],
) -> Filter:
    """A filter of a list, as it is set now."""
    now = chosen(request, name, values)
    choices = [
        Choice(label, address(request, **{name: value}, after=None, before=None), value == now)
        for value, label in values
    ]
    label = next((label for value, label in values if value == now), "")
    return Filter(title, label, choices, address(request, **{name: None}, after=None, before=None))


def chosen(request: HttpRequest, name: str, values: Sequence[tuple[str, Any]]) -> str:
    """The value a filter has, "" for none or one that it cannot have."""
    given = request.GET.get(name, "")
    return given if given in {value for value, _label in values} else ""


def spans() -> list[tuple[str, str | Promise]]:
    """The choices of a filter over time."""
    return list(SPANS.items())


def since(request: HttpRequest) -> datetime | None:
    """The moment the filter over time begins at."""
    return recent(request.GET.get("time", ""))


def address(request: HttpRequest, **changed: str | None) -> str:
    """The query of this page with some of it changed; None takes a part out."""
    query = request.GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def _cursor(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(hex=request.GET.get(name, ""))
    except ValueError:
        return None
