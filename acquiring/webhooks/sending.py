"""Sending: bytes out, an answer in, no database. A bounded pool does it beside the dispatcher."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from threading import Lock

from django.conf import settings

import acquiring
from acquiring.core import clock, http
from acquiring.core.memory import Memory
from acquiring.webhooks import signing
from acquiring.webhooks.models import Endpoint

TIMEOUT_SECONDS = 10
SENDERS = 16
# A prompt endpoint may have this many messages under way. One that fails or answers slowly may have
# one, and all of these together a part of the pool: a dead endpoint never stands in another's way.
PROMPT_EACH = 8
IMPAIRED_EACH = 1
IMPAIRED_TOTAL = 6
SLOW_MILLISECONDS = 1000
EXCERPT_BYTES = 1000
USER_AGENT = f"Caravel-Webhooks/{acquiring.__version__}"


@dataclass(frozen=True)
class Job:
    """One message of one try, ready to go."""

    merchant_id: uuid.UUID
    delivery_id: uuid.UUID
    endpoint_id: uuid.UUID
    tries: int
    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]
    event_at: datetime
    impaired: bool = False


@dataclass(frozen=True)
class Result:
    """What came of it; `status` is None when no whole answer came."""

    job: Job
    status: int | None
    response: str
    error: str
    milliseconds: int
    sent_at: datetime | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


def perform(job: Job) -> Result:
    """Send one message. Redirects are not followed: they would leave what was checked."""
    started = clock.now()
    headers = headers_of(job.message_id, started, job.body, job.secrets)
    try:
        answer = http.send(
            "POST",
            job.url,
            headers,
            job.body,
            connect_timeout_seconds=TIMEOUT_SECONDS,
            read_timeout_seconds=TIMEOUT_SECONDS,
            total_timeout_seconds=TIMEOUT_SECONDS,
            guard=not settings.ALLOW_PRIVATE_ENDPOINTS,
        )
    except (http.NotSent, http.NoAnswer) as silence:
        spent = int((clock.now() - started).total_seconds() * 1000)
        return Result(job, None, "", str(silence)[:300], max(spent, 0), started)
    # PostgreSQL keeps no NUL in a text.
    excerpt = answer.body[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\0", "�")
    error = "" if 200 <= answer.status < 300 else f"answered {answer.status}"
    return Result(job, answer.status, excerpt, error, answer.milliseconds, started)


def headers_of(
    message_id: str, moment: datetime, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """The headers of a message sent at that moment."""
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        **signing.headers(message_id, moment, body, secrets),
    }


class Senders:
    """The pool of this process and who is using it. Results go to the queue given with the job."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")
        self._lock = Lock()
        self._under_way: dict[uuid.UUID, int] = {}
        self._impaired = 0
        self._slow: Memory[uuid.UUID, bool] = Memory(seconds=60, limit=10_000)

    def is_impaired(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint is failing, or was slow a moment ago."""
        return endpoint.failing_since is not None or self._slow.get(endpoint.id) is not None

    def free_slots(self, endpoint: Endpoint) -> int:
        """How many messages to an endpoint may be begun now."""
        with self._lock:
            free = SENDERS - sum(self._under_way.values())
            mine = self._under_way.get(endpoint.id, 0)
            if not self.is_impaired(endpoint):
                return min(free, PROMPT_EACH - mine)
            return min(free, IMPAIRED_EACH - mine, IMPAIRED_TOTAL - self._impaired)

    def begin(self, job: Job, finished: SimpleQueue[Result]) -> None:
        """Send in the background; the result arrives in `finished`."""
        with self._lock:
            self._under_way[job.endpoint_id] = self._under_way.get(job.endpoint_id, 0) + 1
            self._impaired += job.impaired
        future = self._pool.submit(perform, job)
        future.add_done_callback(lambda done: self._end(job, done, finished))

    def _end(self, job: Job, done: Future[Result], finished: SimpleQueue[Result]) -> None:
        error = done.exception()
        result = Result(job, None, "", f"internal: {error}"[:300], 0) if error else done.result()
        if result.milliseconds > SLOW_MILLISECONDS:
            self._slow.put(job.endpoint_id, True)
        with self._lock:
            self._under_way[job.endpoint_id] -= 1
            if not self._under_way[job.endpoint_id]:
                del self._under_way[job.endpoint_id]
            self._impaired -= job.impaired
        finished.put(result)


senders = Senders()
