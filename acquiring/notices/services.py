"""Telling people: a notice in the portal, a letter by e-mail, as each of them wishes.

`tell` may be called again for the same thing (`once`) any number of times, by any number of
workers: it is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from acquiring.core import clock, ids, wake
from acquiring.core.models import PLATFORM
from acquiring.notices.models import Letter, Notice
from merchants import notices, queries
from merchants import services as merchants
from merchants.models import Mode, User

NOBODY = UUID(int=0)
SEND = "acquiring.notices.tasks.send"
# Keys of a sandbox are made and thrown away all day: of those the portal tells, no letter.
ONLY_LIVE_BY_EMAIL = frozenset({"api_key.created", "api_key.rotated", "api_key.revoked"})


@transaction.atomic
def tell(
    merchant_id: UUID,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    once: str,
    *,
    only: Collection[UUID] | None = None,
    silent: bool = False,
) -> int:
    """Tell a merchant's people of something; returns to how many notices that led.

    `kind` is one of `merchants.notices.kinds()` and says whose role is told; `once` names what
    happened, at most 120 characters. With `only`, nobody else is told; `silent` sends no letter.
    """
    about = notices.kinds()[kind]
    told: list[Notice] = []
    for person in people(merchant_id, about.permission):
        if only is not None and person.pk not in only:
            continue
        ways = queries.notice_preferences(person.pk, merchant_id)[kind]
        if "portal" in ways:
            told.append(_notice(merchant_id, person, kind, subject, facts, once))
        if "email" in ways and not silent and _may_write(merchant_id, kind):
            _write_to(merchant_id, person, kind, subject, facts, once)
    # Nobody wants it in the portal? Its name is kept all the same: it was told.
    rows = told or [Notice(merchant_id=merchant_id, person_id=NOBODY, once=once, kind=kind)]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(told)


def people(merchant_id: UUID, permission: str) -> list[User]:
    """Those who work for the merchant in a role that holds the permission."""
    return merchants.people_who_may(merchant_id, permission)


def write(
    once: str,
    template: str,
    recipient: str,
    language: str,
    facts: Mapping[str, Any],
    merchant_id: UUID = PLATFORM,
) -> None:
    """Put a letter into the queue, in the current transaction; one of the same `once` is enough.

    `template` is the beginning of three files under templates/: `…_subject.txt`, `…_message.txt`
    and `…_message.html`; `facts` are JSON and what the files are filled with.
    """
    letter = Letter(
        merchant_id=merchant_id,
        once=once,
        template=template,
        recipient=recipient,
        language=known_language(language),
        facts=dict(facts),
    )
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    transaction.on_commit(partial(wake.look, SEND))


def mark_read(merchant_id: UUID, person_id: UUID, shown: Collection[str] = ()) -> int:
    """Mark some of a person's notices as read, all of them when none is named; how many."""
    unread = Notice.objects.filter(merchant_id=merchant_id, person_id=person_id, read_at=None)
    if shown:
        unread = unread.filter(pk__in=[ids.read("not", one) for one in shown])
    return unread.update(read_at=clock.now())


def settle(merchant_id: UUID, kind: str, subject: str) -> int:
    """What people were told of has come to an end by itself: nobody needs to read it any more."""
    return Notice.objects.filter(
        merchant_id=merchant_id, subject=subject, kind=kind, read_at=None
    ).update(read_at=clock.now())


def known_language(wanted: str) -> str:
    """The language of ours that is nearest to a locale such as zh-TW, else English."""
    try:
        return translation.get_supported_language_variant(wanted.lower().replace("_", "-"))
    except LookupError:
        return "en"


def _notice(
    merchant_id: UUID,
    person: User,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    once: str,
) -> Notice:
    return Notice(
        merchant_id=merchant_id,
        person_id=person.pk,
        once=once,
        kind=kind,
        subject=subject,
        facts=dict(facts),
    )


def _may_write(merchant_id: UUID, kind: str) -> bool:
    return kind not in ONLY_LIVE_BY_EMAIL or queries.mode_of(merchant_id) == Mode.LIVE


def _write_to(
    merchant_id: UUID,
    person: User,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    once: str,
) -> None:
    """A letter about a notice; what it is filled with is worked out when it is sent."""
    needed = {"kind": kind, "subject": subject, "facts": dict(facts), "person": str(person.pk)}
    write(
        f"{once}:{person.pk.hex}",
        "emails/notice",
        person.email,
        person.language,
        needed,
        merchant_id,
    )
