"""Reading the ledger. Amounts are minor units; every function takes the merchant first."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from acquiring.core import ids
from acquiring.ledger.models import Snapshot, Transfer

KINDS = ("pending", "available", "reserve")

_TAIL = """
    SELECT account, currency, sum(amount)::bigint FROM (
        SELECT target AS account, currency, amount FROM ledger_transfer
        WHERE merchant_id = %s {condition}
        UNION ALL
        SELECT source, currency, -amount FROM ledger_transfer
        WHERE merchant_id = %s {condition}
    ) AS leg GROUP BY account, currency
"""

Balances = dict[tuple[str, str], int]


def balances(merchant_id: UUID) -> Balances:
    """Every account's balance by (account, currency): the last snapshot plus what came since."""
    sequence, sums = _last_snapshot(merchant_id, None)
    return _plus_tail(sums, merchant_id, "AND (sequence IS NULL OR sequence > %s)", [sequence])


def balances_at(merchant_id: UUID, sequence: int) -> Balances:
    """Every account's balance over the sealed transfers up to a number."""
    base, sums = _last_snapshot(merchant_id, sequence)
    return _plus_tail(sums, merchant_id, "AND sequence > %s AND sequence <= %s", [base, sequence])


def summed_to(merchant_id: UUID, sequence: int) -> Balances:
    """The same from the first transfer on, trusting no snapshot."""
    return _plus_tail({}, merchant_id, "AND sequence <= %s", [sequence])


def merchant_balances(merchant_id: UUID) -> dict[str, dict[str, int]]:
    """Per currency: pending, available and reserve."""
    shown: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    prefix = f"merchant:{ids.show('mer', merchant_id)}:"
    for (account, currency), amount in balances(merchant_id).items():
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


def totals(merchant_id: UUID) -> dict[str, int]:
    """Per currency the sum over all accounts: 0, always, since a transfer takes what it gives."""
    sums: dict[str, int] = defaultdict(int)
    for (_, currency), amount in balances(merchant_id).items():
        sums[currency] += amount
    return dict(sums)


def _last_snapshot(merchant_id: UUID, sequence: int | None) -> tuple[int, Balances]:
    rows = Snapshot.objects.filter(merchant_id=merchant_id)
    if sequence is not None:
        rows = rows.filter(sequence__lte=sequence)
    last = rows.order_by("-sequence").values_list("sequence", flat=True).first()
    if last is None:
        return 0, {}
    found = rows.filter(sequence=last).values_list("account", "currency", "amount")
    return last, {(account, currency): amount for account, currency, amount in found}


def _plus_tail(sums: Balances, merchant_id: UUID, condition: str, values: list[Any]) -> Balances:
    """`condition` is one of this module's own texts; values travel as parameters."""
    total: dict[tuple[str, str], int] = defaultdict(int, sums)
    with connection.cursor() as cursor:
        sql = _TAIL.replace("{condition}", condition)
        cursor.execute(sql, [merchant_id, *values, merchant_id, *values])
        for account, currency, amount in cursor.fetchall():
            total[account, currency] += amount
    return dict(total)
