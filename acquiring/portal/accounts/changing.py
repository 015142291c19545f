"""An account enabled or disabled, and moved in the order accounts are asked in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.portal.accounts.views import CHANGE
from acquiring.portal.frame import page, place
from merchants import accounts, joining, queries
from merchants.queries import Desk
from merchants.services import user_actor


@require_POST
@page(CHANGE)
def switch(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Let payments go through an account, or not; what was paid can be refunded either way."""
    row = joining.row(desk.tenant.id, shown)
    on = request.POST.get("on") == "1"
    accounts.change_account(row, user_actor(desk.user), enabled=on)
    said = gettext("%(name)s is enabled") if on else gettext("%(name)s is disabled")
    messages.success(request, said % {"name": row.title})
    return redirect(place(desk, "account", shown))


@require_POST
@page(CHANGE)
def move(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Ask an account earlier or later: `do` is up or down, or `place` its new place from 0."""
    row = joining.row(desk.tenant.id, shown)
    order = [one.id for one in queries.account_rows(desk.tenant.id)[: joining.MOST_ACCOUNTS]]
    typed = str(request.POST.get("place", ""))
    if typed.isdecimal() and len(typed) < 4:
        wanted = int(typed)
    else:
        step = {"up": -1, "down": 1}.get(str(request.POST.get("do")), 0)
        wanted = max(0, order.index(row.id) + step)
    joining.arrange(desk.tenant.id, user_actor(desk.user), ids.show("acc", row.id), wanted)
    messages.success(request, gettext("The order is saved"))
    return redirect(place(desk, "accounts"))
