"""How a merchant's providers are doing now: their last attempts, a bounded look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from acquiring.core import clock, ids

SPAN = timedelta(hours=1)
RECENT = timedelta(minutes=5)
LOOKED_AT = 2_000  # attempts, the newest
SLOW_MILLISECONDS = 3_000
ENOUGH = 5  # attempts before a share says anything

# Which process's breaker is open is not stored; what it turned away is.
_NOW = """
    SELECT provider, count(*),
           count(*) FILTER (WHERE status IN ('authorized', 'captured')),
           count(*) FILTER (WHERE status IN ('authorized', 'captured', 'declined')),
           count(*) FILTER (WHERE status IN ('unknown', 'refused')),
           count(*) FILTER (WHERE raw_code = 'circuit_open' AND id >= %s),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY milliseconds)
               FILTER (WHERE milliseconds > 0),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds)
               FILTER (WHERE milliseconds > 0)
    FROM (SELECT id, provider, status, raw_code, milliseconds FROM payments_attempt
          WHERE merchant_id = %s AND id >= %s ORDER BY id DESC LIMIT %s) AS recent
    GROUP BY provider ORDER BY count(*) DESC, provider
"""


class Health(NamedTuple):
    """A provider's last hour: attempts, those that were paid, that were decided, that were not
    answered, and that an open circuit breaker turned away in the last minutes.
    """

    provider: str
    attempts: int
    paid: int
    decided: int
    unanswered: int
    turned_away: int
    median_milliseconds: int | None
    slow_milliseconds: int | None  # 95 of 100 were quicker

    @property
    def word(self) -> str:
        """paused, failing, slow or healthy."""
        if self.turned_away:
            return "paused"
        if self.attempts >= ENOUGH and 5 * self.unanswered > self.attempts:
            return "failing"
        return "slow" if (self.slow_milliseconds or 0) > SLOW_MILLISECONDS else "healthy"


def providers(merchant_id: UUID) -> list[Health]:
    """The providers that were asked in the last hour of real time, the busiest first. One read."""
    now = clock.now()
    values: list[Any] = [
        ids.first_at(now - RECENT),
        merchant_id,
        ids.first_at(now - SPAN),
        LOOKED_AT,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOW, values)
        return [Health(*row) for row in cursor.fetchall()]
