"""A network that plays what it was told, in place of the one socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from acquiring.connectors import client
from acquiring.core import http


def answer(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """A whole answer; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return http.Response(status, {"content-type": "application/json", **(headers or {})}, raw, 7)


class Network:
    """Plays answers and exceptions in order, and keeps what was sent."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.sent: list[tuple[str, str, dict, bytes]] = []

    def plays(self, *answers: Any) -> None:
        self.answers = list(answers)

    def send(self, method: str, url: str, headers: dict, body: bytes, **_: int) -> http.Response:
        self.sent.append((method, url, dict(headers), body))
        played = self.answers.pop(0)
        if isinstance(played, BaseException):
            raise played
        return played(body) if isinstance(played, Callable) else played  # type: ignore[arg-type]


@pytest.fixture
def network(monkeypatch):
    """The network of one test; no circuit is open at its start."""
    played = Network()
    monkeypatch.setattr(http, "send", played.send)
    client.forget_failures()
    yield played
    client.forget_failures()
