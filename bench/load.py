"""A load generator: keep-alive connections on raw sockets, one request in flight on each.

It shares the machine with what it measures, so it does as little as it can: requests are bytes made
beforehand but for their idempotency key, answers are read up to their Content-Length.
"""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field
from uuid import uuid4

KEY = b"%KEY%"
KEY_BYTES = 32


@dataclass
class Result:
    """What came of a run."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds, sorted
    statuses: dict[int, int] = field(default_factory=dict)
    cpu_seconds: float = 0.0  # of the generator itself
    last_body: bytes = b""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def must_be(self, *wanted: int) -> None:
        """Raise unless every answer had one of these statuses."""
        if set(self.statuses) - set(wanted):
            raise RuntimeError(
                f"answers by status: {self.statuses}; the last one: {self.last_body!r}"
            )


def request(port: int, path: str, secret_key: str, body: bytes) -> bytes:
    """A POST with a place for a fresh idempotency key."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {secret_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
    )
    return head.encode() + KEY + b"\r\n\r\n" + body


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.received = b""

    def send(self, head: bytes, tail: bytes) -> None:
        self.received = b""
        self.began = time.perf_counter()
        self.socket.sendall(head + uuid4().hex.encode() + tail)

    def take(self) -> tuple[int, bytes] | None:
        """Status and body once the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise RuntimeError("the server closed the connection")
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return (int(head[9:12]), body) if len(body) >= length else None


def run(port: int, template: bytes, connections: int, seconds: float, most: int = 0) -> Result:
    """Send until the time is over (or `most` requests were begun) and wait for the last answers."""
    head, _, tail = template.partition(KEY)
    result, began, cpu = Result(), time.perf_counter(), time.process_time()
    open_ones = [_Connection(port) for _ in range(connections)]
    begun = 0
    with selectors.DefaultSelector() as selector:
        for one in open_ones[: most or None]:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send(head, tail)
            begun += 1
        while selector.get_map():
            for key, _ in selector.select(60):
                one = key.data
                answer = one.take()
                if answer is None:
                    continue
                now = time.perf_counter()
                result.latencies.append(now - one.began)
                result.statuses[answer[0]] = result.statuses.get(answer[0], 0) + 1
                result.last_body = answer[1]
                if now - began < seconds and (not most or begun < most):
                    one.send(head, tail)
                    begun += 1
                else:
                    selector.unregister(one.socket)
                    one.socket.close()
    result.seconds = time.perf_counter() - began
    result.cpu_seconds = time.process_time() - cpu
    result.latencies.sort()
    return result
