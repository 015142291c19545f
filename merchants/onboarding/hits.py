"""Hits on watch lists as a reviewer reads and decides them: who was screened, and the entry beside.

They belong to `merchants.screening`, which remembers what was decided of each pair. Never for
merchants.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from acquiring.core.errors import Problem
from merchants.onboarding import names
from merchants.onboarding.models import Application
from merchants.screening import cases, reading
from merchants.screening.models import SOURCES, Hit

MOST = 100
OPEN, CLEARED, CONFIRMED, GONE = (
    Hit.State.OPEN, Hit.State.CLEARED, Hit.State.CONFIRMED, Hit.State.GONE,
)  # fmt: skip
DEEDS = {CLEARED: cases.clear, CONFIRMED: cases.confirm}


class Shown(NamedTuple):
    """A hit. `lines` are (what, said here, on the list); `why` explains the score in words."""

    id: str
    subject: str
    role: str
    source: str
    entry_id: str
    score: str
    state: str
    lines: list[tuple[str, str, str]]
    why: list[str]
    decided_by: str
    reason: str
    evidence: str


def of(application: Application) -> list[Shown]:
    """The hits of an application, open ones first, then the likeliest."""
    found = _rows(application).select_related("subject").order_by("-score", "id")[:MOST]
    return sorted(map(_shown, found), key=lambda hit: hit.state != OPEN)


def count(application: Application, state: str) -> int:
    """How many there are in a state: OPEN are those that nobody has decided yet."""
    return _rows(application).filter(state=state).count()


def decide(
    application: Application, actor: str, hit_id: str, state: str, reason: str, evidence: str
) -> Hit:
    """Say that it is somebody else (`cleared`) or the listed one (`confirmed`), and why.

    Raises Problem `not_found`, or naming what is missing.
    """
    deed = DEEDS.get(state)  # type: ignore[call-overload]
    if deed is None:
        raise Problem("invalid_field", "A hit is cleared or confirmed.", "state")
    return deed(_find(application, hit_id), actor, reason, evidence)


def _find(application: Application, hit_id: str) -> Hit:
    try:
        found = _rows(application).filter(pk=UUID(hit_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise Problem("not_found", "There is no such hit in this case.", "hit")
    return found


def _rows(application: Application) -> QuerySet[Hit]:
    """Those of everybody whom the application names, whichever lists they were compared with."""
    return Hit.objects.filter(
        ~Q(state=GONE),
        subject__business_id=application.business_id,
        subject__ref__startswith=names.ref(application, ""),
        subject__ended_at=None,
    )


def _shown(hit: Hit) -> Shown:
    return Shown(
        id=str(hit.pk),
        subject=hit.subject.name,
        role=hit.subject.role.replace("_", " "),
        source=SOURCES.get(hit.source, hit.source),
        entry_id=hit.entry_id,
        score=f"{hit.score / 10:.1f} %",
        state=hit.state,
        lines=reading.beside(hit),
        why=reading.why(hit),
        decided_by=hit.decided_by,
        reason=hit.reason,
        evidence=hit.evidence,
    )
