"""Tasks: what is asked of a merchant, by the rules, the calendar or a person, and the answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants.onboarding import events, rows
from merchants.onboarding.models import Application, Task

LONGEST = 4_000


def open_task(
    row: Application,
    path: str,
    words: str,
    why: str = "",
    asked_by: str = "rules",
    due_at: datetime | None = None,
) -> Task:
    """Ask something once: an open task about the same piece in the same words is the one."""
    found = Task.objects.filter(
        application=row, path=path, words=words, closed_at=None, answered_at=None
    ).first()
    if found is not None:
        return found
    task = Task.objects.create(
        application=row, path=path, words=words, why=why, asked_by=asked_by, due_at=due_at
    )
    rows.note(row, asked_by, "application.task_opened", {"task": task.shown, "path": path})
    due = clock.rfc3339(due_at) if due_at else None
    events.announce_part(row, "task.opened", task.shown, path=path, due_at=due)
    return task


@transaction.atomic
def answer(application: Application, actor: str, tsk_id: str, words: str) -> Task:
    """Answer a task in words. A piece or paper it asks for answers it by itself when it comes.

    Raises Problem `not_found`, or `invalid_field` for an empty answer.
    """
    row = rows.locked(application)
    task = find(row, tsk_id)
    text = words.strip()
    if not 1 <= len(text) <= LONGEST:
        raise Problem("invalid_field", f"An answer has 1 to {LONGEST} characters.", "answer")
    if task.closed_at is not None:
        raise Problem("invalid_state", "This is settled already.")
    task.answer, task.answered_at = text, clock.now()
    task.save(update_fields=["answer", "answered_at"])
    _answered(row, actor, task)
    return task


def find(application: Application, tsk_id: str) -> Task:
    """One by its outside id. Raises Problem `not_found`."""
    known = ids.read("tsk", tsk_id)
    found = Task.objects.filter(application_id=application.pk, id=known).first()
    if found is None:
        raise Problem("not_found", f"There is no task {tsk_id[:60]!r}.")
    return found


def met(row: Application, actor: str, paths: Iterable[str]) -> None:
    """What was changed just now answers the tasks that asked for it."""
    about = Q()
    for path in paths:
        about |= Q(path=path) | Q(path__startswith=f"{path}.")
        while "." in path:
            path = path.rpartition(".")[0]
            about |= Q(path=path)
    if not about:
        return
    open_ones = Task.objects.filter(about, application=row, closed_at=None, answered_at=None)
    for task in open_ones[:50]:
        task.answered_at = clock.now()
        task.save(update_fields=["answered_at"])
        _answered(row, actor, task)


def unanswered(row: Application) -> list[Task]:
    """The open tasks that wait for the merchant."""
    waiting = Task.objects.filter(application=row, closed_at=None, answered_at=None)
    return list(waiting.order_by("id")[:50])


def close(row: Application, *, answered_only: bool = False) -> None:
    """Settle the open tasks: what they asked is looked at, or no longer matters."""
    rest = Task.objects.filter(application=row, closed_at=None)
    if answered_only:
        rest = rest.exclude(answered_at=None)
    rest.update(closed_at=clock.now())


def _answered(row: Application, actor: str, task: Task) -> None:
    rows.note(row, actor, "application.task_answered", {"task": task.shown})
    events.announce_part(row, "task.answered", task.shown, path=task.path)
