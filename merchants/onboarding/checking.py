"""Looking at an application: every check that is due, with what outside services say.

Nothing is locked while services are asked. What was found is stored in one transaction, and only
when nothing was changed meanwhile. A worker that dies leaves the claim behind; when it has run out
the next one looks from the start.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Q

from acquiring.core import clock, ids
from merchants.kyc import checks, markets, ownership
from merchants.kyc.checks.records import Found, Known
from merchants.kyc.facts import Facts
from merchants.onboarding import names, queries, rows, services_client, traits
from merchants.onboarding.models import Application, Finding

CALL_SECONDS = services_client.TOTAL_SECONDS
SPARE_SECONDS = 45
DUE = "due:"  # marks a group that is re-opened by the calendar, not by a change
ALWAYS = "complete"  # the group that every look makes: it costs nothing, and reads everything


class Changed(Exception):  # noqa: N818 (a fact, not a fault)
    """The application was changed while it was looked at: what was seen is of the past."""


def claim(status: str = Application.Status.CHECKING) -> Application | None:
    """The next application to look at, kept from other workers for as long as a look may take."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    with transaction.atomic():
        row = (
            Application.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("business")
            .filter(free, status=status)
            .order_by("sent_at", "id")
            .first()
        )
        if row is not None:
            parts = queries.party_rows(row).count() + queries.account_rows(row).count()
            seconds = SPARE_SECONDS + CALL_SECONDS * (2 + parts)
            row.claimed_until = now + timedelta(seconds=seconds)
            row.save(update_fields=["claimed_until"])
    return row


def look(application: Application) -> UUID:
    """Make every check that is due and store what each saw; returns the id of the look.

    The first look makes all checks; a later one those that `reopened` names, and takes over the
    others' traces. Raises Changed when somebody was faster.
    """
    row = Application.objects.select_related("business").get(pk=application.pk)
    facts = queries.facts(row)
    before = queries.findings(row)
    groups = due_groups(row) if before else frozenset()
    found = checks.run(facts, known(row, facts, groups), groups)
    run = ids.new()
    with transaction.atomic():
        now = rows.locked(row)
        if now.version != row.version:
            raise Changed
        kept = [one for one in before if groups and _group(one) not in groups]
        Finding.objects.bulk_create(
            [_again(one, run) for one in kept] + [_finding(row, run, one) for one in found]
        )
        traits.renew(row, facts)
    return run


def known(row: Application, facts: Facts, groups: Collection[str] = ()) -> Known:
    """What services and other applications know; only what these groups of checks read."""

    def wanted(group: str) -> bool:
        return not groups or group in groups

    values: dict[str, Any] = {"today": clock.now().date()}
    if wanted("company") and facts.entity != "sole_trader":
        values["register"] = services_client.register(facts)
    if wanted("website") and facts.activity.website:
        values["website"] = services_client.website(facts)
    if wanted("accounts"):
        values["holders"] = {one.id: services_client.holder(one) for one in facts.accounts}
    if wanted("people"):
        named_only = ownership.below(facts, markets.market(facts.country).owner_line)
        values["identities"] = {
            one.id: services_client.identity(one, facts.country)
            for one in facts.people
            if one.kind == "person" and one.id not in named_only
        }
    if wanted("alike"):
        values["alike"] = traits.alike(row, facts)
    if wanted("screening"):
        values["screened"] = names.screen(row, facts)
    return Known(**values)


def due_groups(row: Application) -> frozenset[str]:
    """The groups of checks that are open again; none = all."""
    opened = frozenset(one.removeprefix(DUE) for one in row.reopened)
    return opened | {ALWAYS} if opened else opened


def changed_groups(row: Application) -> frozenset[str]:
    """Those of them that are open since the merchant changed something."""
    return frozenset(one for one in row.reopened if not one.startswith(DUE))


def read(row: Finding) -> Found:
    """A stored trace as the rules read it."""
    evidence = dict(row.evidence)
    return Found(
        check=row.check_name,
        subject=row.subject,
        saw=evidence.pop("saw", ""),
        result=row.result,  # type: ignore[arg-type]
        words=row.words,
        told=row.told,
        evidence=evidence,
        source=row.source,
        expires=row.expires_at.date() if row.expires_at else None,
    )


def _finding(row: Application, run: UUID, found: Found) -> Finding:
    return Finding(
        application=row,
        run=run,
        check_name=found.check,
        subject=found.subject[:120],
        result=found.result,
        words=found.words[:500],
        told=found.told[:500],
        evidence={"saw": found.saw, **msgspec.to_builtins(found.evidence)},
        source=found.source[:300],
        expires_at=datetime.combine(found.expires, time(), UTC) if found.expires else None,
    )


def _again(one: Finding, run: UUID) -> Finding:
    return Finding(
        application_id=one.application_id,
        run=run,
        created_at=one.created_at,
        check_name=one.check_name,
        subject=one.subject,
        result=one.result,
        words=one.words,
        told=one.told,
        evidence=one.evidence,
        source=one.source,
        expires_at=one.expires_at,
    )


def _group(one: Finding) -> str:
    row = checks.table().get(one.check_name)
    return row.group if row else ""  # a check that is no longer made is not taken over either
