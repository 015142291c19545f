"""Payment methods: the list of all, and one of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from acquiring import catalogue
from acquiring.catalogue import Connector, Method
from acquiring.core import ids
from acquiring.portal import tables
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.methods import browsing, forms, words
from acquiring.portal.methods.browsing import Standing
from merchants import queries
from merchants.models import Store
from merchants.queries import Desk

VIEW, CHANGE = "routing.view", "routing.change"
MOST_STORES = 100


class Carried(NamedTuple):
    """A connector as the page of its method shows it."""

    connector: Connector
    provider: str
    accounts: list[tuple[str, str]]  # outside id and title of the merchant's accounts there
    countries: str
    currencies: str
    flow: str
    refund: str
    capture: str
    limits: list[tuple[str, int | None, int | None]]


class Choice(NamedTuple):
    """A store to choose what is offered for; "" is all of them."""

    shown: str
    name: str
    current: bool


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every method there is."""
    standing = Standing(desk)
    listing = browsing.shelf(request, desk, standing)
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    context = {
        "listing": listing,
        "lines": [browsing.line(one, standing) for one in listing.rows],
        "total": listing.total,
        "known": len(catalogue.methods()),
    }
    return draw(request, desk, "portal/methods.html", context)


@page(VIEW)
def method(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """One method: what it is, who carries it, and how the merchant offers it."""
    return draw_method(request, desk, known(code), forms.store_asked(request))


def known(code: str) -> Method:
    """A method by its code; raises Http404."""
    found = catalogue.methods().get(code)
    if found is None:
        raise Http404(code)
    return found


def draw_method(
    request: HttpRequest,
    desk: Desk,
    one: Method,
    store: str,
    form: forms.Limits | None = None,
) -> HttpResponse:
    """The page, with what was typed where it was refused. Raises Problem for no such store."""
    store_id = queries.store_id(desk.tenant.id, store)
    standing = Standing(desk, store_id)
    stores = list(queries.stores(desk.tenant.id)[:MOST_STORES])
    rule = standing.choices.rule(one.code)
    context: dict[str, Any] = {
        "line": browsing.line(one, standing),
        "method": one,
        "flow": words.FLOWS[one.flow],
        "countries": words.every_country(one.countries),
        "currencies": gettext("Any currency") if one.currencies == "*" else sorted(one.currencies),
        "carried": [_carried(row, standing) for row in browsing.reached(one.code)],
        "through": [(ids.show("acc", row.id), row.title) for row in standing.through(one.code)],
        "store": store,
        "stores": choices(stores, store) if len(stores) > 1 else [],
        "place_in_order": _place(standing, one.code),
        "form": form or forms.Limits(method=one, rule=rule, desk=desk, stores=stores),
        "offered": standing.choices.offers(one.code, one.legacy),
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
        "back": place(desk, "methods"),
    }
    status = 422 if form is not None else 200
    return draw(request, desk, "portal/method.html", context, status)


def choices(stores: list[Store], current: str) -> list[Choice]:
    """All stores, then each of them."""
    rows = [("", gettext("All stores"))]
    rows += [(ids.show("sto", row.pk), row.name) for row in stores]
    return [Choice(shown, name, shown == current) for shown, name in rows]


def _place(standing: Standing, code: str) -> int:
    order = standing.choices.order
    return order.index(code) + 1 if code in order else 0


def _carried(one: Connector, standing: Standing) -> Carried:
    own = [row for row in standing.through(one.method) if row.provider == one.provider]
    limits = [
        (currency, one.minimum.get(currency), one.maximum.get(currency))
        for currency in sorted({*one.minimum, *one.maximum})
        if catalogue.covers(one.currencies, currency)
    ]
    return Carried(
        one,
        tables.provider(one.provider),
        [(ids.show("acc", row.id), row.title) for row in own],
        words.countries(one.countries),
        words.currencies(one.currencies),
        str(words.FLOWS[one.flow]),
        str(words.REFUNDS[one.refund]) if one.refund else gettext("Not known"),
        str(words.CAPTURES[one.capture]),
        limits,
    )
