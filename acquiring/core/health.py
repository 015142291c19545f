"""Is it alive, can it serve, and what has it counted."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from acquiring.core import metrics
from acquiring.core.memory import Memory

# Applied migrations stay applied: a "yes" is remembered, a "no" is asked again.
_migrated: Memory[str, bool] = Memory(seconds=300, limit=1)


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the process can serve; else 503, with the part that is missing and why."""
    parts: dict[str, str] = {}
    for name, check in PARTS.items():
        try:
            check()
        except Exception as error:  # each part fails in its own library's way
            parts[name] = f"{type(error).__name__}: {str(error)[:200]}"
            break
        parts[name] = "ok"
    ready = all(state == "ok" for state in parts.values())
    body = {"status": "ready" if ready else "not ready", "parts": parts}
    return JsonResponse(body, status=200 if ready else 503)


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the holder of the token or, without one, for this machine."""
    if not _may_scrape(request):
        return HttpResponse("Send the metrics token as a bearer token.\n", status=403)
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    if _migrated.get("all"):
        return
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise RuntimeError(f"{len(waiting)} to apply, first {waiting[0][0]}")
    _migrated.put("all", True)


def _broker() -> None:
    from acquiring.celery import app

    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
}


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), expected.encode()
        )
    # Behind a proxy on this machine everyone would seem local: then a token is needed.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
