"""Provider accounts: all of them with their health, and one."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext

from acquiring import catalogue
from acquiring.connectors import registry
from acquiring.core import addresses, ids
from acquiring.core.errors import Problem
from acquiring.payments import health
from acquiring.payments.health import Health
from acquiring.portal import naming, tables
from acquiring.portal.accounts import forms, words
from acquiring.portal.frame import draw, page, place, who_may
from merchants import accounts, joining, queries, wallets
from merchants.models import ProviderAccount
from merchants.queries import Desk
from merchants.services import user_actor

VIEW, CHANGE = "accounts.view", "accounts.change"


class Line(NamedTuple):
    """An account as the list shows it; `doing` is None when it was not asked today."""

    row: ProviderAccount
    shown: str
    provider: str
    doing: Health | None
    word: str | Promise
    tone: str
    icon: str
    methods: int


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every account, the first to be asked first."""
    rows = list(queries.account_rows(desk.tenant.id)[: joining.MOST_ACCOUNTS])
    doing = health.accounts(desk.tenant.id)
    lines = [line(row, doing.get(row.id)) for row in rows]
    context = {
        "lines": lines,
        "live": sum(1 for row in rows if row.enabled and row.connected_at),
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/accounts.html", context)


@page(VIEW)
def account(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One account: how it does, what it carries, its webhook, and what may be changed."""
    row = joining.row(desk.tenant.id, shown)
    form = forms.Account(request.POST or None, initial=_initial(row), carried=_carried(row))
    if request.method == "POST":
        if not desk.may(CHANGE):
            able = {"able": who_may(CHANGE)}
            return draw(request, desk, "portal/no_permission.html", able, 403)
        if form.is_valid():
            try:
                accounts.change_account(row, user_actor(desk.user), **form.changes())
            except Problem as problem:
                form.refuse(problem)
            else:
                messages.success(request, gettext("Saved"))
                return redirect(place(desk, "account", shown))
    if not desk.may(CHANGE):
        for field in form.fields.values():
            field.disabled = True
    context = {**_whole(desk, row, shown), "form": form}
    return draw(request, desk, "portal/account.html", context, 422 if form.errors else 200)


def line(row: ProviderAccount, doing: Health | None) -> Line:
    """An account with how it does, in words."""
    carried = {one.method for one in catalogue.provider(row.provider).connectors}
    state = doing.word if doing else "quiet"
    if not row.enabled:
        state = "disabled"
    elif row.connected_at is None:
        state = "waiting"
    word, tone, icon = words.HEALTH[state]
    count = len(row.methods) or len(carried)
    shown = ids.show("acc", row.id)
    return Line(row, shown, tables.provider(row.provider), doing, word, tone, icon, count)


def _whole(desk: Desk, row: ProviderAccount, shown: str) -> dict[str, Any]:
    driver = registry.driver(row.provider)
    doing = health.accounts(desk.tenant.id).get(row.id)
    url = accounts.webhook_url(row.provider, row.hook_token)
    return {
        "line": line(row, doing),
        "account": row,
        "shown": shown,
        "webhook_url": url,
        "registers": not row.subscribed_at and driver.subscribe(url) is not None,
        "return_url": (
            addresses.shared_return_url(desk.tenant.id, row.id) if driver.returns_named else ""
        ),
        "driver": driver,
        "wallets": _wallets(row),
        "names": [words.title(name) for name in driver.credentials],
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }


def _wallets(row: ProviderAccount) -> list[tuple[str, str, bool]]:
    """By device wallet of a live account: its name, and whether its button is shown."""
    if row.merchant.mode == "test":
        return []
    known = accounts.wallets_of(row)
    return [
        (one, naming.method(one), wallets.in_force(known.get(one)))
        for one in wallets.offered(row.provider)
    ]


def _initial(row: ProviderAccount) -> dict[str, Any]:
    return {
        "title": row.title,
        "settle_currency": row.settle_currency,
        "restrict": "1" if row.methods else "",
        "methods": row.methods,
    }


def _carried(row: ProviderAccount) -> list[tuple[str, str]]:
    codes = {one.method for one in catalogue.provider(row.provider).connectors}
    named = ((code, naming.method(code)) for code in codes)
    return sorted(named, key=lambda one: one[1].casefold())
