"""Looks for work. Beat says each again, so none of them matters when it is lost."""

from __future__ import annotations

from celery import shared_task

from acquiring.core import idempotency
from acquiring.payments import sweeping


@shared_task
def sweep() -> int:
    """Ask providers about open attempts and operations."""
    return sweeping.sweep()


@shared_task
def expire() -> int:
    """End payments whose time is over, and forget idempotency keys past theirs."""
    idempotency.forget_old()
    return sweeping.expire()


@shared_task
def release() -> int:
    """Make captured money available."""
    return sweeping.release()
