"""What people are told about, and how: data (`data/notices.toml`) and each person's own choices."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from merchants import roles
from merchants.models import Merchant, NoticePreference, User

WAYS = ("email", "portal")


class Notice(NamedTuple):
    """A kind of notice. `keep`: it is in the portal whatever the person chooses."""

    kind: str
    title: str
    group: str
    permission: str
    ways: frozenset[str]  # unless a person chooses otherwise
    keep: bool


@lru_cache(maxsize=1)
def kinds() -> dict[str, Notice]:
    """Every kind of notice, in the order in which people see them."""
    table = tomllib.loads((roles.DATA / "notices.toml").read_text("utf-8"))
    return {
        kind: Notice(
            kind,
            row["title"],
            group["title"],
            row["permission"],
            frozenset(row["ways"]),
            row.get("keep", False),
        )
        for group in table.values()
        for kind, row in group["kinds"].items()
    }


def preferences(user_id: UUID, merchant_id: UUID) -> dict[str, frozenset[str]]:
    """By kind, the ways a notice reaches a person ("email", "portal"); whatever their role."""
    row = NoticePreference.objects.filter(merchant_id=merchant_id, user_id=user_id).first()
    chosen = row.choices if row else {}
    return {
        kind: _with_kept(notice, chosen.get(kind, notice.ways)) for kind, notice in kinds().items()
    }


@transaction.atomic
def prefer(user: User, merchant: Merchant, choices: Mapping[str, Iterable[str]]) -> None:
    """Keep a person's choices for the kinds that are given; raises Problem for an unknown one."""
    for kind, ways in choices.items():
        if kind not in kinds() or not set(ways) <= set(WAYS):
            raise Problem("invalid_field", f"There is no notice {kind[:40]!r} by that way.", kind)
    NoticePreference.objects.get_or_create(merchant=merchant, user=user)
    row = NoticePreference.objects.select_for_update().get(merchant=merchant, user=user)
    wanted = {kind: sorted(_with_kept(kinds()[kind], ways)) for kind, ways in choices.items()}
    changes = {
        kind: [row.choices.get(kind), ways]
        for kind, ways in wanted.items()
        if row.choices.get(kind) != ways
    }
    if not changes:
        return
    row.choices = {**row.choices, **wanted}
    row.save(update_fields=["choices"])
    shown = ids.show("usr", user.pk)
    audit.record(f"user:{shown}", "notices.chosen", shown, merchant.pk, changes)


def _with_kept(notice: Notice, ways: Iterable[str]) -> frozenset[str]:
    return frozenset({*ways, "portal"} if notice.keep else ways)
