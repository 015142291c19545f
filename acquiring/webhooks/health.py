"""How an endpoint is doing, from its last deliveries: a bounded look, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from acquiring.webhooks.models import DeliveryAttempt, Endpoint

LOOKED_AT = 1_000  # deliveries of an endpoint, the newest


@dataclass(frozen=True)
class Health:
    """An endpoint's last deliveries. `word` is healthy, retrying, failing, disabled or idle."""

    word: str
    looked_at: int = 0
    delivered: int = 0
    lost: int = 0
    retrying: int = 0
    last_failure: DeliveryAttempt | None = None
    failing_since: datetime | None = None

    @property
    def permille(self) -> int | None:
        """Delivered of a thousand that are settled; None before the first."""
        settled = self.delivered + self.lost + self.retrying
        return 1000 * self.delivered // settled if settled else None

    @property
    def rate(self) -> str:
        """The same as "99.8", "" before the first."""
        return "" if self.permille is None else f"{self.permille // 10}.{self.permille % 10}"


def of(merchant_id: UUID, endpoints: list[Endpoint]) -> dict[UUID, Health]:
    """The health of some of a merchant's endpoints, by their id. Two reads."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT endpoint.id, count(*) FILTER (WHERE status = 'succeeded'),
                   count(*) FILTER (WHERE status IN ('failed', 'abandoned')),
                   count(*) FILTER (WHERE status = 'pending' AND tries > 0),
                   (array_agg(recent.id ORDER BY recent.id DESC)
                    FILTER (WHERE status <> 'succeeded' AND tries > 0))[1]
            FROM unnest(%s::uuid[]) AS endpoint (id), LATERAL (
                SELECT delivery.id, status, tries FROM webhooks_delivery AS delivery
                WHERE merchant_id = %s AND endpoint_id = endpoint.id
                ORDER BY delivery.id DESC LIMIT %s
            ) AS recent GROUP BY endpoint.id
            """,
            [[one.id for one in endpoints], merchant_id, LOOKED_AT],
        )
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    lost = [row[-1] for row in counted.values() if row[-1] is not None]
    failures = _failures(merchant_id, lost)
    return {one.id: _health(one, counted.get(one.id), failures) for one in endpoints}


def _failures(merchant_id: UUID, deliveries: list[UUID]) -> dict[UUID, DeliveryAttempt]:
    """The last try of each delivery, by its id."""
    if not deliveries:
        return {}
    tries = DeliveryAttempt.objects.filter(merchant_id=merchant_id, delivery_id__in=deliveries)
    newest = tries.order_by("delivery_id", "-id").distinct("delivery_id")
    return {one.delivery_id: one for one in newest}


def _health(
    endpoint: Endpoint,
    counted: tuple[int, int, int, UUID | None] | None,
    failures: dict[UUID, DeliveryAttempt],
) -> Health:
    delivered, lost, retrying, worst = counted or (0, 0, 0, None)
    return Health(
        _word(endpoint, delivered, lost, retrying),
        delivered + lost + retrying,
        delivered,
        lost,
        retrying,
        failures.get(worst) if worst else None,
        endpoint.failing_since,
    )


def _word(endpoint: Endpoint, delivered: int, lost: int, retrying: int) -> str:
    if endpoint.status == Endpoint.Status.DISABLED:
        return "disabled"
    if endpoint.failing_since is not None:
        return "failing"
    if retrying:
        return "retrying"
    return "healthy" if delivered or lost else "idle"
