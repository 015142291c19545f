"""Lists: filters, pages and their addresses, the same furniture in every room.

The address is the state: filters, search and page stand in the query, so back works and a link
shows a colleague the same. Pages go by id cursor, newest first, and nothing is counted for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, pgettext, pgettext_lazy

from acquiring.core import ids, spans
from acquiring.core.errors import Problem
from acquiring.portal import tabs
from acquiring.portal.rooms import SECTIONS
from acquiring.portal.tabs import Count, Tab, View
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
TASTE = ("compact", "columns", "theme", "still")
# Lists whose look a person may keep: those of the sidebar, by the name of their page.
LISTS = frozenset(room.page for section in SECTIONS for room in section.rooms)

Given = dict[str, str]
# How a room finds its rows: by what the address says, in the reader's zone, the newest id first.
Find = Callable[[Given, ZoneInfo], QuerySet[Any]]
# How far it looks for them where no index helps; None when it sees all there are.
Look = Callable[[Given, ZoneInfo], UUID | None]


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

    A value that a filter does not offer is passed over, as if it was not asked for. Dense rows,
    columns and saved views are the person's own (`merchants.habits`); an address that names
    `compact` or `columns` goes before, so that a link shows what its sender saw.
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
        views: Sequence[View] = (),
        look: Look | None = None,
        room: str = "",
    ) -> None:
        self.query = request.GET
        self.desk, self.find, self.look = desk, find, look
        self.usual_views = views
        self.choices = {
            one.name: {value for value, _ in one.choices} for one in filters if one.kind == "choice"
        }
        match = request.resolver_match
        # A list that is shown on another page too says which room's it is.
        self.room = room or (match.url_name if match and match.url_name in LISTS else "")
        self.columns = columns
        self.taste = habits.taste(desk.habits, self.room or "", desk.mode)
        self.prefix = prefix
        self.given = self._given(self.query)
        self.term = self.given.get("q", "")
        self.filters = [self._shown(one, self.given) for one in filters]
        # Asked by htmx for its tabs alone: then they are counted, and no row is shown.
        self.is_tabs = bool(self.room) and request.headers.get("HX-Target") == "tabs"
        if self.is_tabs:
            self._count()
        self.rows, self.newer, self.older = ([], "", "") if self.is_tabs else self._page(size)

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
    def edge(self) -> UUID | None:
        """The last row that was looked at for this page, when there may be more behind it."""
        if self.look is None or self.older or self.query.get("after"):
            return None
        return self.look(self.given, ZoneInfo(self.desk.user.time_zone))

    @property
    def kept(self) -> str:
        """What a saved view keeps of the address: neither the page nor the look."""
        query = self.query.copy()
        for name in (*PAGING, *TASTE):
            query.pop(name, None)
        return query.urlencode()

    @cached_property
    def tabs(self) -> list[Tab]:
        """The views everybody has, then the person's own; none when there is only the whole."""
        return [
            Tab(one.title, f"?{one.query}", one.query == self.kept, self._counted(one.query))
            for one in self._views()
        ]

    @property
    def uncounted(self) -> bool:
        """Whether a tab does not know how much it finds: the page then asks for it."""
        return bool(self.room) and any(
            tab.found is None and tab.address != "?" for tab in self.tabs
        )

    @property
    def in_view(self) -> bool:
        """Whether a view shows just this."""
        return any(tab.current for tab in self.tabs)

    @property
    def view(self) -> str:
        """The name of the saved view that is open, if one is."""
        return next((one.title for one in self.taste.views if one.query == self.kept), "")

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

    def _given(self, query: QueryDict) -> Given:
        """What an address asks for, of a choice only what is there to choose."""
        given = {name: str(value).strip()[:200] for name, value in query.items()}
        return {
            name: value
            for name, value in given.items()
            if name not in self.choices or value in self.choices[name]
        }

    def _views(self) -> list[View]:
        own = [View(*one) for one in self.taste.views]
        usual = self.usual_views or ([View(pgettext("view", "All"))] if own else [])
        return [*usual, *own]

    def _counted(self, query: str) -> Count | None:
        return tabs.known(self.desk.tenant.id, self.room, query) if query else None

    def _count(self) -> None:
        wanted = {one.query for one in self._views() if one.query}
        zone = ZoneInfo(self.desk.user.time_zone)
        found = {}
        for query in sorted(one for one in wanted if self._counted(one) is None):
            given = self._given(QueryDict(query))
            partial = self.look is not None and self.look(given, zone) is not None
            found[query] = (self.find(given, zone), partial)
        tabs.count(self.desk.tenant.id, self.room, found)

    def _page(self, size: int) -> tuple[list[Any], str, str]:
        rows = self.find(self.given, ZoneInfo(self.desk.user.time_zone))
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
