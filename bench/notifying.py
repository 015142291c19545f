"""Claim: an event reaches a healthy endpoint within a second of its commit (p99).

At a moderate steady rate of created payments; the moment of an event is taken before its commit,
so the figure is a little worse than the truth. Then the worker is stopped while a backlog grows,
and the figure is how fast the backlog drains.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator

from bench import load, processes
from bench.document import BODY
from bench.figures import Figure, percentile
from bench.installation import Installation, Servers, installation
from bench.receiver import Receiver, receiver

CLAIM = "webhooks"
EVENTS_A_SECOND = 20
SECONDS = 25
BACKLOG = 3000
DELIVERED_WITHIN_SECONDS = 1.0
PATIENCE_SECONDS = 120


def measure(servers: Servers) -> Iterator[Figure]:
    """Latencies from commit to delivery, and the rate at which a backlog drains."""
    with installation(servers) as running, receiver() as receiving:
        running.call("POST", "/v1/webhook_endpoints", {"url": receiving.url})
        body = json.dumps(BODY | {"confirm": False}).encode()
        template = load.request(running.ports.web, "/v1/payments", running.demo["secret_key"], body)
        yield from _steadily(running, receiving, template)
        yield from _after_a_pause(running, receiving, template)


def _steadily(running: Installation, receiving: Receiver, template: bytes) -> Iterator[Figure]:
    def one() -> None:
        load.run(running.ports.web, template, 1, 1, most=1).must_be(201)

    one()
    _wait_for(receiving, 1)
    receiving.forget()
    count = EVENTS_A_SECOND * SECONDS
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / EVENTS_A_SECOND - time.monotonic()))
        threading.Thread(target=one).start()
    _wait_for(receiving, count)
    delays = _first_delays(receiving)
    if len(delays) != count:
        raise RuntimeError(f"{count} events, {len(delays)} of them delivered")
    yield Figure(
        CLAIM, "commit to delivery p99", percentile(delays, 0.99), "s",
        at_most=DELIVERED_WITHIN_SECONDS,
    )  # fmt: skip
    yield Figure(CLAIM, "commit to delivery p50", percentile(delays, 0.5), "s")
    yield Figure(CLAIM, "at a steady rate of", float(EVENTS_A_SECOND), "events/s")


def _after_a_pause(running: Installation, receiving: Receiver, template: bytes) -> Iterator[Figure]:
    receiving.forget()
    worker = running.pids()["worker"]
    _signal(worker, signal.SIGSTOP)
    try:
        load.run(running.ports.web, template, 16, PATIENCE_SECONDS, most=BACKLOG).must_be(201)
        time.sleep(1)
        already = receiving.count()
    finally:
        _signal(worker, signal.SIGCONT)
    began, cpu = time.monotonic(), processes.cpu_seconds(worker)
    _wait_for(receiving, BACKLOG)
    seconds = time.monotonic() - began
    drained = BACKLOG - already
    spent = (processes.cpu_seconds(worker) - cpu) / drained * 1000
    yield Figure(CLAIM, f"drain of {drained:,} waiting", drained / seconds, "events/s")
    yield Figure(CLAIM, "CPU worker while draining", spent, "ms/event")


def _wait_for(receiving: Receiver, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while receiving.count() < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {receiving.count()} of {count} events were delivered")
        time.sleep(0.05)


def _first_delays(receiving: Receiver) -> list[float]:
    """Seconds from event to delivery, sorted; of a repeated message the first one counts."""
    first: dict[str, float] = {}
    for event, made, came in receiving.messages():
        first.setdefault(event, came - made)
    return sorted(first.values())


def _signal(pid: int, number: int) -> None:
    for one in processes.family(pid):
        os.kill(one, number)
