"""A platform whose merchants are being decided upon at the moment when the worker is killed.

The worker is not killed at random: locks on the tables that it writes next hold it where a verdict
is written and not yet in force, for one application of each outcome.
"""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from psycopg import connect

from acquiring.core import ids
from acquiring.local import processes
from tests.onboarding import by_api, filling

PATIENCE_SECONDS = 40
IN_A_SHOP = {**filling.ACTIVITY, "activity.channels": ["in_store"], "activity.website": None}
LOOKED = "onboarding_finding"  # written when everything was asked


class Fate(NamedTuple):
    """How an application ends, and the table that is written on the way there; `rounds` is how
    often it was sent, the last time into the storm.
    """

    status: str
    outcome: str
    table: str
    country: str = ""
    rounds: int = 1


OWN = "Caravel Demo Store"  # it rehearses; its owner is written to, unlike a platform's merchants
FATES = {
    "Testco Lamps": Fate("approved", "approve", "onboarding_terms", "US"),
    "Testco Silentbank": Fate("in_review", "review", "onboarding_case", "ID"),
    OWN: Fate("needs_information", "ask", "onboarding_task", rounds=2),
}
TOLD = {"onboarding.sent": 1, "onboarding.asked": 1}

UNJUDGED = "SELECT count(*) FROM onboarding_application WHERE status = 'checking'"
END_CLAIMS = "UPDATE onboarding_application SET claimed_until = now() WHERE status = 'checking'"
END_LEASES = "UPDATE notices_letter SET next_at = now() WHERE status = 'pending'"
_HELD = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = any(%s::text[]::regclass[])"
_ENDS = """
    SELECT application.id, legal_name, application.status,
        array(SELECT outcome FROM onboarding_verdict WHERE application_id = application.id),
        array(SELECT path || ': ' || words FROM onboarding_task
            WHERE application_id = application.id),
        (SELECT count(*) FROM onboarding_case WHERE application_id = application.id),
        array(SELECT type FROM core_event WHERE type LIKE 'onboarding.%%'
            AND subject = 'app_' || replace(application.id::text, '-', ''))
    FROM onboarding_application application
    JOIN merchants_business business ON business.id = business_id
    WHERE legal_name = any(%s) AND mode = 'test'
"""
_LOOKS = """
    SELECT array_agg(check_name || ' of ' || subject || ': ' || result
        ORDER BY check_name, subject, result)
    FROM onboarding_finding WHERE application_id = %s GROUP BY run ORDER BY run
"""
_WAITING = "SELECT count(*) FROM notices_letter WHERE status <> 'sent'"
_TOLD = """
    SELECT kind, count(*) FROM notices_notice
    JOIN merchants_user person ON person.id = person_id AND email = 'demo@example.com'
    WHERE kind LIKE 'onboarding.%' GROUP BY 1
"""


class End(NamedTuple):
    """What became of one application. `looks` is what each look at it saw, in their order."""

    firm: str
    status: str
    verdicts: list[str]
    tasks: list[str]
    cases: int
    events: list[str]
    looks: list[list[str]]


class Program:
    """The platform's program."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url
        self.key = key

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body or {})

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return self._ask(method, path, content, "application/json")

    def form(self, path: str, file: tuple[str, bytes], **fields: str) -> Any:
        upload = SimpleUploadedFile(*file)
        content = encode_multipart(BOUNDARY, {**fields, "file": upload})
        return self._ask("POST", path, content, MULTIPART_CONTENT)

    def _ask(self, method: str, path: str, content: bytes | None, kind: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        headers["Idempotency-Key"] = ids.new().hex
        request = urllib.request.Request(f"{self.base_url}/v1{path}", content, headers)
        request.method = method
        with urllib.request.urlopen(request, timeout=45) as answer:
            return json.load(answer)


class Owner:
    """The demo store's owner at the pages of the store's own application."""

    AT = "/test/business-details/"
    TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
    TASK = re.compile(r"/test/business-details/tasks/\w+/answer/")

    def __init__(self, demo: dict[str, str]) -> None:
        self.base_url = demo["base_url"]
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._post("/login/", "/login/", login=demo["email"], password=demo["password"])

    def answer(self) -> None:
        """Answer what is asked, and change nothing."""
        (task,) = set(self.TASK.findall(self._page(self.AT)))
        self._post(self.AT, task, answer="It is all there.")

    def send(self) -> None:
        """Hand the application in again."""
        self._post(f"{self.AT}steps/send/", f"{self.AT}steps/send/")

    def _page(self, path: str) -> str:
        with self.browser.open(self.base_url + path, timeout=45) as answer:
            return answer.read().decode()

    def _post(self, page: str, path: str, **fields: str) -> None:
        token = self.TOKEN.findall(self._page(page))[0]
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        with self.browser.open(self.base_url + path, form, timeout=45) as answer:
            assert answer.url != f"{self.base_url}/login/"


def files(program: Program, owner: Owner) -> list[Callable[[], Any]]:
    """Have an application ready for each fate; how each is sent."""

    def file(firm: str) -> Callable[[], Any]:
        if firm == OWN:
            owner.answer()
            return owner.send
        made = by_api.given(program, firm, FATES[firm].country, "sole_trader", IN_A_SHOP)
        return partial(program.post, f"{by_api.ROOM}/{made['id']}/send")

    with ThreadPoolExecutor(len(FATES)) as pool:
        return list(pool.map(file, FATES))


@contextmanager
def held_amid_verdicts(sendings: list[Callable[[], Any]], database_url: str) -> Iterator[None]:
    """Send them, and hold the worker in the middle of each for as long as the block lasts."""
    tables = [fate.table for fate in FATES.values()]
    with connect(database_url) as first, connect(database_url) as second:
        first.execute(f"LOCK TABLE {LOOKED} IN EXCLUSIVE MODE")
        for number, send in enumerate(sendings, 1):
            send()
            _wait(database_url, [LOOKED], number)
        second.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        first.rollback()
        _wait(database_url, tables, len(sendings))
        yield


def gather(database_url: str) -> list[End]:
    """What became of the applications that were filed."""
    with connect(database_url) as connection:
        rows = connection.execute(_ENDS, [list(FATES)]).fetchall()
        return [
            End(*told, [seen for (seen,) in connection.execute(_LOOKS, [one])])
            for one, *told in rows
        ]


def differences(ends: list[End]) -> list[str]:
    """Every way in which an application did not end once, in words."""
    found = [f"{firm} is gone" for firm in FATES.keys() - {one.firm for one in ends}]
    return found + [f"{one.firm}: {words}" for one in ends for words in _amiss(one)]


def _amiss(one: End) -> Iterator[str]:
    fate = FATES[one.firm]
    if one.status != fate.status:
        yield f"is {one.status}, not {fate.status}"
    if one.verdicts != [fate.outcome] * fate.rounds:
        yield f"has the verdicts {one.verdicts}"
    if len(one.tasks) != fate.rounds * (fate.outcome == "ask"):
        yield f"has the tasks {one.tasks}"
    if one.cases != fate.rounds * (fate.outcome == "review"):
        yield f"has {one.cases} cases"
    told = Counter(one.events)
    for type in ("sent", fate.status):
        if told[f"onboarding.application.{type}"] != fate.rounds:
            yield f"was told {type} {told[f'onboarding.application.{type}']} times"
    if len(one.looks) != fate.rounds + 1:  # one was the dead worker's
        yield f"was looked at {len(one.looks)} times"
    elif any(look != one.looks[0] for look in one.looks):
        yield f"lost findings: {one.looks}"


def letters(database_url: str) -> tuple[int, dict[str, int]]:
    """How many have not left, and of which kind somebody was told how often about applications."""
    with connect(database_url) as connection:
        waiting = connection.execute(_WAITING).fetchone()
        return waiting[0] if waiting else 0, dict(connection.execute(_TOLD).fetchall())


def _wait(database_url: str, tables: list[str], count: int) -> None:
    """Until so many transactions wait for one of the tables."""
    with connect(database_url, autocommit=True) as eye:

        def held() -> bool:
            row = eye.execute(_HELD, [tables]).fetchone()
            return row is not None and row[0] >= count

        assert processes.until(held, PATIENCE_SECONDS), f"nobody came to {tables}"
