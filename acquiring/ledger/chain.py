"""The ledger's chain: every transfer gets its merchant's next number and the hash before it."""

from __future__ import annotations

from acquiring.core import chain

CHAIN = chain.declare(
    "transfers",
    "ledger_transfer",
    (
        "merchant_id",
        "id",
        "journal",
        "leg",
        "source",
        "target",
        "amount",
        "currency",
        "reason",
        "subject",
        "created_at",
    ),
)
