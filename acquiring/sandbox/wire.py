"""What a simulator reads and writes: `Request` in, `Answer` out, `Refuse` as the way to say no."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson

MAX_BODY_BYTES = 1_048_576
MAX_DEPTH = 12
_BRACKETS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. A dict or list body is sent as JSON, text and bytes as they are."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)

    def content_type(self) -> str:
        """The type the headers name, or the one the body suggests."""
        given = {name.lower(): value for name, value in self.headers.items()}
        plain = "text/plain; charset=utf-8"
        return given.get(
            "content-type", "application/json" if isinstance(self.body, dict | list) else plain
        )


class Refuse(Exception):  # noqa: N818 (an answer, not a fault)
    """The provider's own refusal. Nothing that the call wrote is kept, not even its key."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(str(answer.status))


class Malformed(ValueError):  # noqa: N818 (a fact about the body)
    """A body or a query that cannot be read as what it says it is."""


@dataclass
class Request:
    """A call as the provider would see it: `path` without our mount, header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query_string: str = ""
    body: bytes = b""
    host: str = ""
    caller: str = ""  # whose account it turned out to be

    @cached_property
    def query(self) -> dict[str, Any]:
        """The query, bracket notation decoded."""
        return nested(parse_qsl(self.query_string, keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; raises Malformed."""
        try:
            return orjson.loads(self.body)
        except ValueError as error:
            raise Malformed(str(error)) from error

    def form(self) -> dict[str, Any]:
        """The body as a form, bracket notation decoded; raises Malformed."""
        return nested(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def fingerprint(self) -> str:
        """What makes two calls the same call: method, path and body."""
        content = f"{self.method} {self.path}?{self.query_string}\n".encode() + self.body
        return hashlib.sha256(content).hexdigest()


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Bracket notation as dicts and lists: `a[b][0]=1&c[]=2` is {"a": {"b": ["1"]}, "c": ["2"]}.

    Raises Malformed where a name is used both as a value and as a container.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        parts = [head, *_BRACKETS.findall(name)] if bracket else [name]
        if len(parts) > MAX_DEPTH:
            raise Malformed(f"{head} is nested too deeply")
        here = tree
        for part in parts[:-1]:
            below = here.setdefault(part or str(len(here)), {})
            if not isinstance(below, dict):
                raise Malformed(f"{name} is both a value and a container")
            here = below
        here[parts[-1] or str(len(here))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """A dict whose names are 0, 1, 2… is a list."""
    if not isinstance(value, dict):
        return value
    members = {name: _listed(one) for name, one in value.items()}
    if members and set(members) == {str(index) for index in range(len(members))}:
        return [members[str(index)] for index in range(len(members))]
    return members
