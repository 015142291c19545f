"""PayPal's transaction search: what moved on the balance, a page at a time.

It knows the days that have ended. The merchant's reference is told as `invoice_id`, fees as sums
below zero.

Sources: paypal/paypal-rest-api-specifications, reporting_transactions_v1 (Apache-2.0); event codes:
developer.paypal.com, transaction event codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from acquiring.sandbox.book import Book, Charge, charges
from acquiring.sandbox.parts import paypal_answers as say
from acquiring.sandbox.settlements import decimal
from acquiring.sandbox.settling import Line, Statement, statements
from acquiring.sandbox.wire import Answer, Request

PATH = "/v1/reporting/transactions"
CODES = {"capture": "T0006", "refund": "T1107", "chargeback": "T1201", "fee": "T0100"}
LONGEST = timedelta(days=31)
MOST = 500
FILTERS = {"transaction_type": "transaction_event_code", "transaction_id": "transaction_id"}


class Reporting:
    """The call of the simulator that lists transactions."""

    def transactions(self, request: Request, book: Book) -> Answer:
        """`GET /v1/reporting/transactions`, of at most 31 days."""
        asked = {name: str(value) for name, value in request.query.items()}
        begins, ends = moment(asked, "start_date"), moment(asked, "end_date")
        if not timedelta() <= ends - begins <= LONGEST:
            say.refuse(400, "INVALID_REQUEST", "end_date")
        size, page = number(asked, "page_size", 100, MOST), number(asked, "page", 1, 2**31 - 1)
        found = [
            one
            for at, one in self._moved(book)
            if begins <= at <= ends
            and all(one[theirs] == asked[name] for name, theirs in FILTERS.items() if name in asked)
            and one["transaction_amount"]["currency_code"]
            == asked.get("transaction_currency", one["transaction_amount"]["currency_code"])
        ]
        shown = found[(page - 1) * size : page * size]
        return Answer(200, {
            "transaction_details": [{"transaction_info": one} for one in shown],
            "account_number": book.account.key[-13:].replace("-", "0").replace("_", "0"),
            "start_date": asked["start_date"],
            "end_date": asked["end_date"],
            "last_refreshed_datetime": f"{book.now.date()}T00:00:00+00:00",
            "page": page,
            "total_items": len(found),
            "total_pages": -(-len(found) // size),
            "links": [{"href": f"{say.API}{PATH}", "rel": "self", "method": "GET"}],
        })  # fmt: skip

    def _moved(self, book: Book) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Every line of every statement, oldest first, with its moment."""
        made = statements(book, self)[::-1]  # type: ignore[arg-type]  # mixed into a simulator
        names = [line.payment for one in made for line in one.lines]
        known = charges("provider = %s AND id = ANY(%s)", [book.provider, names])
        by_id = {charge.id: charge for charge in known}
        for statement in made:
            for line in statement.lines:
                at = datetime.fromisoformat(line.at)
                yield at, _info(statement, line, by_id.get(line.payment))


def moment(asked: dict[str, str], name: str) -> datetime:
    """A time that was asked for, with its zone; refuses any other text."""
    try:
        found = datetime.fromisoformat(asked.get(name, "").replace(" ", "+"))
    except ValueError:
        say.refuse(400, "INVALID_REQUEST", name)
    if found.tzinfo is None:
        say.refuse(400, "INVALID_REQUEST", name)
    return found.astimezone(UTC)


def number(asked: dict[str, str], name: str, default: int, most: int) -> int:
    """A whole number from 1 on; refuses any other text."""
    text = asked.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        say.refuse(400, "INVALID_REQUEST", name)
    return int(text)


def _info(statement: Statement, line: Line, charge: Charge | None) -> dict[str, Any]:
    captured = charge.data.get("capture", "") if charge else ""
    taken_alone = line.kind == "fee"
    info = {
        "transaction_id": line.operation or captured or line.payment or line.id,
        "transaction_event_code": CODES[line.kind],
        "transaction_initiation_date": line.at,
        "transaction_updated_date": line.at,
        "transaction_amount": _money(statement, -line.fee if taken_alone else line.gross),
        "transaction_status": "S",
        "invoice_id": line.reference,
    }
    if line.fee and not taken_alone:
        info["fee_amount"] = _money(statement, -line.fee)
    if line.kind != "capture" and captured:
        info |= {"paypal_reference_id": captured, "paypal_reference_id_type": "TXN"}
    return info


def _money(statement: Statement, amount: int) -> dict[str, str]:
    return {"currency_code": statement.currency, "value": decimal(amount, statement.places)}
