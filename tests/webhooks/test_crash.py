"""A worker killed in the middle loses nothing: at least once, under the same id."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from time import monotonic, sleep
from urllib.parse import urlencode

import pytest
from django.db import connection

from acquiring.core import chain, clock, ids
from acquiring.webhooks import dispatch, queries, schedule
from acquiring.webhooks.sending import SENDERS
from tests.webhooks.conftest import announce

WORKER = """
import django; django.setup()
from acquiring.webhooks import dispatch
while True: dispatch.look()
"""
EVENTS = 150


def start_worker():
    """A process of its own on the tests' database, that does nothing but look."""
    facts = connection.settings_dict
    place = urlencode({"host": facts["HOST"], "port": facts["PORT"]})
    login = f"{facts['USER']}:{facts['PASSWORD']}" if facts["PASSWORD"] else facts["USER"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "acquiring.settings",
        "DATABASE_URL": f"postgresql://{login}@/{facts['NAME']}?{place}",
        "CARAVEL_ALLOW_PRIVATE_ENDPOINTS": "1",
        "CELERY_BROKER_URL": "",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


@pytest.mark.django_db(transaction=True)
def test_workers_killed_while_sending_lose_nothing(receiver, endpoint, merchant_id):
    def answer(path):
        sleep(0.05)
        return 500 if len(receiver.got) % 7 == 0 else 200

    receiver.answer = answer
    announced = {ids.show("evt", announce(merchant_id).id) for _ in range(EVENTS)}
    for so_many in (EVENTS // 4, EVENTS // 2):
        worker = start_worker()
        until = monotonic() + 30
        while len(receiver.got) < so_many and monotonic() < until:
            sleep(0.005)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    killed_at = len(receiver.got)

    receiver.answer = lambda path: 200
    with clock.shifted(schedule.LEASE + timedelta(minutes=5)):
        dispatch.look()

    assert EVENTS // 2 <= killed_at < EVENTS
    assert {headers["webhook-id"] for _, headers, _, _ in receiver.got} >= announced
    assert {one.status for one in queries.deliveries(merchant_id)} == {"succeeded"}
    assert queries.deliveries(merchant_id).count() == EVENTS
    taken = sum(1 for one in queries.deliveries(merchant_id) if one.tries > 1)
    assert taken <= 2 * SENDERS + EVENTS // 3  # those under way when killed, and those refused
    assert chain.verify(chain.EVENTS, merchant_id) is None
