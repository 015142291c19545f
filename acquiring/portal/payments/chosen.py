"""Payments that were chosen from the list: what they come to, an export, and captures."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments import models, money, queries, search
from acquiring.payments.records import Book, Operation
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.payments import lists, words
from acquiring.portal.payments.acting import key_of, record
from acquiring.portal.payments.forms import Agree, said
from merchants.queries import Desk

MOST_CAPTURES = 50  # in one go: each is a call to a provider


class Ready(NamedTuple):
    """What capturing the chosen ones would do: how many, and how much of each currency."""

    books: list[Book]
    sums: list[tuple[int, str]]
    others: int


@page("payments.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The chosen payments with their sums; a POST captures those that can be captured."""
    asked = [one for one in (request.POST or request.GET).getlist("only") if one]
    rows = _chosen(desk, asked)
    ready = _ready(desk, rows)
    form = Agree(request.POST or None, initial={"once": ids.new()})
    may = desk.may("payments.refund")
    if request.method == "POST" and may and form.is_valid():
        _capture(request, desk, ready, form.cleaned_data["once"])
        return redirect(place(desk, "payments"))
    context = {
        "lines": lists.lines_of(desk.tenant.id, rows),
        "shown_columns": list(lists.USUAL),
        "asked": asked[: search.SELECTED],
        "amounts": _sums([(row.amount, row.currency) for row in rows]),
        "captured": lists.sums_of(rows),
        "ready": ready,
        "count": len(ready.books),
        "most": MOST_CAPTURES,
        "form": form,
        "may_act": may,
        "able": who_may("payments.refund"),
    }
    return draw(request, desk, "portal/payments_chosen.html", context)


def _chosen(desk: Desk, asked: list[str]) -> list[models.Payment]:
    """Those that are named and no others: naming none chooses none."""
    if not asked:
        return []
    zone = ZoneInfo(desk.user.time_zone)
    return list(search.payments(desk.tenant.id, {"only": ",".join(asked)}, zone))


def _ready(desk: Desk, rows: list[models.Payment]) -> Ready:
    held = [row for row in rows if row.status in {"authorized", "captured"}]
    books = [one for one in queries.books(desk.tenant.id, held) if one.capturable > 0]
    books = books[:MOST_CAPTURES]
    sums = _sums([(one.capturable, one.payment.currency) for one in books])
    return Ready(books, sums, len(rows) - len(books))


def _capture(request: HttpRequest, desk: Desk, ready: Ready, once: object) -> None:
    """Capture each whole, once, and say what came of it."""
    outcomes: dict[str, list[Any]] = defaultdict(list)
    for book in ready.books:
        shown = ids.show("pay", book.payment.id)
        claim = key_of(desk, f"{once}-{book.payment.id.hex}", f"{shown}/capture")
        try:
            done = money.capture(desk.tenant.id, book.payment.id, claim=claim)
        except Problem as problem:
            outcomes["refused"].append(f"{shown}: {said(problem)}")
            continue
        record(desk, done, "capture", shown)
        row = done.row
        if isinstance(row, Operation):
            outcomes["unknown" if row.unknown else row.status].append((row.amount, row.currency))
    _say(request, outcomes)


def _say(request: HttpRequest, outcomes: dict[str, list[Any]]) -> None:
    if done := outcomes["succeeded"]:
        text = ngettext(
            "%(n)s payment captured: %(sum)s.", "%(n)s payments captured: %(sum)s.", len(done)
        )
        messages.success(request, text % {"n": len(done), "sum": _said(done)})
    if waiting := outcomes["pending"]:
        text = _("%(sum)s is on its way. The provider confirms it later.")
        messages.success(request, text % {"sum": _said(waiting)})
    if doubtful := outcomes["unknown"]:
        text = _("We do not know yet whether %(sum)s was captured. We ask until we know.")
        messages.warning(request, text % {"sum": _said(doubtful)})
    if failed := outcomes["failed"]:
        messages.error(request, _("Refused by the provider: %(sum)s.") % {"sum": _said(failed)})
    for refusal in outcomes["refused"][:5]:
        messages.error(request, refusal)


def _said(pairs: list[tuple[int, str]]) -> str:
    return ", ".join(words.sum_of(*pair) for pair in _sums(pairs))


def _sums(pairs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    sums: dict[str, int] = defaultdict(int)
    for amount, currency in pairs:
        sums[currency] += amount
    return [(amount, currency) for currency, amount in sorted(sums.items())]
