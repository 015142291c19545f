"""The overview: what needs the merchant, how payments go, what is there to spend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.ledger.queries import merchant_balances
from acquiring.payments import health, statistics
from acquiring.payments.models import Payment, PaymentLink
from acquiring.payments.statistics import Slice
from acquiring.portal import tables
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.overview import charts, needs, words
from acquiring.portal.overview.board import COUNTRIES, REASONS, Board, board
from acquiring.portal.overview.period import PERIODS, Period, period
from acquiring.webhooks import queries as webhooks
from merchants import queries
from merchants.models import ApiKey, Business, Store
from merchants.queries import Desk
from merchants.services import now_for

USED_DAYS = 90  # a currency is offered while payments of the last days are in it
MOST_STORES = 20


class Choice(NamedTuple):
    """One way to look at the figures, with its address."""

    title: str | Promise
    address: str
    current: bool


class Step(NamedTuple):
    """A first step of a new merchant."""

    title: str | Promise
    text: str | Promise
    address: str
    done: bool


@page("payments.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Everything on one page, for one currency, one period, and one store or all."""
    merchant, now = desk.tenant, now_for(desk.tenant.id)
    shown = period(request.GET.get("days", ""), now, merchant.time_zone)
    stores = list(queries.stores(merchant.id)[:MOST_STORES])
    store = _store(stores, request.GET.get("store", ""))
    used = statistics.currencies(merchant.id, shown.last - timedelta(days=USED_DAYS))
    wanted = request.GET.get("currency", "")
    currency = wanted if wanted in used else next(iter(used), merchant.default_currency)
    balances = merchant_balances(merchant.id) if desk.may("balances.view") else {}
    context: dict[str, Any] = {
        "zone": merchant.time_zone,
        "currency": currency,
        "periods": _choices(request, "days", [(str(one), words.PERIODS[one]) for one in PERIODS],
                            str(shown.days)),
        "currencies": _choices(request, "currency", [(one, one) for one in used], currency),
        "stores": _choices(
            request, "store",
            [("", _("All stores")), *((ids.show("sto", one.id), one.name) for one in stores)],
            ids.show("sto", store.id) if store else "",
        ),
        "store": store,
        "tasks": needs.tasks(desk, balances, now),
        "balances": dict(sorted(balances.items(), key=lambda one: (one[0] != currency, one[0]))),
        "providers": _providers(desk),
        "standing": statistics.standing(merchant.id),
        "may_create": desk.may("payments.create"),
        "able": who_may("payments.create"),
    }  # fmt: skip
    if not used and not Payment.objects.filter(merchant_id=merchant.id).exists():
        context["steps"] = _steps(desk)
        return draw(request, desk, "portal/overview.html", context)
    found = board(Slice(merchant.id, currency, store.id if store else None), shown)
    return draw(request, desk, "portal/overview.html", context | _figures(desk, found, currency))


def _figures(desk: Desk, found: Board, currency: str) -> dict[str, Any]:
    """What the cards of figures show."""
    now, before = found.comparable
    reasons, countries = found.reasons(), found.countries()
    most = reasons[0][1] if reasons else 1
    refunded = found.now.refunded / found.now.captured if found.now.captured else None
    return {
        "board": found,
        "before": words.BEFORE[found.period.days],
        "captured": words.whole(found.now.captured, currency),
        "captured_change": _change(now.captured, before.captured),
        "rate": found.rate and {
            "share": words.share(found.rate.share),
            "margin": words.points(found.rate.margin),
            "tried": found.rate.tried,
            "change": _rate_change(found),
        },
        "refunded": words.whole(found.now.refunded, currency),
        "refunded_share": None if refunded is None else words.share(refunded),
        "payments_change": _change(now.payments, before.payments),
        "success": charts.success(found),
        "volume": charts.volume(found, currency),
        "reasons": [
            {
                "code": code,
                "title": tables.reason(code),
                "advice": tables.advice(code),
                "count": count,
                "width": round(100 * count / most),
                "address": _payments(desk, found.period, currency, decline_code=code),
            }
            for code, count in reasons[:REASONS]
        ],
        "declined": _payments(desk, found.period, currency, status="declined"),
        "countries": [
            {
                "code": code,
                "title": words.country(code),
                "figures": figures,
                "rate": words.share(figures.paid / figures.tried) if figures.tried else "",
                "address": _payments(desk, found.period, currency, country=code) if code else "",
            }
            for code, figures in countries[:COUNTRIES]
        ],
        "countries_more": max(0, len(countries) - COUNTRIES),
    }  # fmt: skip


def _change(now: int, before: int) -> dict[str, Any] | None:
    """How much more or less, as a share of what was; None when there was nothing."""
    if not before:
        return None
    share = (now - before) / before
    return {"up": share >= 0, "share": words.share(abs(share)), "same": abs(share) < 0.0005}


def _rate_change(found: Board) -> dict[str, Any] | None:
    change = found.change_of_rate
    if change is None:
        return None
    same = abs(change.share) < 0.0005
    points = words.points(change.share)
    return {"up": change.share > 0, "points": points, "clear": change.clear, "same": same}


def _payments(desk: Desk, shown: Period, currency: str, **filters: str) -> str:
    """The list of payments behind a figure."""
    days = {"when_from": str(shown.first), "when_to": str(shown.last)}
    query = urlencode({"currency": currency, **days, **filters})
    return f"{place(desk, 'payments')}?{query}"


def _providers(desk: Desk) -> list[dict[str, Any]]:
    """Each provider the merchant has, with its last hour."""
    busy = {one.provider: one for one in health.providers(desk.tenant.id)}
    accounts = queries.account_rows(desk.tenant.id).values_list("provider", flat=True)
    names = list(dict.fromkeys([*busy, *accounts]))
    shown = []
    for name in names:
        one = busy.get(name)
        shown.append(
            {
                "title": tables.provider(name),
                "look": words.HEALTH[one.word if one else "quiet"],
                "health": one,
                "rate": words.share(one.paid / one.decided) if one and one.decided else "",
            }
        )
    return shown


def _choices(
    request: HttpRequest, name: str, options: list[tuple[str, Any]], current: str
) -> list[Choice]:
    found = []
    for value, title in options:
        query = request.GET.copy()
        query.pop(name, None)
        if value:
            query[name] = value
        found.append(Choice(title, f"?{query.urlencode()}", value == current))
    return found


def _store(stores: list[Store], shown: str) -> Store | None:
    """The store of the merchant that an address names; naming another's shows all stores."""
    return next((one for one in stores if ids.show("sto", one.id) == shown), None)


def _steps(desk: Desk) -> list[Step]:
    """From nothing to the first payment, with what is done already."""
    merchant = desk.tenant
    keys = ApiKey.objects.filter(merchant_id=merchant.id, last_used_at__isnull=False)
    links = PaymentLink.objects.filter(merchant_id=merchant.id)
    return [
        Step(
            _("Make a payment link"),
            _("A page with your price. Open it, pay with a test card, and see the money here."),
            place(desk, "link_create"),
            links.exists(),
        ),
        Step(
            _("Call the API with your key"),
            _("One request from your server makes a payment; the docs carry your own test key."),
            place(desk, "api_keys"),
            keys.exists(),
        ),
        Step(
            _("Hear of what happens"),
            _("A webhook endpoint tells your server when a payment is paid, refunded or declined."),
            place(desk, "webhooks"),
            webhooks.endpoints(merchant.id).exists(),
        ),
        Step(
            _("Apply for live payments"),
            _("Tell us about the business. A clear case is approved within minutes."),
            reverse("live:business"),
            desk.business.status == Business.Status.APPROVED,
        ),
    ]
