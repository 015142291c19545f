"""Which transfers a business fact is made of. Pure: the caller commits them with the fact.

One fact is one journal; its id is the id of the capture or refund that caused it (or derived from
it), and (journal, leg) is unique in the database: the same fact told twice moves money once.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

import msgspec

from acquiring.core import ids
from acquiring.core.money import Money
from acquiring.ledger import accounts


class Leg(msgspec.Struct, frozen=True):
    """One transfer to be: a row of `ledger_transfer`."""

    merchant_id: UUID
    id: UUID
    journal: UUID
    leg: int
    source: str
    target: str
    amount: int
    currency: str
    reason: str
    subject: str
    created_at: datetime


class Facts(msgspec.Struct, frozen=True):
    """Who, where and when of a business fact. `subject` is the payment's outside id."""

    merchant_id: UUID
    account_id: UUID | None  # the provider account, where one is concerned
    journal: UUID
    subject: str
    now: datetime

    def derived(self, word: str) -> Facts:
        """The same facts for a second journal of the same cause, the same each time."""
        return msgspec.structs.replace(self, journal=derive(self.journal, word))


def capture(facts: Facts, money: Money, fee: int) -> list[Leg]:
    """The provider owes the sum, the merchant is owed it, less the platform's fee."""
    currency = money.currency
    owed = accounts.pending(facts.merchant_id, currency)
    receivable = accounts.receivable(facts.account_id, currency)
    moves = [(receivable, owed, money.amount, "capture")]
    if fee:
        moves.append((owed, accounts.fees(currency), fee, "fee"))
    return _legs(facts, currency, moves)


def release(facts: Facts, money: Money) -> list[Leg]:
    """What was pending may be paid out."""
    source = accounts.pending(facts.merchant_id, money.currency)
    target = accounts.available(facts.merchant_id, money.currency)
    return _legs(
        facts.derived("release"), money.currency, [(source, target, money.amount, "release")]
    )


def refund(facts: Facts, money: Money) -> list[Leg]:
    """The merchant gives the sum back through the provider. The fee of the capture stays."""
    source = accounts.available(facts.merchant_id, money.currency)
    target = accounts.receivable(facts.account_id, money.currency)
    return _legs(facts, money.currency, [(source, target, money.amount, "refund")])


def refund_returned(facts: Facts, money: Money) -> list[Leg]:
    """A refund the shopper's bank sent back: the merchant has it again."""
    source = accounts.receivable(facts.account_id, money.currency)
    target = accounts.available(facts.merchant_id, money.currency)
    moves = [(source, target, money.amount, "refund_returned")]
    return _legs(facts.derived("returned"), money.currency, moves)


def surplus(facts: Facts, money: Money) -> list[Leg]:
    """Money taken by accident: owed to the shopper, not to the merchant."""
    source = accounts.receivable(facts.account_id, money.currency)
    target = accounts.surplus(facts.merchant_id, money.currency)
    return _legs(facts, money.currency, [(source, target, money.amount, "surplus")])


def surplus_returned(facts: Facts, money: Money) -> list[Leg]:
    """The accident is undone."""
    source = accounts.surplus(facts.merchant_id, money.currency)
    target = accounts.receivable(facts.account_id, money.currency)
    return _legs(facts, money.currency, [(source, target, money.amount, "surplus_returned")])


def derive(journal: UUID, word: str) -> UUID:
    """A second journal of the same cause, the same each time it is asked for."""
    return uuid.uuid5(journal, word)


def _legs(facts: Facts, currency: str, moves: list[tuple[str, str, int, str]]) -> list[Leg]:
    for source, target, _, _ in moves:
        if not (accounts.of_chart(source) and accounts.of_chart(target)):
            raise ValueError(f"{source} → {target} is not of the chart of accounts")
    return [
        Leg(
            facts.merchant_id,
            ids.new(),
            facts.journal,
            leg,
            source,
            target,
            amount,
            currency,
            reason,
            facts.subject,
            facts.now,
        )
        for leg, (source, target, amount, reason) in enumerate(moves)
    ]
