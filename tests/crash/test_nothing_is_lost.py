"""Every process is killed with -9 while a shop goes on selling; then all books are compared."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from acquiring.local import processes, programs
from acquiring.local.home import REPOSITORY
from tests.crash import applicant, books
from tests.crash.applicant import End
from tests.crash.books import Charge, Evidence, Stored
from tests.crash.ear import Ear, listening
from tests.crash.till import Till

VICTIMS = ("postgres", "web", "sandbox", "valkey")
SHOPS = 6
BETWEEN_KILLS_SECONDS = 3
RECOVERY_SECONDS = 60
QUIET_SECONDS = 31  # payments.schedule.QUIET: by then a call belongs to nobody
SETTLING_SECONDS = 60
NO_EVENT = "00000000-0000-0000-0000-000000000000"


class Place:
    """The installation under attack."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        words = shlex.split((directory / "environment").read_text())
        self.environment = dict(word.split("=", 1) for word in words if word != "export")
        self.demo: dict[str, str] = json.loads((directory / "demo.json").read_text())

    def kill(self, name: str) -> None:
        """End a process, and what it has started, without a word of warning."""
        kept = processes.recall(self.directory / "pids" / f"{name}.json")
        assert kept is not None, f"{name} does not run"
        assert processes.alive(kept), f"{name} does not run"
        processes.send(processes.family(kept), signal.SIGKILL)
        assert processes.until(lambda: not processes.alive(kept), 10)

    def wait_until_ready(self, name: str) -> None:
        """Until the supervisor has started it again, and web and sandbox answer."""
        pids = self.directory / "pids" / f"{name}.json"

        def up() -> bool:
            kept = processes.recall(pids)
            return kept is not None and processes.alive(kept) and self._answers()

        assert processes.until(up, RECOVERY_SECONDS), f"{name} did not come back"

    def charges(self) -> list[dict[str, Any]]:
        """Every charge of every simulator."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            after = f"?after={found[-1]['id']}" if found else ""
            page = self._control(f"/_control/charges{after}")
            found, more = found + page["charges"], page["has_more"]
        return found

    def count(self, sql: str) -> int:
        """The one number a query gives."""
        return int(self._run(sql))

    def end_locks(self) -> None:
        """Let the locks of keys whose holders were killed run out now, not in ninety seconds."""
        self._run("UPDATE core_idempotencykey SET locked_until = now() WHERE status IS NULL")
        self.end_claims()

    def end_claims(self) -> None:
        """The same for what a killed worker had begun to look at, or to write to somebody."""
        self._run(applicant.END_CLAIMS)
        self._run(applicant.END_LEASES)

    def newest_event(self) -> str:
        """The id after which events are the ear's."""
        return str(self._run("SELECT id FROM core_event ORDER BY id DESC LIMIT 1") or NO_EVENT)

    def _answers(self) -> bool:
        environment = self.environment
        return programs.answers(int(environment["CARAVEL_WEB_PORT"]), "/readyz") and (
            programs.answers(int(environment["CARAVEL_SANDBOX_PORT"]), "/_control/ready")
        )

    def _control(self, path: str) -> dict[str, Any]:
        token = self.environment["CARAVEL_SANDBOX_CONTROL_TOKEN"]
        request = urllib.request.Request(
            self.environment["CARAVEL_SANDBOX_URL"] + path,
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def _run(self, sql: str) -> Any:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            cursor = connection.execute(sql)  # type: ignore[call-overload]
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@pytest.fixture
def place() -> Iterator[Place]:
    # Where PostgreSQL's account can pass through, which it cannot in pytest's own directory.
    directory = Path(tempfile.mkdtemp(prefix="caravel-crash-", dir="/var/tmp"))
    directory.chmod(0o711)
    home = directory / "home"
    command = [sys.executable, "-m", "tests.crash.installation", str(home)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            told = []
            for line in running.stdout or ():
                told.append(line)
                if line == "ready\n":
                    break
            assert told[-1] == "ready\n", "".join(told)
            yield Place(home)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
    shutil.rmtree(directory)


@pytest.mark.crash
def test_nothing_is_lost_or_doubled_when_every_process_is_killed(place: Place) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    since = place.newest_event()
    till = Till(place.demo["base_url"], place.demo["secret_key"], seed)
    with listening() as ear:
        status, endpoint = till.ask("/v1/webhook_endpoints", {"url": ear.url}, "ear")
        assert status == 201, endpoint
        ear.secret = endpoint["secret"]
        shops = [threading.Thread(target=till.sell, args=[number]) for number in range(SHOPS)]
        for shop in shops:
            shop.start()
        _kill_amid_verdicts(place)
        for victim in VICTIMS:
            time.sleep(BETWEEN_KILLS_SECONDS)
            place.kill(victim)
            place.wait_until_ready(victim)
        time.sleep(BETWEEN_KILLS_SECONDS)
        till.closed.set()
        time.sleep(QUIET_SECONDS)
        place.end_locks()
        for shop in shops:
            shop.join(SETTLING_SECONDS)
        assert not any(shop.is_alive() for shop in shops), "somebody was never answered"
        settle(place, till, ear)
        evidence = books.gather(
            place.environment["DATABASE_URL"],
            {reference: answer["id"] for reference, answer in till.answers.items()},
            place.charges(),
            set(ear.heard),
            ear.forged,
            since,
        )

    states = sorted({row.status for row in evidence.stored})
    print(f"{len(till.answers)} payments, {till.retries} retries, states {states}")
    assert till.retries > 0, "nobody noticed the kills: they proved nothing"
    assert len(till.answers) > 3 * SHOPS
    assert books.differences(evidence) == []
    database_url = place.environment["DATABASE_URL"]
    assert applicant.differences(applicant.gather(database_url)) == []
    assert applicant.letters(database_url) == (0, applicant.TOLD)
    verified = subprocess.run(
        programs.manage("ledger", "verify"), cwd=REPOSITORY,
        env=os.environ | place.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _kill_amid_verdicts(place: Place) -> None:
    """Kill the worker while it writes verdicts, and let the next one find what is left of them."""
    program = applicant.Program(place.demo["base_url"], place.demo["secret_key"])
    sendings = applicant.files(program, applicant.Owner(place.demo))
    with applicant.held_amid_verdicts(sendings, place.environment["DATABASE_URL"]):
        place.kill("worker")
    place.end_claims()
    place.wait_until_ready("worker")


def settle(place: Place, till: Till, ear: Ear) -> None:
    """Let the merchant's time pass until the sweeper has asked about everything."""
    deadline = time.monotonic() + SETTLING_SECONDS
    round_number = 0
    while time.monotonic() < deadline:
        round_number += 1
        step = {"advance_seconds": 2100 if round_number == 1 else 600}
        till.ask("/v1/clock", step, f"clock-{round_number}")
        time.sleep(4)
        undecided = place.count(books.UNDECIDED) + place.count(books.OPEN_OPERATIONS)
        undecided += place.count(applicant.UNJUDGED)
        if not undecided and not place.count(books.UNSEALED):
            break
    url = place.environment["DATABASE_URL"]
    processes.until(lambda: applicant.letters(url) == (0, applicant.TOLD), SETTLING_SECONDS)
    processes.until(lambda: len(ear.heard) >= place.count(books.EVENT_COUNT), SETTLING_SECONDS)


# The comparison itself must be able to fail.

WHOLE = Evidence(
    told={"one": "pay_1", "two": "pay_2"},
    stored=[Stored("pay_1", "one", "captured", 500, 100), Stored("pay_2", "two", "declined", 0, 0)],
    charges=[
        Charge("acc_a", "att_1", "EUR", 500, 100),
        Charge("acc_a", "att_2", "EUR", 0, 0),
    ],
    payments_of={"att_1": "pay_1", "att_2": "pay_2"},
    receivables={("acc_a", "EUR"): -400},
    open_attempts=[("pay_2", "action")],
    open_operations=[],
    events={"evt_1", "evt_2"},
    heard={"evt_1", "evt_2"},
    forged=0,
)
PLANTED: dict[str, Callable[[Evidence], Evidence]] = {
    "a lost payment": lambda one: replace(one, stored=one.stored[1:]),
    "a payment stored twice": lambda one: replace(one, stored=[*one.stored, one.stored[0]]),
    "a payment nobody was told of": lambda one: replace(one, told={"one": "pay_1"}),
    "another payment than was told": lambda one: replace(one, told={"one": "p", "two": "pay_2"}),
    "a charge made twice": lambda one: replace(one, charges=[*one.charges, one.charges[0]]),
    "a charge that was lost": lambda one: replace(one, charges=one.charges[1:]),
    "a stranger's charge": lambda one: replace(
        one, charges=[*one.charges, Charge("acc_a", "att_9", "EUR", 0, 0)]
    ),
    "a missing transfer": lambda one: replace(one, receivables={}),
    "one minor unit": lambda one: replace(one, receivables={("acc_a", "EUR"): -401}),
    "an attempt left open": lambda one: replace(one, open_attempts=[("pay_2", "unknown")]),
    "an operation left open": lambda one: replace(one, open_operations=["refund 1"]),
    "an event that was not delivered": lambda one: replace(one, heard={"evt_1"}),
    "an event from nowhere": lambda one: replace(one, events={"evt_1"}),
    "a forged message": lambda one: replace(one, forged=1),
}


def test_books_that_agree_have_no_differences() -> None:
    assert books.differences(WHOLE) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_difference_is_found(planted: str) -> None:
    assert books.differences(PLANTED[planted](WHOLE))


SAME = ["bank_name of accounts: review"]
ENDED = End("Testco Silentbank", "in_review", ["review"], [], 1,
    ["onboarding.application.sent", "onboarding.application.in_review"], [SAME, SAME],
)  # fmt: skip
ANOTHER_END = {
    "a verdict made twice": {"verdicts": ["review", "review"]},
    "another verdict": {"verdicts": ["approve"]},
    "a task that nobody needs": {"tasks": ["company: why?"]},
    "a case opened twice": {"cases": 2},
    "an end told twice": {"events": [*ENDED.events, ENDED.events[1]]},
    "an end that was never told": {"events": ENDED.events[:1]},
    "a finding that was lost": {"looks": [SAME, []]},
    "a look that was lost": {"looks": [SAME]},
    "an application still looked at": {"status": "checking"},
}


@pytest.mark.parametrize("planted", ANOTHER_END)
def test_an_application_that_ends_otherwise_is_found(planted: str) -> None:
    others = {f"{firm} is gone" for firm in applicant.FATES if firm != ENDED.firm}
    assert set(applicant.differences([ENDED])) == others
    found = set(applicant.differences([ENDED._replace(**ANOTHER_END[planted])]))
    assert len(found - others) == 1
