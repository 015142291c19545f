"""Roles and scopes: who may do what, as data (`data/roles.toml`, `data/scopes.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from acquiring.core.errors import Problem

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def permissions() -> dict[str, str]:
    """Every permission and what it means in words."""
    return _table("roles")["permissions"]


@lru_cache(maxsize=1)
def roles() -> dict[str, frozenset[str]]:
    """Every built-in role and the permissions it holds."""
    return {
        name: frozenset(
            one for one in permissions() if any(fnmatchcase(one, may) for may in row["may"])
        )
        for name, row in _table("roles")["roles"].items()
    }


@lru_cache(maxsize=1)
def titles() -> dict[str, str]:
    """Every built-in role and its name in words."""
    return {name: row["title"] for name, row in _table("roles")["roles"].items()}


@lru_cache(maxsize=1)
def uses() -> dict[str, str]:
    """Every built-in role and whom it is for, in a sentence."""
    return {name: row["use"] for name, row in _table("roles")["roles"].items()}


def holds(held: frozenset[str], permission: str) -> bool:
    """Whether a permission is among those held; an unknown one is our bug."""
    if permission not in permissions():
        raise KeyError(permission)
    return permission in held


def may(role: str, permission: str) -> bool:
    """Whether a role holds a permission; an unknown role holds none, an unknown one is our bug."""
    return holds(roles().get(role, frozenset()), permission)


@lru_cache(maxsize=1)
def resources() -> dict[str, dict[str, str]]:
    """What keys open, by resource: its title, and what each kind of key holds."""
    return _table("scopes")


def scopes_of(kind: str, given: Iterable[str] = ()) -> frozenset[str]:
    """The scopes of a key of this kind; `given` are those of a restricted key."""
    if kind == "restricted":
        return _with_reading(given)
    held = (f"{name}:{row[kind]}" for name, row in resources().items() if kind in row)
    return _with_reading(held)


def check_scopes(given: Iterable[str], param: str = "scopes") -> list[str]:
    """The scopes of a restricted key, sorted and once each; raises Problem naming a wrong one."""
    wanted = sorted(set(given))
    if not wanted:
        raise Problem("missing_field", "A restricted key needs at least one scope.", param)
    for scope in wanted:
        resource, _, access = scope.partition(":")
        row = resources().get(resource)
        if row is None or access not in {"read", "write"} or row.get("restricted") == "none":
            raise Problem("invalid_field", f"There is no scope {scope!r} to give.", param)
    return wanted


def _with_reading(scopes: Iterable[str]) -> frozenset[str]:
    held = set(scopes)
    return frozenset(held | {one.replace(":write", ":read") for one in held})


def _table(name: str) -> dict:
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))
