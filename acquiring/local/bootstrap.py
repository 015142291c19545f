"""The virtualenv and what is installed in it: exact pins, installed once per list of pins."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import LaunchError, step
from .home import REPOSITORY, RUN, VIRTUALENV, make_private

PYTHON = VIRTUALENV / "bin" / "python"
OLDEST = (3, 11)
RUNNING = "requirements.txt"
DEVELOPING = "requirements-dev.txt"
LOG_LINES_SHOWN = 15


def prepare(requirements: str) -> None:
    """Make `.venv` hold exactly what the named file pins; a moment's work when it already does."""
    make_virtualenv()
    with _one_at_a_time():
        if not _stamp(requirements).exists():
            with step("packages installed"):
                _install(requirements)
            for covered in {RUNNING, requirements}:
                _stamp(covered).touch()


def make_virtualenv() -> None:
    """Make `.venv` a working virtualenv, whatever is installed in it."""
    make_private(RUN, 0o711)
    with _one_at_a_time():
        if not _usable():
            _create()


def site_packages() -> Path:
    """Where the virtualenv keeps installed packages."""
    return next(iter(sorted(VIRTUALENV.glob("lib/python3*/site-packages"))))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(RUN / "bootstrap.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _usable() -> bool:
    """Whether the virtualenv's Python starts: its interpreter may have been removed meanwhile."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return (
        PYTHON.exists()
        and subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0
    )


def _create() -> None:
    if sys.version_info < OLDEST:
        raise LaunchError("Caravel needs Python 3.11 or newer.")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise LaunchError(
            f"{sys.executable} cannot make virtual environments: install its venv package "
            "(Debian, Ubuntu: apt install python3-venv), or run `make PYTHON=/another/python3 ...`."
        )
    with step("virtualenv made"):
        _logged([sys.executable, "-m", "venv", "--clear", str(VIRTUALENV)])


def _install(requirements: str) -> None:
    # The file names every package down to the last, so pip has nothing to resolve. Bytecode is
    # compiled afterwards on all cores: pip would do it on one.
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _logged([*pip, "--no-deps", "--no-compile", "-r", str(REPOSITORY / requirements)])
    _logged([str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(site_packages())], strict=False)


def _logged(command: list[str], strict: bool = True) -> None:
    log = make_private(RUN / "logs") / "install.log"
    with log.open("w") as file:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=REPOSITORY
        )
    if strict and done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
        raise LaunchError(f"{tail}\nThe installation failed (all of it: {log}).")


def _stamp(requirements: str) -> Path:
    """A file that exists once these very pins are installed."""
    pins = (REPOSITORY / requirements).read_bytes()
    interpreter = os.fsencode(os.path.realpath(PYTHON))
    digest = hashlib.sha256(pins + interpreter).hexdigest()[:16]
    return VIRTUALENV / f".installed-{Path(requirements).stem}-{digest}"
