"""Claim: a complete payment costs at most 5 ms of CPU in web and worker.

A card, captured at once: API in, risk, route, the provider's call over HTTP to the simulator, both
commits, the ledger, the events; and afterwards the worker's sealing and delivering to one endpoint.
The simulator's, the database's and the client's CPU is told and not counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from bench import load, processes
from bench.figures import Figure, percentile
from bench.installation import Installation, Servers, installation
from bench.receiver import receiver

CLAIM = "complete payment"
CONNECTIONS = 16
SECONDS = 20
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
    with installation(servers) as running, receiver() as receiving:
        running.call("POST", "/v1/webhook_endpoints", {"url": receiving.url})
        body = json.dumps(BODY).encode()
        template = load.request(running.ports.web, "/v1/payments", running.demo["secret_key"], body)
        load.run(running.ports.web, template, CONNECTIONS, 3).must_be(201)
        _settle(running, receiving.count)
        before = {name: processes.cpu_seconds(pid) for name, pid in running.pids().items()}
        result = load.run(running.ports.web, template, CONNECTIONS, SECONDS)
        result.must_be(201)
        assert json.loads(result.last_body)["status"] == "captured", result.last_body
        _settle(running, receiving.count)
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


def _settle(running: Installation, delivered: object) -> None:
    """Wait until the worker has nothing left to seal or deliver."""
    quiet, seen = 0, -1
    while quiet < 5:
        time.sleep(0.5)
        now = delivered()  # type: ignore[operator]
        quiet = quiet + 1 if now == seen else 0
        seen = now
