"""Reads about applications. Whose they are comes first, so that nobody sees another's."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Count, Q, QuerySet

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from merchants.kyc import requirements as kyc
from merchants.kyc.facts import Facts, Paper
from merchants.kyc.requirements import Kind, Requirement, Step
from merchants.models import Mode
from merchants.onboarding import names, sealed
from merchants.onboarding.models import (
    Application,
    BankAccount,
    Document,
    Finding,
    Party,
    Task,
    Terms,
    Verdict,
)

# How long a person needs for one piece, seconds: measured by nobody, rounded up for honesty.
SECONDS: dict[Kind, int] = {"paper": 60, "person": 30, "text": 20, "consent": 5}
OTHER_SECONDS = 12
TERMS_SECONDS = 10
ACCOUNTS = "accounts"  # the group of checks that a changed account re-opens
MOST_FINDINGS = 5_000  # of one look: far more than the most people, accounts and papers yield

_terms: Memory[tuple[UUID, str], Terms | bool] = Memory(seconds=TERMS_SECONDS, limit=20_000)


class StepProgress(NamedTuple):
    """How far one step is: pieces asked, given, and given wrong."""

    asked: int
    given: int
    wrong: int

    @property
    def done(self) -> bool:
        """Whether nothing is left to do in it."""
        return self.given == self.asked


class Progress(NamedTuple):
    """How far an application is, and how many minutes are left to somebody who has all at hand."""

    steps: dict[Step, StepProgress]
    percent: int
    minutes_left: int


class Standing(NamedTuple):
    """The status of a business's application for live payments, and how much waits for it."""

    status: str
    waiting: int


def standings(business_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """How far some businesses are on their way to live payments, by business. One read."""
    open_ones = Q(tasks__closed_at=None, tasks__answered_at=None)
    rows = Application.objects.filter(business_id__in=list(business_ids), mode=Mode.LIVE)
    rows = rows.annotate(waiting=Count("tasks", filter=open_ones))
    found = rows.values_list("business_id", "status", "waiting")
    return {business_id: Standing(status, waiting) for business_id, status, waiting in found}


def application(business_id: UUID, mode: str) -> Application | None:
    """The application of a business in a mode, if there is one."""
    rows = Application.objects.select_related("business")
    return rows.filter(business_id=business_id, mode=mode).first()


def of_platform(merchant_id: UUID, app_id: str) -> Application:
    """One that a platform opened, by its outside id. Raises Problem `not_found`."""
    found = applications(merchant_id).filter(id=ids.read("app", app_id)).first()
    if found is None:
        raise Problem("not_found", f"There is no application {app_id[:60]!r}.")
    return found


def applications(merchant_id: UUID) -> QuerySet[Application]:
    """Those a platform opened, the newest first."""
    rows = Application.objects.select_related("business").filter(platform_id=merchant_id)
    return rows.order_by("-id")


def facts(application: Application) -> Facts:
    """Everything said and handed in so far, unsealed. Not for logs, not for lists."""
    plain = {key: application.facts.get(key, {}) for key in ("company", "activity")}
    plain["company"] = {**plain["company"], "identifiers": sealed.identifiers(application)}
    read = msgspec.convert(
        {
            "country": application.country,
            "entity": application.entity,
            "declarations": application.facts.get("declarations", {}),
            **plain,
        },
        Facts,
    )
    return msgspec.structs.replace(
        read,
        people=tuple(sealed.parties(application, party_rows(application))),
        accounts=tuple(sealed.accounts(application, account_rows(application))),
        papers=papers(application),
    )


def party_rows(application: Application) -> QuerySet[Party]:
    """The people and companies behind the business now, the first one first."""
    return Party.objects.filter(application_id=application.pk, removed_at=None).order_by("id")


def account_rows(application: Application) -> QuerySet[BankAccount]:
    """The bank accounts that are not replaced, the first one first."""
    rows = BankAccount.objects.filter(application_id=application.pk, replaced_at=None)
    return rows.order_by("id")


def papers(application: Application) -> tuple[Paper, ...]:
    """The documents that are still there, the first one first, without their bytes."""
    rows = (
        Document.objects.filter(application_id=application.pk)
        .exclude(status=Document.Status.DELETED)
        .order_by("id")
    )
    return tuple(
        Paper(
            id=row.shown,
            kind=row.kind,
            owner=ids.show("per", row.party_id) if row.party_id else "",
            side=row.side,
            status=row.status,  # type: ignore[arg-type]
            reason=row.reason,
            received_on=row.created_at.date(),
            issued_on=row.issued_on,
            expires_on=row.expires_on,
        )
        for row in rows
    )


def progress(application: Application, said: Facts | None = None) -> Progress:
    """How far it is, by step; `said` are its facts where the caller has them."""
    rows = kyc.requirements(said or facts(application))
    steps = {step: _step([one for one in rows if one.step == step]) for step in kyc.STEPS}
    given = sum(step.given for step in steps.values())
    left = sum(SECONDS.get(one.kind, OTHER_SECONDS) for one in rows if one.status != "given")
    return Progress(steps, given * 100 // max(1, len(rows)), ceil(left / 60))


def tasks(application: Application) -> list[Task]:
    """What is asked of the merchant and not settled, the first one first."""
    rows = Task.objects.filter(application_id=application.pk, closed_at=None)
    return list(rows.order_by("id")[:200])


def findings(application: Application, run: UUID | None = None) -> list[Finding]:
    """What one look found, the latest when `run` is left out. A look's list is always whole: a
    verdict on a part of it would miss what was found last.
    """
    rows = Finding.objects.filter(application_id=application.pk)
    latest = run or rows.order_by("-id").values_list("run", flat=True).first()
    found = list(rows.filter(run=latest).order_by("id")[: MOST_FINDINGS + 1]) if latest else []
    assert len(found) <= MOST_FINDINGS, "a look found more than can be"
    return found


def verdict(application: Application) -> Verdict | None:
    """The latest decision."""
    return Verdict.objects.filter(application_id=application.pk).order_by("-id").first()


def terms(business_id: UUID, mode: str) -> Terms | None:
    """What a business may do, at most ten seconds old. None where nothing was decided."""
    known = _terms.get((business_id, mode))
    if known is None:
        known = Terms.objects.filter(business_id=business_id, mode=mode).first() or False
        _terms.put((business_id, mode), known)
    return known if isinstance(known, Terms) else None


def terms_now(business_id: UUID, mode: str) -> Terms | None:
    """The same as the database has them, for pages and answers about the terms themselves."""
    return Terms.objects.filter(business_id=business_id, mode=mode).first()


def line_of_business(business_id: UUID, mode: str) -> str:
    """The merchant category code the business's application of a mode says; "" where none does."""
    rows = Application.objects.filter(business_id=business_id, mode=mode)
    return rows.values_list("facts__activity__mcc", flat=True).first() or ""


def forget_terms(business_id: UUID, mode: str) -> None:
    """Let this process read the terms anew."""
    _terms.forget((business_id, mode))


def payout_account(business_id: UUID, mode: str, currency: str) -> BankAccount | None:
    """Where money of a currency may be paid out to now; None while a changed account cools down or
    what a look saw of it is not settled, and where its holder may be on a watch list.
    """
    rows = BankAccount.objects.filter(
        application__business_id=business_id,
        application__mode=mode,
        currency=currency,
        replaced_at=None,
    ).select_related("application")
    newest = rows.order_by("-id").first()
    if newest is None or (newest.usable_at is not None and newest.usable_at > clock.now()):
        return None
    if ACCOUNTS in newest.application.reopened:
        return None
    return None if names.is_held(newest) else newest


def _step(rows: list[Requirement]) -> StepProgress:
    def count(status: Any) -> int:
        return sum(1 for one in rows if one.status == status)

    return StepProgress(len(rows), count("given"), count("wrong"))
