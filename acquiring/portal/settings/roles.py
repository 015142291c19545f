"""The roles: what each may do, side by side, and those of the business's own making."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal.approvals import asking, deeds
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings import people_forms as forms
from acquiring.portal.settings.forms import Setting, titled
from merchants import custom_roles, role_making, team
from merchants.people import CustomRole
from merchants.queries import Desk

VIEW, CHANGE = "team.view", team.CHANGE
PAGE = "settings_roles"
again = freshly_authenticated(what=_("Change roles"))


class Row(NamedTuple):
    """A permission in words, and by role whether it is held."""

    words: str
    cells: list[bool]


class Head(NamedTuple):
    """A role as the head of its column; `may_change` is for those of one's own making."""

    title: str
    shown: str
    people: int
    may_change: bool


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every permission by every role."""
    every = custom_roles.every(desk.business.pk)
    used = custom_roles.in_use(desk.business.pk)
    heads = [
        Head(
            titled(one),
            one.name if one.custom else "",
            used.get(one.name, 0),
            one.custom is not None and team.may_give(desk.held, one.held),
        )
        for one in every
    ]
    groups = [
        (title, [Row(words, [name in one.held for one in every]) for name, words in rows])
        for title, rows in forms.permission_groups()
    ]
    context = {
        "heads": heads,
        "groups": groups,
        "own": [one for one in heads if one.shown],
        "bases": [(one.name, titled(one)) for one in every if team.may_give(desk.held, one.held)],
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/settings_roles.html", context)


@again
@page(CHANGE)
def make(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A new role, as a copy of one there is."""
    every = {one.name: one for one in custom_roles.every(desk.business.pk)}
    base = every.get(request.GET.get("from", ""))
    initial = {"permissions": sorted(base.held & desk.held)} if base else {}
    form = forms.OwnRole(request.POST or None, desk=desk, initial=initial)

    def save(given: dict[str, Any]) -> str:
        named = base.name if base else ""
        row = role_making.make(desk.business, desk.user, given["title"], given["wanted"], named)
        return gettext("There is the role %(title)s now") % {"title": row.title}

    about = {"base": titled(base) if base else ""}
    return _edit(request, desk, form, save, about)


@again
@page(CHANGE)
def change(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Another name for a role, or other permissions."""
    row = custom_roles.own(desk.business.pk, shown)
    initial = {"title": row.title, "permissions": row.permissions}
    form = forms.OwnRole(request.POST or None, desk=desk, initial=initial)
    people = custom_roles.in_use(desk.business.pk).get(shown, 0)

    def save(given: dict[str, Any]) -> str | HttpResponse:
        if people and asking.needed(desk, deeds.ROLE):
            return _propose(request, desk, row, given)
        role_making.change(desk.business, desk.user, shown, given["title"], given["wanted"])
        return gettext("Saved")

    return _edit(request, desk, form, save, {"role": row, "people": people})


@again
@page(CHANGE)
def delete(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Delete a role that nobody holds."""
    row = custom_roles.own(desk.business.pk, shown)
    people = custom_roles.in_use(desk.business.pk).get(shown, 0)
    form = Setting(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            role_making.delete(desk.business, desk.user, shown)
        except Problem as problem:
            form.refuse(problem)
        else:
            said = gettext("The role %(title)s is deleted") % {"title": row.title}
            messages.success(request, said)
            return redirect(place(desk, PAGE))
    context = {"role": row, "people": people, "form": form}
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/settings_role_delete.html", context, status)


def _edit(
    request: HttpRequest, desk: Desk, form: forms.OwnRole, save: Any, about: dict[str, Any]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            said = save({"title": form.cleaned_data["title"], "wanted": form.wanted()})
        except Problem as problem:
            form.refuse(problem)
        else:
            if isinstance(said, HttpResponse):
                return said
            messages.success(request, said)
            return redirect(place(desk, PAGE))
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/settings_role.html", {"form": form, **about}, status)


def _propose(
    request: HttpRequest, desk: Desk, row: CustomRole, given: dict[str, Any]
) -> HttpResponse:
    """Ask for a second person who holds all that the role held and would hold."""
    before, after = set(row.permissions), set(given["wanted"])
    payload = {
        "verb": "permissions",
        "role": row.shown,
        "title": given["title"],
        "permissions": sorted(after),
        "held": sorted(before | after),
    }
    facts = {
        "title": given["title"],
        "added": sorted(after - before),
        "taken": sorted(before - after),
    }
    once = f"role:{ids.new().hex}"
    return asking.propose(request, desk, deeds.ROLE, payload, facts, once, row.shown)
