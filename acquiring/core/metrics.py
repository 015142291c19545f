"""Prometheus metrics: a small declared list, and gauges computed when somebody asks.

With PROMETHEUS_MULTIPROC_DIR set, the processes of an installation keep their counters in files of
that directory and any of them answers for all; prometheus-client reads the variable itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from acquiring.core import chain, clock, ids

COUNTERS = {
    "payment_outcome": ("Payments that reached a state", ["provider", "state"]),
    "attempt_outcome": ("Attempts that reached a state", ["provider", "state"]),
    "provider_call": ("Calls to providers", ["provider", "verb", "result"]),
    "webhook_heard": ("Webhooks that came from providers", ["provider", "result"]),
    "api_request_dropped": ("Requests that the API log lost", ["reason"]),
    "webhook_delivery": ("Tries to deliver a webhook", ["result"]),
}
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

HISTOGRAMS = {"webhook_seconds": "From a commit to its webhook's delivery"}
_histograms = {
    name: Histogram(f"caravel_{name}", help, buckets=SECONDS) for name, help in HISTOGRAMS.items()
}
_counters = {
    name: Counter(f"caravel_{name}", help, labels) for name, (help, labels) in COUNTERS.items()
}
_requests = Counter("caravel_http_requests", "Requests answered", ["route", "method", "status"])
_request_seconds = Histogram(
    "caravel_http_request_seconds", "Time to answer", ["route"], buckets=SECONDS
)
_gauges: dict[str, tuple[str, Callable[[], float]]] = {}


def count(name: str, amount: int = 1, **labels: str) -> None:
    """Count something of the declared list; raises KeyError for a name that is not in it."""
    _counters[name].labels(**labels).inc(amount)


def observe(name: str, value: float) -> None:
    """Note one value of a declared histogram; raises KeyError for a name that is not one."""
    _histograms[name].observe(value)


def request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request and its time."""
    counted, timed = _of_requests(route, method, status)
    counted.inc()
    timed.observe(seconds)


@cache  # routes, methods and statuses are few, and looking labels up takes a lock
def _of_requests(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return _requests.labels(route, method, str(status)), _request_seconds.labels(route)


def gauge(name: str, help: str, value: Callable[[], float]) -> None:
    """Declare a gauge that is computed at each scrape."""
    _gauges[name] = (help, value)


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    return _counted() + generate_latest(_gauge_registry)


def _counted() -> bytes:
    if not settings.PROMETHEUS_DIR:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, settings.PROMETHEUS_DIR)
    return generate_latest(registry)


class _Gauges:
    def collect(self) -> Iterator[Metric]:
        """Those that can be had: without a database the counters are still worth showing."""
        for name, (help, value) in _gauges.items():
            with suppress(DatabaseError):
                yield GaugeMetricFamily(f"caravel_{name}", help, value=value())


_gauge_registry = CollectorRegistry()
_gauge_registry.register(_Gauges())


def _unsealed(one: chain.Chain) -> int:
    """Rows that wait for their seal, counted up to ten thousand."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM (SELECT FROM "{one.table}" WHERE sequence IS NULL'  # noqa: S608
            " LIMIT 10000) AS waiting"
        )
        return int(cursor.fetchone()[0])


def _lag_seconds(one: chain.Chain) -> float:
    """How long the longest waiting row has waited."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT min(id::text) FROM (SELECT id FROM "{one.table}" WHERE sequence IS NULL'  # noqa: S608
            " LIMIT 10000) AS waiting"
        )
        oldest = cursor.fetchone()[0]
    if oldest is None:
        return 0
    return max(clock.now() - ids.time_of(uuid.UUID(oldest)), timedelta()).total_seconds()


gauge("outbox_unsealed", "Events that wait for their number", lambda: _unsealed(chain.EVENTS))
gauge("sealer_lag_seconds", "Age of the oldest of them", lambda: _lag_seconds(chain.EVENTS))
