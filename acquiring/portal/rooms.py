"""The sidebar: every room of the workspace, in the order it always has.

A room whose page does not exist is left out, and so is one that the person's role may not open.
`key` is the letter that follows G on the keyboard.
"""

from __future__ import annotations

from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants import proposals
from merchants.models import Mode
from merchants.queries import Desk


class Room(NamedTuple):
    """An entry: its name, its page, its icon, the permission it needs, and its letter."""

    title: str | Promise
    page: str
    icon: str
    permission: str
    key: str = ""


class Section(NamedTuple):
    """Rooms under one heading; the first section has none."""

    title: str | Promise
    rooms: tuple[Room, ...]


class Entry(NamedTuple):
    """A room as one person sees it on one page."""

    room: Room
    address: str
    current: bool
    waiting: int = 0  # how much waits there for this person


SECTIONS = (
    Section("", (Room(_("Overview"), "overview", "home", "payments.view", "o"),)),
    Section(
        _("Payments"),
        (
            Room(_("Payments"), "payments", "credit-card", "payments.view", "p"),
            Room(_("Refunds"), "refunds", "arrow-back-up", "payments.view", "r"),
            Room(_("Customers"), "customers", "users", "payments.view", "c"),
            Room(_("Payment links"), "links", "link", "payments.view", "l"),
        ),
    ),
    Section(
        _("Improve"),
        (
            Room(_("Payment methods"), "methods", "layout-grid", "routing.view", "y"),
            Room(_("Provider accounts"), "accounts", "plug-connected", "accounts.view", "n"),
        ),
    ),
    Section(
        _("Money"),
        (
            Room(_("Balances"), "balances", "wallet", "balances.view", "b"),
            Room(_("Exports"), "exports", "download", "payments.view", "x"),
        ),
    ),
    Section(
        _("Developers"),
        (
            Room(_("API keys"), "api_keys", "key", "keys.view", "v"),
            Room(_("Webhooks"), "webhooks", "webhook", "webhooks.view", "w"),
            Room(_("Events"), "events", "bolt", "webhooks.view", "e"),
            Room(_("API log"), "api_log", "list", "keys.view", "a"),
            Room(_("Test clock"), "clock", "clock", "keys.view", "t"),
        ),
    ),
    Section(
        _("Workspace"),
        (
            Room(_("Business details"), "business", "building-store", "business.view", "d"),
            Room(_("Approvals"), "approvals", "user-shield", "payments.view", "q"),
            Room(_("Team"), "settings_team", "users-group", "team.view", "m"),
            Room(_("Settings"), "settings_business", "settings", "business.view", "s"),
        ),
    ),
)
# The rooms whose lists can be narrowed to one store.
STORED = ("overview", "payments", "refunds", "links")
# On a phone these stand at the bottom; the rest is behind "More".
THUMB = ("overview", "payments", "links", "balances")


def sections(desk: Desk, path: str, store: str = "") -> list[tuple[str | Promise, list[Entry]]]:
    """What the person sees, without empty sections; lists that know stores open with `store`."""
    found = [(one.title, entries(desk, one.rooms, path, store)) for one in SECTIONS]
    return [(title, shown) for title, shown in found if shown]


def entries(desk: Desk, rooms: tuple[Room, ...], path: str, store: str = "") -> list[Entry]:
    """The rooms that exist and that the person may open."""
    found = []
    for room in rooms:
        address = _address(desk.mode, room.page) if desk.may(room.permission) else ""
        if address and not _is_unused(desk, room):
            query = f"?store={store}" if store and room.page in STORED else ""
            # A business is told about for live payments, wherever one comes from.
            leads = _address(Mode.LIVE, room.page) if room.page == "business" else address
            current = _is_in(path, room, address)
            found.append(Entry(room, leads + query, current, _count(desk, room)))
    return found


def _is_unused(desk: Desk, room: Room) -> bool:
    """A room for what this business does not do."""
    return room.page == "approvals" and not (desk.business.second_person or desk.proposed)


def _count(desk: Desk, room: Room) -> int:
    return proposals.count(desk.held, desk.proposed) if room.page == "approvals" else 0


def _address(mode: str, page: str) -> str:
    try:
        return reverse(f"{mode}:{page}")
    except NoReverseMatch:
        return ""


def _is_in(path: str, room: Room, address: str) -> bool:
    if room.page != "settings_business":
        return path.startswith(address)
    settings = address.removesuffix("business/")
    return path.startswith(settings) and not path.startswith(f"{settings}team/")
