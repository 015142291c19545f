"""How a merchant's providers are doing now: their last attempts, a bounded look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from acquiring.core import clock, ids

SPAN = timedelta(hours=1)
DAY = timedelta(hours=24)
RECENT = timedelta(minutes=5)
LOOKED_AT = 2_000  # attempts, the newest
SLOW_MILLISECONDS = 3_000
ENOUGH = 5  # attempts before a share says anything

# Which process's breaker is open is not stored; what it turned away is.
_NOW = """
    SELECT {subject}, count(*),
           count(*) FILTER (WHERE status IN ('authorized', 'captured')),
           count(*) FILTER (WHERE status IN ('authorized', 'captured', 'declined')),
           count(*) FILTER (WHERE status IN ('unknown', 'refused')),
           count(*) FILTER (WHERE raw_code = 'circuit_open' AND id >= %s),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY milliseconds)
               FILTER (WHERE milliseconds > 0),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds)
               FILTER (WHERE milliseconds > 0)
    FROM (SELECT id, {subject}, status, raw_code, milliseconds FROM payments_attempt
          WHERE merchant_id = %s AND id >= %s ORDER BY id DESC LIMIT %s) AS recent
    GROUP BY {subject} ORDER BY count(*) DESC, {subject}
"""


class Health(NamedTuple):
    """How a provider, or an account at one, did lately: attempts, those that were paid, that were
    decided, that were not answered, and that an open breaker turned away in the last minutes.
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
    def approved(self) -> int | None:
        """Of a hundred attempts that were decided, how many were paid; None without any."""
        return (200 * self.paid + self.decided) // (2 * self.decided) if self.decided else None

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
    return [Health(*row) for row in _rows("provider", merchant_id, SPAN)]


def accounts(merchant_id: UUID, span: timedelta = DAY) -> dict[UUID, Health]:
    """By provider account, how it did lately, of real time. One read."""
    return {row[0]: Health(str(row[0]), *row[1:]) for row in _rows("account_id", merchant_id, span)}


def _rows(subject: str, merchant_id: UUID, span: timedelta) -> list[tuple[Any, ...]]:
    now = clock.now()
    values: list[Any] = [ids.first_at(now - RECENT), merchant_id, ids.first_at(now - span)]
    with connection.cursor() as cursor:
        cursor.execute(_NOW.format(subject=subject), [*values, LOOKED_AT])
        return cursor.fetchall()
