"""TXT records: asked of DNS by dnspython, or at home of the sandbox's name server.

`settings.TXT_LOOKUP` names the function. Names below `.test` are nobody's (RFC 6761), so that they
serve to try domains without owning one.
"""

from __future__ import annotations

from urllib.parse import urlencode

import dns.exception
import dns.resolver
import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from acquiring.core import http

SECONDS = 5.0
MOST_RECORDS = 100


class Silence(Exception):  # noqa: N818 (a fact about the network)
    """DNS did not answer: whether there is a record is unknown."""


def txt(name: str) -> list[str]:
    """The TXT records of a name, [] when there are none; raises Silence."""
    found: list[str] = import_string(settings.TXT_LOOKUP)(name)
    return found


def by_dns(name: str) -> list[str]:
    """Asked of the name servers of `CARAVEL_DNS_SERVERS`, or of this machine's own."""
    chosen = [one.strip() for one in settings.DNS_SERVERS.split(",") if one.strip()]
    resolver = dns.resolver.Resolver(configure=not chosen)
    if chosen:
        addresses = [one.rpartition(":") for one in chosen]
        resolver.nameservers = [host for host, _, _ in addresses]
        resolver.nameserver_ports = {host: int(port) for host, _, port in addresses}
    try:
        answer = resolver.resolve(f"{name}.", "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise Silence(str(error)) from error
    rows = [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
    return rows[:MOST_RECORDS]


def rehearsed(name: str) -> list[str]:
    """Below `.test` asked of the sandbox's name server, else of DNS."""
    if not name.endswith(".test"):
        return by_dns(name)
    url = f"{settings.SANDBOX_URL}/identity/txt?{urlencode({'name': name})}"
    try:
        answer = http.send("GET", url, {}, total_timeout_seconds=5)
        return [str(one) for one in orjson.loads(answer.body)["records"]]
    except (http.NotSent, http.NoAnswer, ValueError, KeyError) as error:
        raise Silence(str(error)) from error
