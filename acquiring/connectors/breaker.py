"""Two guards in front of a provider account, in this process: a circuit breaker and a bulkhead.

The breaker stops asking a provider that does not answer, so that a payment goes to its next route
at once instead of waiting; the bulkhead keeps one slow provider from taking every thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

MILLISECOND = 1_000_000  # nanoseconds


class Breaker:
    """Closed until `failures` come in a row; then open, for longer each time it fails again.

    While open it admits nobody; when its time is over it admits one probe: a success closes it, a
    failure opens it for twice as long. Times are nanoseconds of `clock`, which only moves forward.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        failures: int = 10,
        open_milliseconds: int = 1_000,
        longest_open_milliseconds: int = 60_000,
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._shortest = open_milliseconds * MILLISECOND
        self._longest = longest_open_milliseconds * MILLISECOND
        self._lock = threading.Lock()
        self._failures = 0
        self._probing = False
        self._open_until: int | None = None
        self._pause = self._shortest

    def admit(self) -> bool:
        """Whether a call may go out; a caller let in must report `succeeded` or `failed`."""
        with self._lock:
            if self._open_until is None:
                return True
            if self._probing or self._clock() < self._open_until:
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The provider answered."""
        with self._lock:
            # A late answer from before the opening says nothing about now; the probe's does.
            if self._open_until is None or self._probing:
                self._close()

    def failed(self) -> None:
        """The provider could not be reached, did not answer, or answered that it is broken."""
        with self._lock:
            self._failures += 1
            if self._probing:
                self._pause = min(2 * self._pause, self._longest)
                self._trip()
            elif self._open_until is None and self._failures >= self._limit:
                self._trip()

    def _trip(self) -> None:
        self._probing = False
        self._open_until = self._clock() + self._pause

    def _close(self) -> None:
        self._failures = 0
        self._probing = False
        self._open_until = None
        self._pause = self._shortest


class Bulkhead:
    """At most `size` calls at once; one more is turned away, never queued."""

    def __init__(self, size: int) -> None:
        self._places = threading.BoundedSemaphore(size)

    def enter(self) -> bool:
        """Take a place if there is one; whoever got it must `leave`."""
        return self._places.acquire(blocking=False)

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()
