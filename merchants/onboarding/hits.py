"""Hits on watch lists as a reviewer reads them: who was screened and the entry, side by side.

They belong to `merchants.screening`, which remembers what was decided of each pair. Never for
merchants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from merchants.onboarding.models import Application
from merchants.screening import reading
from merchants.screening.models import SOURCES, Hit

MOST = 100
OPEN, GONE = Hit.State.OPEN, Hit.State.GONE


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
    """The hits of a business in the application's mode, open ones first, then the likeliest."""
    found = _rows(application).select_related("subject").order_by("-score", "id")[:MOST]
    return sorted(map(_shown, found), key=lambda hit: hit.state != OPEN)


def open_count(application: Application) -> int:
    """How many nobody has decided yet."""
    return _rows(application).filter(state=OPEN).count()


def _rows(application: Application) -> QuerySet[Hit]:
    return Hit.objects.filter(
        ~Q(state=GONE),
        subject__business_id=application.business_id,
        subject__mode=application.mode,
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
        lines=_lines(hit.subject.name, reading.known(hit.subject), hit.entry),
        why=reading.why(hit),
        decided_by=hit.decided_by,
        reason=hit.reason,
        evidence=hit.evidence,
    )


def _lines(
    name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Both sides, line by line; what neither knows is left out."""
    names = [one["text"] for one in theirs.get("names", ())]
    rows = [
        ("name", ", ".join(_texts(ours.get("names"))) or name, ", ".join(names[:1])),
        ("other names", "", ", ".join(names[1:12])),
        ("kind", str(ours.get("kind", "")), str(theirs.get("kind", ""))),
        ("born", _text(ours.get("birth_date")), ", ".join(map(_born, theirs.get("born", ())))),
        ("countries", ", ".join(_texts(ours.get("countries"))),
         ", ".join(sorted({*theirs.get("countries", ()), *theirs.get("nationalities", ())}))),
        ("numbers", ", ".join(_texts(ours.get("identifiers"))),
         ", ".join(f"{one['kind']} {one['number']}" for one in theirs.get("identifiers", ()))),
        ("programme", "", ", ".join(theirs.get("programs", ()))),
        ("listed on", "", str(theirs.get("listed_on", ""))),
        ("remarks", "", str(theirs.get("remarks", ""))[:600]),
    ]  # fmt: skip
    return [row for row in rows if row[1] or row[2]]


def _born(born: Mapping[str, Any]) -> str:
    first, last = born.get("first"), born.get("last")
    years = str(first) if first == last else f"{first}-{last}"
    return f"{'about ' if born.get('circa') else ''}{born.get('on') or years}"


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in _listed(value)]


def _listed(value: Any) -> Iterable[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A value of JSON as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {_text(one)}" for name, one in value.items() if one not in ("", None)
        )
    return " ".join(map(_text, value)) if isinstance(value, list) else str(value)
