"""Lists: filters, pages and their addresses, the same furniture in every room.

The address is the state: filters, search and page stand in the query, so back works and a link
shows a colleague the same. Pages go by id cursor, newest first, and nothing is counted for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from acquiring.core import ids, spans
from acquiring.core.errors import Problem
from acquiring.portal.rooms import SECTIONS
from merchants import habits
from merchants.queries import Desk

ROWS = 50
SPANS: dict[str, str | Promise] = {
    "1": pgettext_lazy("span", "Today"),
    "7": pgettext_lazy("span", "Last 7 days"),
    "30": pgettext_lazy("span", "Last 30 days"),
    "90": pgettext_lazy("span", "Last 90 days"),
}
PAGING = ("before", "after")
TASTE = ("compact", "columns")
# Lists whose look a person may keep: those of the sidebar, by the name of their page.
LISTS = frozenset(room.page for section in SECTIONS for room in section.rooms)

# How a room finds its rows: by what the address says, in the reader's zone, the newest id first.
Find = Callable[[dict[str, str], ZoneInfo], QuerySet[Any]]


class Filter(NamedTuple):
    """One way to narrow a list, as the address names it.

    `kind` is "choice" (one of `choices`), "text", "dates" (a preset, or `<name>_from` and
    `<name>_to`) or "amount" (major units, `<name>_from` and `<name>_to`).
    """

    name: str
    title: str | Promise
    kind: str = "choice"
    choices: tuple[tuple[str, Any], ...] = ()


class Column(NamedTuple):
    """A column that a person may show or hide; the `usual` ones are shown until they choose."""

    name: str
    title: str | Promise
    usual: bool = True


class View(NamedTuple):
    """A saved view as a tab."""

    title: str
    address: str
    current: bool


class Shown(NamedTuple):
    """A filter as the page shows it: in words when it is set, and the address without it."""

    filter: Filter
    words: str
    without: str

    @property
    def on(self) -> bool:
        """Whether it is set."""
        return bool(self.words)


class Listing:
    """A page of what `find` finds; `prefix` is that of the rows' outside ids.

    Dense rows, columns and saved views are the person's own (`merchants.habits`); an address that
    names `compact` or `columns` goes before, so that a link shows what its sender saw.
    """

    def __init__(
        self,
        request: HttpRequest,
        desk: Desk,
        find: Find,
        prefix: str,
        filters: Sequence[Filter] = (),
        size: int = ROWS,
        columns: Sequence[Column] = (),
    ) -> None:
        self.query = request.GET
        match = request.resolver_match
        self.room = match.url_name if match and match.url_name in LISTS else ""
        self.columns = columns
        self.taste = habits.taste(desk.habits, self.room or "", desk.mode)
        self.prefix = prefix
        given = {name: str(value).strip()[:200] for name, value in self.query.items()}
        self.term = given.get("q", "")
        self.filters = [self._shown(one, given) for one in filters]
        found = find(given, ZoneInfo(desk.user.time_zone))
        self.rows, self.newer, self.older = self._page(found, size)

    @property
    def on(self) -> list[Shown]:
        """The filters that are set."""
        return [one for one in self.filters if one.on]

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page is asked for: an empty list then says so."""
        return bool(self.term or self.on)

    @property
    def compact(self) -> bool:
        """Whether rows are dense."""
        asked = self.query.get("compact")
        return self.taste.compact if asked is None else asked == "1"

    @property
    def shown(self) -> list[str]:
        """The names of the columns that are shown."""
        asked = self.query.get("columns")
        wanted = self.taste.columns if asked is None else str(asked).split(",")
        known = [one.name for one in self.columns if one.name in wanted]
        return known or [one.name for one in self.columns if one.usual]

    @property
    def kept(self) -> str:
        """What a saved view keeps of the address: neither the page nor the look."""
        query = self.query.copy()
        for name in (*PAGING, *TASTE):
            query.pop(name, None)
        return query.urlencode()

    @property
    def views(self) -> list[View]:
        """The person's saved views of this list."""
        return [
            View(one.title, f"?{one.query}", one.query == self.kept) for one in self.taste.views
        ]

    @property
    def view(self) -> str:
        """The name of the saved view that is open, if one is."""
        return next((one.title for one in self.views if one.current), "")

    @property
    def spans(self) -> list[tuple[str, Any]]:
        """The presets of a date filter."""
        return list(SPANS.items())

    @property
    def hidden(self) -> list[tuple[str, Any]]:
        """What a form that changes one thing carries along."""
        return [(name, value) for name, value in self.query.items() if name not in PAGING]

    def address(self, **changes: str) -> str:
        """This list with some of its query changed; an empty value takes a name out."""
        query = self.query.copy()
        for name in (*PAGING, *changes):
            query.pop(name, None)
        for name, value in changes.items():
            if value:
                query[name] = value
        return f"?{query.urlencode()}"

    def _page(self, rows: QuerySet[Any], size: int) -> tuple[list[Any], str, str]:
        before, after = self._cursor("before"), self._cursor("after")
        if after:
            found = list(rows.filter(id__gt=after).order_by("id")[: size + 1])[::-1]
            more_newer, more_older = len(found) > size, True
            found = found[-size:]
        else:
            found = list((rows.filter(id__lt=before) if before else rows)[: size + 1])
            more_newer, more_older = bool(before), len(found) > size
            found = found[:size]
        newer = self._turned("after", found[0]) if found and more_newer else ""
        older = self._turned("before", found[-1]) if found and more_older else ""
        return found, newer, older

    def _turned(self, name: str, row: Any) -> str:
        return self.address(**{name: ids.show(self.prefix, row.pk)})

    def _cursor(self, name: str) -> Any:
        given = str(self.query.get(name, ""))
        try:
            return ids.read(self.prefix, given) if given else None
        except Problem:
            return None  # an old or broken link shows the first page

    def _shown(self, one: Filter, given: dict[str, str]) -> Shown:
        value = given.get(one.name, "")
        bounds = (given.get(f"{one.name}_from", ""), given.get(f"{one.name}_to", ""))
        words = _said(one, value, bounds)
        cleared = {one.name: "", f"{one.name}_from": "", f"{one.name}_to": ""}
        return Shown(one, words, self.address(**cleared))


def _said(one: Filter, value: str, bounds: tuple[str, str]) -> str:
    """What a filter is set to, in words; nothing when it is not set."""
    if one.kind == "choice":
        return str(dict(one.choices).get(value, ""))
    if one.kind == "text":
        return value
    if one.kind == "dates" and value in SPANS:
        return str(SPANS[value])
    low, high = bounds
    if one.kind == "dates":
        low, high = (str(spans.day(bound) or "") for bound in bounds)
    if low and high:
        return f"{low} – {high}"
    if low:
        return gettext("from %(bound)s") % {"bound": low}
    return gettext("up to %(bound)s") % {"bound": high} if high else ""
