"""How the simulators speak SQL: prepared statements over Django's connection, no ORM."""

from __future__ import annotations

import select
from collections.abc import Iterable
from typing import Any

import orjson
from django.db import connection
from psycopg import Cursor


def rows(sql: str, parameters: Iterable[Any] = ()) -> list[tuple]:
    """All rows of a statement; JSON columns arrive as text. Raises Django's database errors."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cursor.execute(sql, list(parameters)).fetchall()


def execute(sql: str, parameters: Iterable[Any] = ()) -> int:
    """Run a statement; returns the number of rows it touched. Raises Django's database errors."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cursor.execute(sql, list(parameters)).rowcount


def leave_dead_connection() -> None:
    """Forget this thread's connection if it failed, or if the server has hung up meanwhile.

    An idle connection has nothing to read; when it has, it is the server's goodbye. To look costs
    microseconds, where Django's own health check is a query.
    """
    raw = connection.connection
    if raw is None:
        return
    poll = select.poll()
    if not raw.closed:
        poll.register(raw.fileno(), select.POLLIN)
    if raw.closed or connection.errors_occurred or poll.poll(0):
        connection.close()
        connection.errors_occurred = False


def text(value: Any) -> str:
    """A value as the JSON text a column takes."""
    return orjson.dumps(value).decode()
