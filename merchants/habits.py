"""How a person likes their lists: dense or roomy, with which columns, and the views they saved.

It stands in the membership, so it is read with the desk and costs no query. By list:
`{"payments": {"compact": true, "columns": ["method"], "views": {"test": [["Big", "status=…"]]}}}`.
A view is of one mode, since what it names (a store, a customer) lives in one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction

from acquiring.core.errors import Problem
from merchants.models import Business, Membership, User

MOST_VIEWS = 12  # of one list, in one mode
MOST_COLUMNS = 30
TITLE_LONGEST, QUERY_LONGEST = 40, 1000


class View(NamedTuple):
    """A saved view: what the person calls it, and the query it stands for."""

    title: str
    query: str


class Taste(NamedTuple):
    """How one list is shown to one person. No columns means the list's usual ones."""

    compact: bool = False
    columns: tuple[str, ...] = ()
    views: tuple[View, ...] = ()


def taste(habits: dict[str, Any], room: str, mode: str) -> Taste:
    """A person's taste in a list, from a membership's habits."""
    kept = habits.get(room, {})
    views = tuple(View(*one) for one in kept.get("views", {}).get(mode, ()))
    return Taste(bool(kept.get("compact")), tuple(kept.get("columns", ())), views)


def be_compact(user: User, business: Business, room: str, compact: bool) -> None:
    """Show this list in dense rows from now on, or in roomy ones."""
    _change(user, business, room, "compact", compact)


def show_columns(user: User, business: Business, room: str, columns: list[str]) -> None:
    """Show these columns of a list from now on; none means the usual ones. Raises Problem."""
    if len(columns) > MOST_COLUMNS:
        raise Problem("invalid_field", f"A list shows at most {MOST_COLUMNS} columns.", "columns")
    _change(user, business, room, "columns", columns)


@transaction.atomic
def save_view(user: User, business: Business, room: str, mode: str, title: str, query: str) -> None:
    """Keep a list's filters under a name; the same name keeps the newer ones. Raises Problem."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= TITLE_LONGEST:
        rule = f"A view's name has 1 to {TITLE_LONGEST} characters."
        raise Problem("invalid_field", rule, "title")
    if len(query) > QUERY_LONGEST:
        raise Problem("invalid_field", "The filters are too long to be saved.", "query")
    row = _locked(user, business)
    views = _views(row, room, mode)
    rest = [one for one in views if one[0] != title]
    if len(rest) >= MOST_VIEWS:
        rule = f"A list has at most {MOST_VIEWS} saved views. Forget one first."
        raise Problem("invalid_state", rule)
    views[:] = [*rest, [title, query]]
    row.save(update_fields=["habits"])


@transaction.atomic
def forget_view(user: User, business: Business, room: str, mode: str, title: str) -> None:
    """Keep a view no longer; one that is not there is forgotten already."""
    row = _locked(user, business)
    views = _views(row, room, mode)
    views[:] = [one for one in views if one[0] != title]
    row.save(update_fields=["habits"])


def _views(row: Membership, room: str, mode: str) -> list[list[str]]:
    kept: dict[str, Any] = row.habits.setdefault(room, {}).setdefault("views", {})
    views: list[list[str]] = kept.setdefault(mode, [])
    return views


@transaction.atomic
def _change(user: User, business: Business, room: str, name: str, value: Any) -> None:
    row = _locked(user, business)
    row.habits.setdefault(room, {})[name] = value
    row.save(update_fields=["habits"])


def _locked(user: User, business: Business) -> Membership:
    return Membership.objects.select_for_update().get(user=user, business=business)
