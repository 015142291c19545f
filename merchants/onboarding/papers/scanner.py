"""The virus scanner: clamd's INSTREAM command over TCP, when the installation names one.

`CARAVEL_DOCUMENT_SCANNER` is `host:port`. With none, papers are marked as not scanned and the
reviewer is told. With one that does not answer, no paper is taken: a scanner that can be switched
off from outside is none. The protocol: `man 8 clamd`, command INSTREAM, in its `z` form.
"""

from __future__ import annotations

import socket
import struct

import structlog
from django.conf import settings

from acquiring.core.errors import Problem
from merchants.onboarding.papers.rules import Refused

CLEAN, NOT_SCANNED = "clean", "not_scanned"
TIMEOUT_SECONDS = 30
CHUNK_BYTES = 64 * 1024
LONGEST_ANSWER = 4096

log = structlog.get_logger(__name__)


def scan(content: bytes) -> str:
    """`clean` or `not_scanned`; raises Refused for a finding, Problem when nobody answers."""
    if not settings.DOCUMENT_SCANNER:
        return NOT_SCANNED
    host, _, port = settings.DOCUMENT_SCANNER.rpartition(":")
    try:
        said = _ask((host.strip("[]"), int(port)), content)
    except (OSError, UnicodeDecodeError) as error:
        log.error("document_scanner_away", reason=str(error)[:200])
        raise Problem("unavailable", "The file could not be checked. Try again soon.") from error
    if said.endswith(" FOUND"):
        log.warning("document_infected", finding=said.removeprefix("stream: ")[:200])
        raise Refused("The file carries malware. Scan your computer and send another file.")
    if said != "stream: OK":
        log.error("document_scanner_failed", reason=said[:200])
        raise Problem("unavailable", "The file could not be checked. Try again soon.")
    return CLEAN


def _ask(address: tuple[str, int], content: bytes) -> str:
    with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK_BYTES):
            chunk = content[start : start + CHUNK_BYTES]
            connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
        said = b""
        while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
            more = connection.recv(LONGEST_ANSWER)
            if not more:
                break
            said += more
    return said.rstrip(b"\0\n").decode()
