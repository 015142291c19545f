"""Chains: after COMMIT every row of a sealed table gets its merchant's next number and a hash.

Payments only insert, so none ever waits for its merchant's previous one. The sealer comes after
them, one at a time per merchant and chain, and takes what it can see in the order of ids. A row
with a lower id that commits later simply gets a later number: the order of a chain is the order
of sealing, and it has no gaps.

`hash = SHA-256(previous hash || content)`, the content being the text of a JSON array of the
chain's columns as PostgreSQL prints it. The first row continues 32 zero bytes. The head of each
chain is kept in `core_chain`, so that rows missing at the end are noticed too.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from acquiring.core import clock, ids

BATCH = 500
GENESIS = bytes(32)
# PostgreSQL prints times by the session's zone; hashes want one text for one moment.
IN_UTC = "set_config('TimeZone', 'UTC', true)"
PATIENCE = timedelta(minutes=2)  # a committed row that waits longer for its seal is a fault


@dataclass(frozen=True)
class Chain:
    """A sealed table: `columns` are its content, in the order they are hashed."""

    name: str
    table: str
    columns: tuple[str, ...]

    @property
    def content(self) -> str:
        """The SQL expression of a row's canonical text."""
        return f"jsonb_build_array({', '.join(self.columns)})::text"


class Fault(NamedTuple):
    """The first thing wrong with a chain. `kind` is tampered, removed or unsealed."""

    kind: str
    chain: str
    merchant_id: uuid.UUID
    sequence: int | None
    id: uuid.UUID | None
    message: str


class Head(NamedTuple):
    """The end of a chain, and the last row that retention removed from its beginning."""

    sequence: int = 0
    hash: bytes = GENESIS
    floor_sequence: int = 0
    floor_hash: bytes = GENESIS


_declared: dict[str, Chain] = {}


def declare(name: str, table: str, columns: tuple[str, ...]) -> Chain:
    """Make a chain known under its name; a room does so once, beside its model."""
    chain = Chain(name, table, columns)
    _declared[name] = chain
    return chain


def declared() -> list[Chain]:
    """Every chain of the installation."""
    return list(_declared.values())


EVENTS = declare(
    "events", "core_event", ("merchant_id", "id", "type", "subject", "payload", "created_at")
)
AUDIT = declare(
    "audit",
    "core_auditentry",
    (
        "merchant_id",
        "id",
        "actor",
        "action",
        "subject",
        "changes",
        "ip",
        "request_id",
        "created_at",
    ),
)


def pending(chain: Chain, limit: int = 1000) -> list[uuid.UUID]:
    """Merchants with unsealed rows. One index probe per merchant, however many rows wait."""
    first = f'SELECT merchant_id FROM "{chain.table}" WHERE sequence IS NULL'
    order = "ORDER BY merchant_id, id LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE waiting (merchant_id) AS (
                ({first} {order})
                UNION ALL
                SELECT ({first} AND merchant_id > waiting.merchant_id {order})
                FROM waiting WHERE waiting.merchant_id IS NOT NULL
            )
            SELECT merchant_id FROM waiting WHERE merchant_id IS NOT NULL LIMIT %s
            """,
            [limit],
        )
        return [merchant_id for (merchant_id,) in cursor.fetchall()]


def seal(chain: Chain, merchant_id: uuid.UUID) -> int:
    """Seal what has been committed for one merchant; returns how many rows.

    Returns 0 at once while another sealer has this chain: it, or the next look, sees the rest.
    """
    total = 0
    while True:
        sealed = _seal_batch(chain, merchant_id)
        total += sealed
        if sealed < BATCH:
            return total


def seal_everything(chain: Chain) -> dict[uuid.UUID, int]:
    """Seal every merchant's waiting rows; returns how many for whom."""
    return {merchant_id: seal(chain, merchant_id) for merchant_id in pending(chain)}


def head_of(chain: Chain, merchant_id: uuid.UUID) -> Head:
    """The chain's head, a fresh one when nothing was ever sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, hash, floor_sequence, floor_hash FROM core_chain"
            " WHERE merchant_id = %s AND name = %s",
            [merchant_id, chain.name],
        )
        row = cursor.fetchone()
    if row is None:
        return Head()
    return Head(row[0], bytes(row[1]), row[2], bytes(row[3]))


def verify(chain: Chain, merchant_id: uuid.UUID, patience: timedelta = PATIENCE) -> Fault | None:
    """Recompute a merchant's whole chain; returns its first fault, or None when it is whole."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {IN_UTC}")
        head = head_of(chain, merchant_id)
        expected, previous = head.floor_sequence, head.floor_hash
        for sequence, row_id, content, kept_previous, kept_hash in _sealed_rows(
            chain, merchant_id, head
        ):
            expected += 1
            if sequence != expected:
                return _removed(chain, merchant_id, expected)
            if kept_previous != previous or kept_hash != _hash(previous, content):
                message = f"Row {row_id} (number {sequence}) is not what was sealed."
                return Fault("tampered", chain.name, merchant_id, sequence, row_id, message)
            previous = kept_hash
        if expected != head.sequence:
            return _removed(chain, merchant_id, expected + 1)
        if previous != head.hash:
            message = f"The head does not carry the hash of row number {expected}."
            return Fault("tampered", chain.name, merchant_id, expected, None, message)
        return _overdue(chain, merchant_id, patience)


def raise_floor(chain: Chain, partition: str) -> None:
    """Note, before a partition is dropped, where each merchant's chain will begin without it.

    A row sealed late may lie in an older month than its neighbours, so the floor is the highest
    number that goes; what is kept below it is no longer verified.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE core_chain AS head SET floor_sequence = last.sequence, floor_hash = last.hash
            FROM (SELECT DISTINCT ON (merchant_id) merchant_id, sequence, hash
                  FROM "{partition}" WHERE sequence IS NOT NULL
                  ORDER BY merchant_id, sequence DESC) AS last
            WHERE head.merchant_id = last.merchant_id AND head.name = %s
              AND head.floor_sequence < last.sequence
            """,
            [chain.name],
        )


def _seal_batch(chain: Chain, merchant_id: uuid.UUID) -> int:
    with transaction.atomic():
        if not _alone(chain, merchant_id):
            return 0
        head = head_of(chain, merchant_id)
        rows = _unsealed_rows(chain, merchant_id)
        if not rows:
            return 0
        hashes = [head.hash]
        for _, content in rows:
            hashes.append(_hash(hashes[-1], content))
        _write(chain, merchant_id, head, [row_id for row_id, _ in rows], hashes)
        return len(rows)


def _write(
    chain: Chain, merchant_id: uuid.UUID, head: Head, rows: list[uuid.UUID], hashes: list[bytes]
) -> None:
    """Put numbers and hashes on the rows and move the head; `hashes` begins with the former one.

    The bounds on id let PostgreSQL leave out the months that are not concerned.
    """
    last = head.sequence + len(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH sealed AS (
                UPDATE "{chain.table}" AS row
                SET sequence = new.sequence, previous = new.previous, hash = new.hash
                FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[], %s::bytea[])
                     AS new (id, sequence, previous, hash)
                WHERE row.merchant_id = %s AND row.id = new.id AND row.id BETWEEN %s AND %s
            )
            INSERT INTO core_chain
                (id, merchant_id, name, sequence, hash, floor_sequence, floor_hash)
            VALUES (%s, %s, %s, %s, %s, 0, %s)
            ON CONFLICT (merchant_id, name)
            DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
            """,
            [
                *(rows, list(range(head.sequence + 1, last + 1)), hashes[:-1], hashes[1:]),
                *(merchant_id, rows[0], rows[-1]),
                *(ids.new(), merchant_id, chain.name, last, hashes[-1], GENESIS),
            ],
        )


def _alone(chain: Chain, merchant_id: uuid.UUID) -> bool:
    """Try to become this chain's only sealer until the end of the transaction."""
    key = hashlib.sha256(f"{chain.name}:{merchant_id}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_try_advisory_xact_lock(%s), {IN_UTC}",
            [int.from_bytes(key, "big", signed=True)],
        )
        return bool(cursor.fetchone()[0])


def _hash(previous: bytes, content: str) -> bytes:
    return hashlib.sha256(previous + content.encode()).digest()


def _unsealed_rows(chain: Chain, merchant_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, {chain.content} FROM "{chain.table}"'
            " WHERE merchant_id = %s AND sequence IS NULL ORDER BY id LIMIT %s",
            [merchant_id, BATCH],
        )
        return cursor.fetchall()


def _sealed_rows(
    chain: Chain, merchant_id: uuid.UUID, head: Head
) -> Iterator[tuple[int, uuid.UUID, str, bytes, bytes]]:
    """Rows above the floor and up to the head by number, read in batches."""
    after: tuple[Any, ...] = (head.floor_sequence, uuid.UUID(int=(1 << 128) - 1))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT sequence, id, {chain.content}, previous, hash FROM "{chain.table}"'
                " WHERE merchant_id = %s AND sequence IS NOT NULL AND sequence <= %s"
                " AND (sequence, id) > (%s, %s) ORDER BY sequence, id LIMIT %s",
                [merchant_id, head.sequence, *after, BATCH],
            )
            rows = cursor.fetchall()
        for sequence, row_id, content, previous, kept in rows:
            yield sequence, row_id, content, bytes(previous or b""), bytes(kept or b"")
        if len(rows) < BATCH:
            return
        after = rows[-1][:2]


def _removed(chain: Chain, merchant_id: uuid.UUID, sequence: int) -> Fault:
    message = f"Row number {sequence} is missing."
    return Fault("removed", chain.name, merchant_id, sequence, None, message)


def _overdue(chain: Chain, merchant_id: uuid.UUID, patience: timedelta) -> Fault | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{chain.table}"'
            " WHERE merchant_id = %s AND sequence IS NULL AND id < %s ORDER BY id LIMIT 1",
            [merchant_id, ids.first_at(clock.now() - patience)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    message = f"Row {row[0]} has waited for its seal since {ids.time_of(row[0]).isoformat()}."
    return Fault("unsealed", chain.name, merchant_id, None, row[0], message)
