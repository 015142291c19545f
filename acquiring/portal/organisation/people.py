"""Who works where: people by businesses, and giving a role at several of them at once.

It is done by the same services as on each business's team page, and by their rules: nobody gives
more than they hold there themselves.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.approvals import giving
from acquiring.portal.approvals.giving import Wish
from acquiring.portal.organisation.doors import draw, room
from acquiring.portal.organisation.forms import Address
from acquiring.portal.security.again import freshly_authenticated
from acquiring.portal.settings.forms import Setting, titled
from merchants import custom_roles, team
from merchants.models import Business, Membership, User
from merchants.organisations import queries
from merchants.organisations.models import Stewardship

MOST_SHOWN = 100


class Row(NamedTuple):
    """Somebody, and their membership at each business in its column, None where they have none."""

    user: User
    shown: str
    cells: list[Membership | None]


class Place(NamedTuple):
    """A business of the form: its field, or why there is none."""

    business: Business
    now: Membership | None
    field: Any
    kept: str


@room
def show(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Everybody by every business."""
    businesses = queries.businesses(mine.organisation_id)
    term = " ".join(request.GET.get("q", "").split())[:80]
    found = queries.workers(mine.organisation_id, term)
    rows = [
        Row(one.user, ids.show("usr", one.user.pk), [one.at.get(b.pk) for b in businesses])
        for one in found[:MOST_SHOWN]
    ]
    context = {
        "businesses": businesses,
        "rows": rows,
        "found": len(found),
        "term": term,
        "more": len(found) > MOST_SHOWN,
    }
    return draw(request, mine, "portal/organisation/people.html", context)


@freshly_authenticated(what=_("Change roles"))
@room(owners=True)
def change(request: HttpRequest, mine: Stewardship, person: str) -> HttpResponse:
    """What somebody is at each of the businesses."""
    user = queries.worker(mine.organisation_id, ids.read("usr", person))
    if user is None:
        raise Problem("not_found", f"There is no person {person[:60]}.")
    form = Roles(request.POST or None, mine=mine, person=user)
    context = {"person": user, "person_shown": person}
    return _ask(request, mine, form, "portal/organisation/person.html", context)


@freshly_authenticated(what=_("Invite somebody"))
@room(owners=True)
def invite(request: HttpRequest, mine: Stewardship) -> HttpResponse:
    """Ask somebody to work at several of the businesses."""
    form = Invite(request.POST or None, mine=mine)
    return _ask(request, mine, form, "portal/organisation/invite.html", {})


class Roles(Setting):
    """A choice of roles for each business: those that who chooses may give there."""

    def __init__(
        self, *args: Any, mine: Stewardship, person: User | None = None, **keywords: Any
    ) -> None:
        super().__init__(*args, **keywords)
        self.businesses = queries.businesses(mine.organisation_id)
        self.person = person
        self._held = queries.memberships(mine.organisation_id, mine.user)
        self._now = queries.memberships(mine.organisation_id, person) if person else {}
        own = custom_roles.of_several(one.pk for one in self.businesses)
        self._kept: dict[UUID, str] = {}
        for one in self.businesses:
            now, held = self._now.get(one.pk), self._held.get(one.pk)
            self._kept[one.pk] = _kept(now, held)
            if held is not None and not self._kept[one.pk]:
                self.fields[one.pk.hex] = _choice(one, now, held, own.get(one.pk, []))

    def places(self) -> list[Place]:
        """Every business with its field, or why it has none."""
        return [
            Place(one, self._now.get(one.pk), self[one.pk.hex], "")
            if one.pk.hex in self.fields
            else Place(one, self._now.get(one.pk), None, self._kept[one.pk])
            for one in self.businesses
        ]

    def wishes(self) -> list[Wish]:
        """What would change."""
        found = []
        for one in self.businesses:
            now = self._now.get(one.pk)
            role = self.cleaned_data.get(one.pk.hex)
            if role is not None and role != (now.role if now else ""):
                found.append(Wish(one, role, now, self.address()))
        return found

    def address(self) -> str:
        """Whom to invite where they do not work yet."""
        return self.person.email if self.person else ""

    def refused(self, refused: giving.Refused) -> None:
        """Say a refusal beside the business that it is about, or beside the address."""
        field: str | None = refused.wish.business.pk.hex
        if refused.problem.param in self.fields:
            field = refused.problem.param
        said = gettext("%(business)s: %(why)s") % {
            "business": refused.wish.business,
            "why": tables.refusal(refused.problem),
        }
        self.add_error(field if field in self.fields else None, said)


class Invite(Roles, Address):
    """The same for somebody who may be new."""

    field_order = ["email"]

    def address(self) -> str:
        return str(self.cleaned_data["email"])


def _ask(
    request: HttpRequest, mine: Stewardship, form: Roles, template: str, context: dict[str, Any]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        wishes = form.wishes()
        try:
            given = giving.give(mine.user, wishes)
        except giving.Refused as refused:
            form.refused(refused)
        else:
            _say(request, given)
            return redirect("organisation_people", mine.organisation.shown)
    status = 422 if form.errors else 200
    return draw(request, mine, template, {"form": form, **context}, status)


def _say(request: HttpRequest, given: giving.Given) -> None:
    if given.done:
        words = ngettext("Changed at %(count)s business", "Changed at %(count)s businesses",
                         given.done)  # fmt: skip
        messages.success(request, words % {"count": given.done})
    if given.proposed:
        words = ngettext(
            "At %(count)s business a second person decides now",
            "At %(count)s businesses a second person decides now",
            given.proposed,
        )
        messages.success(request, words % {"count": given.proposed})
    if not given.done and not given.proposed:
        messages.success(request, gettext("Nothing was changed"))


def _kept(now: Membership | None, held: Membership | None) -> str:
    """Why somebody's role at a business is not for this person to change, "" if it is."""
    if held is None:
        return gettext("You have no role there. Ask one of its owners.")
    if team.CHANGE not in held.held:
        return gettext("Your role there may not change the team.")
    if now is not None and not team.may_give(held.held, now.held):
        return gettext("Their role there may do more than yours.")
    return ""


def _choice(
    business: Business, now: Membership | None, held: Membership, own: list[custom_roles.Role]
) -> forms.ChoiceField:
    every = [*custom_roles.built_in(), *own]
    given = [one for one in every if team.may_give(held.held, one.held)]
    nothing = gettext("No role") if now is None else gettext("Take the role away")
    return forms.ChoiceField(
        label=str(business),
        required=False,
        choices=[("", nothing), *((one.name, titled(one)) for one in given)],
        initial=now.role if now else "",
        widget=forms.Select({"class": "form-control form-select"}),
        error_messages={"invalid_choice": gettext("Choose a role that you may give")},
    )
