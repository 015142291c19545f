"""However many beats are started, one ticks."""

import pytest
from celery import Celery
from django.db import connection

from acquiring.core import beat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scheduler():
    """Makes schedulers of an application with one due task; all are closed at the end."""
    made = []

    def make():
        app = Celery(broker="memory://", set_as_current=False)
        app.conf.beat_schedule = {"look": {"task": "tasks.look", "schedule": 0.0}}
        one = beat.OnlyOneScheduler(app, lazy=False)
        one.sent = []
        one.apply_async = lambda entry, **_: one.sent.append(entry.name)
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def test_the_second_beat_only_waits(scheduler):
    first, second = scheduler(), scheduler()

    first.tick()

    assert second.tick() == beat.WAIT_SECONDS
    assert (first.sent, second.sent) == (["look"], [])


def test_another_beat_takes_over_when_the_first_is_gone(scheduler):
    first, second = scheduler(), scheduler()
    first.tick()
    first.close()

    second.tick()

    assert second.sent == ["look"]


def test_it_ticks_again_after_the_database_was_away(scheduler):
    one = scheduler()
    one.tick()
    with one._session.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])

    assert one.tick() == beat.WAIT_SECONDS
    assert one.tick() < beat.WAIT_SECONDS


def test_a_beat_that_lost_its_lock_does_not_tick(scheduler):
    first, second = scheduler(), scheduler()
    first.tick()
    first._session.close()
    second.tick()

    sent = len(first.sent)
    first._held = True
    first.tick()

    assert len(first.sent) == sent
