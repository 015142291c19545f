"""PostgreSQL and Valkey for one home, or the servers the environment names instead."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import binaries, bootstrap, environment, processes, valkey
from .console import LaunchError, say, step
from .environment import Ports
from .home import RUN, Home, make_private, write_private
from .postgres import Cluster
from .supervisor import Service, Supervisor

HOMES_AT_ONCE = 16
SERVERS = ("DATABASE_URL", "CELERY_BROKER_URL")


@dataclass(frozen=True)
class Running:
    """The servers are up: who minds them, and what every other process has to know."""

    supervisor: Supervisor
    added: dict[str, str]

    @property
    def complete(self) -> dict[str, str]:
        """The whole environment for a process that uses these servers."""
        return environment.complete(self.added)

    def must(self, what: str, name: str, command: list[str]) -> None:
        """Run a step of the start to its end; LaunchError with the end of its output."""
        with step(what):
            if self.supervisor.task(name, command, self.complete) != 0:
                raise LaunchError(f"{self.supervisor.tail(name)}\n{name} failed.")


def own(name: str = "") -> Home:
    """The home `.run/<name>` for us alone; LaunchError when its services run already."""
    home = Home(RUN / name).make()
    if home.lock() is None:
        kept = processes.recall(home.supervisor)
        raise LaunchError(
            f"Already running (process {kept.pid if kept else 'unknown'}): `make stop` ends it."
        )
    return _cleared(home)


def own_any(name: str) -> Home:
    """The home `.run/<name>`, or `.run/<name>-2` and so on while others use the first ones."""
    for suffix in ["", *(f"-{number}" for number in range(2, HOMES_AT_ONCE + 1))]:
        home = Home(RUN / f"{name}{suffix}").make()
        if home.lock() is not None:
            return _cleared(home)
    raise LaunchError(f"{HOMES_AT_ONCE} runs of `make {name}` at once are enough.")


@contextmanager
def running(home: Home, ports: Ports, careless: bool = False) -> Iterator[Running]:
    """Both servers ready; everything the supervisor started is stopped at the end."""
    supervisor = Supervisor(home)
    try:
        given = {name: os.environ[name] for name in SERVERS if os.environ.get(name)}
        if "DATABASE_URL" not in given:
            given |= _start_postgres(supervisor, careless)
        if "CELERY_BROKER_URL" not in given:
            given |= _start_valkey(supervisor)
        added = environment.variables(home, given, ports)
        write_private(home.exports, environment.exports(added))
        yield Running(supervisor, added)
    finally:
        supervisor.stop()


def _start_postgres(supervisor: Supervisor, careless: bool) -> dict[str, str]:
    with step("database ready"):
        found = binaries.find(bootstrap.site_packages())
        cluster = Cluster(found, _place(supervisor.home, found), careless)
        cluster.prepare()
        service = Service(
            "postgres",
            cluster.command(),
            dict(binaries.MINIMAL),
            ready=cluster.ready,
            prepare=cluster.clear_the_way,
            account=found.account,
            directory=Path("/"),
            stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back
            abrupt_signal=signal.SIGQUIT,  # ends at once and recovers at the next start
            patience_seconds=60,
        )
        supervisor.start([service], patience_seconds=120)
        cluster.make_database()
    # The programs are for pgbench and psql; the platform itself never needs them.
    return {"DATABASE_URL": cluster.url, "CARAVEL_POSTGRES_BIN": str(found.directory)}


def _start_valkey(supervisor: Supervisor) -> dict[str, str]:
    with step("broker ready"):
        program = valkey.find(bootstrap.site_packages())
        broker = valkey.Valkey(program, supervisor.home.directory / "valkey")
        broker.prepare()
        service = Service("valkey", broker.command(), dict(binaries.MINIMAL), ready=broker.ready)
        supervisor.start([service], patience_seconds=30)
    return {"CELERY_BROKER_URL": broker.url}


def _place(home: Home, found: binaries.Binaries) -> Path:
    """Where the cluster lives: in the home, or with root's state when its account cannot get in."""
    inside = make_private(home.directory / "postgres", 0o711)
    if binaries.reachable(inside, found.account):
        return inside
    # A home made anew has new secrets, and must not meet data encrypted under the former ones.
    installation = environment.own_secrets(home)["installation"]
    name = home.directory.name.lstrip(".")
    return binaries.state_directory(found.account) / f"{installation}-{name}"


def _cleared(home: Home) -> Home:
    """The same home without what a killed supervisor may have left running in it."""
    if orphans := processes.sweep(home.pids):
        say(f"  ended {orphans} processes of a run that was killed")
    for log in home.logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
    return home
