"""What shoppers are offered: the merchant's own order, what is switched off, limits, versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring import catalogue
from acquiring.catalogue import Method
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.methods import forms, views
from acquiring.portal.methods.browsing import Standing
from merchants import offering, queries
from merchants.models import OfferingSnapshot
from merchants.offering import MOST_ORDERED
from merchants.queries import Desk
from merchants.services import user_actor

CHANGES = {
    "method.on": lambda name: gettext("%(method)s switched on") % {"method": name},
    "method.off": lambda name: gettext("%(method)s switched off") % {"method": name},
    "method.limits": lambda name: gettext("Limits of %(method)s") % {"method": name},
    "method.as_everywhere": lambda name: gettext("%(method)s as in all stores") % {"method": name},
    "methods.order": lambda _name: gettext("The order"),
    "methods.back": lambda name: gettext("Back to version %(number)s") % {"number": name},
}


class Version(NamedTuple):
    """A snapshot in words."""

    row: OfferingSnapshot
    words: str
    store: str


@page(views.VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The order, what is off, what has limits, and how it came to be so."""
    store = forms.store_asked(request)
    store_id = queries.store_id(desk.tenant.id, store)
    standing = Standing(desk, store_id)
    choices = standing.choices
    stores = list(queries.stores(desk.tenant.id)[: views.MOST_STORES])
    rules = [(catalogue.method(code), rule) for code, rule in choices.rules.items()]
    live = [one for one in catalogue.methods().values() if standing.state(one) == "live"]
    names = {choice.shown: choice.name for choice in views.choices(stores, store)}
    context = {
        "order": [catalogue.method(code) for code in choices.order],
        "rest": sorted(
            (one for one in live if one.code not in choices.order), key=lambda one: one.name
        ),
        "live": len(live),
        "full": len(choices.order) >= MOST_ORDERED,
        "off": [one for one, rule in rules if rule.on is False],
        "limited": [one for one, rule in rules if rule.minimum or rule.maximum],
        "versions": [_version(row, names) for row in offering.history(desk.tenant.id)],
        "store": store,
        "stores": views.choices(stores, store) if len(stores) > 1 else [],
        "may_change": desk.may(views.CHANGE),
        "able": who_may(views.CHANGE),
    }
    return draw(request, desk, "portal/methods_offer.html", context)


@require_POST
@page(views.CHANGE)
def order(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Move a method in the order, add it or take it out; or take over a whole order."""
    store = forms.store_asked(request)
    store_id = queries.store_id(desk.tenant.id, store)
    now = list(offering.current(desk.tenant.id).of(store_id).order)
    if "order" in request.POST:
        wanted = [one for one in str(request.POST["order"]).split(",") if one]
    else:
        wanted = _moved(now, str(request.POST.get("do", "")), str(request.POST.get("add", "")))

    def deed() -> None:
        offering.arrange(desk.tenant.id, user_actor(desk.user), wanted, store)

    return _done(request, desk, deed, gettext("The order is saved"), store)


@require_POST
@page(views.CHANGE)
def back(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Offer again what an earlier version offered."""
    number = str(request.POST.get("number", ""))

    def deed() -> None:
        found = int(number) if number.isdecimal() and len(number) < 9 else 0
        offering.go_back(desk.tenant.id, user_actor(desk.user), found)

    said = gettext("Version %(number)s is offered again") % {"number": number[:9]}
    return _done(request, desk, deed, said, "")


@require_POST
@page(views.CHANGE)
def switch(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """Offer a method, or do not, or as in all stores."""
    one, store = views.known(code), forms.store_asked(request)
    queries.store_id(desk.tenant.id, store)
    wanted, actor = request.POST.get("on", ""), user_actor(desk.user)

    def deed() -> None:
        if wanted == "same" and store:
            offering.forget_own(desk.tenant.id, actor, code, store)
        else:
            offering.switch(desk.tenant.id, actor, code, wanted == "1", store)

    told = gettext("%(method)s is offered") if wanted == "1" else gettext("%(method)s is off")
    if wanted == "same":
        told = gettext("%(method)s is as in all stores")
    said = told % {"method": one.name}
    return _done(request, desk, deed, said, store, one, request.POST.get("next") == "offer")


@require_POST
@page(views.CHANGE)
def limits(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """Take a method from and up to the merchant's own amounts."""
    one, store = views.known(code), forms.store_asked(request)
    store_id = queries.store_id(desk.tenant.id, store)
    stores = list(queries.stores(desk.tenant.id)[: views.MOST_STORES])
    rule = offering.current(desk.tenant.id).of(store_id).rule(code)
    form = forms.Limits(request.POST, method=one, rule=rule, desk=desk, stores=stores)
    if form.is_valid():
        try:
            offering.limit(desk.tenant.id, user_actor(desk.user), code, *form.bounds(), store)
        except Problem as problem:
            form.refuse(problem)
        else:
            messages.success(request, gettext("Saved"))
            return redirect(_address(desk, "method", store, code))
    return views.draw_method(request, desk, one, store, form)


def _moved(now: list[str], deed: str, added: str) -> list[str]:
    """The order after `up:ideal`, `down:ideal` or `out:ideal`, or with one more at its end."""
    what, _, code = deed.partition(":")
    if added:
        return [*now, added] if added not in now else now
    if code not in now:
        return [code, *now] if what == "first" and code else now
    at = now.index(code)
    rest = [one for one in now if one != code]
    place_of = {"up": at - 1, "down": at + 1, "first": 0}
    if what in place_of:
        rest.insert(max(0, place_of[what]), code)
    return rest if what in {*place_of, "out"} else now


def _done(
    request: HttpRequest,
    desk: Desk,
    deed: Callable[[], Any],
    said: str,
    store: str,
    method: Method | None = None,
    to_offer: bool = True,
) -> HttpResponse:
    """Do it and go back to where it was asked for."""
    try:
        deed()
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
    else:
        messages.success(request, said)
    if method is None or to_offer:
        return redirect(_address(desk, "methods_offer", store))
    return redirect(_address(desk, "method", store, method.code))


def _address(desk: Desk, name: str, store: str, *parts: str) -> str:
    return place(desk, name, *parts) + (f"?store={store}" if store else "")


def _version(row: OfferingSnapshot, names: dict[str, str]) -> Version:
    what, _, rest = row.change.partition(" ")
    about, _, store = rest.partition(" ")
    if about.startswith("sto_"):
        about, store = "", about
    known = catalogue.methods().get(about)
    say = CHANGES.get(what)
    words = say(known.name if known else about) if say else row.change
    return Version(row, words, names.get(store, "") if store else "")
