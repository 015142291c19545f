"""A path and a value: one word of an application, put into its facts or taken out.

A value of the wrong shape (a text where a number belongs, a member nobody knows) is refused here.
A wrong value of the right shape is kept: it is the merchant's word so far, and `requirements` says
what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from acquiring.core.errors import Problem

T = TypeVar("T")
DEEPEST = 4
LONGEST_TEXT = 2_000
LONGEST_LIST = 300
NAME = re.compile(r"[a-z0-9_]{1,60}")


def put(plain: dict[str, Any], path: str, value: Any, param: str = "") -> None:
    """Set the value at a dotted path of nested objects; None or "" takes it away."""
    param = param or path
    names = path.split(".")
    if len(names) > DEEPEST or not all(NAME.fullmatch(name) for name in names):
        raise Problem("unknown_field", f"An application has no {path[:80]!r}.", param)
    check_size(value, param)
    at = plain
    for name in names[:-1]:
        below = at.setdefault(name, {})
        if not isinstance(below, dict):
            raise Problem("unknown_field", f"An application has no {path[:80]!r}.", param)
        at = below
    if value is None or value in ("", [], {}):
        at.pop(names[-1], None)
        _prune(plain, names[:-1])
    else:
        at[names[-1]] = value


def read(plain: Mapping[str, Any], kind: type[Any], param: str) -> Any:
    """The struct of plain values; raises Problem with the path under `param` that has no place."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at `$")
        raise Problem("invalid_field", f"{words}.", param + where.rstrip("`")) from error


def merged(plain: dict[str, Any], values: Mapping[str, Any], kind: type[T], at: str) -> T:
    """A person or an account with some of its members told anew, dotted ones too; raises Problem
    naming the member under `at`. The id is nobody's to tell.
    """
    for name, value in values.items():
        where, head = f"{at}.{name}", name.partition(".")[0]
        if head == "id" or head not in kind.__struct_fields__:  # type: ignore[attr-defined]
            raise Problem("unknown_field", f"There is no {name[:80]!r} here.", where)
        put(plain, name, value, where)
        read_at(plain, kind, where)
    return read(plain, kind, at)


def read_at(plain: Mapping[str, Any], kind: type[Any], path: str) -> Any:
    """The same, blaming the one path that was just put."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        words = str(error).partition(" - at `")[0]
        code = "unknown_field" if "unknown field" in words else "invalid_field"
        raise Problem(code, f"{words}.", path) from error


def check_size(value: Any, param: str) -> None:
    """Refuse what no honest form sends; raises Problem."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise Problem("invalid_field", f"A text has at most {LONGEST_TEXT} characters.", param)
    if isinstance(value, list | dict) and len(value) > LONGEST_LIST:
        raise Problem("invalid_field", f"A list has at most {LONGEST_LIST} entries.", param)
    if isinstance(value, str) and "\x00" in value:
        raise Problem("invalid_field", "A text has no NUL character.", param)
    for below in _below(value):
        check_size(below, param)


def _below(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | tuple) else []


def _prune(plain: dict[str, Any], names: list[str]) -> None:
    """Take away the objects that a removal left empty."""
    for depth in range(len(names), 0, -1):
        at = plain
        for name in names[: depth - 1]:
            at = at[name]
        if at[names[depth - 1]] == {}:
            del at[names[depth - 1]]
