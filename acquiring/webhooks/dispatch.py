"""The dispatcher: seal, fan out, claim, send, record, until nothing is left.

Nothing here is told what to do. It looks at rows, so it may be called at any time, by any number
of workers, and killed at any moment: a claim is a lease that ends, and a message that was sent but
not recorded is sent again under the same `webhook-id`. No transaction is open while it waits.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any

import orjson
from django.db import connection

from acquiring.core import chain, clock, ids, outbox, wake
from acquiring.core.models import Event
from acquiring.webhooks import queries, record, render, schedule, secrets
from acquiring.webhooks.fanout import fan_out
from acquiring.webhooks.models import Endpoint
from acquiring.webhooks.sending import Job, Result, senders
from merchants.queries import mode_of

RUN_SECONDS = 20
# A round has a price, so events and results are gathered for a moment. While more is due than may
# be under way, the moment is as short as an endpoint's answer.
GATHER_SECONDS = 0.05
HURRY_SECONDS = 0.005
NAP_SECONDS = 0.02

_turn = threading.Lock()
_looked = threading.Event()


def look() -> None:
    """Do what there is to do. Returns at once when another thread of this process is at it: that
    one has been told to look once more before it stops.
    """
    _looked.set()
    while _looked.is_set() and _turn.acquire(blocking=False):
        run = Run()
        try:
            done = run.work(monotonic() + RUN_SECONDS)
        finally:
            _turn.release()
        # Slow answers are awaited after the turn was given up, so that they delay nobody.
        run.drain()
        if not done:
            return


class Run:
    """One turn of the dispatcher, and the results that are still to come."""

    def __init__(self) -> None:
        self._finished: SimpleQueue[Result] = SimpleQueue()
        self._awaited = 0

    def work(self, deadline: float) -> bool:
        """Go round until nothing is due and nothing awaited; False when the deadline (monotonic)
        came first and another look was asked for.
        """
        _looked.set()
        while True:
            if _looked.is_set():
                _looked.clear()
                chain.seal_everything(chain.EVENTS)
                fan_out()
            begun, more = self._begin_what_is_due()
            recorded = self._record()
            if begun or recorded:
                sleep(HURRY_SECONDS if more else GATHER_SECONDS)
            elif _looked.is_set():
                continue
            elif not self._awaited:
                return True
            else:
                self._nap(deadline)
            if monotonic() > deadline:
                wake.look(outbox.DELIVER)
                return False

    def drain(self) -> None:
        """Record what is still under way."""
        while self._awaited:
            self._record(block=True)

    def _nap(self, deadline: float) -> None:
        """Wait for a result, or for somebody to look, or for a delivery's time to come."""
        until = min(deadline, monotonic() + 1)
        while monotonic() < until and self._finished.empty() and not _looked.is_set():
            sleep(NAP_SECONDS)

    def _begin_what_is_due(self) -> tuple[int, bool]:
        """Begin what may be begun; returns how many, and whether more is waiting for its turn."""
        begun, more = 0, False
        for endpoint in queries.due_endpoints():
            slots = senders.free_slots(endpoint)
            jobs = claim(endpoint, slots) if slots > 0 else []
            for job in jobs:
                senders.begin(job, self._finished)
            begun += len(jobs)
            more = more or (len(jobs) >= slots and not senders.is_impaired(endpoint))
        self._awaited += begun
        return begun, more

    def _record(self, block: bool = False) -> int:
        results = [self._finished.get()] if block else []
        while True:
            try:
                results.append(self._finished.get_nowait())
            except Empty:
                break
        self._awaited -= len(results)
        record.results(results)
        return len(results)


def claim(endpoint: Endpoint, limit: int) -> list[Job]:
    """Take up to `limit` due deliveries of an endpoint, leased to us and committed."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id, event_id FROM webhooks_delivery
                WHERE merchant_id = %s AND endpoint_id = %s AND status = 'pending'
                  AND next_at <= %s
                ORDER BY next_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE webhooks_delivery AS delivery
            SET tries = delivery.tries + 1, next_at = %s
            FROM due LEFT JOIN core_event AS event
              ON event.merchant_id = %s AND event.id = due.event_id
            WHERE delivery.merchant_id = %s AND delivery.id = due.id
            RETURNING delivery.id, delivery.tries, event.id, event.type, event.payload::text,
                      event.created_at, event.sequence
            """,
            [
                *(endpoint.merchant_id, endpoint.id, now, limit),
                *(now + schedule.LEASE, endpoint.merchant_id, endpoint.merchant_id),
            ],
        )
        claimed = sorted(cursor.fetchall())
    gone = [delivery_id for delivery_id, _, event_id, *_ in claimed if event_id is None]
    if gone:  # retention took the event first
        record.abandon(endpoint.merchant_id, gone)
        claimed = [row for row in claimed if row[0] not in gone]
    return _jobs(endpoint, claimed) if claimed else []


def _jobs(endpoint: Endpoint, claimed: list[tuple[Any, ...]]) -> list[Job]:
    mode = mode_of(endpoint.merchant_id)
    keys = tuple(secrets.in_force(endpoint))
    impaired = senders.is_impaired(endpoint)
    jobs = []
    for delivery_id, tries, event_id, type, payload, created_at, sequence in claimed:
        event = Event(
            id=event_id,
            merchant_id=endpoint.merchant_id,
            type=type,
            payload=orjson.Fragment(payload),  # PostgreSQL's text is JSON already
            created_at=created_at,
            sequence=sequence,
        )
        jobs.append(
            Job(
                merchant_id=endpoint.merchant_id,
                delivery_id=delivery_id,
                endpoint_id=endpoint.id,
                tries=tries,
                url=endpoint.url,
                message_id=ids.show("evt", event_id),
                body=orjson.dumps(render.event(event, mode)),
                secrets=keys,
                event_at=created_at,
                impaired=impaired,
            )
        )
    return jobs
