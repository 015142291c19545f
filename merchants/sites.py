"""The merchant's own sites: their pages may show the checkout in a frame, and hear from it.

A site is an origin as browsers write it: scheme, host, and a port where it is not the usual one.
A page that is framed by strangers could be dressed up to make a shopper press what they do not see
(https://www.w3.org/TR/CSP3/#directive-frame-ancestors), so only named sites may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from merchants.models import Merchant, Mode

MOST_SITES = 50
FIELD = "checkout_origins"
NO_SITE = "A site is https:// and a host, such as https://shop.example."
_USUAL = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})  # the developer's own machine


@transaction.atomic
def change(merchant_id: UUID, actor: str, wanted: Iterable[str]) -> list[str]:
    """Let these sites, and no others, show the checkout; returns them. Raises Problem."""
    row = Merchant.objects.select_for_update().get(pk=merchant_id)
    sites = list(dict.fromkeys(check(one, row.mode) for one in wanted))
    if len(sites) > MOST_SITES:
        raise Problem("invalid_field", "There are at most 50 sites.", FIELD)
    if sites != row.checkout_origins:
        changes = {FIELD: [row.checkout_origins, sites]}
        row.checkout_origins = sites
        row.save(update_fields=[FIELD])
        audit.record(actor, "merchant.changed", ids.show("mer", row.pk), row.pk, changes)
    return sites


def check(text: str, mode: str) -> str:
    """The origin as browsers write it; raises Problem for what is none, or not a safe one."""
    try:
        parts = urlsplit(text.strip().lower())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as error:
        raise Problem("invalid_field", NO_SITE, FIELD) from error
    if parts.scheme not in _USUAL or not host:
        raise Problem("invalid_field", NO_SITE, FIELD)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        rule = "A site ends after the host, or its port: pages and folders are part of it anyway."
        raise Problem("invalid_field", rule, FIELD)
    if mode == Mode.LIVE and (parts.scheme == "http" or _is_here(host)):
        rule = "A site that takes live payments begins with https:// and is on the internet."
        raise Problem("invalid_field", rule, FIELD)
    if parts.scheme == "http" and not _is_here(host):
        rule = "A site begins with https://. Only your own machine, http://localhost, need not."
        raise Problem("invalid_field", rule, FIELD)
    usual = port is None or port == _USUAL[parts.scheme]
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}"


def allowed(row: Merchant, narrowed: Iterable[str] = ()) -> list[str]:
    """The sites that may show a checkout; a session may name some of them, and no others."""
    chosen = set(narrowed) or set(row.checkout_origins)
    return [one for one in row.checkout_origins if one in chosen]


def check_named(merchant_id: UUID, named: Iterable[str], param: str) -> None:
    """Refuse a site that the settings do not name; raises Problem."""
    asked = list(named)
    if not asked:
        return
    known = Merchant.objects.values_list(FIELD, flat=True).get(pk=merchant_id)
    for index, one in enumerate(asked):
        if one not in known:
            rule = f"The settings, Your sites, do not name {one}."
            raise Problem("invalid_field", rule, f"{param}[{index}]")


def _host(name: str) -> str:
    """The host as it stands in an address; "" for none. Raises ValueError."""
    if ":" in name:
        return f"[{IPv6Address(name).compressed}]"
    name = name.encode("idna").decode()
    return name if name and all(_LABEL.fullmatch(part) for part in name.split(".")) else ""


def _is_here(host: str) -> bool:
    return host in _HERE or host.endswith(".localhost")
