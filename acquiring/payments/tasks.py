"""Looks for work. Beat says each again, so none of them matters when it is lost."""

from __future__ import annotations

from celery import shared_task

from acquiring.core import idempotency
from acquiring.payments import checkout, counting, sweeping


@shared_task
def sweep() -> int:
    """Ask providers about open attempts and operations."""
    return sweeping.sweep()


@shared_task
def expire() -> int:
    """End payments and checkout sessions whose time is over; forget what is to be forgotten."""
    idempotency.forget_old()
    checkout.forget_erased()
    return sweeping.expire() + checkout.expire_sessions()


@shared_task
def release() -> int:
    """Make captured money available."""
    return sweeping.release()


@shared_task
def count() -> int:
    """Count what changed into the statistics."""
    return counting.count_everything()
