"""Looking again: what a change re-opens, what the calendar asks, what a list's news touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from acquiring.core import clock, ids, wake
from merchants.kyc import checks, markets
from merchants.onboarding import asks, calendar, checking, deciding, events, rows
from merchants.onboarding.models import Application, Document, Finding, Task
from merchants.screening import queries as screening
from merchants.screening import services as screen

CHECK = "merchants.onboarding.tasks.check"
CALENDAR = "calendar"
CLEARED = "cleared"  # a state of a screening hit
MOST_AT_ONCE = 200
TWICE = 2
Status = Application.Status


def told(row: Application, paths: Sequence[str], actor: str) -> None:
    """Note what a change touches: it answers the tasks about it and, once the business is approved,
    re-opens the checks that depend on it. The caller saves the row.
    """
    asks.met(row, actor, paths)
    if row.decided_at is None:
        return
    groups = {group for path in paths for group in calendar.reopened_by(path)}
    row.reopened = sorted({*row.reopened, *groups})
    if groups and row.status == Status.APPROVED:
        soon = clock.now() + calendar.quiet()
        row.recheck_at = min(row.recheck_at or soon, soon)
        row.save(update_fields=["recheck_at"])


def begin_due(limit: int = MOST_AT_ONCE) -> int:
    """Begin every look that the calendar or a change has made due; returns how many."""
    now = clock.now()
    due = Application.objects.filter(status=Status.APPROVED, recheck_at__lte=now)
    begun = 0
    for row in due.order_by("recheck_at")[:limit]:
        begun += _begin(row)
    return begun


@transaction.atomic
def reopen(application: Application, groups: Iterable[str], actor: str) -> Application:
    """Look at some groups of checks again now: a list has news, or a person wants it. What a
    business that takes payments is asked meanwhile stays asked.
    """
    row = rows.locked(application)
    if row.decided_at is None or row.status in {Status.CHECKING, Status.REFUSED}:
        return row
    row.reopened = sorted({*row.reopened, *(f"{checking.DUE}{one}" for one in groups)})
    if row.status in {Status.APPROVED, Status.ASKED}:
        _start(row, actor)
    else:
        row.save(update_fields=["reopened"])
    return row


def hear_lists(limit: int = MOST_AT_ONCE) -> int:
    """Look again at businesses of which a watch list has news; returns how many news were heard.

    News of a business that is just looked at wait until that is over.
    """
    heard = []
    for hit in screening.fresh_hits(limit):
        row = _of_ref(hit.ref)
        if row is not None and row.status == Status.CHECKING:
            continue
        heard.append(hit)
        if row is not None and hit.state != CLEARED:
            reopen(row, ["screening"], CALENDAR)
    return screen.told(heard) if heard else 0


def remind(limit: int = MOST_AT_ONCE) -> int:
    """Ask for a new paper before the old one ends, and once more shortly before."""
    days, today = calendar.table().pace.reminders_days, clock.now().date()
    due = Q(reminders=0, expires_on__lte=today + timedelta(days=max(days)))
    due |= Q(reminders=1, expires_on__lte=today + timedelta(days=min(days)))
    ending = Document.objects.filter(
        due,
        application__status=Status.APPROVED,
        expires_on__gte=today,
        reminders__lt=TWICE,
        status__in=["received", "accepted"],
    ).select_related("application__business", "party")
    return sum(_remind(paper) for paper in ending.order_by("expires_on")[:limit])


def give_up_waiting(limit: int = MOST_AT_ONCE) -> int:
    """Let a person decide on businesses that take payments and leave our questions unanswered."""
    late = Task.objects.filter(closed_at=None, answered_at=None, due_at__lt=clock.now())
    silent = Application.objects.filter(
        Exists(late.filter(application=OuterRef("pk"))),
        status=Status.ASKED,
        decided_at__isnull=False,
    )
    return sum(
        deciding.leave_to_a_person(row, {Status.ASKED}, "It has not answered in time.")
        for row in silent.order_by("sent_at")[:limit]
    )


@transaction.atomic
def _remind(paper: Document) -> int:
    row = rows.locked(paper.application)
    newer = Document.objects.filter(
        application=row, kind=paper.kind, party=paper.party, side=paper.side, id__gt=paper.id
    ).exclude(status__in=["refused", "deleted"])
    needless = newer.exists()
    paper.reminders = TWICE if needless else paper.reminders + 1
    paper.save(update_fields=["reminders"])
    if needless:
        return 0
    path = f"documents.{paper.kind}" + (f".{paper.party.shown}" if paper.party else "")
    words = f"The {_title(row, paper.kind)} ends on {paper.expires_on}. Please send a new one."
    if paper.reminders == 1:
        assert paper.expires_on is not None, "the question was for those that end"
        asks.open_task(
            row, path, words, "", CALENDAR, datetime.combine(paper.expires_on, time(), UTC)
        )
        return 1
    unanswered = Task.objects.filter(application=row, path=path, words=words)
    if not unanswered.filter(answered_at=None, closed_at=None).exists():
        return 0
    ends_on = str(paper.expires_on)
    events.announce_part(row, "document.expiring", paper.shown, ends_on=ends_on)
    return 1


@transaction.atomic
def _begin(found: Application) -> int:
    row = rows.locked(found)
    now = clock.now()
    if row.status != Status.APPROVED or row.recheck_at is None or row.recheck_at > now:
        return 0
    verdict = row.verdicts.order_by("-id").first()
    whole = verdict is not None and verdict.expires_at and verdict.expires_at <= now
    if whole:
        row.reopened = sorted({*row.reopened, *(f"{checking.DUE}{one}" for one in checks.GROUPS)})
    else:
        row.reopened = sorted({*row.reopened, *(f"{checking.DUE}{one}" for one in _expired(row))})
    if not row.reopened:
        row.recheck_at = verdict.expires_at if verdict else None
        row.save(update_fields=["recheck_at"])
        return 0
    _start(row, CALENDAR)
    return 1


def _start(row: Application, actor: str) -> None:
    row.save(update_fields=["reopened"])
    rows.move(row, Status.CHECKING, actor, claimed_until=None, recheck_at=None)
    transaction.on_commit(partial(wake.look, CHECK))


def _expired(row: Application) -> set[str]:
    """The groups in which something was seen too long ago."""
    latest = Finding.objects.filter(application=row).order_by("-id").values("run")[:1]
    old = Finding.objects.filter(Q(expires_at__lte=clock.now()), application=row, run__in=latest)
    table = checks.table()
    named = old.values_list("check_name", flat=True)[:1000]
    return {table[name].group for name in named if name in table}


def _of_ref(ref: str) -> Application | None:
    """The application a screened party belongs to; others are screened for other reasons."""
    shown, colon, _ = ref.partition(":")
    if not colon or not shown.startswith("app_"):
        return None
    return Application.objects.filter(pk=ids.read("app", shown)).first()


def _title(row: Application, kind: str) -> str:
    try:
        return markets.document(row.country, kind).title
    except KeyError:
        return kind
