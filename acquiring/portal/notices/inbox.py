"""The notifications page: what a person was told, the newest first, read and unread."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.notices import drawing, queries, services, words
from acquiring.notices.models import Notice
from acquiring.portal.frame import draw, page, place
from merchants import notices as kinds
from merchants.queries import Desk

ROWS = 50
EVERYBODY = "payments.view"  # every role holds it: notices are sorted by role before they are kept


class Line(NamedTuple):
    """A notice as the page shows it."""

    notice: Notice
    said: words.Said


@page(EVERYBODY)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page of notices; `show` is all or unread, `group` a group of kinds, `before` a cursor."""
    unread, group = request.GET.get("show") == "unread", request.GET.get("group", "")
    found = queries.notices(desk.tenant.id, desk.user.pk)
    if unread:
        found = found.filter(read_at=None)
    if group:
        found = found.filter(kind__in=[one.kind for one in _kinds() if one.group == group])
    if before := request.GET.get("before"):
        found = found.filter(pk__lt=ids.read("not", before))
    rows = list(found[: ROWS + 1])
    shown = rows[:ROWS]
    wanted = {"show": "unread" if unread else "", "group": group}
    context = {
        "lines": [Line(one, words.say(one.kind, one.facts, desk.user.time_zone)) for one in shown],
        "unread": queries.unread_count(desk.user, desk.tenant.id),
        "only_unread": unread,
        "group": group,
        "groups": _groups(unread, group),
        "newest": _query(**wanted) if request.GET.get("before") else "",
        "older": _query(**wanted, before=shown[-1].shown) if len(rows) > ROWS else "",
    }
    return draw(request, desk, "portal/notices.html", context)


@require_POST
@page(EVERYBODY)
def mark_read(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Mark one notice (`notice`) as read, or all of them; back to the list as it was."""
    chosen = request.POST.getlist("notice")
    services.mark_read(desk.tenant.id, desk.user.pk, chosen)
    unread = {"show": "unread"} if request.POST.get("show") == "unread" else {}
    return redirect(place(desk, "notices") + _query(**unread, group=request.POST.get("group", "")))


@require_POST
@page(EVERYBODY)
def open_subject(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Go to what a notice is about; it is read from then on."""
    notice = queries.notice(desk.tenant.id, desk.user.pk, shown)
    services.mark_read(desk.tenant.id, desk.user.pk, [shown])
    return redirect(drawing.address(desk.mode, notice.kind, notice.subject))


def _groups(unread: bool, chosen: str) -> list[tuple[str, str, bool]]:
    """The groups of kinds as filters: title, query and whether it is the one that is set."""
    names = dict.fromkeys(one.group for one in _kinds())
    show = "unread" if unread else ""
    return [
        (gettext(name), _query(show=show, group="" if name == chosen else name), name == chosen)
        for name in names
    ]


def _kinds() -> list[kinds.Notice]:
    return [one for kind, one in kinds.kinds().items() if kind in words.WORDS]


def _query(**parts: str) -> str:
    """The list's own address with what is set; "?" where nothing is."""
    return f"?{urlencode({name: value for name, value in parts.items() if value})}"
