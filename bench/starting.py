"""Claim: from `git clone` to the first approved payment in three minutes, within 640 MiB.

A clone of what is committed, in an empty directory, without pip's cache: `make run`, the printed
command's payment, and then the memory of everything that runs (PSS: shared pages are divided).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from acquiring.local import box, environment
from bench import processes
from bench.figures import Figure
from bench.installation import Servers

CLAIM = "first run"
REPOSITORY = Path(__file__).resolve().parent.parent
SECONDS = 180.0
MEBIBYTES = 640.0
GOAL_MEBIBYTES = 512
PATIENCE_SECONDS = 900
AT_REST_SECONDS = 20


def measure(_: Servers) -> Iterator[Figure]:
    """Seconds and memory of a stranger's first run."""
    with tempfile.TemporaryDirectory(prefix="caravel-first-run-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o711)
        clone, began = Path(directory) / "caravel", time.monotonic()
        subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(clone)], check=True)
        log = Path(directory) / "run.log"
        with log.open("w") as output:
            running = subprocess.Popen(
                ["make", "run"], cwd=clone, env=_environment(), stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            _wait_for_the_box(running, log)
            _pay(clone / ".run" / "demo.json")
            seconds = time.monotonic() - began
            yield Figure(CLAIM, "clone to approved payment", seconds, "s", at_most=SECONDS)
            time.sleep(AT_REST_SECONDS)
            yield from _memory(clone / ".run" / "pids", running.pid)
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(120)


def _environment() -> dict[str, str]:
    ports = environment.private_ports()
    return os.environ | {
        "CARAVEL_WEB_PORT": str(ports.web),
        "CARAVEL_SANDBOX_PORT": str(ports.sandbox),
        "PIP_NO_CACHE_DIR": "1",
    }


def _wait_for_the_box(running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ctrl-C stops everything" not in log.read_text():
        if running.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"make run did not come up:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _pay(demo_file: Path) -> None:
    """The payment of the closing box; raises unless it is approved."""
    demo = json.loads(demo_file.read_text())
    request = urllib.request.Request(
        f"{demo['base_url']}/v1/payments",
        data=box.PAYMENT.encode(),
        headers={
            "Authorization": f"Bearer {demo['secret_key']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        status = json.load(answer)["status"]
    if status != "captured":
        raise RuntimeError(f"the first payment is {status}")


def _memory(pids: Path, launcher: int) -> Iterator[Figure]:
    """PSS of the launcher with all its children, and of each child."""
    total = processes.pss_mib(launcher)
    told = f"memory, all processes (goal {GOAL_MEBIBYTES})"
    yield Figure(CLAIM, told, total, "MiB", at_most=MEBIBYTES)
    shares = {
        path.stem: processes.pss_mib(json.loads(path.read_text())["pid"])
        for path in pids.glob("*.json")
    }
    for name in sorted(shares, key=lambda one: -shares[one]):
        yield Figure(CLAIM, f"memory {name}", shares[name], "MiB")
    yield Figure(CLAIM, "memory launcher", total - sum(shares.values()), "MiB")
