"""Who looks after an organisation, who is asked to, and how that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.notices import organisations as letters
from acquiring.portal.organisation import forms
from acquiring.portal.organisation.doors import draw, room
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings.forms import Setting
from merchants.organisations import asking
from merchants.organisations import stewards as services
from merchants.organisations.models import Stewardship

PAGE = "organisation_stewards"
TITLES: dict[str, Any] = {name: title for name, title, _use in forms.ROLES}
again = freshly_authenticated(what=_("Change who looks after the organisation"))


class Line(NamedTuple):
    """A steward as one person sees them; the last owner stays."""

    row: Stewardship
    title: Any
    is_you: bool
    stays: bool


@room
def show(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Who looks after it, and who is asked."""
    rows = services.all_of(mine.organisation_id)
    owners = [one for one in rows if one.role == services.OWNER and one.user.is_active]
    context = {
        "lines": [
            Line(one, TITLES[one.role], one.user_id == mine.user_id, owners == [one])
            for one in rows
        ],
        "asked": asking.pending(mine.organisation),
        "roles": forms.ROLES,
    }
    return draw(request, mine, "portal/organisation/stewards.html", context)


@again
@room(owners=True)
def ask(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Ask somebody to look after it."""
    form = forms.Steward(request.POST or None)

    def send() -> str:
        row = letters.ask(mine.organisation, mine.user, form.cleaned_data["email"], form.kind())
        return gettext("We wrote to %(email)s") % {"email": row.email}

    return answer(request, mine, form, send, "portal/organisation/ask.html")


@again
@room(owners=True)
def change(request: HttpRequest, mine: Stewardship, steward: str) -> HttpResponse:
    """Let a steward do more, or less."""
    row = services.find(mine.organisation, steward)
    form = forms.Role(request.POST or None, initial={"role": row.role})

    def save() -> str:
        role = form.cleaned_data["role"]
        letters.change_steward(mine.organisation, mine.user, steward, role)
        return gettext("Saved")

    context = {"steward": row, "last": services.is_last_owner(row)}
    return answer(request, mine, form, save, "portal/organisation/steward.html", context)


@again
@room
def remove(request: HttpRequest, mine: Stewardship, steward: str) -> HttpResponse:
    """Let somebody look after it no more; everybody may go themselves."""
    row = services.find(mine.organisation, steward)
    is_you = row.user_id == mine.user_id
    if not is_you and mine.role != services.OWNER:
        return draw(request, mine, "portal/organisation/only_owners.html", status=403)
    form = Setting(request.POST if request.method == "POST" else None)

    def end() -> str:
        letters.remove_steward(mine.organisation, mine.user, steward)
        return gettext("%(name)s no longer looks after it") % {"name": row.user}

    context = {"steward": row, "last": services.is_last_owner(row), "is_you": is_you}
    away = "start" if is_you else ""
    page = "portal/organisation/steward_remove.html"
    return answer(request, mine, form, end, page, context, away)


@require_POST
@room(owners=True)
def revoke(request: HttpRequest, mine: Stewardship, asked: str) -> HttpResponse:
    """Take an invitation back."""
    row = asking.revoke(mine.organisation, mine.user, asked)
    said = gettext("The invitation of %(email)s opens nothing any more") % {"email": row.email}
    messages.success(request, said)
    return redirect(PAGE, mine.organisation.shown)


def answer(
    request: HttpRequest,
    mine: Stewardship,
    form: Setting,
    act: Callable[[], str],
    template: str,
    context: dict[str, Any] | None = None,
    away: str = "",
) -> HttpResponse:
    """A page with one form; once `act` is done, its words are said on the page of stewards."""
    if request.method == "POST" and form.is_valid():
        try:
            said = act()
        except Problem as problem:
            if problem.status == 404:
                raise
            form.refuse(problem)
        else:
            messages.success(request, said)
            return redirect(away) if away else redirect(PAGE, mine.organisation.shown)
    status = 422 if form.errors else 200
    return draw(request, mine, template, {"form": form, **(context or {})}, status)
