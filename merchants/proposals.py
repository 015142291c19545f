"""What needs a second person: proposed by one, approved by another, done once.

A business chooses which kinds of deeds those are (`Business.second_person`). A room that has such a
deed registers its kind; the deed itself is the room's own service, called with what was proposed.
Deeds within the database are done in the transaction that marks them done. Those that leave the
house (`wire`) are done after the approval is on record, under an idempotency key of the proposal,
and may be resumed by either person should the process die meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM
from acquiring.core.money import Money
from acquiring.vault.sealing import seal, unseal
from merchants.models import Business, Membership, User
from merchants.people import Proposal

LASTS = timedelta(days=7)
RESUMABLE = timedelta(hours=48)  # idempotency keys are kept a day longer
TOO_LATE = "Nobody went on with it for two days. Look whether it was done before you ask again."
MOST_WAITING = 100
MOST_PEOPLE = 500
Payload = Mapping[str, Any]


class Kind(NamedTuple):
    """A kind of deed. `run` does it and returns facts about it; it may raise Problem.

    `permission` is what both people need, `with_limit` whether small amounts need nobody, and
    `may_approve` what else must be true of what the approver may do, if anything.
    """

    name: str
    title: str | Promise
    permission: str
    run: Callable[[Proposal, Payload], Mapping[str, Any]]
    with_limit: bool = False
    wire: bool = False
    may_approve: Callable[[frozenset[str], Payload], bool] | None = None

    def open_to(self, held: frozenset[str], payload: Callable[[], Payload]) -> bool:
        """Whether who holds these permissions may approve; the payload is read if it matters."""
        if self.permission not in held:
            return False
        return self.may_approve is None or self.may_approve(held, payload())


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let a kind of deed need a second person; a name is taken once."""
    assert kind.name not in _kinds, f"two kinds of proposals are called {kind.name}"
    _kinds[kind.name] = kind


def kinds() -> dict[str, Kind]:
    """Every kind, by name."""
    return dict(_kinds)


def needed(business: Business, kind: str, money: Money | None = None) -> bool:
    """Whether a deed of this kind needs a second person here.

    A limit is of one currency: amounts in another always need one.
    """
    rule = business.second_person.get(kind)
    if rule is None:
        return False
    if money is None or "above" not in rule:
        return True
    return money.currency != rule["currency"] or money.amount > rule["above"]


@transaction.atomic
def propose(
    business: Business,
    by: User,
    mode: str,
    kind: str,
    payload: Payload,
    *,
    once: str,
    subject: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Proposal:
    """Ask for a second person. The same `once` is one proposal. Raises Problem.

    `facts` are shown to people, `payload` is sealed and what the deed is done with; both are JSON.
    """
    Business.objects.select_for_update().get(pk=business.pk)
    known = _rows(business.pk).filter(once=once).first()
    if known is not None:
        return known
    about = _kinds[kind]
    if about.permission not in _held(business.pk, by):
        raise Problem("forbidden", "Your role may not do this.")
    if not approvers(business.pk, about, payload, by):
        raise Problem("invalid_state", "Nobody else here may approve this. Ask an owner.")
    if _waiting(business.pk).count() >= MOST_WAITING:
        raise Problem("invalid_state", "A hundred proposals wait already. Decide some first.")
    row = Proposal(
        business=business, mode=mode, kind=kind, subject=subject, facts=dict(facts or {}),
        once=once, made_by=by, expires_at=clock.now() + LASTS,
    )  # fmt: skip
    row.payload = seal(PLATFORM, orjson.dumps(dict(payload)), _purpose(row.pk))
    row.save(force_insert=True)
    _record(by, "proposal.made", row)
    return row


def approve(business: Business, by: User, shown: str) -> Proposal:
    """Agree to a proposal, and do it. Raises Problem when it is not theirs to agree to.

    A refusal of the deed itself is no exception: the proposal then says `failed` and why.
    """
    with transaction.atomic():
        row = _open_one(business, shown)
        kind, payload = _kinds[row.kind], _payload(row)
        if row.made_by_id == by.pk:
            raise Problem("forbidden", "A second person decides, not who proposed it.")
        if not _may(business.pk, by, kind, payload):
            raise Problem("forbidden", "Your role may not approve this.")
        if row.made_by is None or kind.permission not in _held(business.pk, row.made_by):
            raise Problem("invalid_state", "Who proposed this may not do it any more.")
        _decide(row, Proposal.Status.APPROVED, by)
        _record(by, "proposal.approved", row)
        if not kind.wire:
            _do(row, kind, payload)
    return finish(business, shown) if kind.wire else row


def finish(business: Business, shown: str) -> Proposal:
    """Do what was agreed to, if it is not done yet: once, however often this is called.

    What nobody went on with for so long that its key may be forgotten is not done any more.
    """
    row = one(business.pk, shown)
    if row.status != Proposal.Status.APPROVED:
        return row
    assert row.decided_at is not None, "it was agreed to then"
    if clock.now() - row.decided_at > RESUMABLE:
        row.status, row.reason = Proposal.Status.FAILED, TOO_LATE
        _end(row)
    else:
        _do(row, _kinds[row.kind], _payload(row))
    return row


@transaction.atomic
def decline(business: Business, by: User, shown: str, reason: str = "") -> Proposal:
    """Say no to a proposal, or take one's own back. Raises Problem."""
    row = _open_one(business, shown)
    if row.made_by_id == by.pk:
        _decide(row, Proposal.Status.WITHDRAWN, by)
        _record(by, "proposal.withdrawn", row)
        return row
    if not _may(business.pk, by, _kinds[row.kind], _payload(row)):
        raise Problem("forbidden", "Your role may not decline this.")
    row.reason = " ".join(reason.split())[:300]
    _decide(row, Proposal.Status.DECLINED, by)
    _record(by, "proposal.declined", row, {"reason": row.reason})
    return row


def one(business_id: UUID, shown: str) -> Proposal:
    """A proposal of the business, `prp_…`. Raises Problem `not_found`."""
    row = _rows(business_id).filter(pk=ids.read("prp", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no proposal {shown[:60]}.")
    return row


def listed(business_id: UUID, by: User, held: frozenset[str]) -> QuerySet[Proposal]:
    """What a person may see: their own proposals, and those they may decide; newest first."""
    able = [name for name, kind in _kinds.items() if kind.permission in held]
    return _rows(business_id).filter(Q(made_by=by) | Q(kind__in=able)).order_by("-id")


def may_decide(row: Proposal, by: User, held: frozenset[str]) -> bool:
    """Whether this is for a person to approve or decline."""
    kind = _kinds[row.kind]
    if row.state != Proposal.Status.WAITING or row.made_by_id == by.pk:
        return False
    return kind.open_to(held, lambda: _payload(row))


def approvers(business_id: UUID, kind: Kind, payload: Payload, but: User) -> list[User]:
    """Who else may approve a deed."""
    rows = Membership.objects.select_related("user", "custom").exclude(user=but)
    rows = rows.filter(business_id=business_id, user__is_active=True)[:MOST_PEOPLE]
    return [row.user for row in rows if kind.open_to(row.held, lambda: payload)]


def approvers_of(row: Proposal) -> list[User]:
    """Who may approve a proposal."""
    maker = row.made_by
    assert maker is not None, "asked when it is made"
    return approvers(row.business_id, _kinds[row.kind], _payload(row), maker)


def waiting(reference: str, but: User) -> ArraySubquery:
    """The kinds of what others proposed and nobody decided, as a part of a query."""
    rows = Proposal.objects.filter(business_id=OuterRef(reference), status=Proposal.Status.WAITING)
    rows = rows.filter(expires_at__gt=clock.now()).exclude(made_by=but)
    return ArraySubquery(rows.order_by("expires_at").values("kind")[:MOST_WAITING])


def count(held: frozenset[str], proposed: tuple[str, ...]) -> int:
    """How many of the kinds that wait are for who holds these permissions."""
    return sum(_kinds[kind].permission in held for kind in proposed if kind in _kinds)


def key_of(row: Proposal) -> str:
    """The idempotency key under which a deed leaves the house."""
    return f"proposal-{row.pk.hex}"


def _do(row: Proposal, kind: Kind, payload: Payload) -> None:
    try:
        if kind.wire:
            row.result = dict(kind.run(row, payload))
        else:
            with transaction.atomic():
                row.result = dict(kind.run(row, payload))
    except Problem as problem:
        if problem.code == "idempotency_in_progress":
            return  # the other one is doing it right now
        row.status, row.reason = Proposal.Status.FAILED, problem.message[:300]
    else:
        row.status = Proposal.Status.DONE
    _end(row)


def _end(row: Proposal) -> None:
    before = Proposal.objects.filter(pk=row.pk, status=Proposal.Status.APPROVED)
    before.update(status=row.status, reason=row.reason, result=row.result)


def _decide(row: Proposal, status: str, by: User) -> None:
    row.status, row.decided_by, row.decided_at = status, by, clock.now()
    row.save(update_fields=["status", "decided_by", "decided_at", "reason"])


def _may(business_id: UUID, by: User, kind: Kind, payload: Payload) -> bool:
    held = _held(business_id, by)
    return kind.open_to(held, lambda: payload)


def _held(business_id: UUID, user: User) -> frozenset[str]:
    rows = Membership.objects.select_related("custom").filter(business_id=business_id, user=user)
    row = rows.filter(user__is_active=True).first()
    return row.held if row else frozenset()


def _rows(business_id: UUID) -> QuerySet[Proposal]:
    rows = Proposal.objects.select_related("made_by", "decided_by", "business")
    return rows.filter(business_id=business_id)


def _waiting(business_id: UUID) -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(business_id=business_id, status=Proposal.Status.WAITING)
    return rows.filter(expires_at__gt=clock.now())


def _open_one(business: Business, shown: str) -> Proposal:
    Proposal.objects.select_for_update().filter(
        business=business, pk=ids.read("prp", shown)
    ).first()
    row = one(business.pk, shown)
    if row.state == "expired":
        raise Problem("invalid_state", "Its time is over. Propose it once more.")
    if row.status != Proposal.Status.WAITING:
        raise Problem("invalid_state", "It was decided already.")
    return row


def _payload(row: Proposal) -> dict[str, Any]:
    given: dict[str, Any] = orjson.loads(unseal(PLATFORM, row.payload, _purpose(row.pk)))
    return given


def _purpose(row_id: UUID) -> str:
    return f"proposal:{row_id.hex}"


def _record(by: User, action: str, row: Proposal, more: Mapping[str, Any] | None = None) -> None:
    about = {"proposal": row.shown, "kind": row.kind, "subject": row.subject, **row.facts}
    actor = f"user:{ids.show('usr', by.pk)}"
    audit.record(actor, action, ids.show("biz", row.business_id), None, {**about, **(more or {})})
