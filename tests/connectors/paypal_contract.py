"""PayPal's documents as one contract: orders and payments are two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acquiring.connectors.driver import Wire
from tests.connectors.composed_contract import merged
from tests.connectors.contract import Contract


class PaypalContract(Contract):
    """The document a call belongs to checks it; what is composed (`allOf`) is one object.

    How a card is to be verified is described outside of the document (3D Secure guide).
    """

    def __init__(self, document: Callable[..., dict]) -> None:
        orders = document("paypal", "checkout_orders_v2.json")
        orders["components"]["schemas"]["card_attributes"]["properties"]["verification"] = {}
        payments = document("paypal", "payments_payment_v2.json")
        self.parts = {"checkout": Part(orders), "payments": Part(payments)}

    def check_call(self, wire: Wire) -> None:
        self.parts[wire.path.split("/")[2]].check_call(wire)

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        self.parts[wire.path.split("/")[2]].check_reply(wire, status, body)


class Part(Contract):
    """One document."""

    def request_schema(self, operation: dict) -> dict | None:
        schema = super().request_schema(operation)
        return merged(schema, self.loose) if schema else None
