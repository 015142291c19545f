"""What the person at the terminal sees: one calm line a step."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class LaunchError(Exception):
    """Something the person must know or do; its text is the last line the launcher prints."""


def say(line: str = "") -> None:
    """Print one line at once. A closed terminal or pipe must never end the services."""
    with suppress(OSError, ValueError):
        print(line, flush=True)


def complain(line: str) -> None:
    """Print one line to standard error, under the same promise as `say`."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say `what` with the seconds it took, once it has succeeded."""
    began = time.monotonic()
    yield
    say(f"  {what:<34}{time.monotonic() - began:6.1f} s")
