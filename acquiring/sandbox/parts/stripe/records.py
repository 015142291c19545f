"""The calls that only keep or show things: charges, disputes, payment methods, customers."""

from __future__ import annotations

from typing import Any

from acquiring.sandbox.book import Book
from acquiring.sandbox.parts.stripe import objects
from acquiring.sandbox.parts.stripe.errors import invalid
from acquiring.sandbox.parts.stripe.lookup import charge_of, read_body, read_query, thing_of
from acquiring.sandbox.parts.stripe.paying import method_from
from acquiring.sandbox.wire import Answer, Refuse, Request


class Records:
    """The calls that move no money."""

    def show_charge(self, request: Request, book: Book, charge: str) -> Answer:
        read_query("Charge.retrieve", request)
        return Answer(200, charge_of(book, charge, lock=False).data["charge"])

    def show_dispute(self, request: Request, book: Book, dispute: str) -> Answer:
        read_query("Dispute.retrieve", request)
        return Answer(200, thing_of(book, "dispute", dispute))

    def create_method(self, request: Request, book: Book) -> Answer:
        asked = read_body("PaymentMethod.create", request)
        if "type" not in asked:
            raise Refuse(invalid("Missing required param: type.", "parameter_missing", "type"))
        method = method_from(book, asked)
        book.put("payment_method", method.shown["id"], method._asdict())
        return Answer(200, method.shown)

    def show_method(self, request: Request, book: Book, method: str) -> Answer:
        read_query("Charge.retrieve", request)
        return Answer(200, thing_of(book, "payment_method", method, "PaymentMethod")["shown"])

    def create_customer(self, request: Request, book: Book) -> Answer:
        asked = read_body("Customer.create", request)
        customer: dict[str, Any] = {
            "id": objects.new_id("cus"),
            "object": "customer",
            "created": objects.seconds(book.now),
            "livemode": False,
            **{name: asked.get(name) for name in ("name", "email", "phone", "description")},
            "metadata": asked.get("metadata") or {},
        }
        return Answer(200, book.put("customer", customer["id"], customer))

    def show_customer(self, request: Request, book: Book, customer: str) -> Answer:
        read_query("Charge.retrieve", request)
        return Answer(200, thing_of(book, "customer", customer))

    def show_balance(self, request: Request, book: Book) -> Answer:
        read_query("Balance.retrieve", request)
        empty = [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]
        return Answer(
            200, {"object": "balance", "available": empty, "livemode": False, "pending": empty}
        )
