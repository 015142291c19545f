"""The shopper's tries: to pay, to go back and pay otherwise, to forget a saved card.

Every form carries a key made when it was drawn. Pressing twice, going back and sending it again,
or losing the answer on the way all end in the one payment of that key, and on the session's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from acquiring.checkout import cards, fields, guard, offers, pages, visits, wallets
from acquiring.checkout.pages import shopper_page
from acquiring.checkout.visits import Visit
from acquiring.core import addresses, idempotency, ids
from acquiring.core.errors import Problem
from acquiring.payments import checkout, queries, services
from acquiring.payments.wishes import Instrument, Manner, Wish
from acquiring.vault import services as vault

MOST_TRIES = 20  # of one session: more is somebody trying out cards
METHOD, ONCE = "method", "once"
# Another try was quicker: the page shows how it stands.
OVERTAKEN = frozenset(
    {"operation_in_progress", "idempotency_in_progress", "conflict", "idempotency_mismatch"}
)
SECRET = frozenset({cards.NUMBER, cards.CODE, f"again.{cards.CODE}", wallets.PAYLOAD})


class SeeOther(HttpResponseRedirect):
    """303: go on with GET, so that a reload sends nothing again."""

    status_code = 303


class Filled(NamedTuple):
    """A form that was read: what to pay with and about whom, or the mistakes."""

    instrument: Instrument | None
    shopper: dict[str, Any]
    mistakes: dict[str, str]


@require_POST
@shopper_page
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Try to pay with what the form says."""
    visit = visits.of_session(token, request)
    with translation.override(visit.language):
        if not visit.active:
            raise Problem("merchant_not_approved")
        if visit.state != "choose":
            return SeeOther(visit.address)
        stop_guessing(visit)
        posted = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        if _with_a_card(posted) and guard.too_many(visit.merchant_id, _address(request)):
            return _again(request, visit, posted, {METHOD: _too_many_cards()}, status=429)
        filled = _read(visit, posted)
        if filled.instrument is None:
            return _again(request, visit, posted, filled.mistakes)
        return make(request, visit, posted, filled)


@require_POST
@shopper_page
def other(request: HttpRequest, token: str) -> HttpResponse:
    """Stop waiting for the try that is under way; the shopper wants to pay otherwise."""
    visit = visits.of_session(token, request)
    stop(visit)
    return SeeOther(visit.address)


def stop(visit: Visit) -> None:
    """Give up the try that waits for the shopper, if there is one and it can be given up."""
    if visit.state == "action" and visit.book:
        try:
            services.cancel(visit.merchant, visit.book.payment.id)
        except Problem as problem:
            if problem.status not in (409, 422):
                raise


@require_POST
@shopper_page
def forget(request: HttpRequest, token: str) -> HttpResponse:
    """Erase a saved card of the session's customer."""
    visit = visits.of_session(token, request)
    instrument = cards.saved(visit, request.POST.get("token", ""))
    assert instrument.token_id is not None
    vault.erase(visit.merchant_id, instrument.token_id)
    return SeeOther(visit.address)


def _read(visit: Visit, posted: Mapping[str, str]) -> Filled:
    """The form by the way it chose."""
    chosen = posted.get(METHOD, "")
    usable = offers.methods(visit)
    if chosen == offers.AGAIN:
        typed = cards.again(visit, posted)
        return Filled(typed.instrument, {}, typed.mistakes)
    if chosen.startswith(offers.SAVED):
        return Filled(cards.saved(visit, chosen.removeprefix(offers.SAVED)), {}, {})
    if chosen not in usable:
        return Filled(None, {}, {METHOD: _("Choose how you would like to pay")})
    if chosen in wallets.WALLETS:
        given = wallets.typed(visit, chosen, posted)
        return Filled(given, {}, {} if given else {METHOD: wallets.refused()})
    method, connector = usable[chosen]
    names = fields.wanted(connector.needs, offers.known_facts(visit))
    read = fields.read(chosen, names, posted, visit.country, connector.choices)
    if chosen == offers.CARD:
        typed = cards.typed(visit, posted, connector.brands)
        wrong = typed.mistakes | read.mistakes
        paid = typed.instrument and typed.instrument._replace(details=read.details)
        return Filled(None if wrong else paid, read.shopper, wrong)
    if read.mistakes:
        return Filled(None, {}, read.mistakes)
    return Filled(Instrument(method.code, details=read.details), read.shopper, {})


def make(
    request: HttpRequest, visit: Visit, posted: Mapping[str, str], filled: Filled
) -> HttpResponse:
    """Make the payment. Whatever comes of it is shown by the session's page."""
    assert filled.instrument is not None
    session, method = visit.session, filled.instrument.method
    shown = ids.show("cs", session.id)
    shopper = _shopper(request, visit, posted, filled.shopper)
    save = bool(posted.get(cards.SAVE)) and method == "card" and session.customer_id is not None
    claim = idempotency.claim_of(
        visit.merchant_id, f"{shown}:{posted.get(ONCE, '')[:64]}", "checkout", b""
    )
    wish = Wish(
        amount=session.amount,
        currency=session.currency,
        country=session.country or shopper.get("billing", {}).get("country", ""),
        locale=visit.language,
        shopper=shopper,
        return_url=addresses.checkout_url(visit.merchant_id, session.id),
        metadata=session.metadata,
    )
    try:
        wish = checkout.try_session(visit.merchant_id, shown, wish, method)
        services.create(visit.merchant, wish, filled.instrument, Manner(save=save), claim)
    except Problem as problem:
        if problem.code in OVERTAKEN or problem.param == "checkout_session":
            return SeeOther(visit.address)
        if problem.status >= 500:
            raise
        return _again(request, visit, posted, {METHOD: _refusal(problem)})
    return SeeOther(visit.going)


def _with_a_card(posted: Mapping[str, str]) -> bool:
    """Whether a card is tried: typed, saved, the same again, or one in a wallet."""
    chosen = posted.get(METHOD, "")
    named = {offers.CARD, offers.AGAIN, *wallets.WALLETS}
    return chosen in named or chosen.startswith(offers.SAVED)


def _too_many_cards() -> str:
    return _(
        "Many cards were tried from your connection. Nothing was charged. Wait an hour, or choose "
        "a way to pay without a card."
    )


def _refusal(problem: Problem) -> str:
    if problem.code in {"no_route", "method_unavailable", "unsupported"}:
        return _("This way to pay is not open to this order right now. Choose another one.")
    return _("This did not work. Check what you typed, or choose another way to pay.")


def _again(
    request: HttpRequest,
    visit: Visit,
    posted: Mapping[str, str],
    mistakes: Mapping[str, str],
    status: int = 422,
) -> HttpResponse:
    """The form with its mistakes. Nothing is emptied but what may not lie in a page."""
    typed = {name: value for name, value in posted.items() if name not in SECRET}
    chosen = posted.get(METHOD, "")
    page = pages.choose(request, visit, typed=typed, mistakes=mistakes, chosen=chosen)
    page.status_code = status
    return page


def _shopper(
    request: HttpRequest, visit: Visit, posted: Mapping[str, str], typed: dict[str, Any]
) -> dict[str, Any]:
    """The shopper's facts, as the payment keeps them: stored ones, typed ones, their browser's."""
    known: dict[str, dict[str, Any]] = {}
    for name, value in offers.known_facts(visit).items():
        part, _dot, member = name.partition(".")
        known.setdefault(part, {})[member] = value
    customer = {**known.get("customer", {}), **typed.get("customer", {})}
    if visit.session.customer_id:
        customer["id"] = ids.show("cus", visit.session.customer_id)
    billing = {**known.get("billing", {}), **typed.get("billing", {})}
    shopper: dict[str, Any] = {"device": _device(request, posted)}
    if customer:
        shopper["customer"] = customer
    if billing:
        shopper["billing"] = billing
    if "line1" in billing:
        shopper["shipping"] = billing
    return shopper


def _address(request: HttpRequest) -> str:
    """The shopper's address, as the web process is told it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _device(request: HttpRequest, posted: Mapping[str, str]) -> dict[str, Any]:
    """What 3-D Secure asks of a browser."""
    meta = request.META
    device: dict[str, Any] = {
        "ip": _address(request),
        "user_agent": meta.get("HTTP_USER_AGENT", "")[:1000],
        "accept": meta.get("HTTP_ACCEPT", "")[:1000],
        "language": meta.get("HTTP_ACCEPT_LANGUAGE", "").partition(",")[0][:35],
    }
    for name in offers.DEVICE:
        text = posted.get(name, "")
        if text.removeprefix("-").isdecimal() and len(text) <= 6:
            device[name] = int(text)
    return {name: value for name, value in device.items() if value != ""}


def stop_guessing(visit: Visit) -> None:
    """Raises Problem `rate_limited` for a session that was tried too often."""
    rows = queries.payments(visit.merchant_id, session=ids.show("cs", visit.session.id))
    if rows[:MOST_TRIES].count() >= MOST_TRIES:
        raise Problem("rate_limited", retry_after=3600)
