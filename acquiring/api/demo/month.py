"""The plan of a month: who buys what, when, with what, and what becomes of it.

Drawn from a fixed seed, so that two installations tell the same story, and that a run which was cut
short goes on with the payments it had not made.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

SEED = 1122
DAYS = 30
SHOPPERS = 60
CARD, VOUCHERS = "card", frozenset({"konbini", "boleto"})
# Vouchers that were shown this recently still wait for their shopper.
VOUCHER_DAYS = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """One payment to be. Amounts are minor units of `currency`; moments are aware, UTC."""

    reference: str
    at: datetime
    shopper: int
    country: str
    currency: str
    amount: int
    method: str
    card: str  # a test number; "" for other methods
    page: str  # what the shopper does when asked: approve, decline, cancel, wander
    capture: str  # automatic; or, by hand: whole, partly, canceled
    refund: str  # "", whole or partly
    refund_days: int


def plan(count: int, until: datetime) -> list[Planned]:
    """The `count` payments of the thirty days before `until`, the oldest first."""
    draw = random.Random(SEED)  # noqa: S311 (a story, not a secret)
    facts = _facts()
    moments = sorted(_moment(draw, facts, until) for _ in range(count))
    return [
        _planned(draw, facts, f"demo-{number:04}", moment, until)
        for number, moment in enumerate(moments, start=1)
    ]


def _moment(draw: random.Random, facts: Mapping[str, Any], until: datetime) -> datetime:
    """A moment of the month: evenings and weekends are busier, and the shop is growing."""
    while True:
        ago = timedelta(days=DAYS * (1 - draw.random() ** 0.8))
        moment = until - ago - timedelta(minutes=2)
        busy = facts["hours"][moment.hour] * facts["weekdays"][moment.weekday()]
        if draw.random() * max(facts["hours"]) * max(facts["weekdays"]) < busy:
            return moment


def _planned(
    draw: random.Random,
    facts: Mapping[str, Any],
    reference: str,
    at: datetime,
    until: datetime,
) -> Planned:
    market = draw.choices(facts["markets"], [row["weight"] for row in facts["markets"]])[0]
    method = _one(draw, market["methods"])
    later = method == CARD and draw.randrange(100) < facts["later"]["share"]
    refunded = draw.randrange(100) < facts["refunds"]["share"]
    page = _one(draw, facts["pages"])
    if method in VOUCHERS:
        recent = until - at < timedelta(days=VOUCHER_DAYS)
        page = "wander" if recent else page
    return Planned(
        reference=reference,
        at=at,
        shopper=draw.randrange(1, SHOPPERS + 1),
        country=market["country"],
        currency=market["currency"],
        amount=draw.choice(market["prices"]) * draw.choices([1, 2, 3], [7, 2, 1])[0],
        method=method,
        card=_one(draw, facts["cards"]) if method == CARD else "",
        page=page,
        capture=_one(draw, facts["later"], "share") if later else "automatic",
        refund=_one(draw, facts["refunds"], "share") if refunded else "",
        refund_days=draw.randrange(1, 7),
    )


def _one(draw: random.Random, weights: Mapping[str, int], *without: str) -> str:
    """A key, drawn by its weight."""
    names = [name for name in weights if name not in without]
    return draw.choices(names, [weights[name] for name in names])[0]


@cache
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("month.toml").read_text("utf-8"))
