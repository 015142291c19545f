"""The worker's part: take what was sent, look, decide, apply; once more later where it failed."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction

from acquiring.core import clock
from merchants.onboarding import checking, deciding, rows
from merchants.onboarding.models import Application, Finding

MOST_AT_ONCE = 50
# A check that could not be made is made again after so many seconds; then a person looks.
WAITS_SECONDS = (15, 60, 300, 1800)
HOPELESS = timedelta(hours=6)  # of our own faults, after which a person looks as well

Status = Application.Status

log = structlog.get_logger("merchants.onboarding")


def work(limit: int = MOST_AT_ONCE) -> int:
    """Look at up to so many applications that were sent; returns how many."""
    done = 0
    while done < limit and (row := checking.claim()) is not None:
        done += 1
        try:
            judge(row)
        except checking.Changed:
            _release(row, 0)
        except Exception:  # one application's fault keeps nobody else's waiting
            log.exception("application_not_judged", application=row.shown)
            _fail(row)
    return done


def judge(row: Application) -> None:
    """Look, and decide, unless a service was away that may be back soon."""
    run = checking.look(row)
    failed = Finding.objects.filter(application=row, run=run, result="error").exists()
    tries = _tries(row)
    if failed and tries <= len(WAITS_SECONDS):
        log.info("application_waits_for_a_service", application=row.shown, tries=tries)
        _release(row, WAITS_SECONDS[tries - 1])
        return
    with transaction.atomic():
        # What was taken back and sent again since the look is decided by a look of its own.
        if rows.locked(row).version != row.version:
            raise checking.Changed
        deciding.apply(deciding.decide(row))


def _tries(row: Application) -> int:
    """How often it was looked at since it was sent, or since the last verdict."""
    since = row.sent_at or row.created_at
    last = row.verdicts.order_by("-id").values_list("created_at", flat=True).first()
    looks = Finding.objects.filter(application=row, result="error")
    looks = looks.filter(created_at__gt=max(since, last) if last else since)
    return looks.values("run").distinct().count()


def _fail(row: Application) -> None:
    if clock.now() - row.changed_at > HOPELESS:
        deciding.leave_to_a_person(row, {Status.CHECKING}, "The checks themselves fail.")
    else:
        _release(row, WAITS_SECONDS[-1])


def _release(row: Application, seconds: int) -> None:
    """End this worker's claim, unless another one has it by now."""
    until = clock.now() + timedelta(seconds=seconds) if seconds else None
    own = Application.objects.filter(pk=row.pk, claimed_until=row.claimed_until)
    own.update(claimed_until=until)
