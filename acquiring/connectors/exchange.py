"""The values of a conversation with a provider: who asks, how patiently, and what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from acquiring.connectors.driver import Outcome


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account at which provider: its credentials, and where it lives if not in production."""

    provider: str
    id: str
    credentials: Mapping[str, str] = field(repr=False)
    mode: Literal["test", "live"] = "test"
    base_url: str = ""


class Timeouts(NamedTuple):
    """How long a provider may take to let us in, and to answer."""

    connect_seconds: int = 5
    read_seconds: int = 30


class Sent(NamedTuple):
    """One request as the wire log keeps it, scrubbed. `status` is None when no answer came."""

    started_at: datetime
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    milliseconds: int
    error: str


class Exchange(NamedTuple):
    """What an ask came to, and every request that was made for it."""

    outcome: Outcome
    calls: tuple[Sent, ...]
