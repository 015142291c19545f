"""The indexes of this process: one for each list, made anew when another version is in force.

They are made at the first question (some seconds for a large list) and shared by all threads. While
one is made anew, questions wait for it: an answer from the former version would not be an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import structlog

from merchants.screening import lists
from merchants.screening.matching.asking import Asked, Hit
from merchants.screening.models import ListVersion
from merchants.screening.party import slim

if TYPE_CHECKING:
    from merchants.screening.matching.index import Index

log = structlog.get_logger("merchants.screening")

_kept: dict[str, tuple[ListVersion, Index]] = {}
_making = Lock()


class Busy(Exception):  # noqa: N818 (a fact, not a fault)
    """An index is being made, and who asks does not wait as long as that takes."""


class Answer(NamedTuple):
    """What the lists said: hits, the versions that answered, and the lists that could not."""

    hits: list[Hit]
    versions: dict[str, int]
    stale: tuple[str, ...]


def ask(asked: Asked, sources: Iterable[str], threshold: float, wait_seconds: float = -1) -> Answer:
    """Compare with each of these lists; one that is absent or too old is stale and not asked.

    Raises Busy when another thread makes an index and is not done within `wait_seconds` (-1: it is
    waited for).
    """
    active = lists.active()
    wanted = list(sources)
    stale = tuple(one for one in wanted if lists.is_stale(one, active.get(one)))
    hits: list[Hit] = []
    versions = {}
    for source in wanted:
        if source not in stale:
            hits += index_of(active[source], wait_seconds).search(asked, threshold)
            versions[source] = active[source].number
    hits.sort(key=lambda hit: (-hit.value, hit.source, hit.entry.id))
    return Answer(hits, versions, stale)


def index_of(version: ListVersion, wait_seconds: float = -1) -> Index:
    """The index of one version in force. Raises Busy, see `ask`."""
    kept = _kept.get(version.source)
    if kept is not None and kept[0].pk == version.pk:
        return kept[1]
    if not _making.acquire(timeout=wait_seconds):
        raise Busy
    try:
        kept = _kept.get(version.source)
        if kept is not None and kept[0].pk == version.pk:
            return kept[1]
        return _make(version)
    finally:
        _making.release()


def _make(version: ListVersion) -> Index:
    from merchants.screening.matching.index import Index  # heavy: with the first question

    entries = lists.entries_of(version.source, version.number)
    made = Index((version.source, slim(entry)) for entry in entries)
    _kept[version.source] = (version, made)
    log.info("index made", list=version.source, number=version.number, entries=len(made))
    return made
