"""What the platform keeps of a capture: a share plus a fixed part, by kind of method."""

from __future__ import annotations

import threading
import tomllib
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from acquiring.core.money import Money, share
from acquiring.ledger.models import FeeRule

CACHE_SECONDS = 30
CACHE_MERCHANTS = 10_000


class Price(NamedTuple):
    """Basis points of the amount plus minor units of its currency."""

    basis_points: int
    fixed: int

    def of(self, money: Money) -> int:
        """The fee in minor units: at least 0, at most the amount; halves away from zero."""
        return min(money.amount, share(money.amount, self.basis_points) + self.fixed)


def price(merchant_id: UUID, kind: str, currency: str) -> Price:
    """The merchant's price: its own most specific rule, else the default plan's."""
    own = _rules(merchant_id)
    for key in ((kind, currency), (kind, ""), ("", currency), ("", "")):
        if key in own:
            return own[key]
    plan = _plan()
    row = plan.get(kind, plan["default"])
    return Price(row["basis_points"], row["fixed"].get(currency, row["fixed"]["*"]))


_cache: dict[UUID, tuple[float, dict[tuple[str, str], Price]]] = {}
_lock = threading.Lock()


def _rules(merchant_id: UUID) -> dict[tuple[str, str], Price]:
    found = _cache.get(merchant_id)
    if found and found[0] > monotonic():
        return found[1]
    rows = FeeRule.objects.filter(merchant_id=merchant_id)
    rules = {(row.kind, row.currency): Price(row.basis_points, row.fixed) for row in rows}
    with _lock:
        if len(_cache) >= CACHE_MERCHANTS:
            _cache.clear()
        _cache[merchant_id] = (monotonic() + CACHE_SECONDS, rules)
    return rules


@lru_cache(maxsize=1)
def _plan() -> dict:
    return tomllib.loads((Path(__file__).parent / "data" / "fees.toml").read_text("utf-8"))
