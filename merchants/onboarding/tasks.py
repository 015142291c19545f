from celery import shared_task

from merchants.onboarding.papers import retention


@shared_task
def delete_papers() -> None:
    """Delete papers whose time is over."""
    while retention.sweep() == retention.BATCH:
        pass
