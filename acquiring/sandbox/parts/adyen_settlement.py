"""Adyen's settlement details report: a CSV file per batch, amounts with a decimal point.

A captured payment is debited to what is pending (`Gross Debit (GC)`) and credited to the balance
(`Net Credit (NC)`); refunds and chargebacks go the other way. The payout closes the batch.

Sources: docs.adyen.com, settlement details report; its published sample, by way of readers of it
(wikimedia SmashPig, public reconciliation tools).
"""

from __future__ import annotations

from acquiring.sandbox.settlements import decimal, table
from acquiring.sandbox.settling import Line, Statement

COLUMNS = (
    "Company Account", "Merchant Account", "Psp Reference", "Merchant Reference",
    "Payment Method", "Creation Date", "TimeZone", "Type", "Modification Reference",
    "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Exchange Rate", "Net Currency",
    "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)",
    "Interchange (NC)", "Payment Method Variant", "Modification Merchant Reference",
    "Batch Number", *(f"Reserved{number}" for number in range(4, 11)),
)  # fmt: skip
TYPES = {"capture": "Settled", "refund": "Refunded", "chargeback": "Chargeback", "fee": "Fee"}


def report(statement: Statement, merchant: str) -> bytes:
    """The report of one batch."""
    rows = [_row(statement, merchant, line) for line in statement.lines]
    paid = {
        "Type": "MerchantPayout",
        "Creation Date": f"{statement.value_date} 00:00:00",
        **_sides("Net", "NC", -statement.net, statement),
    }
    rows.append(_shared(statement, merchant) | paid)
    return table([list(COLUMNS), *([row.get(name, "") for name in COLUMNS] for row in rows)])


def _shared(statement: Statement, merchant: str) -> dict[str, str]:
    return {
        "Company Account": merchant.removesuffix("ECOM"),
        "Merchant Account": merchant,
        "TimeZone": "UTC",
        "Net Currency": statement.currency,
        "Batch Number": str(statement.number),
    }


def _row(statement: Statement, merchant: str, line: Line) -> dict[str, str]:
    row = _shared(statement, merchant) | {
        "Psp Reference": line.payment,
        "Merchant Reference": line.reference,
        "Payment Method": line.method,
        "Creation Date": f"{line.at[:10]} {line.at[11:19]}",
        "Type": TYPES[line.kind],
        "Modification Reference": line.operation or line.payment,
        "Modification Merchant Reference": line.operation_reference,
        **_sides("Net", "NC", line.net, statement),
    }
    if line.kind == "fee":
        return row
    return row | {
        "Gross Currency": statement.currency,
        **_sides("Gross", "GC", -line.gross, statement),
        "Exchange Rate": "1",
        "Commission (NC)": decimal(line.fee, statement.places),
        "Payment Method Variant": line.method,
    }


def _sides(name: str, unit: str, amount: int, statement: Statement) -> dict[str, str]:
    """An amount on its side: a credit where it is positive, a debit where it is not."""
    side = "Credit" if amount > 0 else "Debit"
    return {f"{name} {side} ({unit})": decimal(abs(amount), statement.places)}
