"""Keeps processes alive in one small loop: start, wait until ready, start again, stop in order.

Every child leads a session of its own, so a Ctrl-C at the terminal reaches the supervisor alone,
and a child's own children can be found when it dies before them.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import processes
from .binaries import Account
from .console import LaunchError, say
from .home import REPOSITORY, Home

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
LOG_BYTES_MAX = 20_000_000
LOG_LINES_SHOWN = 12


class StopAsked(Exception):  # noqa: N818 - a wish, no error
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass
class Service:
    """A process to keep alive. `prepare` runs before each start, the first included."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    ready: Callable[[], bool] = lambda: True
    prepare: Callable[[], None] = lambda: None
    account: Account = field(default_factory=Account)
    directory: Path = REPOSITORY
    stop_signal: int = signal.SIGTERM
    abrupt_signal: int = signal.SIGKILL  # once patience is over
    patience_seconds: float = 10


@dataclass
class Child:
    """A service and the process that serves it now."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    kept: processes.Record | None = None
    started_at: float = 0.0
    been_ready: bool = False
    failures: int = 0
    next_start_at: float = 0.0


class Supervisor:
    """Owns the children of one home. Only its own methods start and stop them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.children: list[Child] = []
        self._asked_to_stop = 0
        self._foreground: subprocess.Popen[bytes] | None = None
        self._trimmed_at = 0.0
        self._wakeup = self._listen()
        processes.keep(home.supervisor, processes.record(os.getpid()))

    def start(self, services: Sequence[Service], patience_seconds: float) -> None:
        """Start services together and return when all are ready.

        LaunchError when one dies before it was ready once, or is not ready in time.
        """
        began = [Child(service) for service in services]
        self.children += began
        for child in began:
            self._launch(child)
        deadline = time.monotonic() + patience_seconds
        while waiting := [child for child in began if not self._became_ready(child)]:
            for child in waiting:
                if child.process and child.process.poll() is not None:
                    raise LaunchError(self._obituary(child, "did not start"))
                if time.monotonic() > deadline:
                    raise LaunchError(self._obituary(child, "is not ready"))
            self._wait(0.05)

    def task(self, name: str, command: Sequence[str], environment: dict[str, str]) -> int:
        """Run a command to its end while the services go on; its exit status. Output is logged."""
        child = Child(Service(name, command, environment))
        process = self._launch(child)
        try:
            while process.poll() is None:
                self._wait(0.2)
        finally:
            self._end(child)
        return process.returncode

    def foreground(self, command: Sequence[str], environment: dict[str, str], cwd: Path) -> int:
        """Run a command on the person's own terminal; its exit status, as a shell would say it.

        The terminal sends it Ctrl-C by itself; other requests to stop are passed on. Ctrl-C is
        daily life in a shell, so it is StopAsked only when the command failed of it.
        """
        self._foreground = subprocess.Popen(command, env=environment, cwd=cwd)
        try:
            while self._foreground.poll() is None:
                self._tick(0.2)
            if self._asked_to_stop and self._foreground.returncode != 0:
                raise StopAsked
            return self._foreground.returncode % 256
        finally:
            if self._foreground.poll() is None:
                self._foreground.terminate()
            self._foreground = None

    def forever(self) -> None:
        """Mind the services until somebody asks to stop."""
        while True:
            self._wait(1)

    def stop(self) -> None:
        """Stop everything, the last started first; a second request to stop makes it quick."""
        enough = max(self._asked_to_stop, 1)
        for child in reversed(self.children):
            self._end(child, hurried=lambda: self._asked_to_stop > enough)
        self.children.clear()
        self.home.exports.unlink(missing_ok=True)
        self.home.supervisor.unlink(missing_ok=True)

    def tail(self, name: str) -> str:
        """The end of a process's log."""
        try:
            text = self._log(name).read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-LOG_LINES_SHOWN:])

    # One turn of the loop

    def _listen(self) -> int:
        """Signals write into a pipe the loop waits on, so none is missed and no wait is long."""
        reading, writing = os.pipe()
        for end in (reading, writing):
            fcntl.fcntl(end, fcntl.F_SETFL, os.O_NONBLOCK)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the pipe is written
        for number in STOPPING:
            signal.signal(number, self._stop_was_asked)
        return reading

    def _stop_was_asked(self, number: int, _frame: Any) -> None:
        self._asked_to_stop += 1
        if self._foreground and (number != signal.SIGINT or not os.isatty(0)):
            self._foreground.send_signal(number)

    def _wait(self, seconds: float) -> None:
        self._tick(seconds)
        if self._asked_to_stop:
            raise StopAsked

    def _tick(self, seconds: float) -> None:
        self._sleep(seconds)
        if self._foreground or not self._asked_to_stop:
            for child in self.children:
                self._mind(child)
        if time.monotonic() - self._trimmed_at > 10:
            self._trimmed_at = time.monotonic()
            self._trim_logs()

    def _sleep(self, seconds: float) -> None:
        if select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, 4096)

    def _mind(self, child: Child) -> None:
        """Notice the death of a service that was ready once, and start it again."""
        if child.process is None:
            if time.monotonic() >= child.next_start_at:
                self._start_again(child)
            return
        status = child.process.poll()
        if child.been_ready and status is not None:
            if time.monotonic() - child.started_at > STEADY_AFTER_SECONDS:
                child.failures = 0
            self._forget(child)
            self._start_later(child, _cause(status))

    def _start_again(self, child: Child) -> None:
        try:
            self._launch(child)
        except (LaunchError, OSError) as error:
            self._start_later(child, f"cannot start: {error}")

    def _start_later(self, child: Child, why: str) -> None:
        """A service that keeps dying is started ever more seldom, never given up."""
        delay_seconds = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**child.failures)
        child.failures = min(child.failures + 1, 10)
        child.next_start_at = time.monotonic() + delay_seconds
        say(f"  {child.service.name} {why}; starting again in {delay_seconds:g} s")

    def _became_ready(self, child: Child) -> bool:
        child.been_ready = child.been_ready or child.service.ready()
        return child.been_ready

    # One child

    def _launch(self, child: Child) -> subprocess.Popen[bytes]:
        service = child.service
        service.prepare()
        account = service.account.popen if service.account.uid is not None else {}
        options = account | {"cwd": service.directory, "start_new_session": True}
        with self._log(service.name).open("ab") as log:
            child.process = subprocess.Popen(
                service.command, env=service.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, **options,
            )  # fmt: skip
        child.started_at = time.monotonic()
        child.kept = processes.record(
            child.process.pid, str(service.directory), stop_signal=service.stop_signal
        )
        processes.keep(self._pid_file(child), child.kept)
        return child.process

    def _end(self, child: Child, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask politely, wait, insist; then take away what the process left running."""
        process = child.process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(child.service.stop_signal)
            deadline = time.monotonic() + child.service.patience_seconds
            while process.poll() is None and time.monotonic() < deadline and not hurried():
                self._sleep(0.1)
            if process.poll() is None:
                process.send_signal(child.service.abrupt_signal)
                process.wait()
        self._forget(child)

    def _forget(self, child: Child) -> None:
        if child.kept:
            # Workers of a server that died badly would go on answering on its port.
            processes.send(processes.family(child.kept), signal.SIGKILL)
        self._pid_file(child).unlink(missing_ok=True)
        child.process = child.kept = None

    # Logs and files

    def _pid_file(self, child: Child) -> Path:
        return self.home.pids / f"{child.service.name}.json"

    def _log(self, name: str) -> Path:
        return self.home.logs / f"{name}.log"

    def _trim_logs(self) -> None:
        """Keep each log and its predecessor bounded. Writers append, so emptying is safe."""
        for log in self.home.logs.glob("*.log"):
            if log.stat().st_size > LOG_BYTES_MAX:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)

    def _obituary(self, child: Child, what: str) -> str:
        name = child.service.name
        return f"{self.tail(name)}\n{name} {what}: see {self._log(name)}"


def _cause(status: int) -> str:
    """ "was killed by SIGKILL" or "ended with status 1"."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"
