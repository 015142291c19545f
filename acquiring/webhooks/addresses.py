"""Which URLs an endpoint may have.

This is the first of two gates: it tells the merchant at once. The second is `core.http` with its
guard, which looks at the address really connected to, whatever the name resolved to today.
"""

from __future__ import annotations

import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from acquiring.core.errors import Problem
from acquiring.core.http import is_public

LONGEST = 500
# Names that mean this machine or this network wherever they are resolved.
PRIVATE_NAMES = re.compile(r"(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)\.?$")


def check(url: object, mode: str) -> str:
    """The URL, if an endpoint of a merchant in this mode may have it; raises Problem."""
    if not isinstance(url, str) or not url:
        raise _wrong("is an absolute URL")
    if len(url) > LONGEST:
        raise _wrong(f"has at most {LONGEST} characters")
    if not url.isascii() or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise _wrong("has only printable ASCII characters and no backslash")
    parts = _split(url)
    if parts.scheme not in {"http", "https"}:
        raise _wrong("begins with https://")
    if mode == "live" and parts.scheme != "https":
        raise _wrong("begins with https:// for a live merchant")
    if parts.username is not None or parts.password is not None:
        raise _wrong("carries no user name and no password")
    if parts.fragment:
        raise _wrong("has no fragment")
    if not parts.hostname:
        raise _wrong("names a host")
    if not settings.ALLOW_PRIVATE_ENDPOINTS and _is_private(parts.hostname):
        raise _wrong("is reachable from the internet: not a private or local address")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError
    except ValueError as error:  # a broken IPv6 address or a port that is none
        raise _wrong("is an absolute URL") from error
    return parts


def _is_private(host: str) -> bool:
    if PRIVATE_NAMES.search(host):
        return True
    try:
        return not is_public(host.partition("%")[0])
    except ValueError:
        pass
    try:
        # 2130706433, 0x7f.1 and 017700000001 are all ways to write 127.0.0.1.
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError:
        return False


def _wrong(rule: str) -> Problem:
    return Problem("invalid_field", f"A webhook endpoint's url {rule}.", "url")
