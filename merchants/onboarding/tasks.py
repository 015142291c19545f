"""Looks for work. Beat says each again, so none of them matters when it is lost."""

from __future__ import annotations

from celery import shared_task

from merchants.onboarding import again as looking_again
from merchants.onboarding import working
from merchants.onboarding.papers import retention


@shared_task
def check() -> int:
    """Check and decide what was sent."""
    return working.work()


@shared_task
def again() -> int:
    """Begin the looks that are due, remind of papers that end."""
    news = looking_again.hear_lists()
    return news + looking_again.begin_due() + looking_again.remind()


@shared_task
def delete_papers() -> None:
    """Delete papers whose time is over."""
    while retention.sweep() == retention.BATCH:
        pass
