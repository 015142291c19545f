"""Where a person says how they like a list; it works without scripts, and shows the list again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.frame import page, place
from acquiring.portal.listing import LISTS
from merchants import habits
from merchants.queries import Desk


@require_POST
@page("payments.view")
def keep(request: HttpRequest, desk: Desk, room: str) -> HttpResponse:
    """Keep what was chosen for a list: dense or roomy rows, columns, a view, or a view no more."""
    if room not in LISTS:
        raise Http404("There is no such list.")
    query = request.POST.get("query", "")
    try:
        _keep(request, desk, room, query)
    except Problem as problem:
        messages.error(request, tables.refusal(problem))
    address = place(desk, room)
    return redirect(f"{address}?{query}" if query else address)


def _keep(request: HttpRequest, desk: Desk, room: str, query: str) -> None:
    person, given = (desk.user, desk.business), request.POST
    match given.get("what", ""):
        case "save":
            habits.save_view(*person, room, desk.mode, given.get("title", ""), query)
            messages.success(request, gettext("View saved"))
        case "forget":
            habits.forget_view(*person, room, desk.mode, given.get("view", ""))
        case "columns":
            habits.show_columns(*person, room, given.getlist("columns"))
        case "compact" | "roomy" as density:
            habits.be_compact(*person, room, density == "compact")
