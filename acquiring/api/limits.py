"""How many requests a key may make: a token bucket per key and web process, kept as one number.

The number is the moment at which the bucket will be full again (the generic cell rate algorithm);
a request moves it on by its share of a second, and is refused when it lies too far ahead.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic_ns
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

from acquiring.core.errors import Problem

SECOND = 1_000_000_000
BURST_SECONDS = 1  # a full bucket holds this many seconds' worth of requests
MOST_KEYS = 50_000

_full_at: dict[UUID, int] = {}
_lock = Lock()


class Allowance(NamedTuple):
    """What is left to a key: `limit` per second, `remaining` now, full again in `reset_seconds`."""

    limit: int
    remaining: int
    reset_seconds: int

    def tell(self, response: HttpResponse) -> None:
        """Put it into the answer's headers."""
        response["RateLimit-Limit"] = str(self.limit)
        response["RateLimit-Remaining"] = str(self.remaining)
        response["RateLimit-Reset"] = str(self.reset_seconds)


def take(key: UUID) -> Allowance | None:
    """Count a request; None where there is no limit. Raises Problem `rate_limited`."""
    rate = settings.RATE_LIMIT_PER_SECOND
    if not rate:
        return None
    share = SECOND // rate
    room = BURST_SECONDS * SECOND
    with _lock:
        now = monotonic_ns()
        full_at = max(_full_at.get(key, now), now) + share
        if full_at - now > room:
            wait = full_at - now - room
            raise Problem("rate_limited", retry_after=max(1, -(-wait // SECOND)))
        if len(_full_at) >= MOST_KEYS:
            _forget_full(now)
        _full_at[key] = full_at
    return Allowance(rate, (room - (full_at - now)) // share, -(-(full_at - now) // SECOND))


def _forget_full(now: int) -> None:
    """Drop the buckets that are full: that is where an unknown key begins."""
    for key in [key for key, full_at in _full_at.items() if full_at <= now]:
        del _full_at[key]
