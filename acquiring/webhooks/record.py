"""What came of the tries: written set-wise, one transaction per merchant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from acquiring.core import clock, ids, metrics
from acquiring.webhooks import disabling, schedule
from acquiring.webhooks.models import Delivery, Endpoint
from acquiring.webhooks.sending import Result

GONE = 410


def results(finished: Sequence[Result]) -> None:
    """Keep each try, move its delivery on, and look after the endpoint's health."""
    by_merchant: dict[UUID, list[Result]] = defaultdict(list)
    for result in finished:
        by_merchant[result.job.merchant_id].append(result)
    for merchant_id, some in by_merchant.items():
        if all(result.succeeded and not result.job.impaired for result in some):
            _keep(merchant_id, some)
        else:
            with transaction.atomic():
                _keep(merchant_id, some)
                _look_after_endpoints(merchant_id, some)
        for result in some:
            _count(result)


def abandon(merchant_id: UUID, deliveries: Sequence[UUID]) -> None:
    """Give up deliveries whose event no longer exists."""
    Delivery.objects.filter(merchant_id=merchant_id, id__in=deliveries).update(
        status=Delivery.Status.ABANDONED
    )


def _keep(merchant_id: UUID, some: list[Result]) -> None:
    """Write the tries and move the deliveries on, in one statement.

    Only a delivery still at the try we made moves: one replayed meanwhile begins anew.
    """
    now = clock.now()
    rows = [
        (
            *(ids.new(), result.status, result.response, result.error, result.milliseconds),
            *(result.sent_at, *_move(result, now)),
        )
        for result in some
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH new AS (
                SELECT * FROM unnest(
                    %s::uuid[], %s::int[], %s::text[], %s::text[], %s::int[],
                    %s::timestamptz[], %s::uuid[], %s::int[], %s::text[], %s::timestamptz[]
                ) AS new (id, answered, response, error, milliseconds, sent_at,
                          delivery_id, tries, status, next_at)
            ), kept AS (
                INSERT INTO webhooks_deliveryattempt (id, merchant_id, delivery_id, status,
                                                      response, error, milliseconds, sent_at,
                                                      created_at)
                SELECT id, %s, delivery_id, answered, response, error, milliseconds, sent_at, %s
                FROM new
            )
            UPDATE webhooks_delivery AS delivery
            SET status = new.status, next_at = new.next_at
            FROM new WHERE delivery.merchant_id = %s AND delivery.id = new.delivery_id
              AND delivery.tries = new.tries AND delivery.status = 'pending'
            """,
            [
                *(list(column) for column in zip(*rows, strict=True)),
                *(merchant_id, now, merchant_id),
            ],
        )


def _move(result: Result, now: datetime) -> tuple[UUID, int, str, datetime]:
    job = result.job
    if result.succeeded:
        return job.delivery_id, job.tries, Delivery.Status.SUCCEEDED.value, now
    later = schedule.next_try(job.delivery_id, job.tries, now)
    if later is None:
        return job.delivery_id, job.tries, Delivery.Status.FAILED.value, now
    return job.delivery_id, job.tries, Delivery.Status.PENDING.value, later


def _count(result: Result) -> None:
    metrics.count("webhook_delivery", result="succeeded" if result.succeeded else "failed")
    if result.succeeded:
        since = clock.now() - result.job.event_at
        metrics.observe("webhook_seconds", max(since.total_seconds(), 0))


def _look_after_endpoints(merchant_id: UUID, some: list[Result]) -> None:
    """One success ends a bad time; failures begin one, and after three days disable."""
    by_endpoint: dict[UUID, list[Result]] = defaultdict(list)
    for result in some:
        by_endpoint[result.job.endpoint_id].append(result)
    for endpoint_id, its in sorted(by_endpoint.items()):
        row = Endpoint.objects.filter(merchant_id=merchant_id, pk=endpoint_id)
        if any(result.status == GONE for result in its):
            disabling.disable(merchant_id, endpoint_id, Endpoint.Reason.GONE)
        elif any(result.succeeded for result in its):
            row.exclude(failing_since=None).update(failing_since=None)
        else:
            row.filter(failing_since=None).update(failing_since=clock.now())
            if row.filter(failing_since__lte=clock.now() - schedule.PATIENCE).exists():
                disabling.disable(merchant_id, endpoint_id, Endpoint.Reason.FAILING)
