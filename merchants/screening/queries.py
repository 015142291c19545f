"""Reads of screening for other rooms of the platform; nothing here is for a merchant's eyes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q

from merchants.screening.models import Hit, Subject

MOST = 500


class FreshHit(NamedTuple):
    """A hit, or a decision about one, that nobody has taken note of yet."""

    hit_id: UUID
    ref: str
    business_id: UUID | None
    mode: str
    role: str
    state: str  # open, cleared, confirmed
    source: str
    entry_name: str
    score: int  # per mille
    found_at: datetime


class Standing(NamedTuple):
    """How a remembered party stands: clear, hit or stale, and its open and confirmed cases."""

    ref: str
    decision: str
    screened_at: datetime | None
    open: int
    confirmed: int


def fresh_hits(limit: int = 100) -> list[FreshHit]:
    """Hits that were found, or decided, since somebody last said `services.told`; oldest first."""
    states = (Hit.State.OPEN, Hit.State.CLEARED, Hit.State.CONFIRMED)
    rows = Hit.objects.filter(told_at=None, state__in=states, subject__ended_at=None)
    rows = rows.select_related("subject")
    return [
        FreshHit(
            row.pk, row.subject.ref, row.subject.business_id, row.subject.mode, row.subject.role,
            row.state, row.source, row.entry_name, row.score, row.found_at,
        )
        for row in rows.order_by("id")[: min(limit, MOST)]
    ]  # fmt: skip


def standings(refs: Iterable[str]) -> dict[str, Standing]:
    """How each of these parties stands; who was never screened is not in the answer."""
    rows = Subject.objects.filter(ref__in=list(refs)[:MOST]).annotate(
        open_cases=Count("hits", filter=Q(hits__state=Hit.State.OPEN)),
        confirmed_cases=Count("hits", filter=Q(hits__state=Hit.State.CONFIRMED)),
    )
    return {
        row.ref: Standing(
            row.ref, row.decision, row.screened_at, row.open_cases, row.confirmed_cases
        )
        for row in rows
    }
