"""As much of GraphQL as a simulator needs: one operation, its arguments, and what is selected.

A document is one query or mutation whose arguments are variables or literal texts; fragments are
inline. What is selected is checked against a table of types, and an answer is cut to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKENS = re.compile(r'"[^"]*"|\.\.\.|\$?[A-Za-z_][A-Za-z0-9_]*|[{}():!\[\]=,]|\S')


class BadQuery(Exception):  # noqa: N818 (an answer on its way)
    """The document is none, or asks for what does not exist."""


@dataclass
class Field:
    """A selected member; `on` is the type it is selected of, "" for any."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    members: list[Field] = field(default_factory=list)
    on: str = ""


def operation(document: str, variables: Mapping[str, Any]) -> Field:
    """The only field at the top of a document, its arguments filled in; raises BadQuery."""
    reader = _Reader(_TOKENS.findall(document.replace("\n", " ")), variables)
    try:
        kind = reader.take()
        if kind not in ("query", "mutation"):
            raise BadQuery(f"Unexpected token {kind}")
        while reader.peek() != "{":
            reader.take()
        (top,) = reader.selection()
    except (IndexError, ValueError) as error:
        raise BadQuery("Invalid syntax") from error
    return top


class _Reader:
    """Goes through the tokens of a document."""

    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self.tokens = tokens
        self.at = 0
        self.variables = variables

    def peek(self) -> str:
        return self.tokens[self.at]

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def selection(self, on: str = "") -> list[Field]:
        found: list[Field] = []
        self.take()
        while self.peek() != "}":
            if self.peek() == "...":
                self.take(), self.take()
                found += self.selection(self.take())
            else:
                found.append(self._field(on))
        self.take()
        return found

    def _field(self, on: str) -> Field:
        one = Field(self.take(), on=on)
        if self.peek() == "(":
            self.take()
            while self.peek() != ")":
                name, _ = self.take(), self.take()
                value = self.take()
                known = self.variables.get(value[1:]) if value[0] == "$" else value.strip('"')
                one.arguments[name] = known
            self.take()
        if self.peek() == "{":
            one.members = self.selection()
        return one


def check(kind: str, members: list[Field], types: Mapping[str, Mapping[str, str]]) -> None:
    """Raises BadQuery where a type has no such member, or one that has members is not opened."""
    for one in members:
        owner = one.on or kind
        if owner not in types or one.name not in types[owner]:
            raise BadQuery(f"Field '{one.name}' in type '{owner}' is undefined")
        below = types[owner][one.name].strip("[]")
        if bool(below) != bool(one.members):
            raise BadQuery(f"Sub selection of '{one.name}' in type '{owner}' is wrong")
        check(below, one.members, types)


def cut(value: Any, members: list[Field]) -> Any:
    """An answer with what was selected only; `__typename` says what a value is."""
    if isinstance(value, list):
        return [cut(one, members) for one in value]
    if value is None or not members:
        return value
    kind = value.get("__typename", "")
    wanted = [one for one in members if not one.on or one.on == kind]
    return {one.name: cut(value.get(one.name), one.members) for one in wanted}
