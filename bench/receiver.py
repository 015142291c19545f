"""A merchant's endpoint, in a process of its own: answers 200 and notes what came when."""

from __future__ import annotations

import json
import multiprocessing
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Receiver:
    """Where it listens, and the way to ask what it got."""

    url: str
    questions: Connection

    def count(self) -> int:
        """How many messages have come."""
        self.questions.send("count")
        return int(self.questions.recv())

    def messages(self) -> list[tuple[str, float, float]]:
        """Each message's event id, when the event was made, and when it came (seconds, epoch)."""
        self.questions.send("messages")
        found: list[tuple[str, float, float]] = self.questions.recv()
        return found

    def forget(self) -> None:
        """Begin again with nothing."""
        self.questions.send("forget")
        self.questions.recv()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running endpoint."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(listening, theirs), daemon=True
    )
    process.start()
    try:
        yield Receiver(f"http://127.0.0.1:{listening.getsockname()[1]}/hook", ours)
    finally:
        process.kill()  # it has inherited our ways of ignoring politer signals
        process.join()
        listening.close()


def _serve(listening: socket.socket, questions: Connection) -> None:
    messages: list[tuple[bytes, float]] = []
    received: dict[socket.socket, bytes] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        selector.register(questions, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listening:
                    accepted, _ = listening.accept()
                    selector.register(accepted, selectors.EVENT_READ)
                    received[accepted] = b""
                elif key.fileobj is questions:
                    _answer(questions, messages)
                else:
                    client: Any = key.fileobj
                    if not _take(client, received, messages):
                        selector.unregister(client)
                        client.close()
                        del received[client]


def _take(
    client: socket.socket, received: dict[socket.socket, bytes], messages: list[tuple[bytes, float]]
) -> bool:
    """Read what came; False once the other side has closed."""
    try:
        chunk = client.recv(65536)
    except OSError:
        return False
    if not chunk:
        return False
    data = received[client] + chunk
    while (end := data.find(b"\r\n\r\n")) >= 0:
        length = int(data[:end].lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(data) < end + 4 + length:
            break
        messages.append((data[end + 4 : end + 4 + length], time.time()))
        client.sendall(ANSWER)
        data = data[end + 4 + length :]
    received[client] = data
    return True


def _answer(questions: Connection, messages: list[tuple[bytes, float]]) -> None:
    match questions.recv():
        case "count":
            questions.send(len(messages))
        case "messages":
            questions.send([_read(body, came) for body, came in messages])
        case "forget":
            messages.clear()
            questions.send(True)


def _read(body: bytes, came: float) -> tuple[str, float, float]:
    from datetime import datetime

    event = json.loads(body)
    moment = event.get("created_at") or event["timestamp"]
    return event["id"], datetime.fromisoformat(moment).timestamp(), came
