"""The pages of screening in the admin: lists with their age, what a version changed, cases, names.

Views only: what is shown comes from `lists` and `reading`, what is done goes through `lists` and
`cases`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from acquiring.core.admin_base import actor
from acquiring.core.errors import Problem
from merchants.models import Membership
from merchants.screening import cases, indexes, lists, reading
from merchants.screening.loaders.reading import BrokenList
from merchants.screening.matching.asking import THRESHOLD, Asked
from merchants.screening.matching.evidence import Facts
from merchants.screening.models import SOURCES, Hit, ListVersion

MOST_CHANGES = 200
MOST_FILES = 6
MOST_FOUND = 50
NOBODY = UUID(int=0)
DECISIONS = {"clear": cases.clear, "confirm": cases.confirm}


class Shelf(NamedTuple):
    """One list as the overview shows it."""

    source: str
    title: str
    about: lists.Source
    version: ListVersion | None
    age_days: int
    stale: bool


class ListPages:
    """What `ListVersionAdmin` adds to the admin's own pages."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        """Ours first, since the admin takes the rest of an address for an id."""
        view = self.admin_site.admin_view
        return [
            path("overview/", view(self.overview), name="screening_lists"),
            path("upload/", view(require_POST(self.upload)), name="screening_upload"),
            path("<uuid:version_id>/seen/", view(require_POST(self.seen)), name="screening_seen"),
            path("search/", view(self.search), name="screening_search"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Every list with its version and age, and the form to load another."""
        _allowed(request, "view_listversion")
        active = lists.active()
        shelves = [_shelf(source, active.get(source)) for source in SOURCES]
        may = request.user.has_perm("screening.add_listversion")
        context = {"title": "Sanctions and watch lists", "shelves": shelves, "may_load": may}
        return self._draw(request, "lists.html", context)

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Make the files that were chosen the version in force."""
        _allowed(request, "add_listversion")
        source, files = request.POST.get("source", ""), request.FILES.getlist("files")
        if source not in SOURCES or not 0 < len(files) <= MOST_FILES:
            messages.error(request, f"Choose a list and its files (at most {MOST_FILES}).")
            return _to("screening_lists")
        try:
            published = _day(request.POST.get("published", ""))
            with TemporaryDirectory(prefix="caravel-list-") as directory:
                paths = [_saved(file, Path(directory)) for file in files]
                shrinks = request.POST.get("may_shrink") == "yes"
                version = lists.load(source, paths, actor(request), published, may_shrink=shrinks)
        except (BrokenList, ValueError) as error:
            messages.error(request, f"Nothing was loaded. {error}")
            return _to("screening_lists")
        counts = f"{version.added} added, {version.changed} changed, {version.removed} removed"
        messages.success(request, f"{version}: {counts}.")
        return _to("screening_listversion_change", version.pk)

    def seen(self, request: HttpRequest, version_id: UUID) -> HttpResponse:
        """A person looked: this is still the latest publication."""
        _allowed(request, "add_listversion")
        version = get_object_or_404(ListVersion, pk=version_id, state=ListVersion.State.ACTIVE)
        lists.seen_again(version, actor(request))
        messages.success(request, f"{version} counts as fresh from today.")
        return _to("screening_lists")

    def search(self, request: HttpRequest) -> HttpResponse:
        """Compare any name with every list in force, now."""
        _allowed(request, "change_hit")
        asked = {
            name: request.GET.get(name, "").strip() for name in ("name", "kind", "born", "country")
        }
        context = {"title": "Search the lists", "asked": asked, "threshold": THRESHOLD}
        if asked["name"]:
            context |= _found(asked)
        return self._draw(request, "search.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra: Any = None
    ) -> HttpResponse:
        """A version and what it changed."""
        _allowed(request, "view_listversion")
        version = get_object_or_404(ListVersion, pk=_uuid(object_id))
        before = version.number - 1
        changes = lists.changes_between(version.source, before, version.number, MOST_CHANGES)
        context = {
            "title": str(version),
            "version": version,
            "shelf": _shelf(version.source, version),
            "changes": [(_kind(one), one.after or one.before, one) for one in changes],
            "all": version.added + version.changed + version.removed,
        }
        return self._draw(request, "version.html", context)

    def _draw(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return render(request, f"admin/screening/{template}", whole)


class HitPages:
    """What `HitAdmin` adds: a case with both sides, its reasons, and the decision."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        """Ours first, since the admin takes the rest of an address for an id."""
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [
            path("<uuid:hit_id>/decide/", decide, name="screening_decide"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra: Any = None
    ) -> HttpResponse:
        """Both sides, why they are alike, and the form to decide."""
        return self.draw(request, _uuid(object_id))

    def decide(self, request: HttpRequest, hit_id: UUID) -> HttpResponse:
        """Clear or confirm; what is refused is said on the page, with what was typed."""
        _allowed(request, "change_hit")
        hit = get_object_or_404(Hit.objects.select_related("subject"), pk=hit_id)
        verb: Callable[..., Hit] | None = DECISIONS.get(request.POST.get("verb", ""))
        if verb is None:
            raise Http404
        said = {name: request.POST.get(name, "") for name in ("reason", "evidence")}
        theirs = hit.subject.business_id or NOBODY
        try:
            if Membership.objects.filter(business_id=theirs, user=request.user.pk).exists():
                raise Problem("forbidden", "Nobody decides on a business they belong to.")
            verb(hit, actor(request), **said)
        except Problem as problem:
            messages.error(request, problem.message)
            return self.draw(request, hit_id, said)
        messages.success(request, f"{hit} is {request.POST['verb']}ed.")
        return _to("screening_hit_changelist")

    def draw(
        self, request: HttpRequest, hit_id: UUID, typed: dict[str, str] | None = None
    ) -> HttpResponse:
        """Draw the case."""
        _allowed(request, "change_hit")
        hit = get_object_or_404(Hit.objects.select_related("subject"), pk=hit_id)
        others = hit.subject.hits.exclude(pk=hit.pk).order_by("-found_at")[:20]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(hit),
            "hit": hit,
            "list": SOURCES.get(hit.source, hit.source),
            "score": f"{hit.score / 10:.1f} %",
            "lines": reading.beside(hit),
            "why": reading.why(hit),
            "others": others,
            "typed": typed or {},
        }
        return render(request, "admin/screening/hit.html", context)


def _shelf(source: str, version: ListVersion | None) -> Shelf:
    days = lists.age(version).days if version else 0
    stale = lists.is_stale(source, version)
    return Shelf(source, SOURCES[source], lists.sources()[source], version, days, stale)


def _found(asked: dict[str, str]) -> dict[str, Any]:
    """The entries of every list that resemble the name, with the reasons; of old lists too."""
    person = {"person": True, "entity": False}.get(asked["kind"])
    born = asked["born"] if asked["born"][:4].isdecimal() else ""
    countries = (asked["country"].upper(),) if asked["country"] else ()
    question = Asked((asked["name"][:300],), person, Facts(born, countries))
    active = lists.active()
    hits = [
        hit
        for version in active.values()
        for hit in indexes.index_of(version).search(question, THRESHOLD)
    ]
    rows = [
        (hit, SOURCES[hit.source], f"{hit.value:.1%}", lists.find(hit.source, hit.entry.id))
        for hit in sorted(hits, key=lambda hit: -hit.value)[:MOST_FOUND]
    ]
    old = [SOURCES[one] for one, version in active.items() if lists.is_stale(one, version)]
    return {"rows": rows, "old": old, "searched": True}


def _kind(change: lists.Change) -> str:
    if change.before is None:
        return "added"
    return "removed" if change.after is None else "changed"


def _saved(file: Any, directory: Path) -> Path:
    target = directory / Path(file.name).name
    with target.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    return target


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _allowed(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(f"screening.{permission}"):
        raise PermissionDenied


def _to(name: str, *arguments: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"admin:{name}", args=arguments))
