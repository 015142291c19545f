"""Everybody again: when a list has changed, and when the calendar says so.

A changed list is a sweep: all remembered parties against the entries that are new or changed since
the last sweep that ended, so that a day's change costs little. It goes in batches, each a
transaction that begins where the last one ended: workers do not meet, a crash loses nothing.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import transaction

from acquiring.core import clock
from acquiring.core.models import PLATFORM
from acquiring.vault import services as vault
from merchants.screening import cases, lists, rules, services
from merchants.screening.matching.asking import Hit
from merchants.screening.models import ListVersion, Screening, Subject, Sweep
from merchants.screening.party import Party, slim

BATCH = 500
DUE_AT_ONCE = 200
LOOK_SECONDS = 45.0  # how long one look goes on; beat says it again each minute

if TYPE_CHECKING:
    from merchants.screening.matching.index import Index

log = structlog.get_logger("merchants.screening")


class Delta(NamedTuple):
    """What is new since the last sweep of a list: who came or changed, and who left."""

    entries: Index
    changed: frozenset[str]
    left: frozenset[str]


class Question(NamedTuple):
    """A party to compare, and from which score on it is a hit."""

    party: Party
    threshold: float


_deltas: dict[str, tuple[ListVersion, int, Delta]] = {}


def look() -> int:
    """Go on with the sweeps that wait, then with who is due; returns how many were looked at."""
    until = monotonic() + LOOK_SECONDS
    looked = sum(sweep(version, until=until) for version in waiting())
    return looked + (screen_due() if monotonic() < until else 0)


def waiting() -> list[ListVersion]:
    """The versions in force that not everybody was compared with yet."""
    active = ListVersion.objects.filter(state=ListVersion.State.ACTIVE)
    return list(active.exclude(sweep__ended_at__isnull=False).order_by("loaded_at"))


def screen_due(limit: int = DUE_AT_ONCE) -> int:
    """Screen those whose day has come; returns how many."""
    due = Subject.objects.filter(ended_at=None, due_at__lte=clock.now()).order_by("due_at")
    rows = list(due[:limit])
    for subject in rows:
        services.again(subject, "calendar")
    return len(rows)


def sweep(version: ListVersion, *, processes: int = 1, until: float | None = None) -> int:
    """Compare everybody with what this version brought, up to the moment `until` (monotonic).

    `processes` share the comparing; only the caller's own writes. Returns how many were looked at.
    """
    delta = _delta_of(version)
    _begin(version, delta)
    looked = 0
    pool = _pool(delta.entries, processes) if processes > 1 else nullcontext()
    with pool as workers:
        ask = workers.map if workers is not None else _in_turn(delta.entries)
        while until is None or monotonic() < until:
            count = _batch(version, delta, ask)
            if count is None:
                break
            looked += count
    return looked


def _begin(version: ListVersion, delta: Delta) -> None:
    _, made = Sweep.objects.get_or_create(
        version=version, defaults={"entries": len(delta.entries), "began_at": clock.now()}
    )
    if made:
        cases.leave(version.source, delta.left)


@transaction.atomic
def _batch(
    version: ListVersion, delta: Delta, ask: Callable[..., Iterable[list[Hit]]]
) -> int | None:
    """The next parties after the last; None when there are none left or another has the sweep."""
    row = Sweep.objects.select_for_update(skip_locked=True).filter(version=version).first()
    if row is None or row.ended_at is not None:
        return None
    waiting = Subject.objects.filter(ended_at=None).order_by("id")
    if row.after_id is not None:
        waiting = waiting.filter(id__gt=row.after_id)
    subjects = list(waiting.select_for_update()[:BATCH])
    if not subjects:
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
        log.info("sweep ended", list=version.source, subjects=row.subjects, hits=row.hits)
        return None
    row.hits += _compare(version, delta, subjects, ask)
    row.subjects += len(subjects)
    row.after_id = subjects[-1].pk
    row.save(update_fields=["hits", "subjects", "after_id"])
    return len(subjects)


def _compare(
    version: ListVersion,
    delta: Delta,
    subjects: list[Subject],
    ask: Callable[..., Iterable[list[Hit]]],
) -> int:
    """Compare the parties of a batch that the list applies to; returns how many hits are new."""
    asked: list[tuple[Subject, Question]] = []
    for subject in subjects:
        party = services.party_of(subject)
        if version.source in rules.lists_for(party):
            asked.append((subject, Question(party, rules.threshold(party.role))))
    touched = set(
        cases.open_with(version.source, delta.changed).values_list("subject_id", flat=True)
    )
    fresh = 0
    for (subject, question), found in zip(asked, ask(_ask, [one for _, one in asked]), strict=True):
        if found or subject.pk in touched:
            before = subject.hits.count()
            now = clock.now()
            cases.settle(subject, found, [version.source], now, delta.changed)
            fresh += subject.hits.count() - before
            cases.conclude(subject)
            _note(subject, question.party, version, found)
    return fresh


def _note(subject: Subject, party: Party, version: ListVersion, found: list[Hit]) -> None:
    """The evidence of a sweep that found something; that it found nothing is in the sweep's row."""
    row = Screening(
        subject=subject, name=subject.name, lists={version.source: version.number},
        decision=subject.decision, why="list", at=clock.now(),
        score=cases.per_mille(max((hit.value for hit in found), default=0.0)),
    )  # fmt: skip
    row.sealed = vault.seal(PLATFORM, services.encoded(party), services.purpose(row.pk))
    row.save(force_insert=True)


def _delta_of(version: ListVersion) -> Delta:
    """What this version brought since the last one that everybody was compared with."""
    swept = ListVersion.objects.filter(source=version.source, sweep__ended_at__isnull=False)
    base = max(swept.values_list("number", flat=True), default=0)
    kept = _deltas.get(version.source)
    if kept is not None and kept[0].pk == version.pk and kept[1] == base:
        return kept[2]
    changes = lists.changes_between(version.source, base, version.number)
    from merchants.screening.matching.index import Index  # heavy: with the first question

    entries = [slim(one.after) for one in changes if one.after is not None]
    delta = Delta(
        Index((version.source, entry) for entry in entries),
        frozenset(entry.id for entry in entries),
        frozenset(one.entry_id for one in changes if one.after is None),
    )
    _deltas[version.source] = (version, base, delta)
    return delta


# The index of the processes that compare; they are forked, so that they share its memory.
_shared: Index | None = None


def _pool(index: Index, processes: int):  # type: ignore[no-untyped-def]
    global _shared
    _shared = index
    return multiprocessing.get_context("fork").Pool(processes)


def _ask(question: Question) -> list[Hit]:
    assert _shared is not None
    return _shared.search(question.party.asked, question.threshold)


def _in_turn(index: Index) -> Callable[..., Iterable[list[Hit]]]:
    def ask(_: object, questions: Iterable[Question]) -> list[list[Hit]]:
        return [index.search(one.party.asked, one.threshold) for one in questions]

    return ask
