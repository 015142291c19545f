"""What the platform keeps of a capture: a share plus a fixed part, by kind of method."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from acquiring.core.memory import Memory
from acquiring.core.money import Money, share
from acquiring.ledger.models import FeeRule


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


_known: Memory[UUID, dict[tuple[str, str], Price]] = Memory(seconds=30, limit=10_000)


def _rules(merchant_id: UUID) -> dict[tuple[str, str], Price]:
    rules = _known.get(merchant_id)
    if rules is None:
        rows = FeeRule.objects.filter(merchant_id=merchant_id)
        rules = {(row.kind, row.currency): Price(row.basis_points, row.fixed) for row in rows}
        _known.put(merchant_id, rules)
    return rules


@lru_cache(maxsize=1)
def _plan() -> dict:
    return tomllib.loads((Path(__file__).parent / "data" / "fees.toml").read_text("utf-8"))
