"""What programs asked us with a merchant's keys: the API request log.

Nothing of it happens while a request is served but one append to a queue in memory. One thread of
the web process scrubs, cuts and stores what lies there, twice a second, by COPY. The queue is
bounded: when the database cannot keep up, calls are dropped and counted, and no request waits.
A process that is killed loses the last half second of its log; the money is elsewhere.

A request id that we gave is the row's own id, so it needs no index of its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from multiprocessing.util import Finalize
from typing import NamedTuple
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import Q, QuerySet

from acquiring.connectors.scrubbing import Scrubber
from acquiring.core import ids, logs, metrics
from acquiring.core.errors import Problem
from acquiring.core.spans import recent

LINGER_SECONDS = 0.5
MOST_WAITING = 5_000
MOST_AT_ONCE = 1_000
LARGEST_BODY_BYTES = 16_384
KEPT_CHARACTERS = 4_096
# A shopper's, by the names our own API has for them; cards, secrets and the rest are in the nets.
PERSONAL = frozenset("name first_name last_name line1 line2 postal_code birth_date".split())
FILTERS = ("q", "status", "method", "error", "key", "time")

log = structlog.get_logger("merchants.calls")


class ApiRequest(models.Model):
    """One request of a program. Its time is in its id. The body is kept of those that failed."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)
    key_id = models.UUIDField()
    method = models.CharField(max_length=7)
    route = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    version = models.CharField(max_length=10)
    request_id = models.CharField(max_length=80, blank=True)  # where the caller chose it
    idempotency_key = models.CharField(max_length=255, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    param = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        verbose_name = "API request"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["merchant_id", "id"],
                name="merchants_apirequest_failed",
                condition=Q(status__gte=400),
            ),
            models.Index(
                fields=["merchant_id", "error_code", "id"],
                name="merchants_apirequest_error",
                condition=~Q(error_code=""),
            ),
            models.Index(
                fields=["merchant_id", "request_id"],
                name="merchants_apirequest_given",
                condition=~Q(request_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"

    @property
    def shown(self) -> str:
        """The request id, as the answer carried it."""
        return self.request_id or ids.show("req", self.id)


def requests(
    merchant_id: UUID,
    *,
    failed: bool = False,
    method: str = "",
    error_code: str = "",
    key_id: UUID | None = None,
    since: datetime | None = None,
) -> QuerySet[ApiRequest]:
    """The merchant's requests, newest first, those that all given words fit."""
    found = ApiRequest.objects.filter(merchant_id=merchant_id).order_by("-id")
    if failed:
        found = found.filter(status__gte=400)
    if method:
        found = found.filter(method=method)
    if error_code:
        found = found.filter(error_code=error_code)
    if key_id:
        found = found.filter(key_id=key_id)
    return found.filter(id__gte=ids.first_at(since)) if since else found


def listed(merchant_id: UUID, given: Mapping[str, str]) -> QuerySet[ApiRequest]:
    """The merchant's requests by a list's FILTERS, newest first: q (a request id), status
    ("failed"), method, error, key (key_…), time (one of `spans.RECENT`). Raises Problem `not_found`
    for an id that is none.
    """
    found = requests(
        merchant_id,
        failed=given.get("status") == "failed",
        method=given.get("method", ""),
        error_code=given.get("error", ""),
        key_id=ids.read("key", given["key"], "key") if given.get("key") else None,
        since=recent(given.get("time", "")),
    )
    return found.filter(_named(given["q"])) if given.get("q") else found


def request(merchant_id: UUID, shown: str) -> ApiRequest:
    """One request by the id its answer carried; raises Problem `not_found`."""
    row = ApiRequest.objects.filter(_named(shown), merchant_id=merchant_id).first()
    if row is None:
        raise Problem("not_found", f"There is no API request {shown[:80]!r}.")
    return row


def _named(shown: str) -> Q:
    """The request of an id, which is the row's own or was the caller's choice."""
    row_id, given = _ids(shown)
    return Q(request_id=given) if given else Q(id=row_id)


def versions_in_use(merchant_id: UUID) -> dict[UUID, ApiRequest]:
    """By key, its latest among the merchant's last 5,000 requests."""
    latest = ApiRequest.objects.raw(
        """
        SELECT DISTINCT ON (key_id) recent.* FROM (
            SELECT * FROM merchants_apirequest WHERE merchant_id = %s ORDER BY id DESC LIMIT 5000
        ) AS recent ORDER BY key_id, id DESC
        """,
        [merchant_id],
    )
    return {row.key_id: row for row in latest}


class Call(NamedTuple):
    """A request that was answered, as it lies in the queue: nothing of it is scrubbed yet."""

    merchant_id: UUID
    key_id: UUID
    request_id: str
    method: str
    route: str
    path: str
    status: int
    seconds: float
    version: str
    idempotency_key: str
    error_code: str = ""
    param: str = ""
    message: str = ""
    body: bytes = b""


class Queue:
    """The calls that are not stored yet, and the thread that stores them."""

    def __init__(self) -> None:
        self._waiting: deque[Call] = deque()
        self._some = threading.Event()
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._started = False

    def put(self, call: Call) -> None:
        """Take note of a call; a full queue drops it."""
        if len(self._waiting) >= MOST_WAITING:
            metrics.count("api_request_dropped", reason="full")
            return
        self._waiting.append(call)
        if not self._some.is_set():
            self._some.set()
            if not self._started and settings.STORE_CALLS:
                self._start()

    def flush(self) -> int:
        """Store what waits, on this thread's connection; returns how many. Raises DatabaseError."""
        stored = 0
        with self._storing:
            while calls := self._take():
                try:
                    _store(calls)
                except BaseException:
                    self._waiting.extendleft(reversed(calls))
                    raise
                stored += len(calls)
        return stored

    def _take(self) -> list[Call]:
        return [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
            threading.Thread(target=self._run, name="calls", daemon=True).start()
            # Runs when a worker process of the web server ends, which `atexit` does not.
            Finalize(None, self._last, exitpriority=10)

    def _run(self) -> None:
        while True:
            self._some.wait()
            time.sleep(LINGER_SECONDS)
            self._some.clear()
            self._try()

    def _try(self) -> None:
        try:
            connection.close_if_unusable_or_obsolete()
            self.flush()
        except DatabaseError as error:
            connection.close()
            self._some.set()  # what waits is tried again
            log.warning("calls are not stored", error=type(error).__name__)

    def _last(self) -> None:
        self._try()
        connection.close()


queue = Queue()


_COLUMNS = (
    *("id", "merchant_id", "key_id", "method", "route", "path", "status", "milliseconds"),
    *("version", "request_id", "idempotency_key", "error_code", "param", "message", "body"),
)
_COPY = f"COPY merchants_apirequest ({', '.join(_COLUMNS)}) FROM STDIN"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _store(calls: list[Call]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write("".join([_line(call) for call in calls]))


def _line(call: Call) -> str:
    """A row in COPY's text form. Made by hand: it is done for every request there is."""
    row_id, given = _ids(call.request_id)
    path = call.path
    if path != f"/{call.route}":  # nothing of the caller's is in it otherwise
        path = _plain(path, 300)
    line = (
        f"{row_id.hex}\t{call.merchant_id.hex}\t{call.key_id.hex}\t{call.method[:7]}"
        f"\t{call.route[:120]}\t{path}\t{call.status}\t{round(call.seconds * 1000)}"
        f"\t{call.version}\t{given}"
    )
    key = _plain(call.idempotency_key, 255) if call.idempotency_key else ""
    if not call.error_code:
        return f"{line}\t{key}\t\t\t\t\n"
    param, message = _plain(call.param, 200), _plain(call.message, 500)
    body = _body(call.body).translate(_ESCAPED)
    return f"{line}\t{key}\t{call.error_code}\t{param}\t{message}\t{body}\n"


def _ids(request_id: str) -> tuple[UUID, str]:
    """The row's id, and the request id where it does not say the same."""
    head, _, tail = request_id.partition("_")
    if head == "req" and len(tail) == 32:
        try:
            row_id = UUID(hex=tail)
        except ValueError:
            return ids.new(), request_id
        if row_id.version == 7:
            return row_id, ""
    return ids.new(), request_id


def _plain(text: str, most: int) -> str:
    """Text of the caller's, masked, cut and as COPY reads it."""
    return logs.masked(text)[:most].translate(_ESCAPED)


def _body(body: bytes) -> str:
    """A body as it may be kept: JSON without secrets and people, or only what it was not."""
    if not body:
        return ""
    if len(body) > LARGEST_BODY_BYTES:
        return f"({len(body)} bytes or more, not kept)"
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # Secrets are known by the names of their members, which a broken text does not have.
        return f"({len(body)} bytes that are not JSON: {error.msg}, at byte {error.pos + 1})"
    text = Scrubber(PERSONAL, ()).body(body, "application/json")
    return logs.masked(text).replace("\\u0000", "")[:KEPT_CHARACTERS]
