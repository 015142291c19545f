"""The exports page: what was asked for, how far it is, and its file.

Every list posts here with its kind and its own query string. A short list answers with the file;
a long one with a page that says how far it is.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.exports import faces, kinds, queries, services
from acquiring.exports.models import Export
from acquiring.portal import tables
from acquiring.portal.frame import draw, page, place, who_may
from merchants.queries import Desk

SHOWN = 50
LONGEST_QUERY = 4000


@page("payments.view")
def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The latest exports of the lists this person may see. Asked by htmx, only the table."""
    titles = {kind.name: kind.title for kind in kinds.every() if desk.may(kind.permission)}
    rows = list(queries.exports(desk.tenant.id, titles)[:SHOWN])
    context = {
        "exports": [(row, titles[row.kind]) for row in rows],
        "working": any(row.status in queries.UNDER_WAY for row in rows),
    }
    part = request.headers.get("HX-Target") == "exports"
    return draw(
        request, desk, "portal/exports_table.html" if part else "portal/exports.html", context
    )


@page("payments.view")
def show(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One export: how far it is, or what became of it."""
    row, kind = _allowed(desk, shown)
    context = {"export": row, "kind": kind, "working": row.status in queries.UNDER_WAY}
    part = request.headers.get("HX-Target") == "export"
    return draw(
        request, desk, "portal/export_state.html" if part else "portal/export.html", context
    )


@require_POST
@page("payments.view")
def create(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """The file at once, or a new export."""
    name, format = request.POST.get("kind", ""), request.POST.get("format", "")
    sent = QueryDict(request.POST.get("query", "")[:LONGEST_QUERY])
    filters = {name: [str(one) for one in values] for name, values in sent.lists()}
    if chosen := request.POST.getlist("only"):
        filters = {"only": chosen}
    try:
        kind = services.check(name, filters, format, desk.tenant.id)
        if not desk.may(kind.permission):
            able = {"able": who_may(kind.permission)}
            return draw(request, desk, "portal/no_permission.html", able, 403)
        if services.is_short(desk.tenant.id, kind, filters):
            data = services.at_once(desk.tenant, name, filters, format, desk.user)
            return _file(HttpResponse(data), kind, format)
        row = services.ask(desk.tenant, name, filters, format, desk.user)
    except Problem as problem:
        if problem.status == 404:
            raise
        refused = {"refused": tables.refusal(problem)}
        return draw(request, desk, "portal/export_refused.html", refused, problem.status)
    return redirect(place(desk, "export", row.shown))


@require_POST
@page("payments.view")
def cancel(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Stop one that is under way."""
    row, _kind = _allowed(desk, shown)
    services.cancel(row, desk.user)
    return redirect(place(desk, "export", shown))


@page("payments.view")
def download(request: HttpRequest, desk: Desk, shown: str) -> HttpResponseBase:
    """The file, a piece at a time."""
    row, kind = _allowed(desk, shown)
    if row.status != Export.Status.DONE:
        return redirect(place(desk, "export", shown))
    services.note_download(row, desk.user)
    answer = StreamingHttpResponse(queries.file(row))
    answer["Content-Length"] = str(row.bytes)
    return _file(answer, kind, row.format)


def _allowed(desk: Desk, shown: str) -> tuple[Export, kinds.Kind]:
    """An export of a list this person may see. Raises Problem `not_found`."""
    row = queries.export(desk.tenant.id, shown)
    kind = kinds.named(row.kind)
    if not desk.may(kind.permission):
        raise Problem("not_found", f"There is no export {shown}.")
    return row, kind


def _file(answer: HttpResponseBase, kind: kinds.Kind, format: str) -> HttpResponseBase:
    """An answer as a file to keep, named after the list and the day."""
    name = f"{kind.name}-{clock.now():%Y-%m-%d}.{format}"
    answer["Content-Type"] = faces.FORMATS[format]
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer
