"""The API log: what programs asked, and of what was refused the field that was wrong."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from acquiring.core import ids
from acquiring.core.errors import Problem, problems
from acquiring.portal import tables
from acquiring.portal.developers import drawing, paging
from acquiring.portal.frame import draw, page, place
from merchants import calls, queries
from merchants.models import ApiKey
from merchants.queries import Desk


@page("keys.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest first."""
    given = request.GET.get("request", "").strip()
    if given:
        try:
            calls.request(desk.tenant.id, given)
            return redirect(place(desk, "api_request", given))
        except Problem:
            pass  # the page says that there is none
    keys = list(queries.api_keys(desk.tenant.id)[:100])
    choices: dict[str, list[tuple[str, Any]]] = {
        "status": [("failed", gettext("Refused"))],
        "method": [(one, one) for one in ("POST", "GET", "DELETE")],
        "error": [(code, code) for code in problems()],
        "key": [(one.shown, f"{one.name or one.kind_title} {one}") for one in keys],
        "time": paging.spans(),
    }
    key = paging.chosen(request, "key", choices["key"])
    rows = calls.requests(
        desk.tenant.id,
        failed=bool(paging.chosen(request, "status", choices["status"])),
        method=paging.chosen(request, "method", choices["method"]),
        error_code=paging.chosen(request, "error", choices["error"]),
        key_id=ids.read("key", key) if key else None,
        since=paging.since(request),
    )
    found = paging.page_of(request, rows.defer("body"))
    titles = {
        "status": gettext("Status"),
        "method": gettext("Method"),
        "error": gettext("Error"),
        "key": gettext("Key"),
        "time": gettext("Time"),
    }
    context = {
        "page": found,
        "requests": [(one, ids.time_of(one.pk)) for one in found.rows],
        "filters": [
            paging.filter_of(request, name, title, choices[name]) for name, title in titles.items()
        ],
        "given": given,
    }
    return draw(request, desk, "portal/api_log.html", context)


@page("keys.view")
def one(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One request, with the field that failed marked in what was sent."""
    row = calls.request(desk.tenant.id, shown)
    key = ApiKey.objects.filter(merchant_id=desk.tenant.id, pk=row.key_id).first()
    missing = gettext("missing") if row.error_code == "missing_field" else ""
    context = {
        "row": row,
        "at": ids.time_of(row.pk),
        "key": key,
        "advice": tables.repair(row.error_code),
        "body": drawing.drawn_text(row.body, row.param, missing) if row.body else "",
    }
    return draw(request, desk, "portal/api_log_request.html", context)
