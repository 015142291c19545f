"""A receiver that really listens, and a merchant with an endpoint there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest

from acquiring.core import outbox
from acquiring.webhooks import services


class Receiver:
    """An HTTP server on this machine. `answer(path)` may return a status, or (status, headers)."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes, float]] = []
        self.answer = lambda path: 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append((self.path, headers, body, monotonic()))
                answered = receiver.answer(self.path)
                status, more = answered if isinstance(answered, tuple) else (answered, {})
                text = more.pop("body", b"thanks")
                self.send_response(status)
                for name, value in {**more, "content-length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a sender that hung up is no news
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def bodies(self, path: str | None = None) -> list[dict]:
        """What was posted, as objects."""
        return [json.loads(body) for at, _, body, _ in self.got if path in (None, at)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def merchant_id(ambers_shop):
    return ambers_shop.merchant.id


@pytest.fixture
def endpoint(receiver, merchant_id):
    """An endpoint at /hook, with its secret."""
    return services.create_endpoint(merchant_id, f"{receiver.url}/hook", "system")


def announce(merchant_id, type="payment.captured", **payload):
    return outbox.announce(merchant_id, type, "pay_1", {"object": "payment", **payload})
