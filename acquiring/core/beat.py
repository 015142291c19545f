"""The scheduler that ticks in one process only, however many are started."""

from __future__ import annotations

from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import DatabaseError, connection

LOCK = 0x63_61_72_61_76_65_6C  # "caravel"; the only advisory lock with this key
WAIT_SECONDS = 5

log = structlog.get_logger("acquiring.beat")


class OnlyOneScheduler(Scheduler):
    """Celery's scheduler, in memory, that ticks while this process holds an advisory lock.

    The lock lives as long as its own connection: when the process or the database dies, it is free
    and the next process to ask has it. Behind PgBouncer beat needs a session-pooled or direct
    DATABASE_URL. A second beat only waits.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._session = connection.copy()
        self._held = False
        super().__init__(*arguments, **keywords)

    def tick(self, *arguments: Any, **keywords: Any) -> float:
        """Send what is due and return the seconds until the next look."""
        if not self._holds_the_lock():
            return WAIT_SECONDS
        return float(super().tick(*arguments, **keywords))

    def close(self) -> None:
        """Let the next beat tick."""
        super().close()
        self._release()

    def _holds_the_lock(self) -> bool:
        """Ask the connection each time: one that is gone no longer holds anything."""
        if self._session.connection is None:
            self._held = False
        question = "SELECT 1" if self._held else f"SELECT pg_try_advisory_lock({LOCK})::int"
        try:
            with self._session.cursor() as cursor:
                cursor.execute(question)
                held = cursor.fetchone()[0] == 1
        except DatabaseError as error:
            log.warning("database is away", error=type(error).__name__)
            self._release()
            return False
        if held and not self._held:
            log.info("this beat ticks")
        self._held = held
        return held

    def _release(self) -> None:
        self._held = False
        self._session.close()
