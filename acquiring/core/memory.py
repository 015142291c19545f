"""A small cache inside one process: bounded, and nothing in it lives long.

What must be seen everywhere at once does not belong here; what may be some seconds old and is read
on every payment does.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Keeps at most `limit` values for `seconds` each; the one kept longest leaves when full."""

    every: WeakSet[Memory] = WeakSet()

    def __init__(self, seconds: int, limit: int) -> None:
        self.seconds = seconds
        self.limit = limit
        self._kept: dict[Key, tuple[Value, float]] = {}
        self._lock = Lock()
        Memory.every.add(self)

    def get(self, key: Key) -> Value | None:
        """The value, or None when there is none or it has grown too old."""
        kept = self._kept.get(key)
        if kept is None or kept[1] < monotonic():
            return None
        return kept[0]

    def put(self, key: Key, value: Value, seconds: int | None = None) -> None:
        """Keep a value, for `seconds` if it should live shorter than the others."""
        until = monotonic() + (self.seconds if seconds is None else seconds)
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self.limit:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (value, until)

    def forget(self, key: Key) -> None:
        """Drop one value, if it is there."""
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()


def forget_everything() -> None:
    """Empty every memory of this process."""
    for memory in list(Memory.every):
        memory.clear()
