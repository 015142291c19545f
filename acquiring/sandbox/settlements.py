"""The ordinary form of a settlement statement, which every provider with an API serves.

    GET /_settlements                     the statements, newest first, as JSON
    GET /_settlements/<day>/<currency>    one of them as CSV

below the simulator's own address and with the provider's own authentication; providers that are
called by POST only, and those that are let in by the body, take POST as well. Some providers have
forms of their own besides (`parts/<provider>_settlement.py`).
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

from acquiring.sandbox.book import Book
from acquiring.sandbox.settling import Statement, statements, terms
from acquiring.sandbox.wire import Answer, Refuse, Request

if TYPE_CHECKING:
    from acquiring.sandbox.engine import Simulator

PATH = "/_settlements"
COLUMNS = {
    "batch": "the provider's name of the statement",
    "settlement_day": "the day whose money it is, UTC",
    "value_date": "when the payout reaches the merchant's bank",
    "currency": "ISO 4217",
    "line": "the provider's name of the line",
    "type": "`capture`, `refund`, `chargeback`, `fee`; last comes `payout`, with the sums",
    "payment": "the provider's reference of the payment",
    "merchant_reference": "our reference of the payment, where the provider was told one",
    "operation": "the provider's reference of the capture, refund or dispute, where it has one",
    "operation_reference": "our reference of the capture or refund, where the provider was told",
    "method": "the provider's name of the payment method",
    "created_at": "when the money moved, ISO 8601",
    "gross": "what moved; negative for refunds and chargebacks",
    "fee": "what the provider keeps",
    "net": "gross less fee",
}


def is_asked(request: Request) -> bool:
    """Whether a call is about statements in the ordinary form."""
    return request.path == PATH or request.path.startswith(f"{PATH}/")


def serve(simulator: Simulator, request: Request, book: Book) -> Answer:
    """Answer such a call; raises Refuse with the provider's own "no such thing"."""
    match request.path.removeprefix(PATH).split("/")[1:]:
        case []:
            return Answer(
                200, {"settlements": [listed(one) for one in statements(book, simulator)]}
            )
        case [day, currency]:
            found = find(book, simulator, day, currency)
            if found:
                return file(found)
    raise Refuse(simulator.not_found(request))


def find(book: Book, simulator: Simulator, day: str, currency: str) -> Statement | None:
    """The statement of a day in a currency, if there is one."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return None
    found = statements(book, simulator, wanted, currency)
    return found[0] if found else None


def listed(statement: Statement) -> dict[str, Any]:
    """A statement without its lines; amounts are texts as the provider words them."""
    return {
        "batch": statement.batch,
        "settlement_day": statement.day.isoformat(),
        "value_date": statement.value_date.isoformat(),
        "currency": statement.currency,
        "lines": len(statement.lines),
        **{name: worded(statement, getattr(statement, name)) for name in ("gross", "fee", "net")},
        "file": f"{PATH}/{statement.day}/{statement.currency}",
    }


def file(statement: Statement) -> Answer:
    """The statement as a CSV file."""
    name = f"settlement_{statement.batch}_{statement.currency}.csv"
    return Answer(
        200,
        ordinary(statement),
        {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def ordinary(statement: Statement) -> bytes:
    """The statement in the ordinary columns."""
    head = [statement.batch, statement.day.isoformat(), statement.value_date.isoformat()]
    head.append(statement.currency)
    rows = [
        [
            *head, line.id, line.kind, line.payment, line.reference, line.operation,
            line.operation_reference, line.method, line.at,
            *(worded(statement, sum_) for sum_ in (line.gross, line.fee, line.net)),
        ]
        for line in statement.lines
    ]  # fmt: skip
    sums = (worded(statement, sum_) for sum_ in (statement.gross, statement.fee, statement.net))
    rows.append([*head, "", "payout", *[""] * 6, *sums])
    return table([list(COLUMNS), *rows])


def table(rows: list[list[str]]) -> bytes:
    """Rows as CSV of RFC 4180."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode()


def worded(statement: Statement, amount: int) -> str:
    """An amount as the provider words it: whole units, or with a decimal point."""
    if terms(statement.provider).amounts == "minor":
        return str(amount)
    return decimal(amount, statement.places)


def decimal(amount: int, places: int) -> str:
    """Units of so many decimals as a decimal text: 1999 and 2 are "19.99"."""
    digits = f"{abs(amount):0{places + 1}d}"
    point = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{point}" if amount < 0 else point
