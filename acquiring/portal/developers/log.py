"""The API log: what programs asked, and of what was refused the field that was wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.core.errors import problems
from acquiring.portal import tables
from acquiring.portal.developers import choices, drawing
from acquiring.portal.frame import draw, page, place
from acquiring.portal.listing import Filter, Listing, View
from merchants import calls, queries
from merchants.models import ApiKey
from merchants.queries import Desk

METHODS = ("POST", "GET", "DELETE")
MOST_KEYS = 100
VIEWS = (View(pgettext_lazy("view", "All")), View(_("Refused"), "status=failed"))
STATUS = Filter("status", _("Status"), choices=(("failed", _("Refused")),))
METHOD = Filter("method", _("Method"), choices=tuple((one, one) for one in METHODS))
ERROR = Filter("error", _("Error"), choices=tuple((code, code) for code in problems()))


@page("keys.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest first."""
    keys = queries.api_keys(desk.tenant.id)[:MOST_KEYS]
    named = tuple((one.shown, f"{one.name or one.kind_title} {one}") for one in keys)
    listing = Listing(
        request,
        desk,
        lambda given, _zone: calls.listed(desk.tenant.id, given).defer("body"),
        "req",
        (STATUS, METHOD, ERROR, Filter("key", _("Key"), choices=named), choices.TIME),
        views=VIEWS,
    )
    if listing.is_tabs:
        return draw(request, desk, "portal/tabs.html", {"listing": listing})
    if listing.term and len(listing.rows) == 1:
        return redirect(place(desk, "api_request", listing.rows[0].shown))
    requests = [(one, ids.time_of(one.pk)) for one in listing.rows]
    context = {"listing": listing, "requests": requests}
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
