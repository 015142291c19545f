"""Access tokens that providers lend for a while, kept in this process until shortly before the end.

A token belongs to one account with one set of credentials: changed credentials begin anew. Nothing
is shared between processes, since a second token costs a call and a stolen one costs more.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from time import monotonic

from acquiring.connectors.driver import Pass

MOST = 10_000
EARLY_SECONDS = 60  # a token is not used so shortly before its end that it may run out on the way

_lock = threading.Lock()
_kept: OrderedDict[str, tuple[str, float]] = OrderedDict()


def key(base: str, account: str, credentials: Mapping[str, str]) -> str:
    """What a token is kept under; tells nothing of the credentials."""
    known = "\n".join(f"{name}={value}" for name, value in sorted(credentials.items()))
    return f"{base} {account} {hashlib.sha256(known.encode()).hexdigest()}"


def find(place: str) -> str:
    """The token that is still good, or ""."""
    with _lock:
        token, until = _kept.get(place, ("", 0.0))
        return token if until > monotonic() else ""


def keep(place: str, lent: Pass) -> None:
    """Keep a token for its time, less a margin."""
    with _lock:
        _kept[place] = (lent.token, monotonic() + max(0, lent.seconds - EARLY_SECONDS))
        _kept.move_to_end(place)
        while len(_kept) > MOST:
            _kept.popitem(last=False)


def drop(place: str) -> None:
    """Forget a token that the provider no longer takes."""
    with _lock:
        _kept.pop(place, None)


def drop_all() -> None:
    """Forget every token; for tests."""
    with _lock:
        _kept.clear()
