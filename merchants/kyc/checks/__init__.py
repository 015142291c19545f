"""The automatic checks: an application and what services knew of it, to traces.

What a check sees is code; what follows from it, whom it is for, by which rule and for how long, is
the table `data/checks.toml`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from acquiring.core import shapes
from merchants.kyc import markets, modules
from merchants.kyc.checks import accounts, activity, company, countries, others, papers, people
from merchants.kyc.checks.records import GROUPS, Found, Known, Row, Seen
from merchants.kyc.facts import Facts

__all__ = ["CHECKS", "GROUPS", "Found", "Known", "check", "run", "table"]

Check = Callable[[Facts, Known], Iterator[Seen]]
CHECKS: dict[str, Check] = {
    **company.CHECKS,
    **activity.CHECKS,
    **accounts.CHECKS,
    **people.CHECKS,
    **papers.CHECKS,
    **others.CHECKS,
}
DAYS_A_MONTH = 30

shapes.prepare(Known, Found, dict[str, Row])


@lru_cache(maxsize=1)
def table() -> dict[str, Row]:
    """The rows, by check. Raises ValueError naming what is wrong with the file."""
    path = Path(__file__).parent.parent / "data" / "checks.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, Row])
    except msgspec.DecodeError as error:
        raise ValueError(f"kyc/data/checks.toml: {error}") from error


def check() -> list[str]:
    """What is wrong with the table, a line per fault, for `manage.py check`."""
    try:
        rows = table()
        company.agreements(), activity.rates(), activity.tickets(), countries.listing()
    except (ValueError, msgspec.DecodeError) as error:
        return [str(error)]
    odd = sorted(set(rows) ^ set(CHECKS))
    faults = [f"kyc/data/checks.toml: {key}: row or check without the other" for key in odd]
    for key, row in rows.items():
        if row.group not in GROUPS:
            faults.append(f"kyc/data/checks.toml: {key}: there is no group {row.group}")
    return faults


def run(facts: Facts, known: Known, groups: Collection[str] = ()) -> list[Found]:
    """Make every check that is for this application, or those of some groups, in the table's
    order. What a regulation of the market demands is made whatever its row says.
    """
    found = []
    demanded = modules.checks(markets.market(facts.country), facts.entity)
    for key, row in table().items():
        if groups and row.group not in groups:
            continue
        if key in demanded or _is_for(row, facts):
            found += [_traced(key, row, seen, known.today) for seen in CHECKS[key](facts, known)]
    return found


def _is_for(row: Row, facts: Facts) -> bool:
    if row.entities and facts.entity not in row.entities:
        return False
    return not row.countries or facts.country in row.countries


def _traced(key: str, row: Row, seen: Seen, today: datetime.date) -> Found:
    says = row.saw[seen.saw]
    days = datetime.timedelta(days=row.months * DAYS_A_MONTH)
    return Found(
        check=key,
        subject=seen.subject,
        saw=seen.saw,
        result=says.result,
        words=seen.words,
        told=says.told.format_map(seen.evidence) if says.told else "",
        evidence=seen.evidence,
        source=row.source,
        expires=today + days if row.months else None,
    )
