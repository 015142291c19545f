"""What exports do in the background. Each task only looks."""

from celery import shared_task

from acquiring.exports import making, services


@shared_task
def make() -> None:
    """Make the files that were asked for."""
    making.look()


@shared_task
def expire() -> None:
    """Forget files after their three days."""
    services.expire()
