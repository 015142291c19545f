"""What an organisation's page says of each business: how far it is, what waits, what it took."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from acquiring.core import clock
from acquiring.payments import statistics
from acquiring.portal.overview.period import period
from merchants.models import Business, Membership, Merchant, Mode
from merchants.onboarding import queries as onboarding

DAYS = "30"


class Line(NamedTuple):
    """A business as one person sees it.

    `status` is that of its application, or of the business; `taken` are the sums it captured in
    thirty days by currency, in minor units, in `mode`, that with the most payments first; `role`
    is None where the person has none.
    """

    business: Business
    status: str
    waiting: int
    modes: list[str]
    stores: int
    people: int
    mode: str
    taken: list[tuple[str, int]]
    role: Membership | None


def lines(businesses: list[Any], mine: dict[UUID, Membership]) -> list[Line]:
    """A line for each business of `organisations.queries.businesses`. Three reads."""
    firsts = {row.pk: _since(row) for one in businesses for row in one.modes}
    taken = statistics.captured_since(firsts)
    standing = onboarding.standings([one.pk for one in businesses])
    return [_line(one, taken, standing, mine) for one in businesses]


def _line(
    business: Any,
    taken: dict[UUID, dict[str, int]],
    standing: dict[UUID, onboarding.Standing],
    mine: dict[UUID, Membership],
) -> Line:
    known = standing.get(business.pk)
    status = known.status if known and business.status != "suspended" else business.status
    earns = _earns(business.modes, taken)
    sums = taken.get(earns.pk, {}) if earns else {}
    return Line(
        business=business,
        status=status,
        waiting=known.waiting if known else 0,
        modes=sorted((one.mode for one in business.modes), reverse=True),
        stores=max((one.shops for one in business.modes), default=0),
        people=business.workers,
        mode=earns.mode if earns else "",
        taken=list(sums.items()),
        role=mine.get(business.pk),
    )


def _earns(modes: list[Merchant], taken: dict[UUID, dict[str, int]]) -> Merchant | None:
    """Live where anything was captured in live, else test."""
    by_mode = {one.mode: one for one in modes}
    live = by_mode.get(Mode.LIVE)
    return live if live and taken.get(live.pk) else by_mode.get(Mode.TEST)


def _since(merchant: Merchant) -> date:
    """The first of thirty days by the merchant's own clock, as its overview counts them."""
    now = clock.now() + timedelta(seconds=merchant.clock_ahead_seconds)
    return period(DAYS, now, merchant.time_zone).first
