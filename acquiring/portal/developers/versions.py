"""API versions: the current one, what it holds still, and which one each key asked for last."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from acquiring.core import ids
from acquiring.portal.frame import draw, page
from acquiring.webhooks import queries as webhooks
from merchants import calls, queries
from merchants.queries import Desk


@page("keys.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The versions, the keys and the endpoints."""
    latest = calls.versions_in_use(desk.tenant.id)
    keys = [
        (key, latest.get(key.pk), ids.time_of(latest[key.pk].pk) if key.pk in latest else None)
        for key in queries.api_keys(desk.tenant.id)[:100]
    ]
    context = {
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "keys": keys,
        "endpoints": list(webhooks.endpoints(desk.tenant.id)[:20]),
    }
    return draw(request, desk, "portal/api_versions.html", context)
