"""Checks a JSON body against a provider's published structures, unknown members included.

The structures are boiled down from the provider's own document: a member's rule is `string`,
`string 80` (longest), `integer`, `boolean`, `number`, `scalar` (any of these four), `object` (with
any members), `map` (of strings), `enum a|b`, the name of another structure, `[rule]` for a list of
such, or `method`: the structure that goes with the member's own `type`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "number": (int, float, Decimal),
    "scalar": (str, int, float),
    "object": dict,
}


class Fault(NamedTuple):
    """What is wrong (`unknown`, `missing`, `type` or `value`) with which member of a structure."""

    kind: str
    structure: str
    member: str


class Structures:
    """The structures of one provider's document."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._structures: dict[str, Any] = table["structures"]
        self._methods: dict[str, str] = table["methods"]

    def members(self, structure: str) -> frozenset[str]:
        """The names a structure knows."""
        return frozenset(self._structures[structure]["members"])

    def faults(self, structure: str, body: Any) -> Iterator[Fault]:
        """Everything wrong with a body, one after the other; nothing when it is right."""
        if not isinstance(body, dict):
            yield Fault("type", structure, "")
            return
        shape = self._structures[structure]
        for member in body:
            if member not in shape["members"]:
                yield Fault("unknown", structure, member)
        for member in shape["required"]:
            if body.get(member) in (None, ""):
                yield Fault("missing", structure, member)
        for member, rule in shape["members"].items():
            if body.get(member) is not None:
                yield from self._value(structure, member, rule, body[member])

    def _value(self, structure: str, member: str, rule: str, value: Any) -> Iterator[Fault]:
        if rule.startswith("["):
            if not isinstance(value, list):
                yield Fault("type", structure, member)
                return
            for one in value:
                yield from self._value(structure, member, rule[1:-1], one)
        elif rule in self._structures:
            yield from self.faults(rule, value)
        elif rule == "method":
            yield from self._method(structure, member, value)
        else:
            fault = _plain(rule, value)
            if fault:
                yield Fault(fault, structure, member)

    def _method(self, structure: str, member: str, value: Any) -> Iterator[Fault]:
        code = value.get("type", "scheme") if isinstance(value, dict) else None
        if code not in self._methods:
            yield Fault("value", structure, member)
        else:
            yield from self.faults(self._methods[code], value)


def _plain(rule: str, value: Any) -> str:
    """Which kind of fault a value without members of its own has; "" for none."""
    kind, _, more = rule.partition(" ")
    if kind == "map":
        texts = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return "" if texts else "type"
    if kind == "enum":
        return "" if value in more.split("|") else "value"
    truth = kind in ("boolean", "scalar")
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and not truth):
        return "type"
    too_long = bool(more) and isinstance(value, str) and len(value) > int(more)
    return "value" if too_long else ""


@lru_cache
def load(provider: str) -> Structures:
    """The structures in `data/<provider>.json`."""
    path = Path(__file__).parent / "data" / f"{provider}.json"
    return Structures(json.loads(path.read_text("utf-8")))
