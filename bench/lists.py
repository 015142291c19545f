"""Claim: with a million payments every list answers within 300 ms, for a bounded number of queries.

A year of a merchant with a million payments, and of some neighbours, is built by SQL
(`lists_rows.py`) and counted by the product. Then every list of the portal and of the API is asked
for, one request after the other, at the web process as `make run` starts it: first pages, deep
pages, each filter, searches (`lists_pages.py`). A list's p95 is that of its slowest address.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
from psycopg import sql

from bench import lists_rows
from bench.figures import Figure, aligned, percentile
from bench.installation import Installation, Servers, installation

CLAIM = "lists"
PAYMENTS = 1_000_000
NEIGHBOURS, THEIRS = 6, 20_000
MILLISECONDS = 300.0
ROUNDS = 21  # requests of each address: the p95 is the second slowest
WARM = 2
SETTLE_SECONDS = 60


class Line(NamedTuple):
    """A list as it was measured; `slowest` is the address that its p95 is of."""

    name: str
    queries: int
    most_queries: int
    p50: float
    p95: float
    slowest: str

    @property
    def holds(self) -> bool:
        """Whether it kept both limits."""
        return self.p95 <= MILLISECONDS and self.queries <= self.most_queries


def measure(servers: Servers) -> Iterator[Figure]:
    """Seconds of building and counting; the table of lists is printed when it is whole."""
    with installation(servers, "web") as running:
        made = _inside(running, "merchant", str(NEIGHBOURS))
        began = time.monotonic()
        _fill(running, made["merchant"], made["key_id"])
        yield Figure(CLAIM, "build", time.monotonic() - began, "s")
        counted = _inside(running, "count", made["merchant"])
        yield Figure(CLAIM, "count into the statistics", counted["seconds"], "s")
        yield Figure(CLAIM, "payments of the merchant", counted["payments"], at_least=PAYMENTS)
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        told = _inside(running, "pages", made["merchant"], made["key"])
        heads = {
            True: {"Authorization": f"Bearer {made['key']}"},
            False: {"Cookie": told["cookie"]},
        }
        _settle(running.ports.web, told["pages"], heads)
        lines = [_line(running.ports.web, page, heads[page["program"]]) for page in told["pages"]]
    print(f"\n{_table(lines)}\n", flush=True)
    tabs = percentile(sorted(told["tabs"]), 0.95)
    yield Figure(CLAIM, "tabs of a list counted anew, p95", tabs, "ms", at_most=MILLISECONDS)
    worst = max(lines, key=lambda one: one.p95)
    yield Figure(CLAIM, f"slowest p95: {worst.name}", worst.p95, "ms", at_most=MILLISECONDS)
    missed = sum(not one.holds for one in lines)
    yield Figure(CLAIM, f"of {len(lines)} over a limit", missed, at_most=0)


def _settle(port: int, pages: list[dict[str, Any]], heads: dict[bool, dict[str, str]]) -> None:
    """Ask for everything, untimed, while the database writes out what building left behind."""
    until = time.monotonic() + SETTLE_SECONDS
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while time.monotonic() < until:
        for page in pages:
            for address in page["addresses"]:
                _asked(connection, address, heads[page["program"]])
    connection.close()


def _line(port: int, page: dict[str, Any], headers: dict[str, str]) -> Line:
    """Ask for each address ROUNDS times over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    every: list[float] = []
    worst = (0.0, "")
    for address in page["addresses"]:
        for _ in range(WARM):
            _asked(connection, address, headers)
        times = sorted(_asked(connection, address, headers) for _ in range(ROUNDS))
        every += times
        worst = max(worst, (percentile(times, 0.95), address))
    connection.close()
    line = Line(
        page["name"], page["queries"], page["most_queries"],
        percentile(sorted(every), 0.5), worst[0], worst[1],
    )  # fmt: skip
    print(f"  {line.name}: {line.p50:.0f} ms, {line.p95:.0f} ms at {line.slowest}", flush=True)
    return line


def _asked(connection: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> float:
    """Milliseconds from the request to the end of its answer, on this machine."""
    began = time.perf_counter()
    connection.request("GET", quote(address, safe="/?&=:@,.[]_-%"), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    spent = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status} {body[:500]!r}")
    return spent


def _table(lines: list[Line]) -> str:
    rows = [("list", "queries", "p50", "p95", "limit", "verdict")]
    for one in lines:
        limits = f"<= {one.most_queries}, {MILLISECONDS:g} ms"
        verdict = "kept" if one.holds else "MISSED"
        rows.append((one.name, str(one.queries), f"{one.p50:.0f} ms", f"{one.p95:.0f} ms", limits,
                     verdict))  # fmt: skip
    return aligned(rows)


def _fill(running: Installation, measured: str, key: str) -> None:
    values = {
        "payments": PAYMENTS, "neighbours": NEIGHBOURS, "theirs": THEIRS,
        "measured": measured, "key": key,
    }  # fmt: skip
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        # A client's cursor puts the values into the text, so that a text may be several statements.
        cursor = psycopg.ClientCursor(connection)
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        with _bare(connection):
            for name, step in lists_rows.STEPS.items():
                began = time.monotonic()
                cursor.execute(step, values)
                print(f"  {name}: {time.monotonic() - began:.0f} s", flush=True)
            began = time.monotonic()
        print(f"  indexes: {time.monotonic() - began:.0f} s", flush=True)
        for table in lists_rows.CLEAN:
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))


@contextmanager
def _bare(connection: psycopg.Connection) -> Iterator[None]:
    """Fill tables first; indexes, foreign keys and triggers come back afterwards."""
    tables = list(lists_rows.TABLES)
    indexes = connection.execute(
        "SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes"
        " WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [tables],
    ).fetchall()
    keys = connection.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,"
        " pg_get_constraintdef(oid)) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
        [tables],
    ).fetchall()
    for away, _ in indexes + keys:
        connection.execute(away)
    for table in tables:
        connection.execute(_triggers(table, "DISABLE"))
    yield
    for _, back in indexes + keys:
        connection.execute(back)
    for table in tables:
        connection.execute(_triggers(table, "ENABLE"))


def _triggers(table: str, verb: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(verb))


def _inside(running: Installation, *what: str) -> dict[str, Any]:
    """What `lists_pages` answers in the installation's environment."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.lists_pages", *what],
        env=running.environment,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if told.returncode:
        raise RuntimeError(told.stderr[-3000:])
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found
