"""What waits for a second person: the list, one proposal, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.notices import second_person
from acquiring.portal import tables
from acquiring.portal.approvals import deeds
from acquiring.portal.frame import draw, page, place
from acquiring.portal.listing import Filter, Given, Listing
from acquiring.portal.security.again import freshly_authenticated
from merchants import proposals
from merchants.people import Proposal
from merchants.queries import Desk

VIEW = "payments.view"
FILTERS = (
    Filter(
        "status",
        _("Status"),
        choices=tuple(
            (one, pgettext_lazy("proposal", word))
            for one, word in (
                ("waiting", "Waiting"),
                ("done", "Done"),
                ("declined", "Declined"),
                ("withdrawn", "Taken back"),
                ("failed", "Refused"),
            )
        ),
    ),
)


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Everything that concerns the person, newest first."""

    def find(given: Given, zone: Any) -> Any:
        rows = proposals.listed(desk.business.pk, desk.user, desk.held)
        return rows.filter(status=given["status"]) if given.get("status") else rows

    listing = Listing(request, desk, find, "prp", FILTERS)
    rows = [
        (row, deeds.title(row.kind), deeds.summary(row), _is_for(desk, row)) for row in listing.rows
    ]
    context = {"listing": listing, "rows": rows, "used": bool(desk.business.second_person)}
    return draw(request, desk, "portal/approvals.html", context)


@page(VIEW)
def one(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Who wants what done, and the two buttons."""
    row = _find(desk, shown)
    return _draw(request, desk, row)


@require_POST
@freshly_authenticated(what=_("Approve"))
@page(VIEW)
def approve(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Agree; it is done at once."""
    _find(desk, shown)
    return _decide(request, desk, lambda: second_person.approve(desk.tenant, desk.user, shown))


@require_POST
@page(VIEW)
def decline(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Say no, or take one's own back."""
    _find(desk, shown)
    reason = request.POST.get("reason", "")
    return _decide(
        request, desk, lambda: second_person.decline(desk.tenant, desk.user, shown, reason)
    )


@require_POST
@page(VIEW)
def resume(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Do what was agreed to, where the doing was interrupted."""
    _find(desk, shown)
    return _decide(request, desk, lambda: second_person.resume(desk.tenant, desk.user, shown))


def _find(desk: Desk, shown: str) -> Proposal:
    row = proposals.one(desk.business.pk, shown)
    mine = row.made_by_id == desk.user.pk
    if not mine and proposals.kinds()[row.kind].permission not in desk.held:
        raise Problem("not_found", f"There is no proposal {shown[:60]}.")
    return row


def _decide(request: HttpRequest, desk: Desk, verb: Callable[[], Proposal]) -> HttpResponse:
    try:
        row = verb()
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
        return redirect(request.path.rsplit("/", 2)[0] + "/")
    said: dict[str, Any] = {
        "done": gettext("Approved, and done"),
        "declined": gettext("Declined. Nothing has happened."),
        "withdrawn": gettext("Taken back. Nothing has happened."),
        "approved": gettext("Approved. It is being done."),
    }
    if row.status in said:
        messages.success(request, said[row.status])
    return redirect(place(desk, "approval", row.shown))


def _is_for(desk: Desk, row: Proposal) -> bool:
    return proposals.may_decide(row, desk.user, desk.held)


def _draw(request: HttpRequest, desk: Desk, row: Proposal) -> HttpResponse:
    context = {
        "row": row,
        "title": deeds.title(row.kind),
        "lines": deeds.lines(row),
        "mine": row.made_by_id == desk.user.pk,
        "for_me": _is_for(desk, row),
        "key": row.result.get("key", "") if row.made_by_id == desk.user.pk else "",
    }
    return draw(request, desk, "portal/approval.html", context)
