"""Claim: the write path of a payment is worth at least 0.45 of PostgreSQL's own.

`POST /v1/payments` with `confirm: false` (key, JSON, rules, idempotency claim, payment and event in
one commit) over HTTP, against pgbench calling the same function with the same kind of document.
Both run in turns on one cluster with fsync on, 32 at a time; the ratio is that of the sums. pgbench
builds its documents in the server, which costs it a few microseconds each. Sealing is left out of
both: it comes after the commit, and the figures of complete payments contain it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench import load, processes
from bench.document import BODY
from bench.figures import Figure, percentile
from bench.installation import Installation, Servers, installation

CLAIM = "write path"
CONNECTIONS = 32
ROUNDS = 3
SECONDS = 5
RATIO = 0.45


def measure(servers: Servers) -> Iterator[Figure]:
    """The rates, their ratio, and where the CPU went."""
    with installation(servers, "web", "sandbox") as running:
        script = _script(running)
        body = json.dumps(BODY | {"confirm": False}).encode()
        template = load.request(running.ports.web, "/v1/payments", running.demo["secret_key"], body)
        load.run(running.ports.web, template, CONNECTIONS, 3).must_be(201)
        running.analyze()
        raw, ours, latencies = [], [], []
        pids = running.pids()
        cpu = {"web": 0.0, "postgres": 0.0, "pgbench's postgres": 0.0, "load generator": 0.0}
        for _ in range(ROUNDS):
            cpu["pgbench's postgres"] -= _spent(pids, "postgres")
            raw.append(_pgbench(servers, running, script))
            cpu["pgbench's postgres"] += _spent(pids, "postgres")
            before = {name: _spent(pids, name) for name in ("web", "postgres")}
            result = load.run(running.ports.web, template, CONNECTIONS, SECONDS)
            result.must_be(201)
            for name, value in before.items():
                cpu[name] += _spent(pids, name) - value
            cpu["load generator"] += result.cpu_seconds
            latencies += result.latencies
            ours.append(result.rate)
        yield Figure(CLAIM, "ratio to pgbench", sum(ours) / sum(raw), at_least=RATIO)
        yield Figure(CLAIM, "pgbench, same function", sum(raw) / ROUNDS, "/s")
        yield Figure(CLAIM, "POST /v1/payments", sum(ours) / ROUNDS, "/s")
        yield Figure(CLAIM, "latency p50", percentile(sorted(latencies), 0.5) * 1000, "ms")
        yield Figure(CLAIM, "latency p99", percentile(sorted(latencies), 0.99) * 1000, "ms")
        for name, seconds in cpu.items():
            count = sum(raw) * SECONDS if name.startswith("pgbench") else len(latencies)
            yield Figure(CLAIM, f"CPU {name}", seconds / count * 1000, "ms")


def _spent(pids: dict[str, int], name: str) -> float:
    """CPU seconds of a process so far; 0 where it is not ours to see."""
    return processes.cpu_seconds(pids[name]) if name in pids else 0.0


def _pgbench(servers: Servers, running: Installation, script: str) -> float:
    """Transactions a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            str(servers.programs / "pgbench"), "-n", "-M", "prepared", "-f", file.name,
            "-c", str(CONNECTIONS), "-j", "2", "-T", str(SECONDS), running.database_url,
        ]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", told.stdout)
    if told.returncode or not found:
        raise RuntimeError(f"pgbench failed: {told.stderr[-2000:]}")
    return float(found[1])


def _script(running: Installation) -> str:
    """The write function with a document whose ids are fresh each time.

    The document lies in a table of one row: pgbench would take the times in it for its variables.
    """
    document = _document(running)
    payment, event = document["payment"]["id"], document["events"][0]["id"]
    text = json.dumps(document)
    for value, place in [
        (payment, "@payment@"), (payment.replace("-", ""), "@hex@"), (event, "@event@"),
        (document["claim"]["id"], "@claim@"), (document["claim"]["key"], "@key@"),
    ]:  # fmt: skip
        assert value in text, place
        text = text.replace(value, place)
    with psycopg.connect(running.database_url) as connection:
        connection.execute("CREATE TABLE bench_document AS SELECT %s::text AS text", [text])
    filled = "bench_document.text"
    for place, value in [
        ("@payment@", "p::text"), ("@hex@", "replace(p::text, '-', '')"), ("@event@", "e::text"),
        ("@claim@", "k::text"), ("@key@", "replace(k::text, '-', '')"),
    ]:  # fmt: skip
        filled = f"replace({filled}, '{place}', {value})"
    fresh = "SELECT uuidv7() AS p, uuidv7() AS e, gen_random_uuid() AS k"
    return f"SELECT payments_write(({filled})::jsonb) FROM bench_document, ({fresh}) AS fresh;\n"


def _document(running: Installation) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.document", running.demo["secret_key"]]
    told = subprocess.run(
        command, env=running.environment, capture_output=True, text=True, cwd=_repository()
    )
    if told.returncode:
        raise RuntimeError(told.stderr[-2000:])
    document: dict[str, Any] = json.loads(told.stdout)
    return document


def _repository() -> Path:
    return Path(__file__).resolve().parent.parent
