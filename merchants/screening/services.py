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
from merchants.screening import cases, indexes, lists, rules
from merchants.screening.indexes import Answer
from merchants.screening.matching import asking
from merchants.screening.models import Hit, Screening, Subject
from merchants.screening.party import Kind, Party, Role, digest
from merchants.screening.queries import FreshHit

RETRY = timedelta(hours=1)  # when lists were stale
CALENDAR = "calendar"  # why somebody is screened whose day has come
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
    while True:
        answer = _ask(party)
        with transaction.atomic():
            subject = _remember(party) if party.ref else None
            if lists.stand(answer.versions):
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
    answer = _ask(party)
    if answer.hits or answer.stale:
        return _kept(party, None, answer, "name", clock.now())
    return _screened(answer, "clear")


def screen_in_passing(party: Party, wait_seconds: float) -> Screened:
    """Compare somebody now; only who resembles an entry is remembered, by `ref`, with their cases.

    Raises `indexes.Busy` when the lists are not ready within `wait_seconds`, and Problem.
    """
    _complete(party)
    while True:
        answer = _ask(party, wait_seconds)
        if not answer.hits:
            return _screened(answer, "stale" if answer.stale else "clear")
        with transaction.atomic():
            subject = _remember(party)
            if lists.stand(answer.versions):
                return _kept(party, subject, answer, "payment", clock.now())


def forget(ref: str) -> None:
    """This party is nobody's owner, director or payee any more: it is not screened again."""
    cases.drop(ref)


def told(hits: Iterable[FreshHit]) -> int:
    """These hits have reached whoever asked for the fresh ones; returns how many were fresh.

    One that was decided in the meantime stays fresh: it is other news.
    """
    heard: dict[str, list[UUID]] = {}
    for hit in hits:
        heard.setdefault(hit.state, []).append(hit.hit_id)
    return sum(
        Hit.objects.filter(pk__in=ids, state=state, told_at=None).update(told_at=clock.now())
        for state, ids in heard.items()
    )


def again(subject: Subject, why: str) -> Screened:
    """Screen a remembered party as it was last told."""
    while True:
        party = party_of(subject)
        answer = _ask(party)
        with transaction.atomic():
            row = Subject.objects.select_for_update().get(pk=subject.pk)
            if same(row, subject) and lists.stand(answer.versions):
                return _kept(party, row, answer, why, clock.now())
        subject = row


def same(row: Subject, other: Subject) -> bool:
    """Whether nobody told of the party anew between two reads of its row."""
    return bytes(row.sealed) == bytes(other.sealed)


def party_of(subject: Subject) -> Party:
    """What is known of a remembered party, unsealed."""
    plain = vault.unseal(PLATFORM, subject.sealed, purpose(subject.pk))
    return msgspec.json.decode(plain, type=Party)


def _ask(party: Party, wait_seconds: float = -1) -> Answer:
    least = rules.threshold(party.role)
    return indexes.ask(party.asked, rules.lists_for(party), least, wait_seconds)


def _complete(party: Party) -> None:
    if not party.names or not all(name.strip() for name in party.names):
        raise Problem("invalid_field", "Who is screened has a name.", "names")
    if not any(one.isalnum() for name in party.names for one in name):
        # with nothing to compare, the lists would call it clear
        raise Problem("invalid_field", "A name has letters or digits.", "names")
    if len(party.names) > MAX_NAMES or max(map(len, party.names)) > MAX_CHARACTERS:
        told = f"At most {MAX_NAMES} names of {MAX_CHARACTERS} characters."
        raise Problem("invalid_field", told, "names")
    if party.birth_date and not party.birth_date[:4].isdecimal():
        raise Problem("invalid_field", "A birth date is YYYY-MM-DD or YYYY.", "birth_date")


def _remember(party: Party) -> Subject:
    """The row of a party, with what is known now. Two who tell of a new one at once share it."""
    subject, _ = Subject.objects.select_for_update().get_or_create(
        ref=party.ref, defaults={"due_at": clock.now()}
    )
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
        standing = cases.stands(subject)
    decision = "hit" if standing else "stale" if answer.stale else "clear"
    if subject is not None:
        in_vain = why == CALENDAR and subject.decision == decision == "stale"
        subject.decision, subject.screened_at = decision, now
        subject.due_at = now + (RETRY if answer.stale else rules.interval(party.role))
        subject.save(update_fields=["decision", "screened_at", "due_at"])
        if in_vain:  # each hour again until the list is there: rows of that are no evidence
            return _screened(answer, decision, tuple(rows))
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
