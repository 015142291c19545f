"""An installation to measure: a fresh database on the cluster of `make bench`, and its processes.

PostgreSQL and Valkey are those whose addresses the environment carries; they are as durable as in
production. Everything else is started as `make run` starts it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from acquiring.local import environment, processes, programs
from acquiring.local.environment import Ports
from acquiring.local.home import RUN, Home
from acquiring.local.supervisor import Supervisor

START_SECONDS = 120
DROP_TRIES = 30


@dataclass(frozen=True)
class Servers:
    """The servers of `make bench`."""

    database_url: str
    broker_url: str
    programs: Path  # where pgbench is

    @classmethod
    def of_this_environment(cls) -> Servers:
        """What the launcher has set; taken out of the environment, where it is not ours to pass on.

        Raises KeyError when this does not run by `make bench`.
        """
        found = cls(
            os.environ["DATABASE_URL"],
            os.environ["CELERY_BROKER_URL"],
            Path(os.environ.get("CARAVEL_POSTGRES_BIN", "/usr/bin")),
        )
        environment.disown()
        return found


@dataclass(frozen=True)
class Installation:
    """What runs: where, with whose key, and the processes by name."""

    ports: Ports
    database_url: str
    environment: dict[str, str]
    supervisor: Supervisor
    demo: dict[str, str]

    def pids(self) -> dict[str, int]:
        """The processes by name: ours, and the two servers when `make bench` started them."""
        found = {
            child.service.name: child.process.pid
            for child in self.supervisor.children
            if child.process
        }
        for home in _servers():
            for name in ("postgres", "valkey"):
                if kept := processes.recall(home.pids / f"{name}.json"):
                    found[name] = kept.pid
        return found

    def analyze(self) -> None:
        """Tell the planner what the tables hold, as autovacuum soon does."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call of the API; raises for every status of 400 and above."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports.web}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {self.demo['secret_key']}",
                "Content-Type": "application/json",
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def installation(servers: Servers, *wanted: str) -> Iterator[Installation]:
    """A running installation. `wanted` names the processes to keep; all when none is named."""
    with (
        tempfile.TemporaryDirectory(prefix="caravel-bench-") as directory,
        _database(servers.database_url) as url,
    ):
        home = Home(Path(directory) / "home").make()
        ports = environment.private_ports()
        given = {"DATABASE_URL": url, "CELERY_BROKER_URL": servers.broker_url}
        complete = environment.complete(environment.variables(home, given, ports))
        complete["CARAVEL_RATE_LIMIT"] = "0"
        supervisor = Supervisor(home)
        try:
            _must(supervisor, complete, "migrate", "--noinput")
            _must(supervisor, complete, "prepare")
            services = programs.platform(home, complete, ports)
            supervisor.start(services, START_SECONDS)
            facts = home.directory / "demo.json"
            _must(supervisor, complete, "demo", "--payments", "0", "--file", str(facts))
            for child in supervisor.children:
                if wanted and child.service.name not in wanted and child.process:
                    child.process.terminate()
                    child.process.wait()
            demo = json.loads(facts.read_text())
            yield Installation(ports, url, complete, supervisor, demo)
        finally:
            supervisor.stop()


def _must(supervisor: Supervisor, complete: dict[str, str], *command: str) -> None:
    if supervisor.task(command[0], programs.manage(*command), complete) != 0:
        raise RuntimeError(f"{supervisor.tail(command[0])}\nmanage.py {command[0]} failed")


@contextmanager
def _database(cluster: str) -> Iterator[str]:
    """A new database on the cluster, gone afterwards."""
    name = f"bench_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database. An autovacuum at work there is not ours to end: it is waited for."""
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(DROP_TRIES):
        try:
            connection.execute(drop)
            return
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(1)
    connection.execute(drop)


def _servers() -> list[Home]:
    """The home whose supervisor started this process, if one did."""
    homes = [Home(path.parent) for path in RUN.glob("*/supervisor.json")]
    kept = [(home, processes.recall(home.supervisor)) for home in homes]
    return [home for home, record in kept if record and record.pid == os.getppid()]
