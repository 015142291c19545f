"""Reading the ledger. Amounts are minor units; every function takes the merchant first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet, Subquery

from acquiring.core import ids
from acquiring.core.spans import span
from acquiring.ledger.chain import CHAIN
from acquiring.ledger.models import Snapshot, Transfer
from merchants.models import Mode
from merchants.queries import mode_of

KINDS = ("pending", "available", "reserve")
FILTERS = ("account", "payment", "subject", "reason", "when", "when_from", "when_to")

_TAIL = """
    SELECT account, currency, sum(amount)::bigint FROM (
        SELECT target AS account, currency, amount FROM ledger_transfer
        WHERE merchant_id = %s {condition}
        UNION ALL
        SELECT source, currency, -amount FROM ledger_transfer
        WHERE merchant_id = %s {condition}
    ) AS leg GROUP BY account, currency
"""
_PROOF = """
    SELECT coalesce(head.sequence, 0), verified.sequence, verified.fault, verified.verified_at,
           root.day, root.root
    FROM (VALUES (1)) AS one
    LEFT JOIN core_chain AS head ON head.merchant_id = %s AND head.name = %s
    LEFT JOIN ledger_verification AS verified ON verified.merchant_id = %s
    LEFT JOIN (SELECT day, root FROM ledger_dailyroot ORDER BY day DESC LIMIT 1) AS root ON true
"""

MOST_BETWEEN = 3_000  # transfers from a snapshot on that a running balance is drawn through
SKEW = timedelta(minutes=10)  # between a live transfer's time and that of its id, amply

Balances = dict[tuple[str, str], int]


class Verified(NamedTuple):
    """Up to which number a ledger was recomputed, the first fault ("" = whole), and when."""

    sequence: int
    fault: str
    verified_at: datetime


class Root(NamedTuple):
    """The Merkle root that was published for a day."""

    day: date
    root: bytes


class Proof(NamedTuple):
    """How many transfers are sealed, the last time they were recomputed, and the last root."""

    sealed: int
    verified: Verified | None
    root: Root | None


def balances(merchant_id: UUID) -> Balances:
    """Every account's balance by (account, currency): the last snapshot plus what came since."""
    sequence, sums = _last_snapshot(merchant_id, None)
    return _plus_tail(sums, merchant_id, "AND (sequence IS NULL OR sequence > %s)", [sequence])


def balances_at(merchant_id: UUID, sequence: int) -> Balances:
    """Every account's balance over the sealed transfers up to a number."""
    base, sums = _last_snapshot(merchant_id, sequence)
    return _plus_tail(sums, merchant_id, "AND sequence > %s AND sequence <= %s", [base, sequence])


def balances_as_of(merchant_id: UUID, moment: datetime) -> Balances:
    """Every account's balance over the sealed transfers of that moment and before it.

    In live mode a transfer's id is of the time it is made at, so that a snapshot taken before the
    moment holds nothing later, and no id from later is of before; what was sealed after a transfer
    is not much older. A test merchant's clock may have been moved: there everything is summed.
    """
    condition = "AND sequence IS NOT NULL AND created_at <= %s"
    values: list[Any] = [moment]
    sequence, sums = 0, Balances()
    if _is_live(merchant_id):
        sequence, sums = _last_snapshot(merchant_id, None, moment)
        condition += " AND sequence > %s AND id < %s AND id >= %s"
        values += [sequence, ids.first_at(moment + SKEW), _first_after(merchant_id, sequence)]
    return _plus_tail(sums, merchant_id, condition, values)


def running(merchant_id: UUID, account: str, rows: Sequence[Transfer]) -> dict[UUID, int]:
    """An account's balance after each of these transfers, in the order of their numbers.

    A transfer that is not sealed yet, and rows that lie too far apart, have none. Two reads.
    """
    numbers = [row.sequence for row in rows if row.sequence is not None]
    if not numbers:
        return {}
    base, sums = _last_snapshot(merchant_id, min(numbers) - 1)
    since = Transfer.objects.filter(
        Q(source=account) | Q(target=account),
        merchant_id=merchant_id,
        sequence__gt=base,
        sequence__lte=max(numbers),
    ).order_by("sequence")
    found = list(since.values_list("id", "target", "amount")[: MOST_BETWEEN + 1])
    if len(found) > MOST_BETWEEN:
        return {}
    balance = sum(amount for (of, _), amount in sums.items() if of == account)
    after = {}
    for transfer_id, target, amount in found:
        balance += amount if target == account else -amount
        after[transfer_id] = balance
    return after


def proof(merchant_id: UUID) -> Proof:
    """What stands for the ledger being whole. One read."""
    with connection.cursor() as cursor:
        cursor.execute(_PROOF, [merchant_id, CHAIN.name, merchant_id])
        sealed, to, fault, verified_at, day, root = cursor.fetchone()
    verified = Verified(to, fault, verified_at) if verified_at else None
    return Proof(sealed, verified, Root(day, bytes(root)) if day else None)


def summed_to(merchant_id: UUID, sequence: int) -> Balances:
    """The same from the first transfer on, trusting no snapshot."""
    return _plus_tail({}, merchant_id, "AND sequence <= %s", [sequence])


def merchant_balances(merchant_id: UUID) -> dict[str, dict[str, int]]:
    """Per currency: pending, available and reserve."""
    return by_kind(merchant_id, balances(merchant_id))


def by_kind(merchant_id: UUID, found: Balances) -> dict[str, dict[str, int]]:
    """Of some balances the merchant's own: per currency pending, available and reserve."""
    shown: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    prefix = f"merchant:{ids.show('mer', merchant_id)}:"
    for (account, currency), amount in found.items():
        kind = account.removeprefix(prefix).split(":")[0]
        if account.startswith(prefix) and kind in KINDS:
            shown[currency][kind] = amount
    return dict(sorted(shown.items()))


def transfers(
    merchant_id: UUID,
    account: str = "",
    subject: str = "",
    reason: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Transfer]:
    """A merchant's transfers, the newest first."""
    found = Transfer.objects.filter(merchant_id=merchant_id).order_by("-id")
    if account:
        found = found.filter(Q(source=account) | Q(target=account))
    if subject:
        found = found.filter(subject=subject)
    if reason:
        found = found.filter(reason=reason)
    if since:
        found = found.filter(created_at__gte=since)
    return found.filter(created_at__lt=until) if until else found


def listed(merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo) -> QuerySet[Transfer]:
    """A merchant's transfers by a list's filters (FILTERS), the newest first.

    `payment` is an outside id; days are of the reader's zone.
    """
    begins, ends = span(
        given.get("when", ""), given.get("when_from", ""), given.get("when_to", ""), zone
    )
    subject = given.get("payment", "") or given.get("subject", "")
    found = transfers(
        merchant_id, given.get("account", ""), subject, given.get("reason", ""), begins, ends
    )
    if not (begins or ends) or not _is_live(merchant_id):
        return found
    if begins:  # the same span by the time in the ids, which the key is ordered by
        found = found.filter(id__gte=ids.first_at(begins - SKEW))
    return found.filter(id__lt=ids.first_at(ends + SKEW)) if ends else found


def totals(merchant_id: UUID) -> dict[str, int]:
    """Per currency the sum over all accounts: 0, always, since a transfer takes what it gives."""
    sums: dict[str, int] = defaultdict(int)
    for (_, currency), amount in balances(merchant_id).items():
        sums[currency] += amount
    return dict(sums)


def _first_after(merchant_id: UUID, sequence: int) -> UUID:
    """No id of a live merchant's transfers with higher numbers lies before this."""
    last = Transfer.objects.filter(merchant_id=merchant_id, sequence=sequence)
    found = last.values_list("id", flat=True).first()
    return ids.first_at(ids.time_of(found) - SKEW) if found else UUID(int=0)


def _is_live(merchant_id: UUID) -> bool:
    return mode_of(merchant_id) == Mode.LIVE


def _last_snapshot(
    merchant_id: UUID, sequence: int | None, moment: datetime | None = None
) -> tuple[int, Balances]:
    rows = Snapshot.objects.filter(merchant_id=merchant_id)
    if moment is not None:
        rows = rows.filter(created_at__lte=moment)
    if sequence is not None:
        rows = rows.filter(sequence__lte=sequence)
    last = rows.order_by("-sequence").values("sequence")[:1]
    found = list(rows.filter(sequence=Subquery(last)))
    return found[0].sequence if found else 0, {
        (row.account, row.currency): row.amount for row in found
    }


def _plus_tail(sums: Balances, merchant_id: UUID, condition: str, values: list[Any]) -> Balances:
    """`condition` is one of this module's own texts; values travel as parameters."""
    total: dict[tuple[str, str], int] = defaultdict(int, sums)
    with connection.cursor() as cursor:
        sql = _TAIL.replace("{condition}", condition)
        cursor.execute(sql, [merchant_id, *values, merchant_id, *values])
        for account, currency, amount in cursor.fetchall():
            total[account, currency] += amount
    return dict(total)
