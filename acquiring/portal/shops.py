"""The store a person looks at: a filter of the lists whose rows have one.

It is chosen in the frame and goes along from room to room; the address of each list says it. A
list without it in its address shows every store, and then so does the frame.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.portal.listing import PAGING, Filter
from acquiring.portal.rooms import STORED
from merchants import queries
from merchants.queries import Desk

_CHOSEN = "stores"  # the session's word: by merchant, the outside id of the store


class Shop(NamedTuple):
    """A store of the switcher; the first one is all of them."""

    title: str | Promise
    shown: str
    address: str
    current: bool


def choices(desk: Desk) -> tuple[Filter, ...]:
    """The filter of a list by store; none where there is one store, or none."""
    stores = queries.stores(desk.tenant.id)
    named = tuple((ids.show("sto", one.id), str(one)) for one in stores)
    return (Filter("store", _("Store"), choices=named),) if len(named) > 1 else ()


def switcher(
    request: HttpRequest, desk: Desk, stores: list[dict[str, str]], overview: str
) -> list[Shop]:
    """The stores to choose from (those of `queries.businesses`), the chosen one remembered.

    Outside of the lists that know stores, a choice leads to the overview.
    """
    named: list[tuple[str, str | Promise]] = [("", _("All stores"))]
    named += [(ids.show("sto", UUID(one["id"])), one["name"]) for one in stores]
    match = request.resolver_match
    inside = match is not None and match.url_name in STORED
    kept = request.session.get(_CHOSEN, {})
    mine = str(desk.tenant.id)
    chosen = request.GET.get("store", "") if inside else kept.get(mine, "")
    chosen = chosen if chosen in dict(named) else ""
    if kept.get(mine, "") != chosen:
        request.session[_CHOSEN] = {**kept, mine: chosen}
    return [
        Shop(title, shown, _address(request, shown) if inside else f"{overview}?store={shown}",
             shown == chosen)
        for shown, title in named
    ]  # fmt: skip


def _address(request: HttpRequest, shown: str) -> str:
    query = request.GET.copy()
    for name in (*PAGING, "store"):
        query.pop(name, None)
    if shown:
        query["store"] = shown
    return f"?{query.urlencode()}"
