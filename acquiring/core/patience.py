"""Patience has an end: one thread hangs up on whatever takes too long in all.

A socket's own timeout starts anew with each byte, so a peer that sends one now and then could hold
a thread for days.
"""

from __future__ import annotations

import heapq
import itertools
import os
import socket
import threading
from contextlib import suppress
from time import monotonic

_here = threading.local()


class Patience:
    """Inside `with`, this thread's connection is shut down after so many seconds; None = never."""

    def __init__(self, seconds: int | None) -> None:
        self.exhausted = False
        self._seconds = seconds
        self._over = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    def __enter__(self) -> None:
        if self._seconds is not None:
            _here.patience = self
            _watchman.add(monotonic() + self._seconds, self)

    def __exit__(self, *what: object) -> None:
        if self._seconds is not None:
            _here.patience = None
            with self._lock:
                self._over = True
                self._drop()

    def hold(self, connected: socket.socket) -> None:
        """Keep a handle of our own: TLS takes the original socket away from its owner."""
        with self._lock:
            self._drop()
            self._handle = socket.fromfd(connected.fileno(), connected.family, connected.type)
        if self.exhausted:
            self.hang_up()

    def hang_up(self) -> None:
        """Shut the connection down; the thread that reads from it finds it ended."""
        with self._lock:
            if self._over:
                return
            self.exhausted = True
            if self._handle is not None:
                with suppress(OSError):  # it ended by itself at this very moment
                    self._handle.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def watch(connected: socket.socket) -> None:
    """Tell the patience of this thread, if it has one, which connection is in use."""
    patience = getattr(_here, "patience", None)
    if patience is not None:
        patience.hold(connected)


class _Watchman:
    """A thread with a list of deadlines."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deadlines: list[tuple[float, int, Patience]] = []
        self._count = itertools.count()
        self._process = 0

    def add(self, deadline: float, patience: Patience) -> None:
        """Hang up at this moment (monotonic seconds), unless it is over by then."""
        with self._changed:
            if self._process != os.getpid():  # the first of this process, or after a fork
                self._process = os.getpid()
                threading.Thread(target=self._watch, name="patience", daemon=True).start()
            heapq.heappush(self._deadlines, (deadline, next(self._count), patience))
            if self._deadlines[0][2] is patience:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._deadlines or self._deadlines[0][0] > monotonic():
                    wait = self._deadlines[0][0] - monotonic() if self._deadlines else None
                    self._changed.wait(wait)
                _, _, patience = heapq.heappop(self._deadlines)
            patience.hang_up()


_watchman = _Watchman()
