"""CPU time and memory of processes, read from /proc (proc(5))."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU a process and its descendants have used, ended ones included."""
    return sum(_ticks(one) for one in family(pid)) / TICKS_A_SECOND


def pss_mib(pid: int) -> float:
    """Memory of a process and its descendants; what several share is divided among them."""
    return sum(_pss_kib(one) for one in family(pid)) / 1024


def family(pid: int) -> list[int]:
    """A process and all its descendants that live now."""
    children = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found = [pid]
    for one in found:
        found += children[one]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; empty when the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(one) for one in fields[11:15])  # utime, stime, cutime, cstime


def _pss_kib(pid: int) -> int:
    try:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:"), 0)
