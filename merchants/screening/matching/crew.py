"""Several processes that compare, each with an index of its own over the same entries.

They are started fresh, not forked: a fork of a process with threads inherits their locks and their
connections. What one needs is sent to it once, at its start.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from merchants.screening.entries import Entry
from merchants.screening.matching.asking import Asked, Hit
from merchants.screening.matching.index import Index

AT_ONCE = 25  # questions that go to a process together


class Question(NamedTuple):
    """Who is asked about, and from which score on it is a hit."""

    asked: Asked
    threshold: float


class Crew:
    """Processes that answer questions in their order."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def ask(self, questions: Iterable[Question]) -> list[list[Hit]]:
        """The hits of each. Raises BrokenProcessPool when a process ended."""
        return list(self._pool.map(_answer, questions, chunksize=AT_ONCE))


@contextmanager
def crew(entries: list[tuple[str, Entry]], processes: int) -> Iterator[Crew]:
    """So many processes over (source, entry) pairs, ended with the block."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (entries,)) as pool:
        yield Crew(pool)


_own: Index | None = None  # of a process of a crew


def _begin(entries: list[tuple[str, Entry]]) -> None:
    global _own
    _own = Index(entries)


def _answer(question: Question) -> list[Hit]:
    assert _own is not None, "a process of a crew begins with its index"
    return _own.search(question.asked, question.threshold)
