"""`look(task)`: tell a worker that there is something to look at. It carries no fact.

A thread of its own sends the message, so a request neither waits for the broker nor fails with
it. While the broker is away messages are dropped: the rows are there, and beat says it again.
"""

from __future__ import annotations

import os
import threading
from time import sleep

import structlog
from django.conf import settings

INTERVAL_SECONDS = 0.2  # at most one message per task and interval from this process
EXPIRES_SECONDS = 60  # a look nobody took by then has been said again since

log = structlog.get_logger("acquiring.wake")


class Messenger:
    """Gathers the names of tasks and sends each once per interval from one background thread."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._waiting = threading.Event()
        self._start = threading.Lock()
        self._process = 0

    def look(self, task: str) -> None:
        """Note the name and return; never raises and never waits."""
        self._names.add(task)
        self._waiting.set()
        if self._process != os.getpid():  # the first look here, or the first one after a fork
            self._begin()

    def _begin(self) -> None:
        with self._start:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
            threading.Thread(target=self._run, name="wake", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._waiting.wait()
            self._waiting.clear()
            for task in [self._names.pop() for _ in range(len(self._names))]:
                self._send(task)
            sleep(INTERVAL_SECONDS)

    def _send(self, task: str) -> None:
        from acquiring.celery import app

        try:
            app.send_task(task, expires=EXPIRES_SECONDS, ignore_result=True, retry=False)
        except Exception as error:  # whatever the broker's client raises, beat looks again
            log.warning("broker is away", task=task, error=type(error).__name__)


_messenger = Messenger()


def look(task: str) -> None:
    """Say "there is work" to the task of this name. Call it after COMMIT; it never raises."""
    if settings.CELERY_BROKER_URL:
        _messenger.look(task)
