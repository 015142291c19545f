"""The only socket: pooled sessions, two timeouts, and two kinds of silence.

`NotSent` means that no byte left this machine: asking elsewhere is safe. `NoAnswer` means that the
other side may have acted: only an inquiry can tell. Callers that mix the two lose money.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

MAX_RESPONSE_BYTES = 1_048_576
# IPv6 addresses whose last 32 bits are the IPv4 address really meant (RFC 6052, RFC 4291), and the
# prefix of private translators (RFC 8215).
CARRIERS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")


class NotSent(Exception):  # noqa: N818 (a fact, not a fault)
    """Nothing left this machine: refused, unresolvable, no connection in time, or guarded."""


class NoAnswer(Exception):  # noqa: N818 (a fact, not a fault)
    """Bytes may have left and no whole answer came back: the outcome is unknown."""


class Forbidden(NotSent):
    """The address is not one a merchant's endpoint may have."""


class Response(NamedTuple):
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int


def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    connect_timeout_seconds: int = 5,
    read_timeout_seconds: int = 30,
    total_timeout_seconds: int | None = None,
    guard: bool = False,
) -> Response:
    """Send one request and read the whole answer; redirects are not followed.

    The read timeout is for each silence; `total_timeout_seconds` is for everything, against a peer
    that sends a byte now and then. With `guard`, only public addresses are reached, checked on the
    address really connected to, so that a name which resolves otherwise the second time gains
    nothing. Raises NotSent or NoAnswer.
    """
    session = _session(guard)
    started = perf_counter()
    try:
        with _Patience(total_timeout_seconds):
            reply = session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=(connect_timeout_seconds, read_timeout_seconds),
                allow_redirects=False,
                stream=True,
            )
            content = _content(reply)
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
        raise NotSent(str(error)) from error
    except requests.exceptions.InvalidSchema as error:
        raise NotSent("only http and https are spoken") from error
    except requests.exceptions.RequestException as error:
        raise _silence(error) from error
    lowered = {name.lower(): value for name, value in reply.headers.items()}
    return Response(reply.status_code, lowered, content, int((perf_counter() - started) * 1000))


def is_public(address: str) -> bool:
    """Whether an IP address is reachable from anywhere: not private, local, shared or reserved."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in LOCAL_TRANSLATION:
            return False
        carried = ip.ipv4_mapped or ip.sixtofour
        if carried is None and any(ip in network for network in CARRIERS):
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
    return ip.is_global and not ip.is_multicast


def _content(reply: requests.Response) -> bytes:
    """The body, refused beyond the limit, so that no peer can fill our memory."""
    content = bytearray()
    for chunk in reply.iter_content(65_536):
        content += chunk
        if len(content) > MAX_RESPONSE_BYTES:
            reply.close()
            raise NoAnswer("the answer is larger than 1 MiB")
    return bytes(content)


def _silence(error: requests.exceptions.RequestException) -> Exception:
    """Tell the two kinds of silence apart by what urllib3 says underneath."""
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, Forbidden):
        return reason
    if isinstance(reason, NewConnectionError | ConnectTimeoutError | NameResolutionError):
        return NotSent(str(reason))
    return NoAnswer(str(reason))


_local = threading.local()


def _session(guard: bool) -> requests.Session:
    """A pooled session per thread: requests' sessions are not promised to be thread-safe."""
    name = "guarded" if guard else "open"
    session = getattr(_local, name, None)
    if session is None:
        session = requests.Session()
        session.trust_env = False  # proxies and .netrc are configuration we did not ask for
        adapter = _Adapter(_GUARDED if guard else _OPEN)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        setattr(_local, name, session)
    return session


class _Patience:
    """Hangs up on the connection of this thread's request when it takes too long in all."""

    def __init__(self, seconds: int | None) -> None:
        self.seconds = seconds
        self.exhausted = False
        self._handle: socket.socket | None = None

    def __enter__(self) -> None:
        if self.seconds is not None:
            _local.patience = self
            self._timer = threading.Timer(self.seconds, self._hang_up)
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.seconds is None:
            return
        self._timer.cancel()
        _local.patience = None
        if self._handle is not None:
            self._handle.close()
        if self.exhausted and error is not None:
            raise NoAnswer(f"no whole answer within {self.seconds} seconds") from error

    def watch(self, connected: socket.socket) -> None:
        """Keep a handle of our own: TLS takes the original socket away from its owner."""
        if self._handle is not None:
            self._handle.close()
        self._handle = socket.fromfd(connected.fileno(), connected.family, connected.type)
        if self.exhausted:
            self._hang_up()

    def _hang_up(self) -> None:
        self.exhausted = True
        if self._handle is not None:
            with suppress(OSError):  # it ended by itself at this very moment
                self._handle.shutdown(socket.SHUT_RDWR)


def _watch(connected: socket.socket) -> None:
    patience = getattr(_local, "patience", None)
    if patience is not None:
        patience.watch(connected)


class _Watched:
    """A connection, new or used again, that the patience of its thread knows about."""

    def _new_conn(self) -> socket.socket:
        connected = self._dial()  # type: ignore[attr-defined]
        _watch(connected)
        return connected

    def request(self, *arguments: Any, **keywords: Any) -> None:
        used_again = getattr(self, "sock", None)
        if used_again is not None:
            _watch(used_again)
        super().request(*arguments, **keywords)  # type: ignore[misc]


class _OpenHTTP(_Watched, HTTPConnection):
    def _dial(self) -> socket.socket:
        return HTTPConnection._new_conn(self)


class _OpenHTTPS(_Watched, HTTPSConnection):
    def _dial(self) -> socket.socket:
        return HTTPSConnection._new_conn(self)


class _GuardedHTTP(_Watched, HTTPConnection):
    def _dial(self) -> socket.socket:
        return _connect_guarded(self)


class _GuardedHTTPS(_Watched, HTTPSConnection):
    def _dial(self) -> socket.socket:
        return _connect_guarded(self)


def _connect_guarded(connection: HTTPConnection) -> socket.socket:
    host, port = connection._dns_host, connection.port
    try:
        return _guarded_connection(host, port, connection.timeout, connection.source_address)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"{host} did not accept in time") from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


def _guarded_connection(host: str, port: int, timeout: object, source: object) -> socket.socket:
    """Connect only to addresses of `host` that are public; raises Forbidden when none is."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [entry for entry in found if is_public(str(entry[4][0]))]
    if not allowed:
        raise Forbidden(f"{host} has no public address")
    address = allowed[0][4]
    return socket.create_connection((str(address[0]), port), timeout, source)  # type: ignore[arg-type]


def _pools(plain: type[HTTPConnection], secure: type[HTTPSConnection]) -> dict[str, type]:
    """Pool classes by scheme for these kinds of connections."""
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


_OPEN = _pools(_OpenHTTP, _OpenHTTPS)
_GUARDED = _pools(_GuardedHTTP, _GuardedHTTPS)


class _Adapter(HTTPAdapter):
    def __init__(self, pools: dict[str, type]) -> None:
        self._pools = pools
        super().__init__(pool_maxsize=4)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = self._pools
