"""What webhooks do in the background. Each task only looks."""

from celery import shared_task

from acquiring.webhooks import dispatch, retention


@shared_task
def deliver() -> None:
    """Number what happened, and deliver it."""
    dispatch.look()


@shared_task
def drop_expired() -> None:
    """Forget deliveries that nobody will ask about."""
    retention.drop_expired()
