"""The comparison of everyone's books after the storm: what was told, stored, charged and heard.

`Evidence` is plain data and `differences` a pure function, so that the test can be tested: a
planted difference must be found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg


class Stored(NamedTuple):
    """A payment as the database has it."""

    id: str
    reference: str
    status: str
    captured: int
    refunded: int


class Charge(NamedTuple):
    """A charge as a simulator has it; `account` and `reference` are our outside ids."""

    account: str
    reference: str
    currency: str
    captured: int
    refunded: int


@dataclass
class Evidence:
    """Everybody's account of what happened. Sums are minor units."""

    told: dict[str, str]  # reference -> payment id, as the shop was answered
    stored: list[Stored]
    charges: list[Charge]
    payments_of: dict[str, str]  # attempt's outside id -> payment id
    receivables: dict[tuple[str, str], int]  # (account's outside id, currency) -> ledger balance
    open_attempts: list[tuple[str, str]]  # (payment id, status)
    open_operations: list[str]
    events: set[str]
    heard: set[str]
    forged: int


def differences(evidence: Evidence) -> list[str]:
    """Every way in which the accounts disagree, in words."""
    checks = (_payments, _money, _doubles, _rest, _events)
    return [line for check in checks for line in check(evidence)]


def _payments(evidence: Evidence) -> Iterator[str]:
    stored = {row.reference: row.id for row in evidence.stored}
    for reference, count in Counter(row.reference for row in evidence.stored).items():
        if count > 1:
            yield f"{reference} is stored {count} times"
    for reference, payment in evidence.told.items():
        if stored.get(reference) != payment:
            yield f"{reference} was acknowledged as {payment}, stored is {stored.get(reference)}"
    for reference in stored.keys() - evidence.told.keys():
        yield f"{reference} is stored, and nobody was told"


def _money(evidence: Evidence) -> Iterator[str]:
    charged: dict[tuple[str, str], int] = defaultdict(int)
    for charge in evidence.charges:
        charged[charge.account, charge.currency] += charge.captured - charge.refunded
    for key in charged.keys() | evidence.receivables.keys():
        # A provider that owes us stands below zero in the ledger.
        booked = -evidence.receivables.get(key, 0)
        if charged[key] != booked:
            yield f"{key}: charged at the provider {charged[key]}, in the ledger {booked}"


def _doubles(evidence: Evidence) -> Iterator[str]:
    kept: dict[str, int] = defaultdict(int)
    for charge in evidence.charges:
        payment = evidence.payments_of.get(charge.reference)
        if payment is None:
            yield f"a charge for {charge.reference}, which is no attempt of ours"
            continue
        kept[payment] += charge.captured - charge.refunded
    for row in evidence.stored:
        if kept[row.id] != row.captured - row.refunded:
            yield (
                f"{row.reference} ({row.status}): the providers keep {kept[row.id]},"
                f" we say {row.captured - row.refunded}"
            )


def _rest(evidence: Evidence) -> Iterator[str]:
    for payment, status in evidence.open_attempts:
        if status not in {"action", "pending"}:
            yield f"{payment} has an attempt that is still {status}"
    for operation in evidence.open_operations:
        yield f"{operation} is still open"


def _events(evidence: Evidence) -> Iterator[str]:
    for event in evidence.events - evidence.heard:
        yield f"{event} was never delivered"
    for event in evidence.heard - evidence.events:
        yield f"{event} was delivered and is not stored"
    if evidence.forged:
        yield f"{evidence.forged} messages had a wrong signature"


# Gathering our side of it.

_STORED = """
    SELECT 'pay_' || replace(id::text, '-', ''), reference, status, amount_captured, amount_refunded
    FROM payments_payment ORDER BY id
"""
_ATTEMPTS = """
    SELECT 'att_' || replace(id::text, '-', ''), 'pay_' || replace(payment_id::text, '-', ''),
        status FROM payments_attempt
"""
_RECEIVABLES = """
    SELECT split_part(account, ':', 2), currency, sum(amount)::bigint FROM (
        SELECT target AS account, currency, amount FROM ledger_transfer
        UNION ALL SELECT source, currency, -amount FROM ledger_transfer) AS leg
    WHERE account LIKE 'provider:%' GROUP BY 1, 2
"""
_OPERATIONS = """
    SELECT 'capture ' || id FROM payments_capture WHERE status = 'pending'
    UNION ALL SELECT 'void ' || id FROM payments_void WHERE status = 'pending'
    UNION ALL SELECT 'refund ' || id FROM payments_refund WHERE status = 'pending'
"""
UNDECIDED = "SELECT count(*) FROM payments_attempt WHERE status IN ('new', 'sent', 'unknown')"
UNSEALED = """
    SELECT (SELECT count(*) FROM core_event WHERE sequence IS NULL)
         + (SELECT count(*) FROM ledger_transfer WHERE sequence IS NULL)
"""
EVENT_COUNT = "SELECT count(*) FROM core_event"
_EVENTS = """
    SELECT 'evt_' || replace(id::text, '-', '') FROM core_event WHERE id > %s::uuid
"""
OPEN_OPERATIONS = f"SELECT count(*) FROM ({_OPERATIONS}) AS open"
OPEN_STATES = {"new", "sent", "action", "pending", "unknown"}


def gather(
    database_url: str,
    told: dict[str, str],
    charges: list[dict[str, Any]],
    heard: set[str],
    forged: int,
    since: str,
) -> Evidence:
    """Read our books. `charges` are the simulators', `since` is the event the ear began after."""
    with psycopg.connect(database_url) as connection:
        run = connection.execute
        attempts = run(_ATTEMPTS).fetchall()
        return Evidence(
            told=told,
            stored=[Stored(*row) for row in run(_STORED)],
            charges=[_charge(one) for one in charges],
            payments_of={attempt: payment for attempt, payment, _ in attempts},
            receivables={
                (account, currency): held for account, currency, held in run(_RECEIVABLES)
            },
            open_attempts=[one[1:] for one in attempts if one[2] in OPEN_STATES],
            open_operations=[row[0] for row in run(_OPERATIONS)],
            events={row[0] for row in run(_EVENTS, [since])},
            heard=heard,
            forged=forged,
        )


def _charge(shown: dict[str, Any]) -> Charge:
    return Charge(**{name: shown[name] for name in Charge._fields})
