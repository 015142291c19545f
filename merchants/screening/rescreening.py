"""Everybody again: when a list has changed, and when the calendar says so.

A changed list is a sweep: all remembered parties against the entries that are new or changed since
the last sweep that ended, so that a day's change costs little. It goes in batches that begin where
the last one ended: they compare first, and then write, in one transaction, unless another worker
did. A crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from acquiring.core import clock
from acquiring.core.models import PLATFORM
from acquiring.vault import services as vault
from acquiring.vault.sealing import Unreadable
from merchants.screening import cases, lists, rules, services
from merchants.screening.matching.asking import Asked, Hit
from merchants.screening.models import Hit as Case
from merchants.screening.models import ListVersion, Screening, Subject, Sweep
from merchants.screening.party import Party, slim

BATCH = 500
WORTH_A_CREW = 2 * BATCH  # parties left
DUE_AT_ONCE = 200
LOOK_SECONDS = 45.0  # how long one look goes on; beat says it again each minute

if TYPE_CHECKING:
    from merchants.screening.matching.index import Index

Ask = Callable[[list[tuple[Asked, float]]], list[list[Hit]]]

log = structlog.get_logger("merchants.screening")


class Delta(NamedTuple):
    """The entries that came or changed since the last sweep of a list, and their ids."""

    entries: Index
    changed: frozenset[str]


class Compared(NamedTuple):
    """What was found of a party, and its row as it was read then."""

    subject: Subject
    party: Party
    found: list[Hit]


_deltas: dict[str, tuple[ListVersion, int, Delta]] = {}


def look() -> int:
    """Go on with the sweeps that wait, then with who is due; returns how many were looked at."""
    until = monotonic() + LOOK_SECONDS
    looked = 0
    for one in waiting():
        try:
            looked += sweep(one, processes=hands(one), until=until)
        except (
            Exception
        ):  # trouble with one list must not keep the others, and the calendar, waiting
            log.exception("sweep stopped", list=one.source)
    return looked + (screen_due() if monotonic() < until else 0)


def waiting() -> list[ListVersion]:
    """The versions in force that not everybody was compared with yet."""
    active = ListVersion.objects.filter(state=ListVersion.State.ACTIVE)
    return list(active.exclude(sweep__ended_at__isnull=False).order_by("loaded_at"))


def hands(version: ListVersion) -> int:
    """How many processes a sweep is worth: one where a batch or two are left, since others cost
    seconds to begin.
    """
    row = Sweep.objects.filter(version=version).first()
    left = Subject.objects.filter(ended_at=None)
    if row is not None and row.after_id is not None:
        left = left.filter(id__gt=row.after_id)
    few = left.order_by("id")[WORTH_A_CREW : WORTH_A_CREW + 1]
    return settings.SCREENING_PROCESSES if few.exists() else 1


def screen_due(limit: int = DUE_AT_ONCE) -> int:
    """Screen those whose day has come; returns how many."""
    due = Subject.objects.filter(ended_at=None, due_at__lte=clock.now()).order_by("due_at")
    rows = list(due[:limit])
    for subject in rows:
        try:
            services.again(subject, services.CALENDAR)
        except Exception:  # one who cannot be screened must not keep the others from it
            log.exception("not screened", subject=str(subject.pk))
            later = clock.now() + services.RETRY
            Subject.objects.filter(pk=subject.pk).update(due_at=later)
    return len(rows)


def sweep(version: ListVersion, *, processes: int = 1, until: float | None = None) -> int:
    """Compare everybody with what this version brought, up to the moment `until` (monotonic).

    `processes` share the comparing; only the caller's own writes. Returns how many were looked at.
    """
    delta = _delta_of(version)
    _begin(version, delta)
    looked = 0
    with _comparing(delta.entries, processes) as ask:
        while until is None or monotonic() < until:
            count = _batch(version, delta, ask)
            if count is None:
                break
            looked += count
    return looked


@transaction.atomic
def _begin(version: ListVersion, delta: Delta) -> None:
    _, made = Sweep.objects.get_or_create(
        version=version, defaults={"entries": len(delta.entries), "began_at": clock.now()}
    )
    if made:
        cases.leave(version.source)


def _batch(version: ListVersion, delta: Delta, ask: Ask) -> int | None:
    """The next parties after the last; None when there are none left or another has the sweep."""
    row = Sweep.objects.get(version=version)
    waiting = Subject.objects.filter(ended_at=None).order_by("id")
    if row.after_id is not None:
        waiting = waiting.filter(id__gt=row.after_id)
    subjects = list(waiting[:BATCH])
    found = _compare(version, delta, subjects, ask)
    with transaction.atomic():
        now = Sweep.objects.select_for_update().get(pk=row.pk)
        faster = now.ended_at is not None or now.after_id != row.after_id
        if faster or not lists.stand({version.source: version.number}):
            return None
        if not subjects:
            now.ended_at = clock.now()
            now.save(update_fields=["ended_at"])
            log.info("sweep ended", list=version.source, subjects=now.subjects, hits=now.hits)
            return None
        now.hits += _settle(version, delta, found)
        now.subjects += len(subjects)
        now.after_id = subjects[-1].pk
        now.save(update_fields=["hits", "subjects", "after_id"])
    return len(subjects)


def _compare(
    version: ListVersion,
    delta: Delta,
    subjects: list[Subject],
    ask: Ask,
) -> dict[UUID, Compared]:
    """The parties of a batch that the list applies to and whose cases it may change."""
    asked: list[tuple[Subject, Party]] = []
    for subject in subjects:
        try:
            party = services.party_of(subject)
        except Unreadable:  # one torn row must not keep everybody from being compared
            log.error("not compared", subject=str(subject.pk), list=version.source)
            Subject.objects.filter(pk=subject.pk).update(decision="stale")
            continue
        if version.source in rules.lists_for(party):
            asked.append((subject, party))
    known = Case.objects.filter(
        source=version.source, subject__in=[one for one, _ in asked], state__in=cases.STANDING
    ).values_list("subject_id", "entry_id")
    touched = {subject_id for subject_id, entry_id in known if entry_id in delta.changed}
    answers = ask([(party.asked, rules.threshold(party.role)) for _, party in asked])
    return {
        subject.pk: Compared(subject, party, found)
        for (subject, party), found in zip(asked, answers, strict=True)
        if found or subject.pk in touched
    }


def _settle(version: ListVersion, delta: Delta, compared: dict[UUID, Compared]) -> int:
    """Bring their cases in line; returns how many hits are new."""
    fresh = 0
    rows = Subject.objects.filter(pk__in=list(compared), ended_at=None)
    for row in rows.select_for_update().order_by("id"):
        seen, party, found = compared[row.pk]
        if not services.same(row, seen):
            continue  # told of anew since: compared with this version by whoever did
        before = row.hits.count()
        cases.settle(row, found, [version.source], clock.now(), delta.changed)
        fresh += row.hits.count() - before
        cases.conclude(row)
        _note(row, party, version, found)
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
    index = Index((version.source, entry) for entry in entries)
    delta = Delta(index, frozenset(entry.id for entry in entries))
    _deltas[version.source] = (version, base, delta)
    return delta


@contextmanager
def _comparing(index: Index, processes: int) -> Iterator[Ask]:
    """What compares: this process alone, or so many others with an index of their own."""
    if processes <= 1:
        yield lambda asked: [index.search(*one) for one in asked]
        return
    from merchants.screening.matching.crew import Question, crew

    with crew(index.entries, processes) as others:
        yield lambda asked: others.ask([Question(*one) for one in asked])
