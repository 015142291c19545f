"""Fingerprints of what only one business should have, and the applications that have the same.

The key belongs to the platform, not to a business, or nobody's would ever be alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import QuerySet

from acquiring.core import ids
from acquiring.vault import services as vault
from merchants.kyc import identifiers, names
from merchants.kyc.checks.records import Alike
from merchants.kyc.facts import Facts
from merchants.onboarding.models import Application, Trait

PLATFORM = UUID("00000000-0000-7000-8000-0000000000a1")  # owner of the fingerprints' key
MOST_ALIKE = 50


def renew(application: Application, facts: Facts) -> None:
    """Keep the fingerprints of what is said now, in the caller's transaction."""
    wanted: dict[tuple[str, str], str] = {}
    for kind, text, subject in texts(facts):
        wanted.setdefault((kind, digest(kind, text)), subject)
    known = {(row.kind, row.digest): row for row in Trait.objects.filter(application=application)}
    gone = [row.pk for key, row in known.items() if key not in wanted]
    Trait.objects.filter(pk__in=gone).delete()
    Trait.objects.bulk_create(
        [
            Trait(application=application, kind=kind, digest=name, subject=subject[:80])
            for (kind, name), subject in wanted.items()
            if (kind, name) not in known
        ],
        ignore_conflicts=True,
    )


def alike(application: Application, facts: Facts) -> tuple[Alike, ...]:
    """What other businesses' applications of the same mode share with this one."""
    subjects: dict[tuple[str, str], str] = {}
    for kind, text, subject in texts(facts):
        subjects.setdefault((kind, digest(kind, text)), subject)
    others: dict[tuple[str, str], list[Trait]] = defaultdict(list)
    for row in of_others(application, subjects)[:MOST_ALIKE]:
        others[row.kind, row.digest].append(row)
    return tuple(
        Alike(
            kind=kind,  # type: ignore[arg-type]
            subject=subjects[kind, name],
            others=tuple(sorted({ids.show("app", row.application_id) for row in found})),
            refused=any(row.application.status == "refused" for row in found),
        )
        for (kind, name), found in sorted(others.items())
    )


def of_others(application: Application, own: Collection[tuple[str, str]]) -> QuerySet[Trait]:
    """The same fingerprints (kind, digest) in other businesses' applications of the same mode that
    were sent, the newest first.
    """
    kinds, digests = {kind for kind, _ in own}, {name for _, name in own}
    rows = Trait.objects.filter(kind__in=kinds, digest__in=digests)  # a digest is of one kind
    rows = rows.filter(application__mode=application.mode)
    rows = rows.exclude(application__status=Application.Status.DRAFT)
    rows = rows.exclude(application__business_id=application.business_id)
    return rows.select_related("application__business").order_by("-id")


def texts(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Kind, compared text and path of everything that should be one business's only."""
    for key, number in sorted(facts.company.identifiers.items()):
        said = f"{facts.country}:{identifiers.compact(number)}"
        yield "identifier", said, f"company.identifiers.{key}"
    for account in facts.accounts:
        fields = ":".join(identifiers.compact(one) for _, one in sorted(account.fields.items()))
        if fields:
            yield "bank_account", f"{account.country}:{fields}", f"accounts.{account.id}"
    for party in facts.people:
        if party.kind == "person" and party.birth_date:
            folded = " ".join(sorted(names.words(party.name)))
            yield "person", f"{folded}:{party.birth_date}", f"people.{party.id}"
    site = facts.activity.website.casefold().partition("://")[2].removeprefix("www.").rstrip("/")
    if site:
        yield "website", site, "activity.website"
    if facts.company.phone:
        yield "phone", identifiers.compact(facts.company.phone), "company.phone"


def digest(kind: str, text: str) -> str:
    """The keyed fingerprint of a text."""
    return vault.fingerprint(PLATFORM, f"{kind}:{text}")
