"""The notifications page: what a person was told, the newest first, read and unread."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.notices import drawing, queries, services, words
from acquiring.notices.models import Notice
from acquiring.portal.frame import draw, page, place
from acquiring.portal.listing import Filter, Listing
from merchants import notices as kinds
from merchants.queries import Desk

UNREAD = "unread"
EVERYBODY = "payments.view"  # every role holds it: notices are sorted by role before they are kept


class Line(NamedTuple):
    """A notice as the page shows it."""

    notice: Notice
    said: words.Said


@page(EVERYBODY)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page of notices; `show` is all or unread, `group` a group of kinds."""

    def find(given: dict[str, str], _zone: ZoneInfo) -> QuerySet[Notice]:
        found = queries.notices(desk.tenant.id, desk.user.pk)
        if given.get("show") == UNREAD:
            found = found.filter(read_at=None)
        if group := given.get("group"):
            found = found.filter(kind__in=[one.kind for one in _kinds() if one.group == group])
        return found

    groups = dict.fromkeys(one.group for one in _kinds())
    choices = tuple((name, gettext(name)) for name in groups)
    listing = Listing(
        request, desk, find, "not", [Filter("group", gettext("Subject"), choices=choices)]
    )
    zone = desk.user.time_zone
    context = {
        "listing": listing,
        "lines": [Line(one, words.say(one.kind, one.facts, zone)) for one in listing.rows],
        "only_unread": request.GET.get("show") == UNREAD,
        "group": request.GET.get("group", ""),
    }
    return draw(request, desk, "portal/notices.html", context)


@require_POST
@page(EVERYBODY)
def mark_read(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Mark one notice (`notice`) as read, or all of them; back to the list as it was."""
    chosen = request.POST.getlist("notice")
    services.mark_read(desk.tenant.id, desk.user.pk, chosen)
    kept = {name: request.POST.get(name, "") for name in ("show", "group")}
    query = urlencode({name: value for name, value in kept.items() if value})
    return redirect(f"{place(desk, 'notices')}?{query}")


@require_POST
@page(EVERYBODY)
def open_subject(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Go to what a notice is about; it is read from then on."""
    notice = queries.notice(desk.tenant.id, desk.user.pk, shown)
    services.mark_read(desk.tenant.id, desk.user.pk, [shown])
    mode = drawing.mode_of(desk.mode, notice.facts)
    return redirect(drawing.address(mode, notice.kind, notice.subject))


def _kinds() -> list[kinds.Notice]:
    return [one for kind, one in kinds.kinds().items() if kind in words.WORDS]
