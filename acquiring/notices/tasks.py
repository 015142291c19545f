"""What notices do in the background. Each task only looks; beat says it again."""

from celery import shared_task

from acquiring.notices import posting, reading, retention, sign_on, watching


@shared_task
def read() -> int:
    """Tell people of what has happened."""
    return reading.read_everything()


@shared_task
def send() -> int:
    """Send the letters that are due."""
    return posting.send_due()


@shared_task
def watch() -> int:
    """Tell people of what has not happened in time."""
    return watching.watch()


@shared_task
def drop_expired() -> None:
    """Forget what nobody will ask about."""
    retention.drop_expired()


@shared_task
def watch_domains() -> int:
    """See whether the e-mail domains that organisations proved are still theirs."""
    return sign_on.watch_domains()
