"""What every page of an organisation stands in: whose it is, and what they may do there.

An organisation is of no mode and of no merchant, so its pages have a frame of their own. Somebody
who does not look after it does not find it; its viewers see it, its owners change it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from acquiring.core import clock
from acquiring.core.errors import Problem
from merchants import devices, twosteps
from merchants.models import User
from merchants.organisations import stewards
from merchants.organisations.models import Stewardship
from merchants.sso import sessions

View = Callable[..., HttpResponse]


def room(view: View | None = None, *, owners: bool = False) -> Any:
    """A page of an organisation, `org_…`: the view gets how the person looks after it.

    With `owners`, viewers are told who may. What belongs to another organisation is not found.
    """

    def decorate(inner: View) -> View:
        @login_required
        @never_cache
        @wraps(inner)
        def shown_to(request: HttpRequest, shown: str, **names: Any) -> HttpResponse:
            person = person_of(request)
            devices.saw(request)
            if is_shut(person) and not sessions.has_second_step(request):
                return redirect("mfa_index")
            try:
                mine = stewards.one(person, shown)
                if owners and mine.role != stewards.OWNER:
                    return draw(request, mine, "portal/organisation/only_owners.html", status=403)
                return inner(request, mine, **names)
            except Problem as problem:
                if problem.status == 404:
                    raise Http404(problem.message) from problem
                raise

        return shown_to

    return decorate(view) if view else decorate


def is_shut(person: User) -> bool:
    """Whether a business they work for waits no longer for the second step of their login."""
    asked = twosteps.demanding(person)
    since = asked.two_steps_from if asked else None
    return since is not None and since <= clock.now() and not twosteps.has(person)


def draw(
    request: HttpRequest,
    mine: Stewardship,
    template: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page inside the frame of an organisation."""
    around = {
        "organisation": mine.organisation,
        "mine": mine,
        "may_change": mine.role == stewards.OWNER,
        "others": [one.organisation for one in stewards.of(mine.user)],
    }
    return render(request, template, around | (context or {}), status=status)


def person_of(request: HttpRequest) -> User:
    """Who is signed in; behind the login."""
    assert isinstance(request.user, User), "behind the login"
    return request.user
