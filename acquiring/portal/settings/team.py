"""The team: who works here and as what, who is invited, and how that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.notices import invitations as letters
from acquiring.notices import work
from acquiring.portal import tables
from acquiring.portal.approvals import asking, deeds, giving
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings import forms
from merchants import custom_roles, invitations, roles, team
from merchants.models import Invitation, Membership
from merchants.queries import Desk

VIEW, CHANGE = "team.view", team.CHANGE
PAGE = "settings_team"


class Line(NamedTuple):
    """A member as one person sees them; `kept` says why they cannot be changed, "" if they can."""

    row: Membership
    is_you: bool
    kept: str


class Asked(NamedTuple):
    """An open invitation, and whether this person may renew it or take it back."""

    row: Invitation
    may_change: bool


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who works here, who is invited, and what each role is for."""
    members = team.members(desk.business.pk)
    owners = [one for one in members if one.role == team.OWNER and one.user.is_active]
    asked = invitations.pending(desk.business.pk)
    every = {one.name: one for one in custom_roles.every(desk.business.pk)}
    context = {
        "members": [_line(desk, one, owners) for one in members],
        "asked": [Asked(one, _may_give(desk, every.get(one.role))) for one in asked],
        "roles": [(forms.titled(one), gettext(one.use)) for one in every.values() if one.use],
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/settings_team.html", context)


@freshly_authenticated(what=_("Change the team"))
@page(CHANGE)
def invite(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Write to somebody and ask them to work here."""
    form = forms.Invite(request.POST or None, desk=desk)

    def send() -> str | HttpResponse:
        given = form.cleaned_data
        if asking.needed(desk, deeds.ROLE):
            return _propose(request, desk, "invite", given["role"], email=given["email"])
        row = letters.invite(desk.business, desk.user, **form.cleaned_data)
        return gettext("We wrote to %(email)s") % {"email": row.email}

    return _ask(request, desk, form, send, "portal/settings_invite.html", {})


@freshly_authenticated(what=_("Change the team"))
@page(CHANGE)
def change_role(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Let somebody do something else."""
    row = team.member(desk.business.pk, shown)
    form = forms.Role(request.POST or None, desk=desk, initial={"role": row.role})

    def save() -> str | HttpResponse:
        role = form.cleaned_data["role"]
        if role != row.role and asking.needed(desk, deeds.ROLE):
            return _propose(request, desk, "role", role, member=row)
        work.change_role(desk.business, desk.user, shown, form.cleaned_data["role"])
        return gettext("Saved")

    context = {"member": row, "line": _line(desk, row)}
    return _ask(request, desk, form, save, "portal/settings_member_role.html", context)


@freshly_authenticated(what=_("Change the team"))
@page(CHANGE)
def remove(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """End somebody's work here."""
    row = team.member(desk.business.pk, shown)
    form = forms.Setting(request.POST if request.method == "POST" else None)

    def end() -> str:
        team.remove(desk.business, desk.user, shown)
        return gettext("%(name)s no longer works here") % {"name": row.user}

    away = "start" if row.user_id == desk.user.pk else None
    context = {"member": row, "line": _line(desk, row)}
    return _ask(request, desk, form, end, "portal/settings_member_remove.html", context, away)


@require_POST
@page(CHANGE)
def send_again(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Write to somebody invited once more, with a new link."""
    try:
        row = letters.send_again(desk.business, desk.user, shown)
    except Problem as problem:
        return _back(request, desk, problem)
    messages.success(request, gettext("We wrote to %(email)s") % {"email": row.email})
    return redirect(place(desk, PAGE))


@require_POST
@page(CHANGE)
def revoke(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Take an invitation back."""
    try:
        row = invitations.revoke(desk.business, desk.user, shown)
    except Problem as problem:
        return _back(request, desk, problem)
    said = gettext("The invitation of %(email)s opens nothing any more") % {"email": row.email}
    messages.success(request, said)
    return redirect(place(desk, PAGE))


def _ask(
    request: HttpRequest,
    desk: Desk,
    form: forms.Setting,
    act: Callable[[], str | HttpResponse],
    template: str,
    context: dict,
    away: str | None = None,
) -> HttpResponse:
    """A page with one form; once `act` is done, its words are said on the team's page."""
    if request.method == "POST" and form.is_valid():
        try:
            done = act()
        except Problem as problem:
            if problem.status == 404:
                raise
            form.refuse(problem)
        else:
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return redirect(away or place(desk, PAGE))
    status = 422 if form.errors else 200
    return draw(request, desk, template, {"form": form, **context}, status)


def _propose(
    request: HttpRequest,
    desk: Desk,
    verb: str,
    role: str,
    email: str = "",
    member: Membership | None = None,
) -> HttpResponse:
    """Ask for a second person who may give the role too. Raises Problem."""
    payload, facts = giving.proposed(desk.business.pk, verb, role, email, member)
    once = f"role:{ids.new().hex}"
    return asking.propose(request, desk, deeds.ROLE, payload, facts, once)


def _line(desk: Desk, row: Membership, owners: list[Membership] | None = None) -> Line:
    last = owners == [row] if owners is not None else team.is_last_owner(row)
    kept = ""
    if last:
        kept = gettext("The last owner stays. Make somebody else an owner first.")
    elif not team.may_give(desk.held, row.held):
        kept = gettext("Only for: %(roles)s") % {"roles": ", ".join(_who_gives(row.held))}
    return Line(row, row.user_id == desk.user.pk, kept)


def _who_gives(wanted: frozenset[str]) -> list[str]:
    titles, held = roles.titles(), roles.roles()
    return [gettext(titles[one]) for one in titles if team.may_give(held[one], wanted)]


def _may_give(desk: Desk, role: custom_roles.Role | None) -> bool:
    return role is not None and team.may_give(desk.held, role.held)


def _back(request: HttpRequest, desk: Desk, problem: Problem) -> HttpResponse:
    """Say a refusal on the team's page."""
    if problem.status == 404:
        raise problem
    messages.error(request, tables.refusal(problem))
    return redirect(place(desk, PAGE))
