"""Mollie's settlements: a settlement for each day and currency, and what is in it.

Sources: mollie/openapi (settlements, chargebacks).
"""

from __future__ import annotations

from typing import Any

from acquiring.sandbox.book import Book, charges
from acquiring.sandbox.parts.mollie_answers import API, amount, hal, link, listed, payment, refuse
from acquiring.sandbox.settling import Line, Statement, statements
from acquiring.sandbox.wire import Answer, Request

PATH = "/v2/settlements"


class Settlements:
    """The settlement calls of the simulator."""

    def list_settlements(self, request: Request, book: Book) -> Answer:
        """`GET /v2/settlements`: the newest first."""
        return hal(200, listed("settlements", [shown(one, book) for one in self._made(book)]))

    def show_settlement(self, request: Request, book: Book, settlement_id: str) -> Answer:
        """`GET /v2/settlements/{id}`."""
        return hal(200, shown(self._one(book, settlement_id), book))

    def settled_payments(self, request: Request, book: Book, settlement_id: str) -> Answer:
        """The payments of a settlement, with what each added to it."""
        statement = self._one(book, settlement_id)
        found = [_payment(book, statement, one) for one in _of(statement, "capture")]
        return hal(200, listed("payments", found))

    def settled_refunds(self, request: Request, book: Book, settlement_id: str) -> Answer:
        """The refunds of a settlement."""
        statement = self._one(book, settlement_id)
        return hal(200, listed("refunds", _operations(statement, "refund")))

    def settled_chargebacks(self, request: Request, book: Book, settlement_id: str) -> Answer:
        """The chargebacks of a settlement."""
        statement = self._one(book, settlement_id)
        return hal(200, listed("chargebacks", _operations(statement, "chargeback")))

    def _made(self, book: Book) -> list[Statement]:
        return statements(book, self)  # type: ignore[arg-type]  # mixed into a simulator

    def _one(self, book: Book, settlement_id: str) -> Statement:
        found = [one for one in self._made(book) if name(one) == settlement_id]
        return found[0] if found else refuse(404, "No settlement exists with this id.")


def name(statement: Statement) -> str:
    """The settlement's id."""
    return f"stl_{statement.batch}"


def shown(statement: Statement, book: Book) -> dict[str, Any]:
    """A settlement: its sum, and its sums by method in the month it belongs to."""
    paid = statement.value_date <= book.now.date()
    month = {"revenue": _revenue(statement), "costs": _costs(statement)}
    path = f"{PATH.removeprefix('/v2')}/{name(statement)}"
    links = {kind: link(f"{API}{path}/{kind}") for kind in ("payments", "refunds", "chargebacks")}
    return {
        "resource": "settlement",
        "id": name(statement),
        "reference": f"{book.account.key[-6:]}.{statement.day:%y%m}.{statement.number:02d}",
        "createdAt": statement.closed_at.isoformat(timespec="seconds"),
        "settledAt": f"{statement.value_date}T00:00:00+00:00" if paid else None,
        "status": "paidout" if paid else "pending",
        "amount": amount(statement.net, statement.currency),
        "balanceId": "bal_sandbox",
        "periods": {f"{statement.day:%Y}": {f"{statement.day:%m}": month}},
        "_links": {"self": link(f"{API}{path}"), **links},
    }


def _of(statement: Statement, kind: str) -> list[Line]:
    return [one for one in statement.lines if one.kind == kind]


def _revenue(statement: Statement) -> list[dict[str, Any]]:
    """What was paid and given back, by method; no value added tax in the sandbox."""
    found = []
    for kind, words in (("capture", ""), ("refund", " refunds"), ("chargeback", " chargebacks")):
        lines = _of(statement, kind)
        for method in sorted({one.method for one in lines}):
            here = [one.gross for one in lines if one.method == method]
            found.append(
                {
                    "description": f"{method}{words}",
                    "method": method,
                    "count": len(here),
                    **_taxed(sum(here), statement.currency),
                }
            )
    return found


def _costs(statement: Statement) -> list[dict[str, Any]]:
    """What was kept, by method."""
    found = []
    for method in sorted({one.method for one in statement.lines}):
        here = [one.fee for one in statement.lines if one.method == method and one.fee]
        if here:
            row = {"description": method, "method": method, "count": len(here)}
            found.append(row | _taxed(sum(here), statement.currency))
    return found


def _taxed(sum_: int, currency: str) -> dict[str, Any]:
    whole = amount(sum_, currency)
    return {"amountNet": whole, "amountVat": amount(0, currency), "amountGross": whole}


def _payment(book: Book, statement: Statement, line: Line) -> dict[str, Any]:
    """The payment itself; of one that nobody knows, what the line says."""
    settled: dict[str, Any] = {"settlementId": name(statement)}
    settled["settlementAmount"] = amount(line.gross, statement.currency)
    known = charges("provider = %s AND id = %s", [book.provider, line.payment])
    if known:
        return payment(book, known[0]) | settled
    sums = {"amount": settled["settlementAmount"], "method": line.method, "status": "paid"}
    about = {"resource": "payment", "id": line.payment, "mode": "test", "createdAt": line.at}
    return {**about, **sums, **settled, "_links": {}}


def _operations(statement: Statement, kind: str) -> list[dict[str, Any]]:
    prefix = {"refund": "re_", "chargeback": "chb_"}[kind]
    return [
        {
            "resource": kind,
            "id": one.operation or f"{prefix}{one.id}",
            "amount": amount(-one.gross, statement.currency),
            "settlementAmount": amount(one.gross, statement.currency),
            "paymentId": one.payment,
            "settlementId": name(statement),
            "createdAt": one.at,
            "_links": {"payment": link(f"{API}/payments/{one.payment}")},
        }
        for one in _of(statement, kind)
    ]
