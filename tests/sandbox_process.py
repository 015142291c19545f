"""The simulators as a real process, for every room's tests, and an endpoint that collects webhooks.

The process serves the test database and commits for real: ids are random, and no test may rely on
an empty book. It starts when the first test asks for it and lives for the session.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as django_settings
from django.db import connection

from acquiring.core import http

READY_SECONDS = 30


@dataclass(frozen=True)
class Sandbox:
    """The simulators' process as a test speaks to it."""

    url: str
    token: str

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the control interface; the answer must be 2xx."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        reply = http.send(method, f"{self.url}/_control{path}", headers, content)
        assert reply.status < 300, (reply.status, reply.body)
        return json.loads(reply.body)

    def register(self, provider: str, webhook_url: str = "", **facts: Any) -> Shop:
        """A fresh account at a provider."""
        ref = f"acc_{secrets.token_hex(16)}"
        body = {"webhook_url": webhook_url, "facts": facts}
        issued = self.control("PUT", f"/accounts/{provider}/{ref}", body)
        return Shop(self, provider, ref, issued["credentials"])

    def choose(self, page: str, choice: str) -> str:
        """Answer a shopper's page: approve, decline or cancel; returns where the browser goes."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = http.send("POST", page, headers, urlencode({"choice": choice}).encode())
        assert reply.status == 303, (reply.status, reply.body)
        return reply.headers["location"]


@dataclass(frozen=True)
class Shop:
    """One account at one simulated provider."""

    sandbox: Sandbox
    provider: str
    ref: str
    credentials: dict[str, str]

    def charges(self) -> list[dict]:
        """What the provider has in its book for this account, oldest first."""
        query = urlencode({"provider": self.provider, "account": self.ref})
        return self.sandbox.control("GET", f"/charges?{query}")["charges"]

    def push(self, charge_id: str, event: str) -> dict:
        """Let something happen to a charge."""
        path = f"/charges/{self.provider}/{quote(charge_id, safe='')}/{event}"
        return self.sandbox.control("POST", path)

    def switch(self, **switches: Any) -> None:
        """Set the account's moods: outage_percent, slow_milliseconds, hang_seconds, webhooks."""
        self.sandbox.control("PUT", f"/accounts/{self.provider}/{self.ref}/switches", switches)

    def webhooks(self) -> list[dict]:
        """The webhooks queued for this account, newest first."""
        query = urlencode({"provider": self.provider, "account": self.ref})
        return self.sandbox.control("GET", f"/webhooks?{query}")["webhooks"]


@dataclass
class Inbox:
    """A webhook endpoint that keeps what it gets; `statuses` are answered first, then 200.

    `answer` is the body that some providers want to read before they stop insisting.
    """

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b""

    def wait(self, count: int, seconds: float = 10) -> list[tuple[dict[str, str], bytes]]:
        """What came, as soon as it is `count` messages."""
        until = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.got) >= count, f"{len(self.got)} of {count} webhooks came"
        return list(self.got)


@contextmanager
def running(sandbox: Sandbox) -> Iterator[subprocess.Popen]:
    """The process, from ready to ended; the leader of its own process group."""
    port = sandbox.url.rpartition(":")[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws",
         "--host", "127.0.0.1", "--port", port, "--workers", "1", "--blocking-threads", "16",
         "--log-level", "error", "acquiring.sandbox.wsgi:application"],
        cwd=django_settings.BASE_DIR,
        env=os.environ | _environment(sandbox, port),
        start_new_session=True,
    )  # fmt: skip
    try:
        _await_ready(sandbox, process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def placed() -> Sandbox:
    """A sandbox on a free port, not yet running."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Sandbox(f"http://127.0.0.1:{port}", secrets.token_urlsafe(16))


@pytest.fixture(scope="session")
def sandbox_process(django_db_setup: None) -> Iterator[Sandbox]:
    """The process itself; tests ask for `sandbox`."""
    sandbox = placed()
    with running(sandbox):
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Any) -> Sandbox:
    """The simulators, running; this process' settings lead to them."""
    settings.SANDBOX_URL = sandbox_process.url
    settings.SANDBOX_CONTROL_TOKEN = sandbox_process.token
    return sandbox_process


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """An endpoint for webhooks, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.got.append(({name.lower(): one for name, one in self.headers.items()}, body))
            self.send_response(inbox.statuses.pop(0) if inbox.statuses else 200)
            self.send_header("Content-Length", str(len(inbox.answer)))
            self.end_headers()
            self.wfile.write(inbox.answer)

        def log_message(self, *_arguments: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox = Inbox(f"http://127.0.0.1:{server.server_address[1]}/hook")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield inbox
    server.shutdown()
    server.server_close()


def _environment(sandbox: Sandbox, port: str) -> dict[str, str]:
    database = connection.settings_dict
    login = quote(database["USER"], safe="")
    if database["PASSWORD"]:
        login += f":{quote(database['PASSWORD'], safe='')}"
    query = {"host": database["HOST"], "port": database["PORT"]}
    query = {name: str(value) for name, value in query.items() if value}
    return {
        "DATABASE_URL": f"postgresql://{login}@/{database['NAME']}?{urlencode(query)}",
        "CARAVEL_FACE": "sandbox",
        "CARAVEL_SANDBOX_URL": sandbox.url,
        "CARAVEL_SANDBOX_PORT": port,
        "CARAVEL_SANDBOX_CONTROL_TOKEN": sandbox.token,
        "CARAVEL_ONBOARDING_SERVICES_TOKEN": sandbox.token,
        "CARAVEL_LOG_LEVEL": "ERROR",
    }


def _await_ready(sandbox: Sandbox, process: subprocess.Popen) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the sandbox ended"
        try:
            if http.send("GET", f"{sandbox.url}/_control/ready", {}).status == 200:
                return
        except (http.NotSent, http.NoAnswer):
            pass
        time.sleep(0.1)
    raise AssertionError(f"the sandbox was not ready within {READY_SECONDS} seconds")
