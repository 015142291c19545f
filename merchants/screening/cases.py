"""Hits as cases: opened once, decided by a person, remembered, and ended when they are gone.

A cleared pair stays cleared as long as neither what is known of the subject nor what the list says
of the entry changes; a change of either opens it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from acquiring.core import audit, clock
from acquiring.core.errors import Problem
from merchants.screening import entries, lists
from merchants.screening.matching import asking
from merchants.screening.models import Hit, Subject
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
    """Bring the cases of a subject in line with what these lists say now; returns what was found.

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
    for row in rows:
        if row.state == Hit.State.OPEN and row.pk not in again:
            row.state = Hit.State.GONE
            row.save(update_fields=["state"])
    return met


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


def open_with(source: str, entry_ids: Iterable[str]) -> QuerySet[Hit]:
    """The open cases with these entries of a list."""
    return Hit.objects.filter(source=source, entry_id__in=list(entry_ids), state=Hit.State.OPEN)


def leave(source: str, entry_ids: Iterable[str]) -> int:
    """End the open cases with entries that are no longer on a list; returns how many."""
    ended = list(open_with(source, entry_ids).select_related("subject"))
    Hit.objects.filter(pk__in=[row.pk for row in ended]).update(state=Hit.State.GONE)
    for subject in {row.subject.pk: row.subject for row in ended}.values():
        conclude(subject)
    return len(ended)


def clear(hit: Hit, actor: str, reason: str, evidence: str = "") -> Hit:
    """It is somebody else; raises Problem without a reason or when the case is not open."""
    return _decide(hit, Hit.State.CLEARED, actor, reason, evidence)


def confirm(hit: Hit, actor: str, reason: str, evidence: str = "") -> Hit:
    """It is the listed one; raises Problem without a reason or when the case is not open."""
    return _decide(hit, Hit.State.CONFIRMED, actor, reason, evidence)


@transaction.atomic
def _decide(hit: Hit, state: str, actor: str, reason: str, evidence: str) -> Hit:
    row = Hit.objects.select_for_update().get(pk=hit.pk)
    if not reason.strip():
        raise Problem("invalid_field", "A decision needs its reason.", "reason")
    if row.state != Hit.State.OPEN:
        raise Problem("invalid_field", f"This case is {row.state}, not open.", "state")
    row.state, row.reason, row.evidence = state, reason.strip(), evidence.strip()
    row.decided_by, row.decided_at, row.told_at = actor, clock.now(), None
    row.save(update_fields=["state", "reason", "evidence", "decided_by", "decided_at", "told_at"])
    changes = {"state": [Hit.State.OPEN, state], "reason": row.reason}
    audit.record(actor, f"screening.hit_{state}", f"hit:{row.pk}", None, changes)
    conclude(row.subject)
    return row


def conclude(subject: Subject) -> str:
    """What the cases of a subject amount to, kept with it: hit, clear, or stale as it was."""
    standing = subject.hits.filter(state__in=STANDING, subject_digest=subject.digest).exists()
    decided = "hit" if standing else "stale" if subject.decision == "stale" else "clear"
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
