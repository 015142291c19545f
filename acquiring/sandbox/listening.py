"""What was said on the wire lately: the last messages of this process, for the console to show.

They live in memory only and end with the process. Nothing secret is kept: no header, and of a body
neither card numbers nor codes nor passwords.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import unquote_plus

import orjson

from acquiring.core import clock

KEPT = 500
LONGEST = 4_000
NUMBER = re.compile(r"(?<!\d)\d{12,19}(?!\d)")
SECRET = re.compile(r"cvc|cvv|cvn|security_?code|password|secret|token|private|otp|pin\b", re.I)
HIDDEN = "•••"

_heard: deque[Message] = deque(maxlen=KEPT)
_lock = Lock()
_count = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A call with its answer; `told` is a webhook, which the provider sends itself."""

    number: int
    at: datetime
    provider: str
    account: str
    told: bool
    method: str
    path: str
    status: int  # 0: no answer
    milliseconds: int
    asked: str
    answered: str

    @property
    def tone(self) -> str:
        """How the status is shown."""
        if 200 <= self.status < 400:
            return "ok"
        return "bad" if self.status >= 500 or not self.status else "wait"


def note(
    provider: str,
    account: str,
    line: tuple[str, str],
    status: int,
    bodies: tuple[bytes, bytes],
    milliseconds: int = 0,
    told: bool = False,
) -> None:
    """Keep a message; `line` is its method and path, `bodies` what was asked and answered."""
    global _count
    asked, answered = (readable(body) for body in bodies)
    with _lock:
        _count += 1
        moment, (method, path) = clock.now(), line
        place = (_count, moment, provider, account, told)
        _heard.append(Message(*place, method, path, status, milliseconds, asked, answered))


def heard(limit: int, provider: str = "", account: str = "", *words: str) -> list[Message]:
    """The newest messages first: those of a provider, an account, those that name one of these."""
    return list(_heard_of(limit, provider, account, words))


def readable(body: bytes) -> str:
    """A body as lines a person reads, without what is secret."""
    text = body[: LONGEST * 4].decode("utf-8", "replace")
    try:
        shown = orjson.dumps(_plain(orjson.loads(text)), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        form = "=" in text and "<" not in text
        shown = "\n".join(_member(unquote_plus(part)) for part in text.split("&")) if form else text
    return NUMBER.sub(_masked, shown)[:LONGEST]


def _heard_of(limit: int, provider: str, account: str, words: tuple[str, ...]) -> Iterator[Message]:
    with _lock:
        messages = list(_heard)
    for one in reversed(messages):
        if limit <= 0:
            return
        if (provider and one.provider != provider) or (account and one.account != account):
            continue
        if words and not any(word in part for word in words if word for part in _texts(one)):
            continue
        limit -= 1
        yield one


def _texts(message: Message) -> tuple[str, str, str]:
    return message.path, message.asked, message.answered


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: HIDDEN if isinstance(one, str) and SECRET.search(name) else _plain(one)
            for name, one in value.items()
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _member(part: str) -> str:
    name, equals, value = part.partition("=")
    return f"{name}{equals}{HIDDEN if SECRET.search(name) else value}"


def _masked(found: re.Match[str]) -> str:
    """A number that could be a card's: only its last four digits. References stay readable."""
    digits = found[0]
    doubled = (int(one) * (2 - place % 2) for place, one in enumerate(reversed(digits), start=1))
    total = sum(one - 9 if one > 9 else one for one in doubled)
    return f"{HIDDEN}{digits[-4:]}" if total % 10 == 0 else digits
