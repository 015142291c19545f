"""An application under its lock: who may change it now, and what every change leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acquiring.core import audit, clock
from acquiring.core.errors import Problem
from merchants.onboarding import events
from merchants.onboarding.models import Application

Status = Application.Status
# A merchant may change its word in these; in the others somebody is looking at it.
OPEN = frozenset({Status.DRAFT, Status.ASKED, Status.APPROVED})
CLOSED_WORDS = {
    Status.CHECKING: "It is being checked. Withdraw it to change it.",
    Status.REVIEW: "We are looking at it. Withdraw it to change it.",
    Status.REFUSED: "It was refused. Write to us when something has changed.",
}


def locked(application: Application, version: int | None = None) -> Application:
    """The application as it is now, locked until COMMIT.

    Raises Problem `conflict` when `version` is given and somebody else was faster.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("business")
    row = rows.get(pk=application.pk)
    if version is not None and row.version != version:
        raise Problem("conflict", f"It is at version {row.version} by now.", "version")
    return row


def writable(application: Application, version: int | None = None) -> Application:
    """The same, refused while the merchant may not change it. Raises Problem."""
    row = locked(application, version)
    check_open(row)
    return row


def check_open(row: Application) -> None:
    """Refuse a change while the merchant may make none. Raises Problem."""
    if row.status not in OPEN:
        raise Problem("invalid_state", CLOSED_WORDS[Status(row.status)])


def changed(row: Application, actor: str, action: str, changes: Mapping[str, Any]) -> None:
    """Save a change of what was said: the version counts up, the audit log and listeners know."""
    row.version += 1
    row.changed_at = clock.now()
    row.save(update_fields=["facts", "country", "entity", "version", "changed_at", "reopened"])
    note(row, actor, action, changes)
    # What a self sign-up types into its own form is news to nobody.
    if row.platform_id or row.status != Status.DRAFT:
        events.announce(row, "updated")


def move(row: Application, status: Status, actor: str, **fields: Any) -> None:
    """Save another status (and other columns with it), audited and announced."""
    before, row.status = row.status, status
    for name, value in fields.items():
        setattr(row, name, value)
    row.changed_at = clock.now()
    row.save(update_fields=["status", "changed_at", *fields])
    note(row, actor, "application.status", {"status": [before, str(status)]})


def note(row: Application, actor: str, action: str, changes: Mapping[str, Any]) -> None:
    """Write to the audit log of whom the application belongs to."""
    audit.record(actor, action, row.shown, events.listener(row), changes)
