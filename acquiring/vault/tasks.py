from celery import shared_task

from acquiring.vault import services


@shared_task
def wipe() -> None:
    """Erase single-use cards whose hour is over."""
    while services.wipe() == services.WIPE_BATCH:
        pass
