"""How fast one checkout may be asked: a bucket per address and web process.

A waiting page asks every two seconds and a person presses a button now and then. Whoever goes on
faster than that is no shopper.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic_ns

from acquiring.core.errors import Problem

SECOND = 1_000_000_000
PER_SECOND = 4
BURST_SECONDS = 10
MOST = 20_000

_full_at: dict[str, int] = {}
_lock = Lock()


def take(name: str) -> None:
    """Count a request. Raises Problem `rate_limited`."""
    share, room = SECOND // PER_SECOND, BURST_SECONDS * SECOND
    with _lock:
        now = monotonic_ns()
        full_at = max(_full_at.get(name, now), now) + share
        if full_at - now > room:
            raise Problem("rate_limited", retry_after=-(-(full_at - now - room) // SECOND))
        if len(_full_at) >= MOST:
            _forget(now)
        _full_at[name] = full_at


def _forget(now: int) -> None:
    for name in [name for name, full_at in _full_at.items() if full_at <= now]:
        del _full_at[name]
