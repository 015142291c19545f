"""What the core does in the background. Each task only looks."""

from celery import shared_task
from django.conf import settings

from acquiring.core import chain, partitions


@shared_task
def seal() -> None:
    """Seal every chain but the events', which are sealed where they are delivered."""
    for one in chain.declared():
        if one is not chain.EVENTS:
            chain.seal_everything(one)


@shared_task
def keep_partitions() -> None:
    """Make the months ahead, drop those that retention no longer wants."""
    partitions.prepare()
    partitions.drop_expired(settings.RETENTION_MONTHS)
