"""What a shopper sees of a checkout session: one address, and a page for every state of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zlib import crc32

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from acquiring.checkout import flows, languages, offers, policy, shops, visits, wallets, words
from acquiring.checkout.visits import Visit
from acquiring.core import addresses, ids
from acquiring.core.errors import Problem

LEAVING = frozenset({"redirect", "three_ds"})

View = Callable[..., HttpResponse]


def shopper_page(view: View) -> View:
    """A view for shoppers: in their language, and behind the headers whatever happens.

    No cookie is set or read: whoever knows the address may act, so there is no other authority
    that a foreign site could borrow.
    """

    @csrf_exempt
    @wraps(view)
    def shown(request: HttpRequest, token: str) -> HttpResponse:
        language = languages.of(request)
        with translation.override(language):
            try:
                return view(request, token)
            except Problem as problem:
                return refused(request, problem)

    return shown


@require_GET
@shopper_page
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The session's page, whatever state it is in."""
    visit = visits.of_session(token, request)
    with translation.override(visit.language):
        return SHOWN[visit.state](request, visit)


@require_GET
@shopper_page
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where the session stands, for the page that waits: `{"mark", "says"}`."""
    visit = visits.of_session(token, request)
    with translation.override(visit.language):
        told = {"mark": mark(visit), "says": words.waiting(visit)}
    return policy.guard(HttpResponse(orjson.dumps(told), "application/json"))


@require_GET
@shopper_page
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The merchant's colour and corners as a stylesheet."""
    visit = visits.of_session(token, request)
    return policy.sheet(shops.stylesheet(visit.look))


def choose(request: HttpRequest, visit: Visit, **said: Any) -> HttpResponse:
    """The ways to pay. `said` is what a refused form had: `typed`, `mistakes`, `chosen`."""
    if not said and flows.ran_out(visit) and flows.CHOICE not in request.GET:
        return draw(request, visit, "checkout/flows/ran_out.html", flows.renewal(visit))
    offer = offers.of(visit, request, **said)
    context = {
        "offer": offer,
        "declined": words.decline(visit),
        "pay_url": visit.place("checkout_pay"),
        "forget_url": visit.place("checkout_forget"),
        "brands": offers.brand_rules(offer.brands),
        "says": words.mistakes(),
    }
    code = 422 if said.get("mistakes") else 200
    google = wallets.GOOGLE in offer.sheets
    return draw(request, visit, "checkout/pay.html", context, code, google=google)


def draw(
    request: HttpRequest,
    visit: Visit,
    template: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
    forms: str = "'self'",
    google: bool = False,
) -> HttpResponse:
    """A page of the session, with what all of them share."""
    host = policy.host(request, visit.frames)
    frames = [host] if host else []
    around = {
        "visit": visit,
        "session": visit.session,
        "merchant": visit.look,
        "payment": visit.book.payment if visit.book else None,
        "mark": mark(visit),
        "status_url": visit.place("checkout_status"),
        "back_url": visit.place("checkout_other"),
        "shop_url": shop_url(visit),
        "look_url": visit.sheet,
        "is_test": visit.is_test,
        "languages": languages.offered(),
        "host": host,
        "order": visit.session.reference or visit.session.description,
    }
    response = render(request, template, around | (context or {}), status=status)
    response["Content-Language"] = visit.language
    return policy.guard(response, frames, forms, google=google)


def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A page that says what is wrong with the address or the moment."""
    context = {"problem": problem, "languages": languages.offered()}
    response = render(request, "checkout/refused.html", context, status=problem.status)
    if "retry_after" in problem.facts:
        response["Retry-After"] = str(problem.facts["retry_after"])
    return policy.guard(response)


def mark(visit: Visit) -> str:
    """A word that changes whenever the page would look different."""
    if visit.book is None:
        return visit.state
    payment = visit.book.payment
    step = crc32(orjson.dumps(payment.next_action))
    return f"{visit.state}.{payment.id.hex[-8:]}.{payment.status}.{step:x}"


def shop_url(visit: Visit) -> str:
    """The way back to the shop: with the outcome once it is paid, else where canceling leads."""
    session = visit.session
    if visit.state in {"paid", "pending"} and visit.book and session.return_url:
        payment = visit.book.payment
        return addresses.told(
            session.return_url, payment=ids.show("pay", payment.id), status=payment.status
        )
    return session.cancel_url or session.return_url or visit.look.website


def _action(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shopper's next step, as the method needs it."""
    assert visit.book is not None
    action = visit.book.payment.next_action or {}
    if action.get("type") in LEAVING:
        return _leave(request, visit, action)
    context = {"action": action, **flows.present(action, visit.book, request)}
    return draw(request, visit, f"checkout/flows/{flows.drawn(action)}.html", context)


def _leave(request: HttpRequest, visit: Visit, action: dict[str, Any]) -> HttpResponse:
    """The hand-over to a bank's, wallet's or issuer's page."""
    assert visit.book is not None
    payment = visit.book.payment
    context = {
        "action": action,
        "to": words.destination(payment),
        "fields": action.get("fields", {}),
        "posts": action.get("method") == "POST",
        "goes": "go" in request.GET,
    }
    # The issuer's page may send the form on to any other: a narrower list would stop it midway.
    target = policy.origin(action["url"])
    forms = "https:" if target.startswith("https:") else f"'self' {target} {settings.SANDBOX_URL}"
    return draw(request, visit, "checkout/leave.html", context, forms=forms)


def _asking(request: HttpRequest, visit: Visit) -> HttpResponse:
    return draw(request, visit, "checkout/asking.html")


def _pending(request: HttpRequest, visit: Visit) -> HttpResponse:
    return draw(request, visit, "checkout/pending.html")


def _paid(request: HttpRequest, visit: Visit) -> HttpResponse:
    assert visit.book is not None
    receipt = ids.show("pay", visit.book.payment.id)
    context = {
        "paid_with": words.paid_with(visit),
        "receipt": receipt,
        "receipt_url": visit.place("checkout_receipt"),
    }
    return draw(request, visit, "checkout/paid.html", context)


def _over(request: HttpRequest, visit: Visit) -> HttpResponse:
    context = {"title": _("The time to pay is over"), "again_url": visit.place("checkout_again")}
    return draw(request, visit, "checkout/over.html", context)


SHOWN: dict[str, Callable[[HttpRequest, Visit], HttpResponse]] = {
    "choose": choose,
    "action": _action,
    "asking": _asking,
    "pending": _pending,
    "paid": _paid,
    "expired": _over,
    "closed": _over,
}
