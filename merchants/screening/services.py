"""Screening as a service: who is asked about, what the lists say, and what is kept of it.

It fails closed: when a list that the rules ask for is absent or too old, the answer is `stale` and
never `clear`. What is found is for the platform's people alone: never show it to a merchant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM
from acquiring.vault import services as vault
from merchants.screening import cases, indexes, rules
from merchants.screening.indexes import Answer
from merchants.screening.matching import asking
from merchants.screening.models import Hit, Screening, Subject
from merchants.screening.party import Kind, Party, Role, digest

RETRY = timedelta(hours=1)  # when lists were stale
MAX_NAMES, MAX_CHARACTERS = 20, 300


class Screened(NamedTuple):
    """The answer. `decision` is clear, hit or stale; `score` of the best hit, from 0 to 1.

    `hits` are of the lists as they are; `cases` the rows of a remembered party, cleared ones too.
    A remembered party whose hits are all cleared is clear. `stale` names lists that did not answer.
    """

    decision: str
    score: float
    hits: tuple[asking.Hit, ...]
    versions: dict[str, int]
    stale: tuple[str, ...]
    cases: tuple[Hit, ...] = ()
    screening_id: UUID | None = None


def screen(party: Party, why: str = "asked") -> Screened:
    """Compare a party with the lists that apply to it, and keep what came out.

    With a `ref` the party is remembered: its hits become cases, and it is screened again when a
    list or the calendar says so. Raises Problem naming a field that is missing or too long.
    """
    _complete(party)
    answer = indexes.ask(party.asked, rules.lists_for(party), rules.threshold(party.role))
    with transaction.atomic():
        subject = _remember(party) if party.ref else None
        return _kept(party, subject, answer, why, clock.now())


def screen_name(
    kind: Kind, name: str, role: Role = "shopper", mode: str = "live", *,
    countries: Iterable[str] = (), currencies: Iterable[str] = (), birth_date: str = "",
) -> Screened:  # fmt: skip
    """Compare one name now, within milliseconds; a look that finds nothing leaves no row."""
    party = Party(
        kind, (name,), role, mode, birth_date=birth_date,  # type: ignore[arg-type]
        countries=tuple(countries), currencies=tuple(currencies),
    )  # fmt: skip
    _complete(party)
    answer = indexes.ask(party.asked, rules.lists_for(party), rules.threshold(role))
    if answer.hits or answer.stale:
        return _kept(party, None, answer, "name", clock.now())
    return _screened(answer, "clear")


def forget(ref: str) -> None:
    """This party is nobody's owner, director or payee any more: it is not screened again."""
    Subject.objects.filter(ref=ref, ended_at=None).update(ended_at=clock.now())


def told(hit_ids: Iterable[UUID]) -> int:
    """These hits have reached whoever asked for the fresh ones; returns how many were fresh."""
    return Hit.objects.filter(pk__in=list(hit_ids), told_at=None).update(told_at=clock.now())


def again(subject: Subject, why: str) -> Screened:
    """Screen a remembered party as it was last told."""
    party = party_of(subject)
    answer = indexes.ask(party.asked, rules.lists_for(party), rules.threshold(party.role))
    with transaction.atomic():
        row = Subject.objects.select_for_update().get(pk=subject.pk)
        return _kept(party, row, answer, why, clock.now())


def party_of(subject: Subject) -> Party:
    """What is known of a remembered party, unsealed."""
    plain = vault.unseal(PLATFORM, subject.sealed, purpose(subject.pk))
    return msgspec.json.decode(plain, type=Party)


def _complete(party: Party) -> None:
    if not party.names or not all(name.strip() for name in party.names):
        raise Problem("invalid_field", "Who is screened has a name.", "names")
    if len(party.names) > MAX_NAMES or max(map(len, party.names)) > MAX_CHARACTERS:
        told = f"At most {MAX_NAMES} names of {MAX_CHARACTERS} characters."
        raise Problem("invalid_field", told, "names")
    if party.birth_date and not party.birth_date[:4].isdigit():
        raise Problem("invalid_field", "A birth date is YYYY-MM-DD or YYYY.", "birth_date")


def _remember(party: Party) -> Subject:
    """The row of a party, with what is known now."""
    subject = Subject.objects.select_for_update().filter(ref=party.ref).first()
    subject = subject or Subject(ref=party.ref, due_at=clock.now())
    subject.business_id, subject.mode, subject.role = party.business_id, party.mode, party.role
    subject.kind, subject.name, subject.digest = party.kind, party.names[0], digest(party)
    subject.sealed = vault.seal(PLATFORM, encoded(party), purpose(subject.pk))
    subject.ended_at = None
    subject.save()
    return subject


def _kept(
    party: Party, subject: Subject | None, answer: Answer, why: str, now: datetime
) -> Screened:
    rows: list[Hit] = []
    standing = bool(answer.hits)
    if subject is not None:
        rows = cases.settle(subject, answer.hits, answer.versions, now)
        standing = any(row.state in cases.STANDING for row in rows)
    decision = "hit" if standing else "stale" if answer.stale else "clear"
    if subject is not None:
        subject.decision, subject.screened_at = decision, now
        subject.due_at = now + (RETRY if answer.stale else rules.interval(party.role))
        subject.save(update_fields=["decision", "screened_at", "due_at"])
    row = Screening(
        subject=subject, name=party.names[0], lists=answer.versions, stale=list(answer.stale),
        decision=decision, score=cases.per_mille(_best(answer)), why=why, at=now,
    )  # fmt: skip
    row.sealed = vault.seal(PLATFORM, encoded(party), purpose(row.pk))
    row.save(force_insert=True)
    return _screened(answer, decision, tuple(rows), row.pk)


def _screened(
    answer: Answer, decision: str, rows: tuple[Hit, ...] = (), screening_id: UUID | None = None
) -> Screened:
    hits = tuple(answer.hits)
    return Screened(
        decision, _best(answer), hits, answer.versions, answer.stale, rows, screening_id
    )


def _best(answer: Answer) -> float:
    return max((hit.value for hit in answer.hits), default=0.0)


def encoded(party: Party) -> bytes:
    """A party as it is sealed."""
    return msgspec.json.encode(party)


def purpose(row_id: UUID) -> str:
    """What a party is sealed for: the row it lies in."""
    return f"screening:{row_id}"
