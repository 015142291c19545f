"""What happens without a call: webhooks leave, and time settles what was pending.

One thread looks for work that is due, a few more send. Both find their work in rows that were
committed with their cause, under leases: a killed process loses nothing, and a webhook that was
sent but not noted as sent is sent again, as real providers do.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import orjson
import structlog
from django.db import DatabaseError, transaction

from acquiring.core import clock, http
from acquiring.sandbox import listening
from acquiring.sandbox.book import (
    Account,
    Book,
    account_by_ref,
    charges,
    execute,
    leave_dead_connection,
    rows,
)
from acquiring.sandbox.engine import Delivery, Simulator, simulators

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
LEASE = timedelta(seconds=15)
BATCH = 20
SENDERS = 4
CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS = 3, 10
# After the first try; then the webhook is given up and shown as failed.
RETRY_SECONDS = (1, 2, 5, 15, 60, 300, 1800, 7200, 21600)


def start() -> None:
    """Start looking, for as long as the process lives."""
    threading.Thread(target=_look_forever, name="sandbox-background", daemon=True).start()


def lease_due(room: int) -> list[tuple]:
    """Lease at most `room` webhooks that are due, for longer than sending one can take."""
    now = clock.now()
    return rows(
        "UPDATE sandbox_delivery SET due_at = %s, attempts = attempts + 1 WHERE id IN ("
        " SELECT id FROM sandbox_delivery WHERE state = 'waiting' AND due_at <= %s"
        " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
        " RETURNING id, provider, account, name, message, forged, attempts, created_at, copy_of",
        [now + LEASE, now, room],
    )


def settle_due() -> int:
    """Let time do what it was to do to charges by now; returns to how many."""
    with transaction.atomic():
        due = charges(
            "due_at <= %s + make_interval(secs => coalesce((SELECT ahead_seconds"
            " FROM sandbox_account AS account WHERE account.provider = sandbox_charge.provider"
            " AND account.ref = sandbox_charge.account), 0))"
            " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED",
            [clock.now(), BATCH],
        )
        for charge in due:
            event, charge.due, charge.due_at = charge.due, "done", None
            account = account_by_ref(charge.provider, charge.account)
            assert account is not None
            book = Book(account)
            decline = charge.plan.decline if event == "decline" else ""
            simulators()[charge.provider].advance(book, charge, event, decline)  # type: ignore[arg-type]
            book.save(charge)
    return len(due)


def _look_forever() -> None:
    sending: set[Future] = set()
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="sandbox-sender") as senders:
        while True:
            leave_dead_connection()
            sending = {one for one in sending if not one.done()}
            try:
                due = lease_due(SENDERS - len(sending)) if len(sending) < SENDERS else []
                sending |= {senders.submit(_deliver, row) for row in due}
                settled = settle_due()
            except DatabaseError as error:
                log.warning("sandbox_database_away", error=str(error))
                due, settled = [], 0
            except Exception:
                log.exception("sandbox_background_failed")
                due, settled = [], 0
            if due or settled:
                wait(sending, LOOK_SECONDS, FIRST_COMPLETED)
            else:
                time.sleep(LOOK_SECONDS)


def _deliver(row: tuple) -> None:
    number, provider, ref, name, message, forged, attempts, created_at, copy_of = row
    leave_dead_connection()
    try:
        account = account_by_ref(provider, ref)
        assert account is not None
        delivery = Delivery(copy_of or number, name, orjson.loads(message), created_at, attempts)
        status, error = _send(simulators()[provider], account, delivery, forged)
        _note(number, attempts, status, error, forged)
    except DatabaseError as error:
        log.warning("sandbox_database_away", error=str(error))  # the lease ends by itself


def _send(
    simulator: Simulator, account: Account, delivery: Delivery, forged: bool
) -> tuple[int, str]:
    """The answer's status (0 = none) and what was wrong with it ("" = acknowledged)."""
    signer = account
    if forged:
        signer = replace(account, credentials=simulator.credentials(account.facts))
    post = simulator.sign(signer, delivery, account.now())
    line = ("POST", post.url or account.webhook_url)
    try:
        reply = http.send(
            "POST",
            line[1],
            post.headers,
            post.body,
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
        )
    except (http.NotSent, http.NoAnswer) as silence:
        bodies = (post.body, str(silence).encode())
        listening.note(simulator.name, account.ref, line, 0, bodies, told=True)
        return 0, str(silence)
    bodies = (post.body, reply.body)
    took = reply.milliseconds
    listening.note(simulator.name, account.ref, line, reply.status, bodies, took, told=True)
    if reply.status >= 300:
        return reply.status, f"answered {reply.status}"
    if post.expects and post.expects.encode() not in reply.body:
        return reply.status, f"the answer does not contain {post.expects}"
    return reply.status, ""


def _note(number: int, attempts: int, status: int, error: str, forged: bool) -> None:
    """Write what became of a try. A forged webhook is sent once: a stranger does not insist."""
    given_up = forged or attempts > len(RETRY_SECONDS)
    state = "sent" if not error else "failed" if given_up else "waiting"
    pause = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
    execute(
        "UPDATE sandbox_delivery SET state = %s, last_status = %s, last_error = %s, due_at = %s"
        " WHERE id = %s",
        [state, status or None, error[:500], clock.now() + timedelta(seconds=pause), number],
    )
