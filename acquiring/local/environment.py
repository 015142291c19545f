"""The variables every process of ours receives. What the caller has set always wins."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from . import ports
from .bootstrap import PYTHON
from .home import REPOSITORY, VIRTUALENV, Home, make_private, write_private

HOST = os.environ.get("CARAVEL_BIND", "127.0.0.1")
WEB_PORT = 8000
SANDBOX_PORT = 8001
MARK = "CARAVEL_EXPORTED"
SECRETS: dict[str, Callable[[], str]] = {
    "CARAVEL_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "CARAVEL_MASTER_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "CARAVEL_SANDBOX_CONTROL_TOKEN": lambda: secrets.token_urlsafe(32),
    "CARAVEL_ONBOARDING_SERVICES_TOKEN": lambda: secrets.token_urlsafe(32),
    "CARAVEL_METRICS_TOKEN": lambda: secrets.token_urlsafe(32),
}


@dataclass(frozen=True)
class Ports:
    """Where web and sandbox listen."""

    web: int
    sandbox: int


def free_ports() -> Ports:
    """8000 and 8001, or what CARAVEL_WEB_PORT and CARAVEL_SANDBOX_PORT say, or the next free."""
    given = os.environ.get
    web = ports.choose("CARAVEL_WEB_PORT", HOST, given("CARAVEL_WEB_PORT"), WEB_PORT, set())
    sandbox = ports.choose(
        "CARAVEL_SANDBOX_PORT", HOST, given("CARAVEL_SANDBOX_PORT"), SANDBOX_PORT, {web}
    )
    return Ports(web, sandbox)


def usual_ports() -> Ports:
    """The same ports whether free or not: for servers whose user starts web and sandbox."""
    names = {"CARAVEL_WEB_PORT": WEB_PORT, "CARAVEL_SANDBOX_PORT": SANDBOX_PORT}
    return Ports(*(ports.number(name, os.environ.get(name, str(names[name]))) for name in names))


def private_ports() -> Ports:
    """Two ports nobody uses, for tests and benchmarks beside a running platform."""
    web = ports.any_free(HOST)
    while (sandbox := ports.any_free(HOST)) == web:
        pass
    return Ports(web, sandbox)


def own_secrets(home: Home) -> dict[str, str]:
    """The secrets of this installation, made once; `installation` names it."""
    path = home.directory / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: make() for name, make in SECRETS.items() if name not in known}
    if "installation" not in known:
        missing["installation"] = secrets.token_hex(4)
    if missing:
        known |= missing
        write_private(path, json.dumps(known, indent=2) + "\n")
    return known


def variables(home: Home, servers: dict[str, str], chosen: Ports) -> dict[str, str]:
    """What we add to the caller's environment, by name; `servers` says where the servers are."""
    private = {name: own_secrets(home)[name] for name in SECRETS}
    defaults = private | {
        "CARAVEL_BASE_URL": f"http://127.0.0.1:{chosen.web}",
        "CARAVEL_SANDBOX_URL": f"http://127.0.0.1:{chosen.sandbox}",
        "CARAVEL_ONBOARDING_SERVICES_URL": f"http://127.0.0.1:{chosen.sandbox}/onboarding",
        "CARAVEL_DEBUG": "0",
        "CARAVEL_ALLOW_PRIVATE_ENDPOINTS": "1",  # the simulators and a developer's shop are local
        "CARAVEL_SCREENING_REHEARSAL": "1",  # no list of sanctions comes with a clone
        "CARAVEL_DNS_REHEARSAL": "1",  # nor a domain to prove
        "CARAVEL_EMAIL_DIR": str(make_private(home.directory / "mail")),
        "DJANGO_SETTINGS_MODULE": "acquiring.settings",
    }
    ours = {name: os.environ.get(name, value) for name, value in defaults.items()}
    added = (
        ours
        | servers
        | {
            "CARAVEL_WEB_PORT": str(chosen.web),
            "CARAVEL_SANDBOX_PORT": str(chosen.sandbox),
        }
    )
    not_the_callers = {name for name, value in added.items() if os.environ.get(name) != value}
    return added | {
        MARK: " ".join(f"{name}:{_digest(added[name])}" for name in sorted(not_the_callers))
    }


def disown() -> None:
    """Forget what another launcher has set for its children: it is not the caller's wish.

    Without this a shell that read `.run/environment`, or a test that starts an installation of its
    own, would make `make run` use the other's servers. A value changed since then is kept.
    """
    for word in os.environ.pop(MARK, "").split():
        name, _, digest = word.partition(":")
        if name in os.environ and _digest(os.environ[name]) == digest:
            del os.environ[name]


def complete(added: dict[str, str]) -> dict[str, str]:
    """The whole environment of a child: the caller's, what we add, and how Python should run."""
    running = {
        "VIRTUAL_ENV": str(VIRTUALENV),
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        # Each thread would otherwise keep a heap of its own: with 16 threads that is real memory.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
    }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return inherited | added | running


def exports(added: dict[str, str]) -> str:
    """The variables as lines for a shell."""
    return "".join(f"export {name}={shlex.quote(added[name])}\n" for name in sorted(added))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]
