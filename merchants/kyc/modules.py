"""Regulatory modules: what an authority adds to what a market's own file asks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from acquiring.core import shapes
from merchants.kyc.records import Asked, Entity, Market, Role

HERE = Path(__file__).parent
EVERYWHERE = "fatf"
RiskTier = Literal["low", "standard", "elevated", "high"]


class Exemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a shopper need not be authenticated. Limits are minor units by currency: of one payment,
    and of the sum since the last authentication; `fraud_basis_points` the rate it holds up to.
    """

    title: str
    article: str
    limit: dict[str, int] = {}
    sum_limit: dict[str, int] = {}
    count_limit: int | None = None
    fraud_basis_points: int | None = None


class Module(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of `modules.toml`: see its head."""

    title: str
    authority: str
    law: str
    sources: tuple[str, ...]
    basis: Literal["documented", "general", "mixed"]
    entities: tuple[Entity, ...] = ()
    people: tuple[Role, ...] = ()
    documents: tuple[str, ...] = ()
    declarations: dict[str, str] = {}
    checks: tuple[str, ...] = ()
    recheck_months: dict[RiskTier, int] = {}
    retention_years: int = 0
    duties: tuple[str, ...] = ()
    exemptions: dict[str, Exemption] = {}

    def holds(self, entity: str) -> bool:
        """Whether it is about this kind of entity."""
        return not self.entities or entity in self.entities


shapes.prepare(dict[str, Module])


@lru_cache(maxsize=1)
def modules() -> dict[str, Module]:
    """Every module, by key."""
    text = (HERE / "data" / "modules.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, Module])


def of(market: Market) -> dict[str, Module]:
    """The modules in force in a market, by key. Raises KeyError for one nobody wrote."""
    return {key: modules()[key] for key in (EVERYWHERE, *market.modules)}


def added(market: Market) -> Market:
    """The market with what its modules ask besides: roles and documents of each kind of entity."""
    entities = {
        kind: _added(asked, [module for module in of(market).values() if module.holds(kind)])
        for kind, asked in market.entities.items()
    }
    return msgspec.structs.replace(market, entities=entities)


def declarations(market: Market, entity: str) -> dict[str, tuple[str, str]]:
    """What is signed beside the platform's own terms: by key, the words and the law."""
    return {
        key: (words, module.law)
        for module in of(market).values()
        if module.holds(entity)
        for key, words in module.declarations.items()
    }


def checks(market: Market, entity: str) -> set[str]:
    """The checks of `checks.toml` that the modules demand."""
    rows = [module for module in of(market).values() if module.holds(entity)]
    return {one for row in rows for one in row.checks}


def recheck_months(market: Market, tier: str) -> int:
    """Months until a business of a tier is looked at again: the shortest of all modules. Raises
    ValueError for a tier that is none.
    """
    every = [pair for row in of(market).values() for pair in row.recheck_months.items()]
    return min(months for name, months in every if name == tier)


def retention_years(market: Market) -> int:
    """Years that what was handed in is kept after the end: the longest of all modules."""
    return max(row.retention_years for row in of(market).values())


def exemptions(market: Market) -> dict[str, Exemption]:
    """The exemptions from authenticating shoppers; none where no module speaks of them."""
    return {
        key: exemption
        for module in of(market).values()
        for key, exemption in module.exemptions.items()
    }


def _added(own: Asked, rows: list[Module]) -> Asked:
    return msgspec.structs.replace(
        own,
        people=_together(own.people, *(row.people for row in rows)),
        documents=_together(own.documents, *(row.documents for row in rows)),
    )


def _together(first: tuple[Any, ...], *others: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys([*first, *(one for other in others for one in other)]))
