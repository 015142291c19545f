"""Customers: find one, see what they paid, remove a saved card, hand out or erase their data."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from acquiring import catalogue
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.exports import person
from acquiring.payments import checkout, queries, takings
from acquiring.payments.models import Customer, Refund
from acquiring.portal.developers.api_keys import with_password
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.vault import services as vault
from acquiring.vault.models import Token
from merchants.queries import Desk
from merchants.services import now_for, user_actor

CUSTOMERS_SHOWN = 50
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
    words, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    found = queries.search_customers(desk.tenant.id, words)
    if after:
        found = found.filter(id__lt=ids.read("cus", after))
    rows = list(found[: CUSTOMERS_SHOWN + 1])
    rest, rows = rows[CUSTOMERS_SHOWN:], rows[:CUSTOMERS_SHOWN]
    here = {"q": words} if words else {}
    context = {
        "rows": [(str(row), row) for row in rows],
        "words": words,
        "first": f"?{urlencode(here)}" if after else "",
        "older": f"?{urlencode({**here, 'after': str(rows[-1])})}" if rest else "",
    }
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
        "payments": [(str(row), row) for row in payments],
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


@with_password
@page("customers.change")
def erase(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Say exactly what goes and what stays; then erase."""
    if request.method == "POST":
        checkout.erase_customer(desk.tenant.id, shown, user_actor(desk.user))
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
