"""What screening does in the background. Each task only looks."""

from celery import shared_task

from merchants.screening import downloads, rescreening


@shared_task
def look() -> None:
    """Compare everybody with what the lists brought, and those whose day has come."""
    rescreening.look()


@shared_task
def fetch() -> None:
    """Fetch the lists that the installation asks for."""
    for _ in downloads.fetch_all():
        pass
