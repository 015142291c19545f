"""Looking again: what a change re-opens, what the calendar asks, what a list's news touch."""

from __future__ import annotations

from collections.abc import Sequence

from acquiring.core import clock
from merchants.onboarding import asks, calendar
from merchants.onboarding.models import Application


def told(row: Application, paths: Sequence[str], actor: str = "merchant") -> None:
    """Note what a change touches: it answers the tasks about it and, once the business is approved,
    re-opens the checks that depend on it. The caller saves the row.
    """
    asks.met(row, actor, paths)
    if row.decided_at is None:
        return
    groups = {group for path in paths for group in calendar.reopened_by(path)}
    if not groups:
        return
    row.reopened = sorted({*row.reopened, *groups})
    if row.status == Application.Status.APPROVED:
        soon = clock.now() + calendar.quiet()
        # Each further change waits anew, so that a form is read when it is whole.
        row.recheck_at = soon
        row.save(update_fields=["recheck_at"])
