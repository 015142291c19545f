"""One SQL function per commit, called as a named prepared statement with text parameters.

The ORM costs about 0.5 ms of Python a row; a payment is committed twice on every request. These
calls go straight to libpq on Django's own connection, so they live in its transaction if there is
one and are a transaction of their own otherwise.
"""

from __future__ import annotations

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
)
from psycopg import pq

# SQLSTATE classes: integrity; connection, resources, operator intervention, serialization.
_INTEGRITY = "23"
_OPERATIONAL = ("08", "53", "57", "40")
_UNPREPARED = "26000"


def call(name: str, sql: str, *parameters: bytes) -> bytes | None:
    """The one value a statement returns, as bytes; `$1…` are the parameters, as text.

    Raises IntegrityError, OperationalError or DatabaseError, like the ORM would.
    """
    django = connections[DEFAULT_DB_ALIAS]  # once: the proxy looks it up at every touch
    django.ensure_connection()
    raw = django.connection
    link = raw.pgconn
    if not settings.PREPARE:
        result = link.exec_params(sql.encode(), list(parameters))
    else:
        known = raw.__dict__.setdefault("_caravel_prepared", set())
        result = _execute(link, known, name, sql, parameters)
        if _state(result) == _UNPREPARED and not django.in_atomic_block:
            known.clear()  # a pooler has given us another session; nothing was executed
            result = _execute(link, known, name, sql, parameters)
    _checked(result)
    return result.get_value(0, 0) if result.ntuples else None


def _execute(
    link: pq.abc.PGconn, known: set[str], name: str, sql: str, parameters: tuple[bytes, ...]
) -> pq.abc.PGresult:
    if name not in known:
        _checked(link.prepare(name.encode(), sql.encode()))
        known.add(name)
    return link.exec_prepared(name.encode(), list(parameters))


def _state(result: pq.abc.PGresult) -> str:
    return (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()


def _checked(result: pq.abc.PGresult) -> None:
    if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        return
    state = _state(result)
    message = result.get_error_message()
    if connection.in_atomic_block:
        connection.needs_rollback = True
    if state.startswith(_INTEGRITY):
        raise IntegrityError(message)
    if not state or state[:2] in _OPERATIONAL:
        connection.close_if_unusable_or_obsolete()
        raise OperationalError(message)
    raise DatabaseError(message)
