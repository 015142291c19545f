"""A peer that sends a byte now and then does not hold us for ever."""

import socket
import threading
from time import monotonic, sleep

import pytest

from acquiring.core import http


@pytest.fixture
def dripping():
    """Starts a server that sends these bytes, one every tenth of a second."""
    listening = []

    def start(text):
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve():
            peer, _ = server.accept()
            peer.recv(65_536)
            try:
                for byte in text:
                    peer.sendall(bytes([byte]))
                    sleep(0.1)
            except OSError:
                pass
            peer.close()

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    for server in listening:
        server.close()


@pytest.mark.parametrize(
    "text",
    [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50, b"HTTP/1.1 200\r\ncontent-length: 500\r\n\r\n" * 9],
    ids=["in its headers", "in its body"],
)
def test_a_dripping_answer_is_given_up(dripping, text):
    url = dripping(text)
    started = monotonic()

    with pytest.raises(http.NoAnswer, match="no whole answer within 1 seconds"):
        http.send("GET", url, {}, read_timeout_seconds=5, total_timeout_seconds=1)

    assert monotonic() - started < 2


def test_a_whole_answer_in_time_is_taken(dripping):
    url = dripping(b"HTTP/1.1 204\r\n\r\n")

    answer = http.send("GET", url, {}, read_timeout_seconds=5, total_timeout_seconds=9)

    assert answer.status == 204
