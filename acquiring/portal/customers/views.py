"""Customers: find one, see what they paid, remove a saved card, hand out or erase their data."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring import catalogue
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.exports import person
from acquiring.payments import checkout, queries, takings
from acquiring.payments.models import Customer, Refund
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.listing import Listing
from acquiring.portal.paid import Paid
from acquiring.portal.security.again import freshly_authenticated, in_live
from acquiring.vault import services as vault
from acquiring.vault.models import Token
from merchants.queries import Desk
from merchants.services import now_for, user_actor

PAYMENTS_SHOWN = 20
CARDS_SHOWN = 50


class Card(NamedTuple):
    """A saved card as a person may see it."""

    shown: str
    title: str
    expires: str
    is_over: bool


@page("payments.view")
def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest customers first, or those that were searched for."""

    def find(given: dict[str, str], zone: ZoneInfo) -> QuerySet[Customer]:
        return queries.search_customers(desk.tenant.id, given.get("q", ""))

    listing = Listing(request, desk, find, "cus")
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    context = {"listing": listing, "rows": [(str(row), row) for row in listing.rows]}
    return draw(request, desk, "portal/customers.html", context)


@page("payments.view")
def show(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Who they are, what they paid, the cards that are kept for them."""
    customer = queries.customer(desk.tenant.id, shown)
    payments = takings.payments_of_customer(customer, PAYMENTS_SHOWN)
    context = {
        "customer": customer,
        "shown": shown,
        "cards": _cards(customer),
        "takings": takings.of_customer(customer),
        "payments": [Paid.of(row) for row in payments],
        "refunds": [_refund(row) for row in takings.refunds_of_customer(customer, PAYMENTS_SHOWN)],
        "may_change": desk.may("customers.change"),
        "able": who_may("customers.change"),
    }
    return draw(request, desk, "portal/customer.html", context)


@require_POST
@page("customers.change")
def hand_out(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """All that is kept about them, as a file."""
    customer = queries.customer(desk.tenant.id, shown)
    answer = HttpResponse(person.data(desk.tenant, customer, desk.user), "application/zip")
    answer["Content-Disposition"] = content_disposition_header(True, f"{shown}.zip") or ""
    return answer


@freshly_authenticated(when=in_live, what=_("Erase a customer"))
@page("customers.change")
def erase(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Say exactly what goes and what stays; then erase."""
    if request.method == "POST":
        checkout.erase_customer(desk.tenant.id, shown, user_actor(desk.user))
        messages.success(request, gettext("The customer is erased"))
        return redirect(place(desk, "customers"))
    customer = queries.customer(desk.tenant.id, shown)
    context = {
        "customer": customer,
        "shown": shown,
        "cards": len(_cards(customer)),
        "takings": takings.of_customer(customer),
        "under_way": takings.under_way(customer),
    }
    return draw(request, desk, "portal/customer_erase.html", context)


@page("customers.change")
def remove_card(request: HttpRequest, desk: Desk, shown: str, token: str) -> HttpResponse:
    """Say what it means; then forget the card."""
    customer = queries.customer(desk.tenant.id, shown)
    row = vault.find(desk.tenant.id, token)
    if row.customer_id != customer.id or row.status != Token.Status.ACTIVE:
        raise Problem("not_found", f"There is no saved card {token}.")
    if request.method == "POST":
        vault.erase(desk.tenant.id, row.id, user_actor(desk.user))
        messages.success(request, gettext("The card is removed"))
        return redirect(place(desk, "customer", shown))
    context = {"customer": customer, "shown": shown, "card": _card(row)}
    return draw(request, desk, "portal/customer_card_remove.html", context)


def _cards(customer: Customer) -> list[Card]:
    return [_card(row) for row in vault.kept(customer.merchant_id, customer.id)[:CARDS_SHOWN]]


def _card(row: Token) -> Card:
    now = now_for(row.merchant_id)
    brand = catalogue.brands().get(row.brand)
    title = f"{brand.name if brand else row.brand} ·· {row.last4}"
    over = (row.exp_year, row.exp_month) < (now.year, now.month)
    return Card(ids.show("tok", row.id), title, f"{row.exp_month:02}/{row.exp_year % 100:02}", over)


def _refund(row: Refund) -> dict[str, Any]:
    """A refund with the outside ids of itself and of its payment."""
    return {"row": row, "shown": str(row), "payment": ids.show("pay", row.payment_id)}
