"""What every page behind the login stands in: who works where, in which mode, and the way around.

Test and live never share an address: test pages lie under `/test/`. The rooms are in `rooms.py`; a
person sees those their role may open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from acquiring.core.errors import Problem
from acquiring.notices import queries as notices
from acquiring.portal import rooms, shops
from merchants import devices, queries, roles, support, team
from merchants.models import Stewardship, User
from merchants.queries import Desk
from merchants.sso import sessions

BUSINESS = "business"  # the session's word for where a person works now


def page(permission: str, *, anywhere: bool = False) -> Callable:
    """A page of the workspace: the view gets the desk, and only if the role holds `permission`.

    What belongs to another merchant is not found. Without a live merchant, live pages lead to the
    application for one, which is `anywhere`: it needs none.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable:
        @login_required
        @never_cache
        @wraps(view)
        def shown(request: HttpRequest, mode: str, **names: Any) -> HttpResponse:
            desk = desk_of(request, mode)
            if desk is None and _looks_after(request):
                return redirect("organisations")
            if desk is None:
                return render(request, "portal/no_business.html", status=403)
            devices.saw(request)
            if desk.is_shut:
                return redirect("mfa_index")
            if desk.support:
                support.saw(desk, request.method or "", request.path)
                if not support.may(desk, permission, request.method or ""):
                    return draw(request, desk, "portal/support_refused.html", status=403)
            if not desk.may(permission):
                able = {"able": who_may(permission)}
                return draw(request, desk, "portal/no_permission.html", able, 403)
            team.saw(desk)
            if desk.merchant is None and not anywhere:
                return _apply_first(request, desk)
            try:
                return view(request, desk, **names)
            except Problem as problem:
                if problem.status == 404:
                    raise Http404(problem.message) from problem
                raise

        return shown

    return decorate


def _apply_first(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Live pages before there is anything live: on to the application, for those who may see it."""
    if desk.may("business.view") and request.method == "GET":
        return redirect(place(desk, "business"))
    return draw(request, desk, "portal/approve_first.html", {"able": who_may("business.change")})


def _looks_after(request: HttpRequest) -> bool:
    """Whether somebody without a business looks after an organisation."""
    assert isinstance(request.user, User), "behind the login"
    return Stewardship.objects.filter(user=request.user).exists()


def desk_of(request: HttpRequest, mode: str) -> Desk | None:
    """Where the person works now: the business they chose, or the first one they have.

    The platform's support is where a business let it in, while that lasts.
    """
    desk = _own_desk(request, mode)
    vouched = desk is not None and sessions.has_second_step(request)
    return replace(desk, two_steps=True) if desk and vouched else desk


def _own_desk(request: HttpRequest, mode: str) -> Desk | None:
    assert isinstance(request.user, User), "behind the login"
    consent = request.session.get(support.SESSION)
    if consent:
        looked_in = support.desk(request.user, mode, UUID(consent))
        if looked_in is not None:
            return looked_in
        del request.session[support.SESSION]
    chosen = request.session.get(BUSINESS)
    desk = queries.desk(request.user, mode, UUID(chosen)) if chosen else None
    return desk or queries.desk(request.user, mode)


def draw(
    request: HttpRequest,
    desk: Desk,
    template: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page inside the frame."""
    businesses = queries.businesses(desk.user, desk.mode)
    here = next((one for one in businesses if one == desk.business), desk.business)
    named = getattr(here, "stores", [])
    many = desk.merchant is not None and len(named) > 1
    stores = shops.switcher(request, desk, named, place(desk, "overview")) if many else []
    store = next((one for one in stores if one.current), None)
    sections = rooms.sections(desk, request.path, store.shown if store else "")
    every = [entry for _, shown in sections for entry in shown]
    around = {
        "desk": desk,
        "sections": sections,
        "thumbs": [entry for entry in every if entry.room.page in rooms.THUMB],
        "elsewhere": _elsewhere(request, desk),
        "room": next((entry.room.page for entry in every if entry.current), ""),
        "unread": _unread(desk),
        "businesses": businesses,
        "grouped": len({one.organisation_id for one in businesses}) > 1,
        "here": here,
        "shops": stores,
        "shop": store,
        "sandbox_url": settings.SANDBOX_URL,
    }
    return render(request, template, around | (context or {}), status=status)


def _elsewhere(request: HttpRequest, desk: Desk) -> dict[str, str]:
    """The same room in either mode; an object lives in one of them, so its list is shown there."""
    match = request.resolver_match
    name = match.url_name if match and not match.kwargs.keys() - {"mode"} else ""
    if not name:
        head = request.path.removeprefix("/test").split("/")[1:2]
        name = head[0] if head else ""
    found = {}
    for mode in ("test", "live"):
        try:
            found[mode] = reverse(f"{mode}:{name}")
        except NoReverseMatch:
            found[mode] = reverse(f"{mode}:api_keys")
    return found


def _unread(desk: Desk) -> int:
    return notices.unread_count(desk.user, desk.merchant.pk) if desk.merchant else 0


def place(desk: Desk, name: str, *parts: Any) -> str:
    """The address of a page of the workspace, in the mode the person works in."""
    return reverse(f"{desk.mode}:{name}", args=parts)


def who_may(permission: str) -> list[str]:
    """The roles that hold a permission, in the reader's words."""
    return [gettext(title) for role, title in roles.titles().items() if roles.may(role, permission)]
