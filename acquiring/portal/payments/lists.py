"""The lists of payments and refunds, and what is chosen from the first."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.core import ids
from acquiring.core.money import currencies
from acquiring.payments import models, search
from acquiring.portal import naming, shops, status, tables
from acquiring.portal.frame import draw, page, who_may
from acquiring.portal.listing import Column, Filter, Listing, View
from acquiring.portal.payments import words
from merchants import accounts
from merchants.queries import Desk

VIEWS = (
    View(pgettext_lazy("view", "All")),
    View(pgettext_lazy("view", "Captured"), "status=captured"),
    View(pgettext_lazy("view", "To capture"), "status=authorized"),
    View(pgettext_lazy("view", "Declined"), "status=declined"),
    View(pgettext_lazy("view", "Unknown"), "standing=unknown"),
    View(pgettext_lazy("view", "Refunded"), "standing=refunded"),
    View(pgettext_lazy("view", "Needs a person"), "standing=attention"),
)
REFUND_VIEWS = (
    View(pgettext_lazy("view", "All")),
    View(status.OPERATION["pending"].word, "status=pending"),
    View(status.OPERATION["failed"].word, "status=failed"),
)
COLUMNS = (
    Column("method", _("Method")),
    Column("customer", _("Customer")),
    Column("reference", _("Reference")),
    Column("route", _("Route")),
    Column("id", _("Id"), usual=False),
    Column("captured", _("Captured"), usual=False),
    Column("refunded", _("Refunded"), usual=False),
)
USUAL = tuple(one.name for one in COLUMNS if one.usual)
SITUATIONS = (
    ("unknown", pgettext_lazy("situation", "Outcome unknown")),
    ("refunded", pgettext_lazy("situation", "Money went back")),
    ("disputed", pgettext_lazy("situation", "Disputed")),
    ("attention", pgettext_lazy("situation", "Needs a person")),
)
STATES = (
    "created", "requires_action", "pending", "authorized", "captured", "declined", "canceled",
    "expired",
)  # fmt: skip


class Line(NamedTuple):
    """A payment as the list shows it."""

    payment: models.Payment
    shown: str
    look: str
    note: str
    method: str
    logo: str
    name: str
    email: str
    route: str


@page("payments.view")
def payments(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every payment, the newest first, found by anything one may know of it."""
    merchant_id = desk.tenant.id
    listing = Listing(
        request,
        desk,
        lambda given, zone: search.payments(merchant_id, given, zone),
        "pay",
        _filters(request, desk),
        columns=COLUMNS,
        views=VIEWS,
        look=lambda given, zone: search.horizon(merchant_id, given, zone),
    )
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    context = {
        "listing": listing,
        "lines": lines_of(merchant_id, listing.rows),
        "sums": sums_of(listing.rows),
        "edge": _edge(listing),
        "shown_columns": listing.shown,
        "compact": listing.compact,
        "may_create": desk.may("payments.create"),
        "may_act": desk.may("payments.refund"),
        "able": who_may("payments.create"),
    }
    return draw(request, desk, "portal/payments.html", context)


@page("payments.view")
def refunds(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every refund, the newest first."""
    merchant_id = desk.tenant.id
    listing = Listing(
        request,
        desk,
        lambda given, zone: search.refunds(merchant_id, given, zone),
        "ref",
        (
            _choices("status", _("Status"), status.OPERATION, ("pending", "succeeded", "failed")),
            Filter("when", _("Date"), "dates"),
            Filter("amount", _("Amount"), "amount"),
            _currencies(desk),
            Filter("payment", _("Payment"), "text"),
            *shops.choices(desk),
        ),
        views=REFUND_VIEWS,
        look=lambda given, _zone: search.refund_horizon(merchant_id, given),
    )
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    paid = models.Payment.objects.filter(
        merchant_id=merchant_id, id__in={row.payment_id for row in listing.rows}
    )
    known = {row.id: row for row in paid}
    lines = [
        {
            "row": row,
            "shown": ids.show("ref", row.id),
            "look": "unknown" if row.unknown and row.status == "pending" else row.status,
            "pay": ids.show("pay", row.payment_id),
            "payment": known.get(row.payment_id),
            "email": words.person_of(known[row.payment_id])
            if row.payment_id in known
            else ("", ""),
        }
        for row in listing.rows
    ]
    context = {
        "listing": listing,
        "lines": lines,
        "sums": _sums(listing.rows, "amount"),
        "edge": _edge(listing),
    }
    return draw(request, desk, "portal/refunds.html", context)


def lines_of(merchant_id: UUID, rows: list[models.Payment]) -> list[Line]:
    """Payments as the list shows them; one query for the routes of all."""
    tried = models.Attempt.objects.filter(
        merchant_id=merchant_id, payment_id__in=[row.id for row in rows]
    ).order_by("ordinal")
    last = {row.payment_id: row for row in tried.only("payment_id", "provider", "status")}
    lines = []
    for row in rows:
        attempt = last.get(row.id)
        doubtful = attempt is not None and attempt.status == "unknown"
        look = words.look_of(row, doubtful)
        route = tables.provider(attempt.provider) if attempt else ""
        method, logo = words.method_of(row)
        shown = ids.show("pay", row.id)
        lines.append(
            Line(row, shown, look, _note(row, look), method, logo, *words.person_of(row), route)
        )
    return lines


def sums_of(rows: list[models.Payment]) -> list[tuple[int, str]]:
    """What the payments of a page took, per currency, the largest first by count of digits."""
    return _sums(rows, "amount_captured")


def _sums(rows: list[Any], column: str) -> list[tuple[int, str]]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.currency] += getattr(row, column)
    return [(amount, currency) for currency, amount in sorted(sums.items()) if amount]


def _note(row: models.Payment, look: str) -> str:
    """The few words beside a state."""
    if look == "declined":
        return tables.plain(row.decline_code)
    if look == "partly_refunded":
        amount = words.sum_of(row.amount_refunded, row.currency)
        return gettext("%(amount)s back") % {"amount": amount}
    return ""


def _edge(listing: Listing) -> dict[str, Any] | None:
    """How far a page without an index looked, and where to look further; None when all was seen."""
    edge = listing.edge
    if edge is None:
        return None
    further = listing.address(before=ids.show(listing.prefix, edge))
    return {"looked": search.LOOK, "until": ids.time_of(edge), "further": further}


def _filters(request: HttpRequest, desk: Desk) -> tuple[Filter, ...]:
    connected = accounts.provider_accounts(desk.tenant.id)
    known = {one.provider for one in connected}
    used = accounts.carried(connected) | {request.GET.get("method", "")}
    methods = sorted((naming.method(code), code) for code in used & catalogue.methods().keys())
    return (
        _choices("status", _("Status"), status.PAYMENT, STATES),
        Filter("when", _("Date"), "dates"),
        Filter("amount", _("Amount"), "amount"),
        Filter("standing", _("Situation"), choices=SITUATIONS),
        Filter("method", _("Method"), choices=tuple((code, name) for name, code in methods)),
        Filter(
            "provider",
            _("Provider"),
            choices=tuple((name, tables.provider(name)) for name in sorted(known)),
        ),
        _currencies(desk),
        Filter("country", _("Country"), "text"),
        *shops.choices(desk),
        Filter(
            "decline_code",
            _("Decline code"),
            choices=tuple((code, tables.plain(code)) for code in sorted(catalogue.declines())),
        ),
        Filter("customer", _("Customer"), "text"),
    )


def _choices(name: str, title: Any, looks: dict[str, Any], wanted: tuple[str, ...]) -> Filter:
    return Filter(name, title, choices=tuple((one, looks[one].word) for one in wanted))


def _currencies(desk: Desk) -> Filter:
    """The merchant's own currency first, then the others."""
    own = desk.tenant.default_currency
    rest = sorted(code for code in currencies() if code != own)
    return Filter("currency", _("Currency"), choices=tuple((one, one) for one in [own, *rest]))
