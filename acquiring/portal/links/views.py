"""Payment links: list, make, show, share, open and close."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core import idempotency, ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import checkout, queries, takings
from acquiring.payments.models import PaymentLink
from acquiring.portal import naming, shops
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.links import sharing
from acquiring.portal.links.forms import FIXED, NewLink
from acquiring.portal.listing import Filter, Listing, View
from acquiring.portal.paid import Paid
from merchants import queries as merchants
from merchants.accounts import carried, provider_accounts
from merchants.queries import Desk
from merchants.services import now_for, user_actor

PAYMENTS_SHOWN = 20
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


class Row(NamedTuple):
    """A link of the list."""

    link: PaymentLink
    shown: str
    url: str
    state: str
    paid: int
    many: bool  # it was paid at least so often


FILTERS = (
    Filter(
        "status",
        _("Status"),
        choices=(
            ("active", pgettext_lazy("link", "Open")),
            ("inactive", pgettext_lazy("link", "Closed")),
        ),
    ),
)
VIEWS = (
    View(pgettext_lazy("view", "All")),
    View(pgettext_lazy("link", "Open"), "status=active"),
    View(pgettext_lazy("link", "Closed"), "status=inactive"),
)


@page("payments.view")
def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest links first, with how many times each was paid."""
    merchant_id = desk.tenant.id

    def find(given: dict[str, str], zone: ZoneInfo) -> QuerySet[PaymentLink]:
        active = {"active": True, "inactive": False}.get(given.get("status", ""))
        return queries.links(merchant_id, active=active, store_id=_id(given.get("store", "")))

    filters = (*FILTERS, *shops.choices(desk))
    listing = Listing(request, desk, find, "pl", filters, views=VIEWS)
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    paid = takings.counts_of_links(merchant_id, [link.id for link in listing.rows])
    context = {
        "listing": listing,
        "rows": [_row(link, paid[link.id]) for link in listing.rows],
        "may_change": desk.may("payments.create"),
        "able": who_may("payments.create"),
    }
    return draw(request, desk, "portal/links.html", context)


@page("payments.view")
def show(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One link: its address, its code, what to send with it, and what came of it."""
    link = queries.link(desk.tenant.id, shown)
    look = merchants.branding(desk.tenant.id, link.store_id)
    language = _language(request)
    context = {
        "link": link,
        "shown": shown,
        "state": checkout.link_state(link),
        "url": sharing.address(link),
        "languages": {code: row["name"] for code, row in sharing.languages().items()},
        "language": language,
        "text": sharing.text(link, look.name, language),
        "takings": takings.of_link(link),
        "payments": [Paid.of(row) for row in takings.payments_of_link(link, PAYMENTS_SHOWN)],
        "methods": [naming.method(code) for code in link.methods],
        "store": _store(desk, link),
        "may_change": desk.may("payments.create"),
        "able": who_may("payments.create"),
    }
    part = request.headers.get("HX-Target") == "share"
    return draw(request, desk, "portal/link_share.html" if part else "portal/link.html", context)


@page("payments.create")
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form with the page as the shopper will see it, and the link."""
    if request.method != "POST":
        return _form(request, desk, _new(desk, initial={"once": ids.new()}))
    form = _new(desk, request.POST)
    if not form.is_valid():
        return _form(request, desk, form, 400)
    merchant_id, given = desk.tenant.id, form.cleaned_data
    claim = idempotency.claim_of(merchant_id, f"form-{given['once']}", "link_create", b"")

    def deed() -> tuple[int, Any]:
        store_id = merchants.store_id(merchant_id, given["store"])
        facts = form.facts() | {"store_id": store_id}
        link = checkout.create_link(merchant_id, user_actor(desk.user), **facts)
        return 201, {"id": str(link)}

    try:
        made = idempotency.once(claim, deed)
    except Problem as problem:
        form.refuse(problem)
        return _form(request, desk, form, problem.status)
    return redirect(place(desk, "link", orjson.loads(made.body)["id"]))


@require_POST
@page("payments.create")
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The shopper's page as the form stands, finished or not."""
    form = _new(desk, request.POST)
    form.is_valid()
    return draw(request, desk, "portal/link_preview.html", _preview(desk, form))


@require_POST
@page("payments.create")
def switch(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Open or close a link. Payments that are under way go on."""
    active = request.POST.get("active") == "1"
    checkout.change_link(desk.tenant.id, shown, user_actor(desk.user), active=active)
    said = gettext("The link is open") if active else gettext("The link is closed")
    messages.success(request, said)
    return redirect(place(desk, "link", shown))


@page("payments.view")
def picture(request: HttpRequest, desk: Desk, shown: str, kind: str) -> HttpResponse:
    """The QR code; `?keep` has the browser save it."""
    link = queries.link(desk.tenant.id, shown)
    answer = HttpResponse(sharing.picture(link, kind), PICTURES[kind])
    if "keep" in request.GET:
        name = f"{shown}.{kind}"
        answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _new(desk: Desk, *args: Any, **named: Any) -> NewLink:
    methods = carried(provider_accounts(desk.tenant.id))
    stores = list(merchants.stores(desk.tenant.id))
    return NewLink(desk.tenant, stores, sorted(methods), *args, **named)


def _form(request: HttpRequest, desk: Desk, form: NewLink, status: int = 200) -> HttpResponse:
    context = {"form": form, **_preview(desk, form)}
    return draw(request, desk, "portal/link_create.html", context, status)


def _preview(desk: Desk, form: NewLink) -> dict[str, Any]:
    """What the shopper would see of what is typed so far."""
    typed = getattr(form, "cleaned_data", {})
    currency = form["currency"].value() or desk.tenant.default_currency
    amount = typed.get("amount")
    bounds = [typed.get("amount_min"), typed.get("amount_max")]
    language = get_language() or "en"
    return {
        "look": merchants.branding(desk.tenant.id, _store_id(desk, form["store"].value() or "")),
        "title": form["title"].value() or "",
        "description": form["description"].value() or "",
        "fixed": form["pricing"].value() == FIXED,
        "price": _local(amount, currency, language),
        "least": _local(bounds[0], currency, language),
        "most": _local(bounds[1], currency, language),
        "currency": currency,
    }


def _row(link: PaymentLink, paid: int) -> Row:
    url = sharing.address(link)
    return Row(link, str(link), url, _state(link, paid), paid, paid >= takings.MOST_COUNTED)


def _local(amount: int | None, currency: str, language: str) -> str:
    return sharing.local(Money(amount, currency), language) if amount else ""


def _state(link: PaymentLink, paid: int) -> str:
    """As `checkout.link_state`, of a link whose payments were counted."""
    if paid and not link.reusable:
        return "paid"
    if not link.active:
        return "inactive"
    ended = link.expires_at is not None and link.expires_at <= now_for(link.merchant_id)
    return "expired" if ended else "open"


def _language(request: HttpRequest) -> str:
    """The shopper's language that was asked for, else the reader's own."""
    asked = request.GET.get("language", "")
    if asked in sharing.languages():
        return asked
    own = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
    return own.get(get_language() or "en", "en")


def _store_id(desk: Desk, shown: str) -> UUID | None:
    """The store that is chosen so far; None while it is none of the merchant's."""
    try:
        return merchants.store_id(desk.tenant.id, shown)
    except Problem:
        return None


def _id(store: str) -> UUID | None:
    return ids.read("sto", store) if store else None


def _store(desk: Desk, link: PaymentLink) -> str:
    """The name of the link's store, "" where it has none."""
    found = {store.id: store.name for store in merchants.stores(desk.tenant.id)}
    return found.get(link.store_id, "") if link.store_id else ""
