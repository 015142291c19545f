"""The command palette: what a few typed characters may mean, best first, in four groups.

It works as a page of its own; with scripts it opens over any other. What it asks is a few index
probes, however much there is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from acquiring.core.money import Money
from acquiring.exports.models import Export
from acquiring.payments import models, search
from acquiring.payments import queries as payments
from acquiring.portal import status
from acquiring.portal.frame import draw, page, place
from acquiring.portal.rooms import SECTIONS
from acquiring.webhooks.models import Delivery, Endpoint
from merchants.calls import ApiRequest
from merchants.queries import Desk

MOST = 5
LINKS_LOOKED_AT = 200
SETTINGS: tuple[tuple[str, str | Promise], ...] = (
    ("settings_branding", gettext_lazy("Checkout look")),
    ("settings_stores", gettext_lazy("Stores")),
    ("settings_notices", gettext_lazy("What we tell you")),
    ("settings_money", gettext_lazy("Currencies")),
)
DOCS: tuple[tuple[str, str | Promise], ...] = (
    ("/docs", gettext_lazy("Docs")),
    ("/docs/api", gettext_lazy("API reference")),
    ("/docs/testing", gettext_lazy("Testing")),
    ("/docs/webhooks", gettext_lazy("Webhooks, the guide")),
    ("/docs/errors", gettext_lazy("Errors and decline codes")),
)


class Choice(NamedTuple):
    """A line of the palette."""

    title: str
    note: str
    icon: str
    address: str


# A whole id opens its page at once: by the prefix of the id, the page and the table.
OPENS: dict[str, tuple[str, Any]] = {
    "pay": ("payment", models.Payment),
    "ref": ("refund", models.Refund),
    "cus": ("customer", models.Customer),
    "pl": ("link", models.PaymentLink),
    "we": ("webhook", Endpoint),
    "del": ("delivery", Delivery),
    "evt": ("event", Event),
    "exp": ("export", Export),
    "req": ("api_request", ApiRequest),
}


@page("payments.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The palette for `q`; `part` draws it without the frame. A whole id goes to its page."""
    term = request.GET.get("q", "").strip()[:100]
    template = "portal/palette_part.html" if request.GET.get("part") else "portal/palette.html"
    exact = _exact(desk, term)
    if exact and not request.GET.get("part"):
        return redirect(exact)
    things = [
        (gettext("Payments"), _payments(desk, term)),
        (gettext("Customers"), _customers(desk, term)),
    ]
    if not any(letter.isdigit() for letter in term):
        things.reverse()  # a name means a person
    groups = [
        *things,
        (gettext("Do"), _actions(desk, term)),
        (gettext("Go to"), [*_links(desk, term), *_places(desk, term)]),
    ]
    found = [(title, choices) for title, choices in groups if choices]
    return draw(request, desk, template, {"groups": found, "term": term, "exact": exact})


def _exact(desk: Desk, term: str) -> str:
    """The page of the thing that a whole id names, nothing when there is none of this merchant."""
    prefix = term.partition("_")[0]
    if prefix not in OPENS:
        return ""
    name, table = OPENS[prefix]
    try:
        wanted = ids.read(prefix, term)
    except Problem:
        return ""
    known = table.objects.filter(merchant_id=desk.tenant.id, id=wanted).exists()
    return _at(desk, name, term) if known else ""


def _links(desk: Desk, term: str) -> list[Choice]:
    """Payment links by their title or reference, among the newest."""
    if len(term) < 2:
        return []
    low = term.lower()
    newest = payments.links(desk.tenant.id)[:LINKS_LOOKED_AT]
    found = [row for row in newest if low in f"{row.title} {row.reference}".lower()]
    note = gettext("Payment link")
    return [Choice(row.title, note, "link", _at(desk, "link", str(row))) for row in found[:MOST]]


def _payments(desk: Desk, term: str) -> list[Choice]:
    if len(term) < 2:
        return []
    rows = _found(desk, term)
    return [
        Choice(
            f"{Money(row.amount, row.currency).major()} {row.currency}"
            + (f" · {row.reference}" if row.reference else ""),
            str(
                status.look(
                    "payment",
                    status.of_payment(
                        row.status, row.amount_captured, row.amount_refunded, row.amount_disputed
                    ),
                ).word
            ),
            "credit-card",
            _at(desk, "payment", ids.show("pay", row.id)),
        )
        for row in rows
    ]


def _found(desk: Desk, term: str) -> list[models.Payment]:
    newest = search.found(desk.tenant.id, term)[:MOST]
    rows = models.Payment.objects.filter(merchant_id=desk.tenant.id, id__in=newest)
    return list(rows.order_by("-id"))


def _customers(desk: Desk, term: str) -> list[Choice]:
    if len(term) < 2:
        return []
    rows = payments.search_customers(desk.tenant.id, term)[:MOST]
    return [
        Choice(
            row.name or row.email or row.reference,
            row.email if row.name else "",
            "users",
            _at(desk, "customer", ids.show("cus", row.id)),
        )
        for row in rows
    ]


def _actions(desk: Desk, term: str) -> list[Choice]:
    actions = (
        (gettext("Make a payment link"), "link", "link_create", "payments.create"),
        (gettext("Create an API key"), "key", "api_key_create", "keys.change"),
        (gettext("Invite somebody"), "user-plus", "settings_invite", "team.change"),
        (gettext("Add a webhook endpoint"), "webhook", "webhook_create", "webhooks.change"),
    )
    return [
        Choice(title, "", icon, address)
        for title, icon, name, permission in actions
        if _fits(title, term) and desk.may(permission) and (address := _at(desk, name))
    ]


def _places(desk: Desk, term: str) -> list[Choice]:
    rooms = [
        (str(room.title), room.icon, _at(desk, room.page))
        for section in SECTIONS
        for room in section.rooms
        if desk.may(room.permission)
    ]
    rooms += [(str(title), "settings", _at(desk, name)) for name, title in SETTINGS]
    rooms += [(str(title), "book", address) for address, title in DOCS]
    found = [Choice(title, "", icon, address) for title, icon, address in rooms if address]
    return [one for one in found if _fits(one.title, term)][: MOST * 2]


def _fits(title: str, term: str) -> bool:
    return all(word in title.lower() for word in term.lower().split())


def _at(desk: Desk, name: str, *parts: str) -> str:
    """The address of a page, nothing where there is no such page yet."""
    try:
        return place(desk, name, *parts)
    except NoReverseMatch:
        return ""
