"""Payment links: a fixed amount opens its checkout at once, an open one is asked for first."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquiring.checkout import formats, languages, pace, policy, shops, visits
from acquiring.checkout.pages import shopper_page
from acquiring.checkout.tries import SeeOther
from acquiring.core import addresses, ids
from acquiring.core.errors import Problem
from acquiring.payments import checkout, models, queries
from merchants import queries as merchant_queries
from merchants import sites

AMOUNT = "amount"


@require_http_methods(["GET", "POST"])
@shopper_page
def show(request: HttpRequest, token: str) -> HttpResponse:
    """A payment link's page."""
    merchant_id, link_id = addresses.read_token(token)
    visits.merchant_row(merchant_id)
    link = queries.link(merchant_id, ids.show("pl", link_id))
    pace.take(f"link {link_id.hex}")
    state = checkout.link_state(link)
    if state != "open":
        return _draw(request, link, token, "checkout/link_closed.html", {"state": state}, 410)
    if link.amount is not None:
        return _open(request, merchant_id, link.id)
    if request.method == "GET":
        return _draw(request, link, token, "checkout/link.html", {})
    typed = request.POST.get(AMOUNT, "").strip()[:20]
    try:
        return _open(request, merchant_id, link.id, formats.typed_money(typed, link.currency))
    except (ValueError, Problem):
        context = {"typed": typed, "mistake": _mistake(link)}
        return _draw(request, link, token, "checkout/link.html", context, 422)


@require_GET
@shopper_page
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The merchant's colour and corners as a stylesheet."""
    merchant_id, link_id = addresses.read_token(token)
    link = queries.link(merchant_id, ids.show("pl", link_id))
    return policy.sheet(shops.stylesheet(merchant_queries.branding(merchant_id, link.store_id)))


@require_POST
@shopper_page
def again(request: HttpRequest, token: str) -> HttpResponse:
    """A fresh session for one that expired, where it came from a link."""
    visit = visits.of_session(token, request)
    session = visit.session
    if session.link_id is None or visit.state not in {"expired", "closed"}:
        return SeeOther(visit.address)
    return _open(request, visit.merchant_id, session.link_id, session.amount)


def _open(
    request: HttpRequest, merchant_id: UUID, link_id: UUID, amount: int | None = None
) -> HttpResponse:
    """To a session of the link."""
    locale = languages.known(request.GET.get(languages.PARAMETER, ""))
    session = checkout.open_link(merchant_id, link_id, amount, locale)
    return SeeOther(addresses.checkout_url(merchant_id, session.id) + visits.carried(request))


def _mistake(link: models.PaymentLink) -> str:
    least = formats.money(link.amount_min, link.currency) if link.amount_min else ""
    most = formats.money(link.amount_max, link.currency) if link.amount_max else ""
    if least and most:
        return _("Type an amount from %(least)s to %(most)s.") % {"least": least, "most": most}
    if least:
        return _("Type an amount of at least %(least)s.") % {"least": least}
    if most:
        return _("Type an amount of at most %(most)s.") % {"most": most}
    return _("Type an amount, such as 25.00.")


def _draw(
    request: HttpRequest,
    link: models.PaymentLink,
    token: str,
    template: str,
    context: dict,
    status: int = 200,
) -> HttpResponse:
    shop = merchant_queries.branding(link.merchant_id, link.store_id)
    merchant = visits.merchant_row(link.merchant_id)
    host = policy.host(request, sites.allowed(merchant))
    around = {
        "host": host,
        "link": link,
        "merchant": shop,
        "is_test": merchant.mode == "test",
        "look_url": f"{reverse('payment_link_look', args=[token])}?{shops.version(shop)}",
        "languages": languages.offered(),
        "shop_url": shop.website,
    }
    response = render(request, template, around | context, status=status)
    return policy.guard(response, [host] if host else [])
