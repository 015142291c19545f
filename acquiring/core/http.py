"""The only socket: pooled connections, bounded waiting, and two kinds of silence.

`NotSent` means that no byte left this machine: asking elsewhere is safe. `NoAnswer` means that the
other side may have acted: only an inquiry can tell. Callers that mix the two lose money.

It uses the adapters of `requests` without a `Session` around them: a session costs a third more on
each payment, and would carry one merchant's cookies into another's call.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import lru_cache
from time import perf_counter
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

import acquiring
from acquiring.core import certificates
from acquiring.core.certificates import Certificate
from acquiring.core.patience import Patience, watch

MAX_RESPONSE_BYTES = 1_048_576
USER_AGENT = f"Caravel/{acquiring.__version__}"
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
    certificate: Certificate | None = None,
    max_response_bytes: int = MAX_RESPONSE_BYTES,
) -> Response:
    """Send one request and read the whole answer; redirects are not followed, nothing is retried.

    The read timeout is for each silence; `total_timeout_seconds` is for everything, against a peer
    that sends a byte now and then. With `guard`, only public addresses are reached, checked on the
    address really connected to, so that a name which resolves otherwise the second time gains
    nothing. With `certificate` we prove in the TLS handshake who we are. Raises NotSent or
    NoAnswer.
    """
    started = perf_counter()
    patience = Patience(total_timeout_seconds)
    timeouts = (connect_timeout_seconds, read_timeout_seconds)
    try:
        prepared = _prepared(method, url, headers, body)
        with patience:
            reply = _door(guard, certificate).send(prepared, stream=True, timeout=timeouts)
            content = _content(reply.raw, max_response_bytes)
    except certificates.Unusable as error:
        raise NotSent(str(error)) from error
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        if patience.exhausted:
            late = f"no whole answer within {total_timeout_seconds} seconds"
            raise NoAnswer(late) from error
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


def _prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes
) -> requests.PreparedRequest:
    """The request as given: nothing from a session, the environment or a .netrc is added."""
    prepared = requests.PreparedRequest()
    prepared.prepare_method(method)
    prepared.prepare_url(url, None)
    prepared.prepare_headers({"user-agent": USER_AGENT, **headers})
    prepared.body = body or None
    if body or method in {"POST", "PUT", "PATCH"}:
        prepared.headers["Content-Length"] = str(len(body))
    return prepared


def _silence(error: Exception) -> Exception:
    """Tell the two kinds of silence apart by what lies underneath."""
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, Forbidden):
        return reason
    if isinstance(reason, NewConnectionError | ConnectTimeoutError | NameResolutionError):
        return NotSent(str(reason))
    if isinstance(
        error, ValueError
    ):  # what requests calls a URL that is none, or of another scheme
        return NotSent(f"no address that can be called: {error}")
    return NoAnswer(str(reason))


def _content(reply: BaseHTTPResponse, limit: int) -> bytes:
    """The body, refused beyond the limit, so that no peer can fill our memory."""
    content = reply.read(limit + 1, decode_content=True)
    if len(content) > limit:
        reply.close()
        raise NoAnswer(f"the answer is larger than {limit / 1_048_576:g} MiB")
    reply.release_conn()
    return content


class _Watched:
    """A connection, new or used again, that the patience of its thread knows about."""

    def _new_conn(self) -> socket.socket:
        connected = self._dial()  # type: ignore[attr-defined]
        watch(connected)
        return connected

    def request(self, *arguments: Any, **keywords: Any) -> None:
        used_again = getattr(self, "sock", None)
        if used_again is not None:
            watch(used_again)
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


class _Door(HTTPAdapter):
    """Connections of these kinds, kept open per host and shared by all threads."""

    def __init__(
        self,
        plain: type[HTTPConnection],
        secure: type[HTTPSConnection],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._context = context
        self._kinds = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(pool_connections=200, pool_maxsize=64)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        if self._context is not None:
            keywords["ssl_context"] = self._context
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = self._kinds


_open = _Door(_OpenHTTP, _OpenHTTPS)
_guarded = _Door(_GuardedHTTP, _GuardedHTTPS)


def _door(guard: bool, certificate: Certificate | None) -> _Door:
    return (_guarded if guard else _open) if certificate is None else _proving(guard, certificate)


@lru_cache(maxsize=100)
def _proving(guard: bool, certificate: Certificate) -> _Door:
    """The door of one certificate: a connection made with it serves nobody else."""
    context = certificates.context(certificate)
    if guard:
        return _Door(_GuardedHTTP, _GuardedHTTPS, context)
    return _Door(_OpenHTTP, _OpenHTTPS, context)
