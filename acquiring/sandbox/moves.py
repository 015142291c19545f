"""Money that moved at a provider, noted as it moves: what statements are made of.

A move is a row that is never changed but to say which statement it went into.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from acquiring.sandbox.sql import execute

if TYPE_CHECKING:
    from acquiring.sandbox.book import Charge

Kind = Literal["capture", "refund", "chargeback"]


def note(charge: Charge, now: datetime, by: Mapping[str, Any] | None = None) -> None:
    """Note what was captured and refunded since the charge was last written."""
    captured, refunded = (
        charge.captured - charge.moved[0],
        charge.refunded - charge.moved[1],
    )
    charge.moved = (charge.captured, charge.refunded)
    if captured:
        write(charge, "capture", captured, now, by)
    if refunded:
        write(charge, "refund", refunded, now, by)


def write(
    charge: Charge, kind: Kind, amount: int, now: datetime, by: Mapping[str, Any] | None = None
) -> None:
    """Write a move of a charge's money; `by` is the operation behind it."""
    by = by or {}
    execute(
        "INSERT INTO sandbox_move (provider, account, charge, kind, amount, currency, operation,"
        " operation_reference, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            charge.provider, charge.account, charge.id, kind, amount, charge.currency,
            str(by.get("id", "")), str(by.get("reference", "")), now,
        ],
    )  # fmt: skip
