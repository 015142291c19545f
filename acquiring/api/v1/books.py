"""Balances and the ledger's transfers."""

from __future__ import annotations

from typing import Any

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1.answers import platform as answers
from acquiring.api.v1.fields import Line, Word
from acquiring.core import ids
from acquiring.core.clock import rfc3339
from acquiring.ledger import queries
from acquiring.ledger.models import Transfer


class TransferPage(lists.DatedPage, kw_only=True):
    """Which transfers; `account` is a path, `subject` an id such as pay_…."""

    account: Line = ""
    subject: Word = ""
    reason: Word = ""


class Balances(Endpoint):
    """`/v1/balances`"""

    tag = "Balances"

    @operation("Read the balances", "balances:read", answers.BalanceList)
    def get(self, asked: Asked[None, Nothing]) -> Any:
        """Per currency: captured and not yet due, due, held back, and contested."""
        found = queries.merchant_balances(asked.merchant_id)
        return lists.shown(
            [
                {"object": "balance", "currency": currency, **amounts}
                for currency, amounts in found.items()
            ]
        )


class Transfers(Endpoint):
    """`/v1/ledger/transfers`"""

    tag = "Balances"

    @operation("List transfers", "balances:read", answers.TransferList, query=TransferPage)
    def get(self, asked: Asked[None, TransferPage]) -> Any:
        """Every movement of money, the newest first. Transfers of one business fact share their
        `journal`; `sequence` and `hash` are given within seconds and chain them together."""
        page = asked.query
        rows = queries.transfers(asked.merchant_id, page.account, page.subject, page.reason)
        return lists.listed(rows, page, "trf", shown, asked.caller.mode)


def shown(row: Transfer) -> dict[str, Any]:
    """A transfer as the API shows it."""
    return {
        "id": ids.show("trf", row.id),
        "object": "transfer",
        "journal": row.journal.hex,
        "source": row.source,
        "target": row.target,
        "amount": row.amount,
        "currency": row.currency,
        "reason": row.reason,
        "subject": row.subject,
        "sequence": row.sequence,
        "hash": bytes(row.hash).hex() if row.hash else None,
        "created_at": rfc3339(row.created_at),
    }
