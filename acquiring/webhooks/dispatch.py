"""The dispatcher: seal, fan out, claim, send, record, until nothing is left.

Nothing here is told what to do. It looks at rows, so it may be called at any time, by any number
of workers, and killed at any moment: a claim is a lease that ends, and a message that was sent but
not recorded is sent again under the same `webhook-id`. No transaction is open while it waits.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from uuid import UUID

import orjson
from django.db import connection

from acquiring.core import chain, clock, ids, outbox, wake
from acquiring.core.models import Event
from acquiring.webhooks import queries, record, render, schedule, secrets
from acquiring.webhooks.fanout import fan_out
from acquiring.webhooks.models import Endpoint
from acquiring.webhooks.sending import Job, Result, senders

RUN_SECONDS = 20
PACE_SECONDS = 0.01  # so that results are recorded together rather than one by one
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
            run.work(monotonic() + RUN_SECONDS)
        finally:
            _turn.release()
        # Slow answers are awaited after the turn was given up, so that they delay nobody.
        run.drain()


class Run:
    """One turn of the dispatcher, and the results that are still to come."""

    def __init__(self) -> None:
        self._finished: SimpleQueue[Result] = SimpleQueue()
        self._awaited = 0

    def work(self, deadline: float) -> None:
        """Go round until nothing is due and nothing awaited, or until the deadline (monotonic)."""
        while True:
            _looked.clear()
            sealed = chain.seal_everything(chain.EVENTS)
            fan_out()
            begun = self._begin_what_is_due()
            recorded = self._record()
            if sealed or begun or recorded:
                sleep(PACE_SECONDS)
            elif not self._awaited:
                return
            else:
                self._nap(deadline)
            if monotonic() > deadline:
                wake.look(outbox.DELIVER)
                return

    def drain(self) -> None:
        """Record what is still under way."""
        while self._awaited:
            self._record(block=True)

    def _nap(self, deadline: float) -> None:
        """Wait for a result, or for somebody to look, or for a delivery's time to come."""
        until = min(deadline, monotonic() + 1)
        while monotonic() < until and self._finished.empty() and not _looked.is_set():
            sleep(NAP_SECONDS)

    def _begin_what_is_due(self) -> int:
        begun = 0
        for endpoint in queries.due_endpoints():
            slots = senders.free_slots(endpoint)
            if slots > 0:
                for job in claim(endpoint, slots):
                    senders.begin(job, self._finished)
                    begun += 1
        self._awaited += begun
        return begun

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
                SELECT id FROM webhooks_delivery
                WHERE merchant_id = %s AND endpoint_id = %s AND status = 'pending'
                  AND next_at <= %s
                ORDER BY next_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE webhooks_delivery AS delivery
            SET tries = delivery.tries + 1, next_at = %s
            FROM due WHERE delivery.merchant_id = %s AND delivery.id = due.id
            RETURNING delivery.id, delivery.event_id, delivery.tries
            """,
            [
                *(endpoint.merchant_id, endpoint.id, now, limit),
                *(now + schedule.LEASE, endpoint.merchant_id),
            ],
        )
        claimed = cursor.fetchall()
    return _jobs(endpoint, claimed)


def _jobs(endpoint: Endpoint, claimed: list[tuple[UUID, UUID, int]]) -> list[Job]:
    if not claimed:
        return []
    wanted = [event_id for _, event_id, _ in claimed]
    kept = Event.objects.filter(merchant_id=endpoint.merchant_id, id__in=wanted)
    events = {event.id: event for event in kept}
    mode = queries.mode_of(endpoint.merchant_id)
    keys = tuple(secrets.in_force(endpoint))
    impaired = senders.is_impaired(endpoint)
    jobs, forgotten = [], []
    for delivery_id, event_id, tries in sorted(claimed):
        event = events.get(event_id)
        if event is None:
            forgotten.append(delivery_id)
            continue
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
                event_at=event.created_at,
                impaired=impaired,
            )
        )
    if forgotten:  # retention took the event first
        record.abandon(endpoint.merchant_id, forgotten)
    return jobs
