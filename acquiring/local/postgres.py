"""One PostgreSQL cluster: made once, started in the foreground of the supervisor, recovered.

It listens on a unix socket in a private directory and nowhere else, so it cannot collide with
another server, and file permissions stand in for passwords.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import processes
from .binaries import MINIMAL, Binaries
from .console import LaunchError
from .home import fingerprint, make_private, socket_directory

PORT = 5432  # only part of the socket's name
SOCKET = f".s.PGSQL.{PORT}"
SUPERUSER = "postgres"

# A server for one machine that is used for other things as well. Later settings win, so
# CARAVEL_POSTGRES_OPTIONS ("shared_buffers=1GB work_mem=16MB") can change any of them.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_locks_per_transaction": "128",  # one lock for each partition a statement touches
    "max_parallel_workers_per_gather": "0",  # small containers have 64 MB of /dev/shm
    "autovacuum_naptime": "10s",  # before its first ANALYZE the planner knows nothing
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
SINCE_18 = {"io_method": "sync"}  # three worker processes less
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# The application owns its database and may create test databases, and is no superuser: what works
# here works in production.
FIRST_STATEMENTS = r"""
select 'create role caravel login createdb'
 where not exists (select from pg_roles where rolname = 'caravel') \gexec
select 'create database caravel owner caravel'
 where not exists (select from pg_database where datname = 'caravel') \gexec
"""


@dataclass(frozen=True)
class Cluster:
    """A cluster below `directory`. `careless` gives up durability for speed: for tests only."""

    binaries: Binaries
    directory: Path
    careless: bool = False

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def sockets(self) -> Path:
        return socket_directory(self.directory / "socket", SOCKET, self.binaries.account.owner)

    @property
    def name(self) -> str:
        """Stands in the title of each of its processes, and so tells them from other clusters'."""
        return f"caravel-{fingerprint(self.data)}"

    @property
    def url(self) -> str:
        """DATABASE_URL of the application's database."""
        return f"postgresql://caravel@/caravel?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def prepare(self) -> None:
        """Create the cluster when there is none. A half-made one is begun again."""
        make_private(self.directory, 0o711)
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._create()
        elif int(version.read_text()) != self.binaries.major:
            raise LaunchError(
                f"{self.data} was made by PostgreSQL {version.read_text().strip()}, the programs "
                f"in {self.binaries.directory} are {self.binaries.major}: point "
                "CARAVEL_POSTGRES_BIN at the former, or `make clean` and lose the local data."
            )

    def command(self) -> list[str]:
        """The server in the foreground, with every setting on its command line."""
        settings = dict(SETTINGS, cluster_name=self.name, unix_socket_directories=str(self.sockets))
        settings["port"] = str(PORT)
        if self.binaries.major >= 18:
            settings |= SINCE_18
        if self.careless:
            settings |= CARELESS
        for option in shlex.split(os.environ.get("CARAVEL_POSTGRES_OPTIONS", "")):
            name, _, value = option.partition("=")
            settings[name] = value
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        return [self.binaries / "postgres", "-D", str(self.data), *options]

    def clear_the_way(self) -> None:
        """Make a start possible after any death: end our orphans, then drop what they left.

        PostgreSQL trusts the pid in its lock files; when that pid has meanwhile been given to
        another process it refuses to start. We look at the processes themselves, and remove the
        files only when none of this cluster is left, because the files are what keeps two servers
        from writing the same data.
        """
        leaders = self._postmasters()
        processes.send(leaders, signal.SIGINT)
        processes.until(lambda: not self._postmasters(), 30)
        if not processes.until(lambda: not self.running(), 10):
            processes.send(self.running(), signal.SIGKILL)
            if not processes.until(lambda: not self.running(), 10):
                raise LaunchError(
                    f"PostgreSQL processes {self.running()} of {self.data} do not end."
                )
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / SOCKET).unlink(missing_ok=True)
        (self.sockets / f"{SOCKET}.lock").unlink(missing_ok=True)

    def running(self) -> list[int]:
        """The pids of every process of this cluster, with or without a living postmaster."""
        title = f"postgres: {self.name}: "
        return [
            seen.pid
            for seen in processes.everyone()
            if (arguments := processes.command_line(seen.pid))
            and (arguments[0].startswith(title) or self._is_postmaster(arguments))
        ]

    def ready(self) -> bool:
        """Whether the server takes connections; False while it recovers."""
        return self._told("pg_isready", "-q") is not None

    def make_database(self) -> None:
        """The role and the database `caravel`, unless they exist."""
        told = self._told("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", entered=FIRST_STATEMENTS)
        if told is None:
            raise LaunchError("PostgreSQL runs, but the database could not be made: see its log.")

    def _create(self) -> None:
        # initdb writes PG_VERSION early, so only a cluster under its final name is a whole one.
        half = self.directory / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        make_private(half)
        runner = self.binaries.account
        if runner.uid is not None:
            os.chown(half, runner.uid, -1)
        done = subprocess.run(
            [
                self.binaries / "initdb", "-D", str(half), "-U", SUPERUSER, "-A", "trust",
                "-E", "UTF8", "--no-locale", "--no-instructions",
            ],
            env=MINIMAL, stdin=subprocess.DEVNULL, capture_output=True, text=True, **runner.popen
        )  # fmt: skip
        if done.returncode != 0:
            raise LaunchError(f"initdb failed: {(done.stderr or done.stdout).strip()[-800:]}")
        half.rename(self.data)

    def _postmasters(self) -> list[int]:
        return [
            seen.pid
            for seen in processes.everyone()
            if self._is_postmaster(processes.command_line(seen.pid))
        ]

    def _is_postmaster(self, arguments: list[str]) -> bool:
        started = bool(arguments) and arguments[0].endswith("postgres")  # a process may just end
        return started and arguments[1:3] == ["-D", str(self.data)]

    def _told(self, program: str, *arguments: str, entered: str = "") -> str | None:
        command = [self.binaries / program, "-h", str(self.sockets), "-p", str(PORT)]
        done = subprocess.run(
            [*command, "-U", SUPERUSER, "-d", "postgres", *arguments],
            env=MINIMAL, input=entered, capture_output=True, text=True,
            **self.binaries.account.popen
        )  # fmt: skip
        return done.stdout if done.returncode == 0 else None
