"""`make lock`: from what we ask for (`*.in`) to every package with its version (`*.txt`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from . import bootstrap
from .console import LaunchError, step
from .home import REPOSITORY

HEADING = """\
# Made by `make lock` from {sources}: every package, exact. Installed with --no-deps.
"""


def lock() -> None:
    """Resolve both lists afresh and write both lock files."""
    bootstrap.make_virtualenv()
    with step("requirements.txt locked"):
        running = _resolve("requirements.in")
        _write("requirements.txt", running, "requirements.in")
    with step("requirements-dev.txt locked"):
        both = _resolve("requirements.in", "requirements-dev.in")
        _write("requirements-dev.txt", both, "requirements.in and requirements-dev.in")


def _resolve(*sources: str) -> set[str]:
    command = [str(bootstrap.PYTHON), "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command += ["--quiet", "--disable-pip-version-check", "--report", "-"]
    for source in sources:
        command += ["-r", source]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0:
        raise LaunchError(f"{done.stderr.strip()}\nThese versions do not go together.")
    packages = [found["metadata"] for found in json.loads(done.stdout)["install"]]
    pins = {
        f"{package['name'].lower().replace('_', '-')}=={package['version']}" for package in packages
    }
    # The report is true for this interpreter; lines with a condition speak of others.
    return pins | {line for source in sources for line in _conditional(REPOSITORY / source)}


def _conditional(source: Path) -> list[str]:
    lines = (line.strip() for line in source.read_text().splitlines())
    return [line for line in lines if ";" in line and not line.startswith("#")]


def _write(name: str, pins: set[str], sources: str) -> None:
    text = HEADING.format(sources=sources) + "\n".join(sorted(pins)) + "\n"
    (REPOSITORY / name).write_text(text)
