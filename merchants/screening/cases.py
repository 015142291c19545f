"""Hits as cases: opened once, decided by a person, remembered, and ended when they are gone.

A cleared pair stays cleared as long as neither what is known of the subject nor what the list says
of the entry changes; a change of either opens it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from acquiring.core import audit, clock
from acquiring.core.errors import Problem
from merchants.screening import entries, lists
from merchants.screening.matching import asking
from merchants.screening.models import Hit, ListedEntry, Subject
from merchants.screening.party import slim

STANDING = (Hit.State.OPEN, Hit.State.CONFIRMED)
PER_MILLE = 1000


def settle(
    subject: Subject,
    found: Iterable[asking.Hit],
    asked_lists: Iterable[str],
    now: datetime,
    entry_ids: Iterable[str] | None = None,
) -> list[Hit]:
    """Bring the cases of a subject in line with what these lists say now; returns those that bear
    on the subject: what was found, and what was confirmed before and still stands.

    Open cases of these lists that were not found again are gone; with `entry_ids` only those with
    these entries. The subject's row is locked.
    """
    rows = list(subject.hits.filter(source__in=list(asked_lists)))
    if entry_ids is not None:
        asked = set(entry_ids)
        rows = [row for row in rows if row.entry_id in asked]
    known = {
        (row.source, row.entry_id, row.entry_digest): row
        for row in rows
        if row.subject_digest == subject.digest
    }
    met = [_meet(subject, hit, known, now) for hit in found]
    again = {row.pk for row in met}
    left = [row for row in rows if row.state in STANDING and row.pk not in again]
    kept = [row for row in left if _outlasts(row)]
    _end(row.pk for row in left if row not in kept)
    return met + kept


def _outlasts(row: Hit) -> bool:
    """Who was confirmed is not somebody else by another spelling, here or on the list: it ends with
    the entry, or when a newer case about it is cleared.
    """
    confirmed = row.state == Hit.State.CONFIRMED
    return confirmed and lists.find(row.source, row.entry_id) is not None


def _end(hit_ids: Iterable[UUID]) -> None:
    """These cases are gone, and nobody need be told of them any more."""
    now = clock.now()
    Hit.objects.filter(pk__in=list(hit_ids)).update(state=Hit.State.GONE, told_at=now)


def _meet(
    subject: Subject, hit: asking.Hit, known: dict[tuple[str, str, str], Hit], now: datetime
) -> Hit:
    mark = entry_digest(hit.entry)
    row = known.get((hit.source, hit.entry.id, mark))
    if row is None:
        whole = lists.find(hit.source, hit.entry.id) or hit.entry
        return Hit.objects.create(
            subject=subject,
            source=hit.source,
            entry_id=hit.entry.id,
            entry=msgspec.to_builtins(whole),
            entry_name=whole.name,
            entry_digest=mark,
            subject_digest=subject.digest,
            score=per_mille(hit.value),
            explanation=explained(hit),
            found_at=now,
            seen_at=now,
        )
    row.seen_at, row.score, row.explanation = now, per_mille(hit.value), explained(hit)
    if row.state == Hit.State.GONE:
        row.state, row.told_at = Hit.State.OPEN, None
    row.save(update_fields=["seen_at", "score", "explanation", "state", "told_at"])
    return row


@transaction.atomic
def leave(source: str) -> None:
    """End the cases with entries that are no longer on a list."""
    entry = ListedEntry.objects.filter(
        source=source, entry_id=OuterRef("entry_id"), removed_in__isnull=True
    )
    left = Hit.objects.filter(~Exists(entry), source=source, state__in=STANDING)
    for subject in _locked(left.values("subject_id")):
        _end(left.filter(subject=subject).values_list("pk", flat=True))
        conclude(subject)


@transaction.atomic
def drop(ref: str) -> None:
    """Nobody screens this party any more: what is open about it is no longer asked."""
    for subject in _locked(Subject.objects.filter(ref=ref, ended_at=None).values("pk")):
        subject.ended_at = clock.now()
        subject.save(update_fields=["ended_at"])
        _end(subject.hits.filter(state=Hit.State.OPEN).values_list("pk", flat=True))


def _locked(subject_ids: Any) -> QuerySet[Subject]:
    """These subjects, locked in one order. A subject is locked before its cases, by everybody."""
    return Subject.objects.filter(pk__in=subject_ids).select_for_update().order_by("pk")


def clear(hit: Hit, actor: str, reason: str, evidence: str = "") -> Hit:
    """It is somebody else; raises Problem without a reason or when the case is not open."""
    return _decide(hit, Hit.State.CLEARED, actor, reason, evidence)


def confirm(hit: Hit, actor: str, reason: str, evidence: str = "") -> Hit:
    """It is the listed one; raises Problem without a reason or when the case is not open."""
    return _decide(hit, Hit.State.CONFIRMED, actor, reason, evidence)


@transaction.atomic
def _decide(hit: Hit, state: str, actor: str, reason: str, evidence: str) -> Hit:
    subject = Subject.objects.select_for_update().get(pk=hit.subject_id)
    row = Hit.objects.get(pk=hit.pk)
    if not reason.strip():
        raise Problem("invalid_field", "A decision needs its reason.", "reason")
    if row.state != Hit.State.OPEN:
        raise Problem("invalid_field", f"This case is {row.state}, not open.", "state")
    row.state, row.reason, row.evidence = state, reason.strip(), evidence.strip()
    row.decided_by, row.decided_at, row.told_at = actor, clock.now(), None
    row.save(update_fields=["state", "reason", "evidence", "decided_by", "decided_at", "told_at"])
    if state == Hit.State.CLEARED:
        former = subject.hits.filter(source=row.source, entry_id=row.entry_id)
        _end(former.filter(state=Hit.State.CONFIRMED).values_list("pk", flat=True))
    changes = {"state": [Hit.State.OPEN, state], "reason": row.reason}
    audit.record(actor, f"screening.hit_{state}", f"hit:{row.pk}", None, changes)
    conclude(subject)
    return row


def stands(subject: Subject) -> bool:
    """Whether anything is open or confirmed about a subject."""
    return subject.hits.filter(state__in=STANDING).exists()


def conclude(subject: Subject) -> str:
    """What the cases of a subject amount to, kept with it: hit, clear, or stale as it was."""
    quiet = "stale" if subject.decision == "stale" else "clear"
    decided = "hit" if stands(subject) else quiet
    if decided != subject.decision:
        subject.decision = decided
        subject.save(update_fields=["decision"])
    return decided


def entry_digest(entry: entries.Entry) -> str:
    """The same as long as the list says the same of whom it means."""
    return hashlib.sha256(msgspec.json.encode(slim(entry), order="sorted")).hexdigest()


def per_mille(value: float) -> int:
    """A score as it is stored."""
    return round(value * PER_MILLE)


def explained(hit: asking.Hit) -> dict[str, Any]:
    """Why it is a hit, as it is stored; what the subject told is not repeated here."""
    return {
        "name": hit.score.theirs,
        "asked": hit.score.ours,
        "names": per_mille(hit.score.value),
        "parts": [part._asdict() for part in hit.score.parts],
        "facts": [
            {"what": fact.what, "theirs": fact.theirs, "change": per_mille(fact.change)}
            for fact in hit.facts
        ],
    }
