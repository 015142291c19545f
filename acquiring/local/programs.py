"""The platform's own processes: their commands, and how to tell that they are ready."""

from __future__ import annotations

import os
import socket

from .bootstrap import PYTHON
from .environment import HOST, Ports
from .home import REPOSITORY, Home, make_private
from .supervisor import Service

READY = b"200"


def number(name: str, default: int) -> str:
    """A count that can be overridden by the environment."""
    return os.environ.get(name, str(default))


def answers(port: int, path: str) -> bool:
    """Whether GET of a path on our own machine says 200 within two seconds."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((_reachable_host(), port), timeout=2) as client:
            client.sendall(request.encode())
            return client.recv(64).split(b" ")[1:2] == [READY]
    except OSError:
        return False


def manage(*arguments: str) -> list[str]:
    """A command of `manage.py`."""
    return [str(PYTHON), str(REPOSITORY / "manage.py"), *arguments]


def platform(home: Home, environment: dict[str, str], ports: Ports) -> list[Service]:
    """Worker, beat, sandbox and web: the order of starting; stopping goes the other way."""
    cores = min(4, os.cpu_count() or 2)
    web = [
        "--workers", number("CARAVEL_WEB_WORKERS", cores),
        "--blocking-threads", number("CARAVEL_WEB_THREADS", 16),
        "acquiring.wsgi:application",
    ]  # fmt: skip
    sandbox = [
        "--workers", number("CARAVEL_SANDBOX_WORKERS", 1),
        "--blocking-threads", number("CARAVEL_SANDBOX_THREADS", 8),
        "acquiring.sandbox.wsgi:application",
    ]  # fmt: skip
    worker = [
        "worker", "--pool", "threads",
        "--concurrency", number("CARAVEL_WORKER_THREADS", 8),
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    beat = ["beat", "--schedule", str(home.directory / "beat-schedule"), "--pidfile", ""]
    metrics = make_private(home.directory / "metrics")
    for stale in metrics.iterdir():
        stale.unlink()

    def face(name: str) -> dict[str, str]:
        return environment | {"CARAVEL_FACE": name, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}

    # `prepare` has just checked everything; checks again would fill both with every table of data.
    checked = {"CELERY_SKIP_CHECKS": "1"}
    return [
        Service("worker", _celery(worker), face("worker") | checked, patience_seconds=20),
        Service("beat", _celery(beat), face("beat") | checked),
        Service(
            "sandbox", _granian(ports.sandbox, sandbox), face("sandbox"),
            ready=lambda: answers(ports.sandbox, "/_control/ready"),
        ),
        Service(
            "web", _granian(ports.web, web), face("web"),
            ready=lambda: answers(ports.web, "/readyz"),
        ),
    ]  # fmt: skip


def _granian(port: int, arguments: list[str]) -> list[str]:
    return [
        str(PYTHON), "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws",
        "--host", HOST, "--port", str(port), "--runtime-threads", "1",
        "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning",
        *arguments,
    ]  # fmt: skip


def _celery(arguments: list[str]) -> list[str]:
    return [str(PYTHON), "-m", "celery", "-A", "acquiring", *arguments]


def _reachable_host() -> str:
    return "127.0.0.1" if HOST in ("", "0.0.0.0") else HOST  # noqa: S104 - a comparison
