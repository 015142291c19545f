from celery import shared_task

from merchants import accounts


@shared_task
def connect_sandboxes() -> None:
    """Register test accounts the simulators have not met yet."""
    accounts.connect_sandboxes()
