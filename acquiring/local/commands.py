"""What each `make` target does. Every command returns the exit status of the launcher."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from . import binaries, bootstrap, box, environment, lockfile, processes, programs, servers
from .bootstrap import PYTHON
from .console import LaunchError, complain, say, step
from .home import REPOSITORY, RUN, VIRTUALENV, Home, make_private
from .supervisor import StopAsked

INTERRUPTED = 130
STOP_SECONDS = 120
START_SECONDS = 120


def run(_: Sequence[str]) -> int:
    """Everything: servers, migrations, catalogue, the platform, demo data, and a closing box."""
    began = time.monotonic()
    home = servers.own()
    bootstrap.prepare(bootstrap.RUNNING)
    ports = environment.free_ports()
    make_private(RUN / "static")
    with servers.running(home, ports) as up:
        up.must("tables up to date", "migrate", programs.manage("migrate", "--noinput"))
        up.must("catalogue and first data", "prepare", programs.manage("prepare"))
        with step("web, sandbox, worker, beat ready"):
            services = programs.platform(home, up.complete, ports)
            up.supervisor.start(services, START_SECONDS)
        with step("demo data"):
            status = up.supervisor.task("demo", programs.manage("demo"), up.complete)
        if status != 0:
            say(f"  the demo data is not complete: see {home.logs / 'demo.log'}")
        box.show(up.added["CARAVEL_BASE_URL"], up.added["CARAVEL_SANDBOX_URL"], RUN / "demo.json")
        say(f"  Ready after {time.monotonic() - began:.1f} s; logs are in {home.logs}.")
        _serve(up)
    return 0


def services(_: Sequence[str]) -> int:
    """PostgreSQL and Valkey only: prints what a shell needs to use them, and stays."""
    home = Home(RUN).make()
    if _has_exports(home):
        say(home.exports.read_text().rstrip())
        return 0
    home = servers.own()
    bootstrap.prepare(bootstrap.RUNNING)
    with servers.running(home, environment.usual_ports()) as up:
        say(environment.exports(up.added).rstrip())
        say(f"\n# the same lines: . {home.exports}\n# Ctrl-C or `make stop` ends both servers")
        _serve(up)
    return 0


def stop(_: Sequence[str]) -> int:
    """End what `make run` or `make services` started, from anywhere."""
    home = Home(RUN)
    kept = processes.recall(home.supervisor)
    if kept and processes.alive(kept):
        with step("stopped"):
            processes.send([kept.pid], signal.SIGTERM)
            if not processes.until(lambda: not processes.alive(kept), STOP_SECONDS):
                raise LaunchError(f"Process {kept.pid} does not end.")
    elif orphans := processes.sweep(home.pids):
        say(f"  ended {orphans} processes of a run that was killed")
    else:
        say("  nothing runs")
    return 0


def test(arguments: Sequence[str]) -> int:
    """pytest on a cluster and a broker of its own; all tests in parallel when none is named."""
    bootstrap.prepare(bootstrap.DEVELOPING)
    # One more than there are cores: some test is always waiting for a browser or a process. Tests
    # of very different length lie in runs, so they are handed out singly, and in their order: those
    # that empty the tables come after those that need what migrations wrote.
    workers = str((os.cpu_count() or 2) + 1)
    chosen = list(arguments) or ["-n", workers, "--maxschedchunk", "1"]
    return _beside("test", [str(PYTHON), "-m", "pytest", *chosen], careless=True)


def bench(arguments: Sequence[str]) -> int:
    """The benchmarks on a cluster of their own, as durable as production."""
    bootstrap.prepare(bootstrap.DEVELOPING)
    return _beside("bench", [str(PYTHON), "-m", "bench", *arguments])


def lint(_: Sequence[str]) -> int:
    """Every check that needs no test: style, types, import contracts, migrations, configuration."""
    bootstrap.prepare(bootstrap.DEVELOPING)
    checks = [
        ("ruff check", [_tool("ruff"), "check", "."]),
        ("ruff format", [_tool("ruff"), "format", "--check", "."]),
        ("import contracts", [_tool("lint-imports")]),
        ("mypy", [_tool("mypy")]),
        ("migrations", programs.manage("makemigrations", "--check", "--dry-run")),
        ("configuration", programs.manage("check", "--fail-level", "WARNING")),
    ]
    with servers.running(servers.own_any("lint"), environment.private_ports(), True) as up:
        failed = []
        for name, command in checks:
            began = time.monotonic()
            if up.supervisor.foreground(command, up.complete, REPOSITORY) != 0:
                failed.append(name)
            say(f"  {name:<34}{time.monotonic() - began:6.1f} s{'  FAILED' * (name in failed)}")
    if failed:
        raise LaunchError(f"lint failed: {', '.join(failed)}")
    return 0


def shell(arguments: Sequence[str]) -> int:
    """Django's shell, on the running platform's servers or on the same ones started for it."""
    bootstrap.prepare(bootstrap.RUNNING)
    command = programs.manage("shell", *arguments)
    home = Home(RUN).make()
    if not _has_exports(home):
        return _beside("", command)
    return _within(home, command)


def screenshots(arguments: Sequence[str]) -> int:
    """A small picture of every page of the platform that `make run` runs."""
    bootstrap.prepare(bootstrap.DEVELOPING)
    home = Home(RUN).make()
    if not _has_exports(home):
        raise LaunchError("`make run` first, in another terminal.")
    return _within(home, [str(PYTHON), "-m", "tests.browser.screenshots", *arguments])


def lock(_: Sequence[str]) -> int:
    """Resolve requirements*.in into the exact lists that are installed."""
    lockfile.lock()
    return 0


def clean(_: Sequence[str]) -> int:
    """Remove what `make` made: `.run`, `.venv`, and a cluster kept outside the clone."""
    for home in [Home(RUN), *(Home(path.parent) for path in RUN.glob("*/supervisor.json"))]:
        if home.directory.is_dir() and _is_running(home):
            raise LaunchError(f"{home.directory} is in use: `make stop` first.")
        processes.sweep(home.pids)
    for directory in [RUN, VIRTUALENV, *binaries.state_directories()]:
        if directory.exists():
            shutil.rmtree(directory)
            say(f"  removed {directory}")
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    command.__name__: command
    for command in (run, services, stop, test, lint, bench, screenshots, shell, lock, clean)
}


def main(arguments: list[str]) -> int:
    """Run the named command and turn every expected trouble into one line and a status."""
    if not arguments or arguments[0] not in COMMANDS:
        complain(f"usage: python3 acquiring/local {'|'.join(COMMANDS)} [arguments]")
        return 2
    if not sys.platform.startswith("linux"):
        complain(
            "The launcher needs Linux (or WSL, or a Linux container): see docs/self-hosting.md"
        )
        return 1
    environment.disown()
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except LaunchError as failure:
        complain(str(failure))
        return 1
    except (StopAsked, KeyboardInterrupt):
        return INTERRUPTED


def _serve(up: servers.Running) -> None:
    """Stay until asked to stop, and say that the request was heard."""
    try:
        up.supervisor.forever()
    except StopAsked:
        say("\n  stopping")
        with step("everything stopped"):
            up.supervisor.stop()


def _beside(name: str, command: list[str], careless: bool = False) -> int:
    """Run a command on the terminal with servers of its own, which end with it."""
    home = servers.own_any(name) if name else servers.own()
    ports = environment.private_ports()
    with servers.running(home, ports, careless) as up:
        return up.supervisor.foreground(command, up.complete, REPOSITORY)


def _has_exports(home: Home) -> bool:
    return _is_running(home) and home.exports.exists()


def _within(home: Home, command: list[str]) -> int:
    """Run a command on the terminal in the environment of what runs already."""
    words = shlex.split(home.exports.read_text())
    added = dict(word.split("=", 1) for word in words if word != "export")
    return subprocess.run(command, env=environment.complete(added), cwd=REPOSITORY).returncode


def _is_running(home: Home) -> bool:
    kept = processes.recall(home.supervisor)
    return kept is not None and processes.alive(kept)


def _tool(name: str) -> str:
    return str(PYTHON.parent / name)
