"""Reading the audit log of a merchant: its own entries and those of its business, as one list.

What concerns the business in test and in live (its team, its roles) lies with the platform's
entries, by subject. Each of the two lists is backed by an index; they are read apart and merged,
so a page costs the same however long the log is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from acquiring.core import ids
from acquiring.core.chain import AUDIT, IN_UTC
from acquiring.core.models import PLATFORM, AuditEntry

FILTERS = ("actor", "action", "subject")


class Joined:
    """Two lists of entries read as one; it can what a page of a list asks of a QuerySet."""

    def __init__(self, parts: tuple[QuerySet[AuditEntry], ...], newest: bool = True) -> None:
        self._parts, self._newest = parts, newest

    def filter(self, **wanted: Any) -> Joined:
        """Those of both that fit."""
        return Joined(tuple(part.filter(**wanted) for part in self._parts), self._newest)

    def order_by(self, name: str = "-id") -> Joined:
        """By id, `id` or `-id`."""
        return Joined(self._parts, name.startswith("-"))

    def values_list(self, name: str, flat: bool = True) -> Joined:
        """The rows with this column read, for who counts how many there are."""
        return Joined(tuple(part.only(name) for part in self._parts), self._newest)

    def count(self) -> int:
        """How many there are in both."""
        return sum(part.count() for part in self._parts)

    def __getitem__(self, cut: slice) -> list[AuditEntry]:
        """The first so many; a list of both is never read whole."""
        order = "-id" if self._newest else "id"
        rows = [row for part in self._parts for row in part.order_by(order)[: cut.stop]]
        rows.sort(key=lambda row: row.id, reverse=self._newest)
        return rows[cut]


def entries(
    merchant_id: UUID,
    business: str,
    wanted: Mapping[str, str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Joined:
    """What was done to a merchant's things and to its business (`biz_…`), the newest first.

    `wanted` may name an actor, an action and a subject; `until` itself is left out.
    """
    own = AuditEntry.objects.filter(merchant_id=merchant_id)
    shared = AuditEntry.objects.filter(merchant_id=PLATFORM, subject=business)
    found = Joined((own, shared))
    given = {name: wanted[name] for name in FILTERS if wanted.get(name)}
    if given:
        found = found.filter(**given)
    if since is not None:
        found = found.filter(id__gte=ids.first_at(since))
    return found.filter(id__lt=ids.first_at(until)) if until is not None else found


def of_subject(subject: str, most: int = 100) -> list[AuditEntry]:
    """The newest of what was done to one thing of the platform, such as an organisation."""
    rows = AuditEntry.objects.filter(merchant_id=PLATFORM, subject=subject)
    return list(rows.order_by("-id")[:most])


def verified(rows: Iterable[AuditEntry]) -> dict[UUID, bool]:
    """Whether each sealed row is what was sealed and continues the row before it.

    Those that wait for their seal are left out.
    """
    wanted = [row for row in rows if row.sequence is not None]
    if not wanted:
        return {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH zone AS MATERIALIZED (SELECT {IN_UTC})
            SELECT row.id, {_content("row")}, row.previous, row.hash, before.hash
            FROM zone, unnest(%s::uuid[], %s::uuid[]) AS asked (merchant_id, id)
            JOIN "{AUDIT.table}" AS row
              ON row.merchant_id = asked.merchant_id AND row.id = asked.id
            LEFT JOIN "{AUDIT.table}" AS before
              ON before.merchant_id = row.merchant_id AND before.sequence = row.sequence - 1
            """,
            [[row.merchant_id for row in wanted], [row.id for row in wanted]],
        )
        return dict(_judged(cursor.fetchall()))


def _judged(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[UUID, bool]]:
    for row_id, content, previous, kept, before in rows:
        own = hashlib.sha256(bytes(previous) + content.encode()).digest() == bytes(kept)
        # The first row, and the first one that retention left, continue no row that is here.
        yield row_id, own and (before is None or bytes(before) == bytes(previous))


def _content(alias: str) -> str:
    """The canonical text of a row, as `chain.Chain.content`, of a table with another name."""
    columns = ", ".join(f"{alias}.{name}" for name in AUDIT.columns)
    return f"jsonb_build_array({columns})::text"
