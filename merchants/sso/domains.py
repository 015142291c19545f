"""E-mail domains that an organisation proves by a TXT record, and keeps proving.

A domain that many strangers have addresses at proves nothing about them and is refused. A record
that is not found any more is looked for again, for some days; then the domain is lost.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import IntegrityError, transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import services
from merchants.models import User
from merchants.organisations.models import Organisation
from merchants.sso import records, rules, sessions
from merchants.sso.models import SignOnDomain

MOST_DOMAINS = 50
EVERY = timedelta(days=1)
GRACE = timedelta(days=7)
_NAME = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class Look(NamedTuple):
    """What a look at a proved domain found: still `proved`, `missed` first now, or `lost`."""

    domain: SignOnDomain
    state: str


@lru_cache(maxsize=1)
def public_hosts() -> frozenset[str]:
    """Mail hosts at which anybody has an address."""
    text = (Path(__file__).parent / "public_hosts.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["hosts"])


def listed(organisation: Organisation) -> list[SignOnDomain]:
    """The domains of an organisation, by name."""
    return list(SignOnDomain.objects.filter(organisation=organisation).order_by("name"))


@transaction.atomic
def add(organisation: Organisation, by: User, name: str) -> SignOnDomain:
    """A domain to be proved; adding it again is the same one. Raises Problem."""
    domain = rules.domain_of(f"x@{name}") if "@" not in name else ""
    if not _NAME.fullmatch(domain):
        raise Problem("invalid_field", "A domain is a name such as example.com.", "name")
    if any(domain == host or domain.endswith(f".{host}") for host in public_hosts()):
        raise Problem("invalid_field", "Anybody may have an address there.", "name")
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    known = SignOnDomain.objects.filter(organisation=organisation)
    if known.count() >= MOST_DOMAINS:
        raise Problem("invalid_state", f"An organisation has at most {MOST_DOMAINS} domains.")
    row, made = SignOnDomain.objects.get_or_create(
        organisation=organisation, name=domain, defaults={"token": secrets.token_hex(20)}
    )
    if made:
        record(services.user_actor(by), "domain.added", row)
    return row


def prove(organisation: Organisation, by: User, shown: str) -> SignOnDomain:
    """Look for the record now; with it the domain is the organisation's. Raises Problem."""
    row = one(organisation, shown)
    try:
        found = row.value in records.txt(row.record)
    except records.Silence as silence:
        raise Problem("invalid_state", "DNS does not answer. Try again in a minute.") from silence
    if not found:
        words = "The record is not there yet. DNS may take some minutes, seldom hours."
        raise Problem("invalid_state", words)
    if row.proved_at is not None:
        _seen(row)
        return row
    row.proved_at = row.checked_at = clock.now()
    row.missed_at = None
    try:
        with transaction.atomic():
            row.save(update_fields=["proved_at", "checked_at", "missed_at"])
            record(services.user_actor(by), "domain.proved", row)
    except IntegrityError as taken:
        words = "Another organisation has proved this domain. Ask it to give it up first."
        raise Problem("invalid_state", words) from taken
    return row


@transaction.atomic
def remove(organisation: Organisation, by: User, shown: str) -> SignOnDomain:
    """Give a domain up: its people come by password again. Raises Problem."""
    row = one(organisation, shown)
    _drop(row)
    record(services.user_actor(by), "domain.removed", row)
    return row


def one(organisation: Organisation, shown: str) -> SignOnDomain:
    """A domain of the organisation, `dom_…`. Raises Problem `not_found`."""
    row = SignOnDomain.objects.filter(organisation=organisation, pk=ids.read("dom", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no domain {shown[:60]}.")
    return row


def due(limit: int = 100) -> list[SignOnDomain]:
    """Proved domains that nobody looked at for a day."""
    rows = SignOnDomain.objects.select_related("organisation").filter(proved_at__isnull=False)
    rows = rows.filter(checked_at__lte=clock.now() - EVERY)
    return list(rows.order_by("checked_at")[:limit])


def look(row: SignOnDomain) -> Look:
    """See whether a proved domain still is; a name server that is silent changes nothing."""
    try:
        found = row.value in records.txt(row.record)
    except records.Silence:
        SignOnDomain.objects.filter(pk=row.pk).update(checked_at=clock.now())
        return Look(row, "proved")
    if found:
        _seen(row)
        return Look(row, "proved")
    first = row.missed_at is None
    row.missed_at, row.checked_at = row.missed_at or clock.now(), clock.now()
    if clock.now() - row.missed_at < GRACE:
        row.save(update_fields=["missed_at", "checked_at"])
        return Look(row, "missed" if first else "proved")
    with transaction.atomic():
        row.proved_at = None
        row.save(update_fields=["proved_at", "missed_at", "checked_at"])
        sessions.end_for(row.organisation, row.name)
        record("system", "domain.lost", row)
    return Look(row, "lost")


def record(actor: str, action: str, row: SignOnDomain) -> None:
    """Write into the log of the organisation and of each of its businesses."""
    about = {"domain": row.name}
    audit.record(actor, action, row.organisation.shown, None, about)
    for business_id in row.organisation.businesses.values_list("pk", flat=True)[:1000]:
        audit.record(actor, action, ids.show("biz", business_id), None, about)


def _seen(row: SignOnDomain) -> None:
    row.checked_at, row.missed_at = clock.now(), None
    row.save(update_fields=["checked_at", "missed_at"])


def _drop(row: SignOnDomain) -> None:
    if row.proved_at is not None:
        sessions.end_for(row.organisation, row.name)
    SignOnDomain.objects.filter(pk=row.pk).delete()
