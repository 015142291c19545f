"""A merchant's webhook endpoint: verifies every message with an independent library, keeps ids."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


class Ear:
    """What was heard: messages by event id, and those with a wrong signature."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.forged = 0
        self.secret = ""
        self.url = ""
        self._lock = threading.Lock()

    def hear(self, body: bytes, headers: dict[str, str]) -> bool:
        """Whether the message is the merchant's; a true one is noted."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except Exception:
            self.forged += 1
            return False
        assert event["id"] == headers["webhook-id"]
        with self._lock:
            self.heard[event["id"]] += 1
        return True


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear with an address, for as long as the block lasts."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(204 if ear.hear(body, headers) else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    ear.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
