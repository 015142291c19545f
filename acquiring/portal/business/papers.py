"""Documents: handed in, looked at again, taken back."""

from __future__ import annotations

import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal.business import drawing, listed
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import say
from merchants.onboarding import documents, parties
from merchants.onboarding.models import Document
from merchants.onboarding.papers import serving


@require_POST
def take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand in one file for one place of the list."""
    if not visit.editable:
        return redirect(visit.at("step", "documents"))
    faults = _take(request, visit)
    visit.forget()
    if request.headers.get("HX-Request"):
        context = drawing.around(visit, "documents") | listed.parts(visit, "documents")
        context |= {"visit": visit, "application": visit.application, "faults": faults}
        return render(request, "portal/business/papers.html", context | {"part": True})
    if faults:
        return drawing.draw(request, visit, "documents", faults=faults, status=422)
    return redirect(visit.at("step", "documents"))


def show(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """The file itself, to be kept, for those who handed it in."""
    row = _find(visit, shown)
    return serving.original(row) if _may_see(visit, row) else visit.refuse(request)


def picture(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """A small picture of its first page."""
    row = _find(visit, shown)
    return serving.thumbnail(row) if _may_see(visit, row) else visit.refuse(request)


@require_POST
def remove(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """Take a file back that nobody has accepted yet."""
    row = _find(visit, shown)
    if visit.editable and row.status != Document.Status.ACCEPTED:
        documents.delete(row, visit.actor, "taken back")
    return redirect(visit.at("step", "documents"))


def _take(request: HttpRequest, visit: Visit) -> dict[str, str]:
    """Hand it in; what is wrong with it, by the id of its place."""
    given = request.POST
    kind, owner, side = given.get("kind", ""), given.get("owner", ""), given.get("side", "1")
    place = next(
        (
            one.asked.path
            for holder in listed.papers(visit.asking)
            for one in holder.slots
            if (one.kind, one.owner, str(one.side)) == (kind, owner, side)
        ),
        "",
    )
    file = request.FILES.get("file")
    if not place:
        raise Http404("This paper is not asked.")
    if file is None:
        return {place: gettext("Choose a file first")}
    if (file.size or 0) > documents.LARGEST_BYTES:
        return {place: gettext("The file has more than 8 MB. Take the picture again, smaller.")}
    try:
        documents.take(
            visit.application,
            visit.actor,
            kind,
            file.name or "file",
            file.read(),
            party=parties.find(visit.application, owner) if owner else None,
            side=int(side),
            issued_on=_day(given.get("issued_on", "")),
            expires_on=_day(given.get("expires_on", "")),
        )
    except Problem as problem:
        return {place: say(str(problem))}
    return {}


def _find(visit: Visit, shown: str) -> Document:
    """One of this application's, with its bytes. Raises Problem `not_found`."""
    row = documents.find(visit.application, shown)
    if row.status == Document.Status.DELETED:
        raise Http404("The file was deleted.")
    return row


def _may_see(visit: Visit, row: Document) -> bool:
    return visit.allowed or row.party_id is None


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
