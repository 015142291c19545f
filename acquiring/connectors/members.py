"""Members of a request that say something: what was not given is left out, not sent empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SILENT: tuple[Any, ...] = ("", None, {}, [])


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value; False and 0 are values."""
    return {name: value for name, value in members.items() if value not in SILENT}


def said(**members: Any) -> dict[str, Any]:
    """The same, of members written as arguments."""
    return given(members)
