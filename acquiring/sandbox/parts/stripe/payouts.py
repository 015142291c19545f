"""Balance transactions and payouts: Stripe's own form of a settlement statement.

A payout is one statement; its balance transactions are the lines, and one more for itself. What
moves today is shown when the day has ended.

Sources: stripe/openapi (balance_transaction, payout; MIT), the parameters of stripe-python (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from acquiring.sandbox.book import Book, Charge, charges
from acquiring.sandbox.parts.stripe import objects
from acquiring.sandbox.parts.stripe.errors import invalid
from acquiring.sandbox.parts.stripe.lookup import read_query
from acquiring.sandbox.settling import Line, Statement, statements
from acquiring.sandbox.wire import Answer, Refuse, Request

# By whether a card was charged, as Stripe tells charges and other payments apart.
TYPES = {
    "capture": {True: "charge", False: "payment"},
    "refund": {True: "refund", False: "payment_refund"},
    "chargeback": {True: "adjustment", False: "adjustment"},
    "fee": {True: "stripe_fee", False: "stripe_fee"},
}
CATEGORIES = {"capture": "charge", "refund": "refund", "chargeback": "dispute", "fee": "fee"}


class Payouts:
    """The calls that show what is paid out."""

    def list_transactions(self, request: Request, book: Book) -> Answer:
        asked = read_query("BalanceTransaction.list", request)
        found = [
            one
            for one in self._transactions(book, asked.get("payout", ""))
            if all(one[name] == asked[name] for name in ("type", "source") if name in asked)
            and one["currency"] == asked.get("currency", one["currency"]).lower()
        ]
        return Answer(200, _page(found, asked, "/v1/balance_transactions"))

    def show_transaction(self, request: Request, book: Book, transaction: str) -> Answer:
        read_query("Balance.retrieve", request)
        found = [one for one in self._transactions(book) if one["id"] == transaction]
        return Answer(200, _only(found, "balance transaction", transaction))

    def list_payouts(self, request: Request, book: Book) -> Answer:
        asked = read_query("Payout.list", request)
        found = _payouts(self._settled(book), book)
        found = [one for one in found if one["status"] == asked.get("status", one["status"])]
        return Answer(200, _page(found, asked, "/v1/payouts"))

    def show_payout(self, request: Request, book: Book, payout: str) -> Answer:
        read_query("Balance.retrieve", request)
        found = [one for one in _payouts(self._settled(book), book) if one["id"] == payout]
        return Answer(200, _only(found, "payout", payout))

    def _settled(self, book: Book) -> list[Statement]:
        return statements(book, self)  # type: ignore[arg-type]  # mixed into a simulator

    def _transactions(self, book: Book, payout_id: str = "") -> list[dict[str, Any]]:
        """Those of one payout or of all, newest first."""
        made = self._settled(book)
        if payout_id:
            made = [one for one in made if payout_name(one) == payout_id]
        names = [line.payment for one in made for line in one.lines]
        known = charges("provider = %s AND id = ANY(%s)", [book.provider, names])
        by_id = {charge.id: charge for charge in known}
        return [row for one in made for row in _of(one, by_id, book)]


def payout_name(statement: Statement) -> str:
    """The payout's id."""
    return f"po_{statement.batch}"


def payout(statement: Statement, book: Book) -> dict[str, Any]:
    """A statement as a payout."""
    paid = statement.value_date <= book.now.date()
    return {
        "id": payout_name(statement),
        "object": "payout",
        "amount": statement.net,
        "arrival_date": _seconds(statement.value_date),
        "automatic": True,
        "balance_transaction": f"txn_{payout_name(statement)}",
        "created": objects.seconds(statement.closed_at),
        "currency": statement.currency.lower(),
        "description": "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid" if paid else "in_transit",
        "type": "bank_account",
    }


def _payouts(made: list[Statement], book: Book) -> list[dict[str, Any]]:
    return [payout(one, book) for one in made]


def _of(statement: Statement, by_id: Mapping[str, Charge], book: Book) -> list[dict[str, Any]]:
    """The balance transactions of a statement, the payout's own first."""
    net, kind = statement.net, {"type": "payout", "reporting_category": "payout"}
    shared = {
        "object": "balance_transaction",
        "available_on": _seconds(statement.value_date),
        "currency": statement.currency.lower(),
        "exchange_rate": None,
        "status": "available" if statement.value_date <= book.now.date() else "pending",
    }
    own = {
        **shared,
        **kind,
        "id": f"txn_{payout_name(statement)}",
        "amount": -net,
        "created": objects.seconds(statement.closed_at),
        "description": "STRIPE PAYOUT",
        "fee": 0,
        "fee_details": [],
        "net": -net,
        "source": payout_name(statement),
    }
    lines = [shared | _line(line, by_id.get(line.payment)) for line in statement.lines]
    return [own, *lines[::-1]]


def _line(line: Line, charge: Charge | None) -> dict[str, Any]:
    currency = {"currency": charge.currency.lower() if charge else ""}
    fee = {"amount": line.fee, "type": "stripe_fee", "description": "Stripe processing fees"}
    is_fee = line.kind == "fee"
    # A fee of its own is not a fee on something: the amount itself is taken.
    amount, kept = (-line.fee, 0) if is_fee else (line.gross, line.fee)
    return {
        "id": f"txn_{line.id}",
        "type": TYPES[line.kind][line.method == "card"],
        "reporting_category": CATEGORIES[line.kind],
        "amount": amount,
        "created": objects.seconds(datetime.fromisoformat(line.at)),
        "description": None,
        "fee": kept,
        "fee_details": [{**fee, **currency, "application": None}] if kept else [],
        "net": line.net,
        "source": _source(line, charge),
    }


def _source(line: Line, charge: Charge | None) -> str | None:
    """The charge, refund or dispute behind a line."""
    if line.kind == "capture" and charge and charge.data["charge"]:
        return str(charge.data["charge"]["id"])
    return line.operation or line.payment or None


def _page(found: list[dict[str, Any]], asked: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A page of a list, behind `starting_after`."""
    limit, after = min(asked.get("limit", 10), 100), asked.get("starting_after", "")
    names = [one["id"] for one in found]
    start = names.index(after) + 1 if after in names else 0
    page = found[start : start + limit]
    return objects.listed(page, path, len(found) > start + limit)


def _only(found: list[dict[str, Any]], word: str, name: str) -> dict[str, Any]:
    if not found:
        raise Refuse(invalid(f"No such {word}: '{name}'", "resource_missing", "id", status=404))
    return found[0]


def _seconds(day: date) -> int:
    return objects.seconds(datetime.combine(day, time(), UTC))
