"""Claim: a complete payment costs at most 5 ms of CPU in web and worker.

A card, captured at once: API in, risk, route, the provider's call over HTTP to the simulator, both
commits, the ledger, three events; afterwards the provider's webhook, heard by web, and the worker's
sealing of events and transfers, its statistics and its look for what people are to be told. The
merchant writes no receipts. The simulator's, the database's and the client's CPU is told and
not counted. Delivering to merchants is measured by the claim about webhooks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import psycopg

from bench import load, processes
from bench.figures import Figure, percentile
from bench.installation import Installation, Servers, installation

CLAIM = "complete payment"
CONNECTIONS = 16
SECONDS = 20
PATIENCE_SECONDS = 120
CPU_MILLISECONDS = 5.0
BODY = {
    "amount": 1999,
    "currency": "EUR",
    "payment_method": {
        "type": "card",
        "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"},
    },
    "reference": "order-1001",
    "customer": {"name": "Shopper 1", "email": "shopper-1@example.com"},
}


def measure(servers: Servers) -> Iterator[Figure]:
    """Rate, latencies, and CPU by process."""
    with installation(servers) as running:
        body = json.dumps(BODY).encode()
        _without_receipts(running)
        template = load.request(running.ports.web, "/v1/payments", running.demo["secret_key"], body)
        load.run(running.ports.web, template, CONNECTIONS, 4).must_be(201)
        _settle(running)
        running.analyze()
        before = {name: processes.cpu_seconds(pid) for name, pid in running.pids().items()}
        result = load.run(running.ports.web, template, CONNECTIONS, SECONDS)
        result.must_be(201)
        assert json.loads(result.last_body)["status"] == "captured", result.last_body
        _settle(running)
        after = {name: processes.cpu_seconds(pid) for name, pid in running.pids().items()}
    count = len(result.latencies)
    spent = {name: (after[name] - before[name]) / count * 1000 for name in after}
    ours = spent["web"] + spent["worker"]
    yield Figure(CLAIM, "CPU web + worker", ours, "ms", at_most=CPU_MILLISECONDS)
    for name in sorted(spent, key=lambda one: -spent[one]):
        yield Figure(CLAIM, f"CPU {name}", spent[name], "ms")
    yield Figure(CLAIM, "CPU load generator", result.cpu_seconds / count * 1000, "ms")
    yield Figure(CLAIM, "payments", result.rate, "/s")
    for share in (0.5, 0.95, 0.99):
        value = percentile(result.latencies, share) * 1000
        yield Figure(CLAIM, f"latency p{round(share * 100)}", value, "ms")


def _without_receipts(running: Installation) -> None:
    """As a merchant begins; the demo shop writes each shopper a letter, which is no payment."""
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute("UPDATE merchants_branding SET receipts = false")


def _settle(running: Installation) -> None:
    """Wait until the provider's webhooks are heard and everything is sealed."""
    waiting = """
        SELECT (SELECT count(*) FROM sandbox_delivery WHERE state = 'waiting')
             + (SELECT count(*) FROM core_event WHERE sequence IS NULL)
             + (SELECT count(*) FROM ledger_transfer WHERE sequence IS NULL)
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        while left := connection.execute(waiting).fetchone()[0]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{left} webhooks and seals are still waiting")
            time.sleep(0.5)
