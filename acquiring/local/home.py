"""The directory one set of services lives in: `.run` for `make run`, `.run/test` for tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .console import LaunchError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
RUN = REPOSITORY / ".run"
VIRTUALENV = REPOSITORY / ".venv"

# sun_path holds 108 bytes, the last of them zero: unix(7).
SOCKET_PATH_BYTES_MAX = 107


@dataclass(frozen=True)
class Home:
    """A private directory with `logs`, `pids`, `secrets.json` and the servers' files."""

    directory: Path

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def pids(self) -> Path:
        return self.directory / "pids"

    @property
    def supervisor(self) -> Path:
        """Where the supervisor that owns this home records itself."""
        return self.directory / "supervisor.json"

    @property
    def exports(self) -> Path:
        """The variables of the services that run now, as `export` lines; mode 0600."""
        return self.directory / "environment"

    def make(self) -> Home:
        """Create what is missing. Others may pass through (never list): root's PostgreSQL must."""
        make_private(self.directory.parent, 0o711)
        make_private(self.directory, 0o711)
        make_private(self.logs)
        make_private(self.pids)
        return self

    def lock(self) -> int | None:
        """Own this home until the process ends, however it ends; None when somebody else does."""
        descriptor = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def make_private(directory: Path, mode: int = 0o700) -> Path:
    """Create one directory with exactly this mode, whatever the umask; an existing one is kept."""
    if not directory.is_dir():
        directory.mkdir(parents=True)
        directory.chmod(mode)
    return directory


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
    fresh.replace(path)


def fingerprint(path: Path) -> str:
    """A short name for a path, for directories outside the repository."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def socket_directory(preferred: Path, socket_name: str, owner: int) -> Path:
    """`preferred`, or a short private directory when its sockets' paths would be too long.

    `owner` is the uid of the server. LaunchError when somebody else has a directory of that name:
    whoever owns the directory could answer in the server's place.
    """
    directory = preferred
    if len(os.fsencode(preferred / socket_name)) > SOCKET_PATH_BYTES_MAX:
        directory = Path(tempfile.gettempdir()) / f"caravel-{fingerprint(preferred)}"
        if len(os.fsencode(directory / socket_name)) > SOCKET_PATH_BYTES_MAX:
            directory = Path("/tmp") / directory.name  # noqa: S108 - owner and mode are checked
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise LaunchError(f"{directory} is not ours alone: remove it.") from None
    else:
        directory.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(directory, owner, -1)
    return directory
