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
    """Begin the looks that are due, remind of papers that end, wait for no answer for ever."""
    news = looking_again.hear_lists() + looking_again.begin_due()
    return news + looking_again.remind() + looking_again.give_up_waiting()


@shared_task
def delete_papers() -> None:
    """Delete papers whose time is over."""
    while retention.sweep() == retention.BATCH:
        pass
