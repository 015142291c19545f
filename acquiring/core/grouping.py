"""Group commit: threads that write at the same moment share one statement and one COMMIT.

There is no writer thread. Who comes first leads: it writes at once, alone, on its own connection.
Who comes while LEADERS are writing waits; when one of them is done, the first who waits leads all
of them. So a lone write costs nothing more, and many at once share the flushes of the log.

Nobody is answered before the COMMIT. When a group's statement is refused, each of its members
writes alone, and only the one that is at fault hears of it. When the database goes away under it,
nobody knows whether it was committed, and every member is told just that.
"""

from __future__ import annotations

import threading
from collections import deque
from operator import attrgetter

import msgspec
from django.db import OperationalError, connection

from acquiring.core import fast

MOST = 64  # documents in one statement
LEADERS = 2  # statements at once from this process: one is flushed while the next is worked out


class _Seat:
    """One waiting document. `turn` opens when it is written, or when it is its turn to lead."""

    __slots__ = ("document", "lost", "order", "refused", "result", "turn")

    def __init__(self, document: bytes, order: str) -> None:
        self.document = document
        self.order = order
        self.result: bytes | None = None
        self.refused = False
        self.lost: OperationalError | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class Group:
    """Calls `<function>(jsonb)`, or `<function>_all(jsonb)` for several documents at once.

    The second takes a JSON array and returns the results as an array of the same order.
    """

    def __init__(self, function: str) -> None:
        self._one = (function, f"SELECT {function}($1::jsonb)")
        self._all = (f"{function}_all", f"SELECT {function}_all($1::jsonb)")
        self._results = msgspec.json.Decoder(list[msgspec.Raw])
        self._waiting: deque[_Seat] = deque()
        self._lock = threading.Lock()
        self._leaders = 0

    def call(self, document: bytes, order: str) -> bytes:
        """Write a document and return what the function says of it, after its COMMIT.

        `order` is the row it changes: groups write in that order, so that two processes never
        wait for each other crosswise. In a transaction of the caller the document goes alone.
        """
        if connection.in_atomic_block:
            return self._alone(document)
        seat = _Seat(document, order)
        with self._lock:
            leads = self._leaders < LEADERS
            if leads:
                self._leaders += 1
            else:
                self._waiting.append(seat)
        if not leads:
            seat.turn.acquire()
        if seat.result is None and not (seat.refused or seat.lost):
            self._lead(seat)
        if seat.lost:
            raise OperationalError(str(seat.lost)) from seat.lost
        return self._alone(document) if seat.result is None else seat.result

    def _lead(self, seat: _Seat) -> None:
        """Write for everybody who waits, then hand the lead to the first who came meanwhile."""
        with self._lock:
            others = min(MOST - 1, len(self._waiting))
            group = [seat, *(self._waiting.popleft() for _ in range(others))]
        group.sort(key=attrgetter("order"))
        try:
            self._write(group)
        except OperationalError as error:
            for one in group:
                one.lost = error
        except Exception:
            if group == [seat]:
                raise
            for one in group:
                one.refused = True
        finally:
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                if following is None:
                    self._leaders -= 1
            for one in group:
                if one is not seat:
                    one.turn.release()
            if following:
                following.turn.release()

    def _write(self, group: list[_Seat]) -> None:
        if len(group) == 1:
            group[0].result = self._alone(group[0].document)
            return
        documents = b"[" + b",".join(one.document for one in group) + b"]"
        found = fast.call(*self._all, documents) or b"[]"
        for one, result in zip(group, self._results.decode(found), strict=True):
            one.result = bytes(result)

    def _alone(self, document: bytes) -> bytes:
        return fast.call(*self._one, document) or b"{}"
