"""Lists: newest first, one page at a time, by cursors that are ids.

An id says when it was made, so a page begins where another ended however much was added since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db.models import QuerySet
from msgspec import Meta

from acquiring.core import ids
from acquiring.core.errors import Problem

FIRST_YEAR, LAST_YEAR = 1971, 9000
SKEW = timedelta(minutes=10)  # between a live row's time and that of its id, amply


class Page(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which part of a list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many, at most.")] = 20
    starting_after: Annotated[
        str, Meta(max_length=64, description="The id of the last row of the page before.")
    ] = ""
    ending_before: Annotated[
        str, Meta(max_length=64, description="The id of the first row of the page after.")
    ] = ""


Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with its offset.")]


def expandable() -> Any:
    """The member `expand[]`."""
    return msgspec.field(name="expand[]", default_factory=list)


class DatedPage(Page, kw_only=True):
    """Which part of a list, by the time the objects were made."""

    created_gt: Moment | None = msgspec.field(name="created[gt]", default=None)
    created_gte: Moment | None = msgspec.field(name="created[gte]", default=None)
    created_lt: Moment | None = msgspec.field(name="created[lt]", default=None)
    created_lte: Moment | None = msgspec.field(name="created[lte]", default=None)


def utc(moment: datetime, param: str) -> datetime:
    """The moment in UTC; raises Problem for one that nobody can mean and no database can keep."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        rule = f"A time lies between the years {FIRST_YEAR} and {LAST_YEAR}."
        raise Problem("invalid_field", rule, param)
    return moment.astimezone(UTC)


def cut(rows: QuerySet[Any], page: Page, prefix: str, mode: str = "") -> tuple[list[Any], bool]:
    """The rows of a page, newest first, and whether more lie beyond it. Raises Problem.

    `mode` is that of the merchant whose rows they are: in live mode ids are of the time that rows
    are made at, so a span of time is one of ids as well. A test merchant's clock may be moved.
    """
    if page.starting_after and page.ending_before:
        raise Problem(
            "invalid_field", "Send starting_after or ending_before, not both.", "ending_before"
        )
    if isinstance(page, DatedPage):
        rows = _dated(rows, page, mode == "live")
    if page.ending_before:
        newer = rows.filter(id__gt=_cursor(prefix, page.ending_before, "ending_before"))
        found = list(newer.order_by("id")[: page.limit + 1])
        return found[: page.limit][::-1], len(found) > page.limit
    if page.starting_after:
        rows = rows.filter(id__lt=_cursor(prefix, page.starting_after, "starting_after"))
    found = list(rows.order_by("-id")[: page.limit + 1])
    return found[: page.limit], len(found) > page.limit


def shown(data: Sequence[Any], has_more: bool = False) -> dict[str, Any]:
    """A list as the API shows it."""
    return {"object": "list", "data": list(data), "has_more": has_more}


def listed(
    rows: QuerySet[Any],
    page: Page,
    prefix: str,
    show: Callable[[Any], dict[str, Any]],
    mode: str = "",
) -> dict[str, Any]:
    """A page of rows as the API shows it; `mode` as in `cut`."""
    found, has_more = cut(rows, page, prefix, mode)
    return shown([show(row) for row in found], has_more)


def _dated(rows: QuerySet[Any], page: DatedPage, by_id: bool) -> QuerySet[Any]:
    for bound in ("gt", "gte", "lt", "lte"):
        given = getattr(page, f"created_{bound}")
        if given is None:
            continue
        moment = utc(given, f"created[{bound}]")
        rows = rows.filter(**{f"created_at__{bound}": moment})
        if by_id and bound in {"gt", "gte"}:
            rows = rows.filter(id__gte=ids.first_at(moment - SKEW))
        elif by_id:
            rows = rows.filter(id__lt=ids.first_at(moment + SKEW))
    return rows


def _cursor(prefix: str, text: str, param: str):
    try:
        return ids.read(prefix, text)
    except Problem:
        raise Problem("invalid_cursor", param=param) from None
