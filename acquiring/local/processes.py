"""Which process is ours. A pid alone proves nothing: the kernel hands it out again.

A record therefore also keeps the start time (clock ticks since boot, field 22 of
`/proc/<pid>/stat`, see proc(5)) and the boot it belongs to; only all three together name a process.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Seen:
    """One line of the kernel's process table."""

    pid: int
    session: int
    started_ticks: int
    zombie: bool


@dataclass(frozen=True)
class Record:
    """A process we started: enough to recognise it, and its children, after we were killed."""

    pid: int
    started_ticks: int
    boot: str
    directory: str
    stop_signal: int = signal.SIGTERM


def look(pid: int) -> Seen | None:
    """The process with this pid, or None. Zombies are shown as such: they hold nothing any more."""
    try:
        # The command name stands in parentheses and may itself contain spaces and parentheses.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Seen(pid, int(fields[3]), int(fields[19]), fields[0] in "ZX")


def everyone() -> Iterator[Seen]:
    """Every process that is not a zombie."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            seen = look(int(entry.name))
            if seen and not seen.zombie:
                yield seen


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when it is gone. Readable for processes of other users."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def boot() -> str:
    """The name of this boot of the machine: start times of another one mean nothing."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def record(pid: int, directory: str = "", stop_signal: int = signal.SIGTERM) -> Record:
    """The record of a process that runs now, to be kept with `keep`."""
    seen = look(pid)
    return Record(pid, seen.started_ticks if seen else 0, boot(), directory, stop_signal)


def keep(path: Path, kept: Record) -> None:
    """Write the record whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(kept)))
    fresh.replace(path)


def recall(path: Path) -> Record | None:
    """The record in a file; None when it is absent or was never finished."""
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def alive(kept: Record) -> bool:
    """Whether exactly the recorded process still runs."""
    seen = look(kept.pid)
    return (
        seen is not None
        and not seen.zombie
        and seen.started_ticks == kept.started_ticks
        and kept.boot == boot()
    )


def family(kept: Record) -> list[int]:
    """The recorded process and what is left of its session, even when it died before its children.

    Every child of ours leads its own session, so the session number is its pid, and the kernel
    gives that pid to nobody while a member lives. Once the leader is gone the members must also
    be younger than the record and work in its directory.
    """
    if kept.boot != boot():
        return []
    leader = look(kept.pid)
    if leader and leader.started_ticks != kept.started_ticks:
        return []
    return [
        seen.pid
        for seen in everyone()
        if seen.session == kept.pid
        and seen.started_ticks >= kept.started_ticks
        and (leader is not None or _directory(seen.pid) == kept.directory)
    ]


def send(pids: Iterable[int], number: int) -> None:
    """Signal each of the processes that still exists and is ours to signal."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def until(condition: Callable[[], bool], patience_seconds: float) -> bool:
    """Whether the condition came true in time, asked with growing pauses."""
    deadline = time.monotonic() + patience_seconds
    pause_seconds = 0.01
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 1.5, 0.2)
    return True


def sweep(directory: Path, patience_seconds: float = 15) -> int:
    """End what a killed supervisor left behind, by the records in a directory; how many it was."""
    records = [kept for path in sorted(directory.glob("*.json")) if (kept := recall(path))]
    orphans = [pid for kept in records for pid in family(kept)]
    for kept in records:
        send([kept.pid] if alive(kept) else [], kept.stop_signal)

    def all_gone() -> bool:
        return not any(family(kept) for kept in records)

    if not until(lambda: not any(alive(kept) for kept in records), patience_seconds):
        send([kept.pid for kept in records if alive(kept)], signal.SIGKILL)
    # A leader that died badly leaves workers that would go on answering on its port.
    send([pid for kept in records for pid in family(kept)], signal.SIGKILL)
    until(all_gone, 5)
    for path in directory.glob("*.json"):
        path.unlink(missing_ok=True)
    return len(orphans)


def _directory(pid: int) -> str:
    try:
        return os.readlink(PROC / str(pid) / "cwd")
    except OSError:
        return ""
