"""A whole installation of its own: `python -m tests.crash.installation <directory>`.

It has its own servers, ports, secrets and merchant, says `ready` once everything answers, and stays
until it is asked to stop. What dies meanwhile its supervisor starts again, as `make run` would.
"""

from __future__ import annotations

import sys
from pathlib import Path

from acquiring.local import environment, programs, servers
from acquiring.local.home import Home
from acquiring.local.supervisor import StopAsked

START_SECONDS = 90


def main(directory: Path) -> None:
    """Start everything, and mind it."""
    environment.disown()
    home = Home(directory).make()
    ports = environment.private_ports()
    with servers.running(home, ports) as up:
        up.must("tables up to date", "migrate", programs.manage("migrate", "--noinput"))
        up.must("first data", "prepare", programs.manage("prepare"))
        up.supervisor.start(programs.platform(home, up.complete, ports), START_SECONDS)
        demo = ["demo", "--payments", "0", "--file", str(directory / "demo.json")]
        up.must("a merchant", "demo", programs.manage(*demo))
        print("ready", flush=True)
        try:
            up.supervisor.forever()
        except StopAsked:
            up.supervisor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
