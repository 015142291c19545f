"""Payment links: list, make, show, share, open and close."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from acquiring import catalogue
from acquiring.core import idempotency, ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import checkout, queries, takings
from acquiring.payments.models import PaymentLink
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.links import sharing
from acquiring.portal.links.forms import FIXED, NewLink
from merchants import queries as merchants
from merchants.accounts import provider_accounts
from merchants.queries import Desk
from merchants.services import now_for, user_actor

LINKS_SHOWN = 50
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


@page("payments.view")
def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest links first, with how many times each was paid."""
    merchant_id, status = desk.tenant.id, request.GET.get("status", "")
    active = {"active": True, "inactive": False}.get(status)
    found = queries.links(merchant_id, active=active)
    after = request.GET.get("after", "")
    if after:
        found = found.filter(id__lt=ids.read("pl", after))
    links = list(found[: LINKS_SHOWN + 1])
    rest, links = links[LINKS_SHOWN:], links[:LINKS_SHOWN]
    paid = takings.counts_of_links(merchant_id, [link.id for link in links])
    here = {"status": status} if active is not None else {}
    context = {
        "rows": [_row(link, paid[link.id]) for link in links],
        "status": status if active is not None else "",
        "views": [
            ("", gettext("All")),
            ("active", gettext("Open")),
            ("inactive", gettext("Closed")),
        ],
        "first": f"?{urlencode(here)}" if after else "",
        "older": f"?{urlencode({**here, 'after': str(links[-1])})}" if rest else "",
        "may_change": desk.may("payments.create"),
        "able": who_may("payments.create"),
    }
    return draw(request, desk, "portal/links.html", context)


@page("payments.view")
def show(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One link: its address, its code, what to send with it, and what came of it."""
    link = queries.link(desk.tenant.id, shown)
    look = merchants.branding(desk.tenant.id)
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
        "payments": _shown(takings.payments_of_link(link, PAYMENTS_SHOWN)),
        "methods": [catalogue.methods()[code].name for code in link.methods],
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
    carried = {
        connector.method
        for account in provider_accounts(desk.tenant.id)
        for connector in catalogue.provider(account.provider).connectors
        if account.takes(connector.method)
    }
    stores = list(merchants.stores(desk.tenant.id))
    return NewLink(desk.tenant, stores, sorted(carried), *args, **named)


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
        "look": merchants.branding(desk.tenant.id),
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


def _shown(rows: list[Any]) -> list[tuple[str, Any]]:
    """Payments with their outside ids."""
    return [(str(row), row) for row in rows]


def _store(desk: Desk, link: PaymentLink) -> str:
    """The name of the link's store, "" where it has none."""
    found = {store.id: store.name for store in merchants.stores(desk.tenant.id)}
    return found.get(link.store_id, "") if link.store_id else ""
