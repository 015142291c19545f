"""What was measured, what it had to be, and on which machine."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured number. Without a limit it is only told."""

    claim: str
    what: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the promise is kept; what promises nothing holds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def limit(self) -> str:
        """The promise in words."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    @property
    def verdict(self) -> str:
        """ "kept", "MISSED", or nothing where nothing was promised."""
        if not self.limit:
            return ""
        return "kept" if self.holds else "MISSED"


def table(figures: Iterable[Figure]) -> str:
    """All figures as one Markdown table."""
    rows = [("claim", "figure", "measured", "limit", "verdict")]
    for one in figures:
        measured = f"{one.value:,.2f}" if one.value < 100 else f"{one.value:,.0f}"
        rows.append((one.claim, one.what, f"{measured} {one.unit}".strip(), one.limit, one.verdict))
    return aligned(rows)


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as a Markdown table; the first one is its head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return (
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
    )


def machine(programs: Path) -> str:
    """The machine and how busy it is now: ratios and CPU times travel, rates do not."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {_processor()}, {_memory_gib()} GiB, Linux {platform.release()},"
        f" Python {platform.python_version()}, {_postgres(programs)}, load average {load}"
    )


def percentile(sorted_values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the sorted values do not exceed."""
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> int:
    kibibytes = int(Path("/proc/meminfo").read_text().split()[1])
    return round(kibibytes / 1024 / 1024)


def _postgres(programs: Path) -> str:
    program = programs / "postgres"
    if not program.is_file():
        return "PostgreSQL of DATABASE_URL"
    told = subprocess.run([program, "--version"], capture_output=True, text=True)
    return told.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")
