"""Which TCP port a server may have."""

from __future__ import annotations

import errno
import socket

from .console import LaunchError, say

LOOK_AHEAD = 100
_held: list[socket.socket] = []


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. An address of another machine is a LaunchError."""
    with socket.socket() as probe:
        # Without this a port whose last connections are still closing would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise LaunchError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return True


def number(name: str, text: str) -> int:
    """The port number in variable `name`; LaunchError when the text is none."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LaunchError(f"{name}={text} is not a port number (1 to 65535).")
    return int(text)


def choose(name: str, host: str, wanted: str | None, default: int, taken: set[int]) -> int:
    """The port asked for in variable `name`, or the first free one from `default` upwards.

    A port somebody asked for is never replaced silently: LaunchError when it is not free.
    """
    if wanted:
        port = number(name, wanted)
        if port in taken or not is_free(host, port):
            raise LaunchError(f"{name}={wanted} is taken: free it or choose another port.")
        return _hold(host, port)
    for port in range(default, min(default + LOOK_AHEAD, 65536)):
        if port not in taken and is_free(host, port):
            if port != default:
                say(f"  port {default} is taken, using {port} ({name} overrides)")
            return _hold(host, port)
    raise LaunchError(f"No free port from {default} on: set {name}.")


def _hold(host: str, port: int) -> int:
    """Keep a chosen port from other installations that are just starting.

    The web server shares its port among its processes (SO_REUSEPORT), so two installations that
    chose the same one would share it too. A socket that is bound and does not listen lets ours in
    and makes `is_free` of others say no, for as long as this process lives.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        holder.bind((host, port))
    except OSError:
        holder.close()  # somebody was quicker: the server itself will say so
    else:
        _held.append(holder)
    return port


def any_free(host: str) -> int:
    """A port nobody uses now, chosen by the kernel: for tests and benchmarks."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
