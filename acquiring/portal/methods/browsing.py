"""All methods as a list: the catalogue is in memory, so it is narrowed and cut here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.catalogue import Connector, Method
from acquiring.connectors import registry
from acquiring.portal import tables, tabs
from acquiring.portal.listing import Filter, Given, Listing
from acquiring.portal.methods import words
from acquiring.portal.tabs import View
from acquiring.portal.templatetags.caravel import babel_locale
from copilot import routing
from merchants.accounts import AccountFacts, provider_accounts
from merchants.offering import Choices, current
from merchants.queries import Desk


class Reach(NamedTuple):
    """A provider that carries a method, and whether the merchant has an account there."""

    provider: str
    title: str
    connected: bool


class Line(NamedTuple):
    """A method as the list shows it."""

    method: Method
    kind: str
    countries: str
    currencies: str
    confirmed: str
    refund: str
    reach: list[Reach]
    more: int
    state: str
    word: str
    tone: str
    icon: str


class Standing:
    """What of the catalogue is the merchant's, in a store or in all: read once for a page."""

    def __init__(self, desk: Desk, store_id: Any = None) -> None:
        accounts = provider_accounts(desk.tenant.id)
        self.accounts: Mapping[str, list[AccountFacts]] = routing.carriers(accounts)
        self.connected = {account.provider for account in accounts}
        self.choices: Choices = current(desk.tenant.id).of(store_id)

    def through(self, method: str) -> list[AccountFacts]:
        """The accounts that take a method, the first to ask first."""
        return [one for one in self.accounts.get(method, ()) if one.takes(method)]

    def state(self, method: Method) -> str:
        """A word of `words.STATES`."""
        if not reached(method.code):
            return "nobody"
        if self.choices.rule(method.code).on is False:
            return "off"
        if not self.choices.offers(method.code, method.legacy):
            return "legacy"
        return "live" if self.through(method.code) else "open"


class Shelf(Listing):
    """The methods that fit, by name, a page at a time."""

    total = 0

    def _page(self, size: int) -> tuple[list[Any], str, str]:
        rows: Any = self.find(self.given, ZoneInfo(self.desk.user.time_zone))
        self.total = len(rows)
        given = str(self.query.get("after", ""))
        start = int(given) if given.isdecimal() and len(given) < 6 else 0
        older = self.address(after=str(start + size)) if self.total > start + size else ""
        back = max(0, start - size)
        newer = self.address(after=str(back) if back else "") if start else ""
        return rows[start : start + size], newer, older

    def _count(self) -> None:
        zone = ZoneInfo(self.desk.user.time_zone)
        for query in {one.query for one in self._views() if one.query}:
            found: Any = self.find(self._given(QueryDict(query)), zone)
            tabs.note(self.desk.tenant.id, self.room, query, len(found))


def shelf(request: HttpRequest, desk: Desk, standing: Standing) -> Shelf:
    """The list that the address asks for."""

    def find(given: Given, _zone: ZoneInfo) -> Any:
        return [one for one in _by_name() if fits(one, given, standing)]

    views = (
        View(_("All methods")),
        View(_("Offered"), "state=live"),
        View(_("Needs an account"), "state=open"),
    )
    return Shelf(request, desk, find, "mth", filters(), views=views)


def filters() -> list[Filter]:
    """What the list can be narrowed by."""
    names = babel_locale().territories
    lands = {code for one in catalogue.methods().values() if one.countries != "*"
             for code in one.countries}  # fmt: skip
    places = sorted(((code, names.get(code, code)) for code in lands), key=lambda row: row[1])
    providers = [(name, driver.title) for name, driver in registry.drivers().items()]
    return [
        Filter("country", _("Country"), choices=tuple(places)),
        Filter("kind", _("Kind"), choices=tuple(words.KINDS.items())),
        Filter("can", _("It can"), choices=tuple(words.CAN.items())),
        Filter("provider", _("Provider"), choices=tuple(providers)),
        Filter("state", _("For you"), choices=tuple(words.STATES.items())),
    ]


def fits(method: Method, given: Given, standing: Standing) -> bool:
    """Whether a method is what the address asks for."""
    term = given.get("q", "").casefold()
    if term and term not in f"{method.name} {method.code}".casefold():
        return False
    if given.get("kind", method.kind) != method.kind:
        return False
    if (land := given.get("country")) and not catalogue.covers(method.countries, land):
        return False
    if (able := given.get("can")) and able not in words.can(method, reached(method.code)):
        return False
    if (name := given.get("provider")) and name not in {
        one.provider for one in reached(method.code)
    }:
        return False
    return given.get("state", "") in ("", standing.state(method))


def line(method: Method, standing: Standing) -> Line:
    """A row of the list."""
    connectors = reached(method.code)
    providers = list(dict.fromkeys(one.provider for one in connectors))
    providers.sort(key=lambda name: name not in standing.connected)
    state = standing.state(method)
    reach = [Reach(one, tables.provider(one), one in standing.connected) for one in providers]
    tone, icon = words.TONES[state]
    return Line(
        method,
        str(words.KINDS[method.kind]),
        words.countries(method.countries),
        words.currencies(method.currencies),
        str(words.CONFIRMED[method.confirmation]),
        words.refund(connectors),
        reach[: words.FEW],
        max(0, len(reach) - words.FEW),
        state,
        str(words.STATES[state]),
        tone,
        icon,
    )


def reached(method: str) -> tuple[Connector, ...]:
    """How drivers that are here carry a method."""
    known = registry.drivers()
    return tuple(one for one in catalogue.connectors(method) if one.provider in known)


def _by_name() -> list[Method]:
    return sorted(catalogue.methods().values(), key=lambda one: one.name.casefold())
