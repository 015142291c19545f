"""The only clock. Tests move it; a test merchant's own clock is `merchants.services.now_for`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_ahead: ContextVar[timedelta | None] = ContextVar("clock_ahead", default=None)


def now() -> datetime:
    """The current moment, aware, UTC."""
    moment = datetime.now(UTC)
    ahead = _ahead.get()
    return moment + ahead if ahead else moment


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Everything inside runs `by` later (or earlier, when negative) than it really is."""
    token = _ahead.set((_ahead.get() or timedelta()) + by)
    try:
        yield
    finally:
        _ahead.reset(token)


def rfc3339(moment: datetime) -> str:
    """A moment as the API shows it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
