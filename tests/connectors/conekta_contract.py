"""Conekta's document as a contract."""

from __future__ import annotations

from typing import Any

from acquiring.connectors.driver import Wire
from tests.connectors.composed_contract import ComposedContract
from tests.connectors.mercadopago_contract import without_nulls


class ConektaContract(ComposedContract):
    """The document is 3.1 but for one rule, which stands there as 3.0 writes it.

    Its alternatives overlap: only a member's value tells one way of paying from another. Its own
    mock server answers with members without a value, which say nothing.
    """

    def __init__(self, document: dict) -> None:
        super().__init__(mended(document))

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        super().check_reply(wire, status, without_nulls(body))


def mended(node: Any) -> Any:
    """`exclusiveMinimum: true` beside a minimum is a number of its own in 3.1."""
    if isinstance(node, list):
        return [mended(one) for one in node]
    if not isinstance(node, dict):
        return node
    whole = {("anyOf" if name == "oneOf" else name): mended(one) for name, one in node.items()}
    if whole.get("exclusiveMinimum") is True:
        whole["exclusiveMinimum"] = whole.pop("minimum", 0)
    return whole
