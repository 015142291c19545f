"""The audit log: who did what, when, to what, and whether it still stands as it was sealed."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import auditing, ids, spans
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from acquiring.portal.frame import draw, page
from acquiring.portal.listing import Filter, Given, Listing
from acquiring.portal.settings import deeds
from merchants import queries, team
from merchants.models import User
from merchants.queries import Desk

VIEW = "audit.view"
LONGEST = 160


class Line(NamedTuple):
    """An entry in words. `seal` is True, False, or None while it waits for its seal."""

    row: AuditEntry
    who: str
    what: str
    changes: list[tuple[str, str, str]]
    seal: bool | None


@page(VIEW)
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page of the log, filtered by who, what, when and subject."""
    people = {f"user:{ids.show('usr', one.user_id)}": str(one.user) for one in _members(desk)}
    keys = {f"key:{one.shown}": one.name or str(one) for one in _keys(desk)}
    known = {**people, **keys, "system": gettext("The system"), "rules": gettext("Our rules")}
    filters = (
        Filter("actor", _("Who"), choices=tuple(known.items())),
        Filter("action", _("What"), choices=tuple(deeds.every())),
        Filter("when", _("When"), kind="dates"),
        Filter("subject", _("Subject"), kind="text"),
    )

    def find(given: Given, zone: ZoneInfo) -> Any:
        bounds = (given.get("when_from", ""), given.get("when_to", ""))
        span = spans.span(given.get("when", ""), *bounds, zone)
        business = ids.show("biz", desk.business.pk)
        return auditing.entries(desk.tenant.id, business, given, *span)

    listing = Listing(request, desk, find, "aud", filters)
    known |= strangers({row.actor for row in listing.rows} - known.keys())
    seals = auditing.verified(listing.rows)
    lines = [
        Line(
            row,
            known.get(row.actor, row.actor),
            deeds.said(row.action),
            changed(row.changes),
            seals.get(row.id),
        )
        for row in listing.rows
    ]
    broken = sum(seal is False for seal in seals.values())
    context = {"listing": listing, "lines": lines, "broken": broken}
    return draw(request, desk, "portal/settings_audit.html", context)


def changed(changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Each field with its former value, "" where there was none, and the new one."""
    before, after = changes.get("before"), changes.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        return [(name, _short(before.get(name)), _short(after.get(name))) for name in names]
    found = []
    for name, value in changes.items():
        pair = isinstance(value, list) and len(value) == 2 and name not in ("scopes", "methods")
        was, now = value if pair else ("", value)
        found.append((name, _short(was), _short(now)))
    return found


def _short(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        text = ", ".join(str(one) for one in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{name}: {one}" for name, one in value.items())
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _members(desk: Desk) -> list[Any]:
    return team.members(desk.business.pk)


def _keys(desk: Desk) -> list[Any]:
    return list(queries.api_keys(desk.tenant.id)[:100])


def strangers(actors: set[str]) -> dict[str, str]:
    """People who left, and the platform's own staff, who are not named."""
    staff = {actor: gettext("Caravel") for actor in actors if actor.startswith("staff:")}
    wanted: dict[UUID, str] = {}
    for actor in actors - staff.keys():
        try:
            wanted[ids.read("usr", actor.removeprefix("user:"))] = actor
        except Problem:
            continue  # a key that is gone says its id
    rows = User.objects.filter(pk__in=wanted).only("id", "name", "email", "is_staff")
    return staff | {
        wanted[one.pk]: gettext("Caravel") if one.is_staff else str(one) for one in rows
    }
