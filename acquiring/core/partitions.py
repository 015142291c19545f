"""Monthly partitions of event-like tables, by the time inside the UUIDv7 id.

Every partitioned table is found in PostgreSQL's own catalogue, so a room only has to declare
`core.schema.Partitioned` in its migration. Each table has a default partition `<table>_rest`, so a
row finds a place even when nobody has prepared its month.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import OperationalError, connection, transaction

from acquiring.core import chain, clock, ids

log = structlog.get_logger("acquiring.partitions")

# How long a change of partitions may wait for running transactions: payments queue behind it.
LOCK_TIMEOUT = "2s"


class Month(NamedTuple):
    """A calendar month, UTC."""

    year: int
    month: int

    def plus(self, months: int) -> Month:
        """The month that many months later, or earlier when negative."""
        count = self.year * 12 + self.month - 1 + months
        return Month(count // 12, count % 12 + 1)

    def start(self) -> datetime:
        """Its first moment."""
        return clock.now().replace(self.year, self.month, 1, 0, 0, 0, 0)

    @property
    def suffix(self) -> str:
        """What its partitions' names end in."""
        return f"_y{self.year:04}m{self.month:02}"


def current() -> Month:
    """The present month."""
    now = clock.now()
    return Month(now.year, now.month)


def tables() -> list[str]:
    """Every table that is partitioned on `id`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT class.relname FROM pg_partitioned_table AS parent
            JOIN pg_class AS class ON class.oid = parent.partrelid
            JOIN pg_attribute AS field
              ON field.attrelid = class.oid AND field.attnum = ANY (parent.partattrs::int2[])
            WHERE class.relnamespace = current_schema()::regnamespace AND field.attname = 'id'
            ORDER BY class.relname
            """
        )
        return [name for (name,) in cursor.fetchall()]


def months(table: str) -> dict[str, Month]:
    """A table's monthly partitions by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT child.relname FROM pg_inherits
            JOIN pg_class AS child ON child.oid = inhrelid
            WHERE inhparent = %s::regclass AND child.relname ~ '_y[0-9]{4}m[0-9]{2}$'
            ORDER BY child.relname
            """,
            [table],
        )
        return {name: Month(int(name[-7:-3]), int(name[-2:])) for (name,) in cursor.fetchall()}


def prepare(months_ahead: int = 2) -> list[str]:
    """Make this month's partition of every table and those ahead; returns the new names.

    A table that is too busy to be changed is left for the next time: its default partition serves.
    """
    made = []
    for table in tables():
        present = months(table)
        for month in [current().plus(count) for count in range(months_ahead + 1)]:
            if table + month.suffix not in present and _make(table, month):
                made.append(table + month.suffix)
    return made


def drop_expired(retention: Mapping[str, int]) -> list[str]:
    """Drop partitions older than `retention` whole months of their table; returns their names.

    Tables that `retention` does not name are kept for ever. The beginning of a chain moves up with
    what is dropped; a partition that still has unsealed rows stays.
    """
    dropped = []
    for table in tables():
        if table not in retention:
            continue
        oldest = current().plus(-retention[table])
        for name, month in months(table).items():
            if month < oldest and _drop(table, name):
                dropped.append(name)
    return dropped


def _make(table: str, month: Month) -> bool:
    name, rest = table + month.suffix, table + "_rest"
    low, high = ids.first_at(month.start()), ids.first_at(month.plus(1).start())
    create = (
        f"""CREATE TABLE "{name}" PARTITION OF "{table}" FOR VALUES FROM ('{low}') TO ('{high}')"""
    )
    within = f"id >= '{low}' AND id < '{high}'"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{rest}" WHERE {within})')
            if not cursor.fetchone()[0]:
                cursor.execute(create)
                return True
            # Rows of that month came before its partition. They move while the rest is set aside,
            # so that neither its bounds nor its triggers are in the way.
            cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{rest}"')
            cursor.execute(create)
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{rest}" WHERE {within}')
            cursor.execute(f'DELETE FROM "{rest}" WHERE {within}')
            cursor.execute(f'ALTER TABLE "{table}" ATTACH PARTITION "{rest}" DEFAULT')
            return True
    except OperationalError as error:  # the lock was not to be had in time
        log.warning("partition not made", partition=name, error=str(error))
        return False


def _drop(table: str, name: str) -> bool:
    chains = [one for one in chain.declared() if one.table == table]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            for one in chains:
                cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}" WHERE sequence IS NULL)')
                if cursor.fetchone()[0]:
                    log.warning("partition has unsealed rows and stays", partition=name)
                    return False
                chain.raise_floor(one, name)
            cursor.execute(f'DROP TABLE "{name}"')
            return True
    except OperationalError as error:
        log.warning("partition not dropped", partition=name, error=str(error))
        return False
