"""Worldpay's documents, one for each of its APIs, in which a choice is written in two ways.

A schema that is one of several names them in `oneOf` or in its discriminator alone, and each of
the several is composed of the very schema that lists it: here it is of what that says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from acquiring.connectors.driver import Wire
from tests.connectors.composed_contract import ComposedContract
from tests.connectors.contract import Contract

DOCUMENTS = {
    "/api/payments": "payments.yaml",
    "/apmPayments": "apms.yaml",
    "/paymentQueries": "payment-queries.yaml",
    "/payments": "card-payments.yaml",
}
ONE_LETTER = ("^[A-Z]$", "^[A-Z]{3}$")
CHOOSING = ("oneOf", "anyOf", "discriminator")


class WorldpayContract(Contract):
    """A call is held to the document of its path."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.parts = {
            root: ComposedContract(chosen(yaml.load(text.replace(*ONE_LETTER), yaml.CSafeLoader)))
            for root, text in texts.items()
        }

    def part(self, wire: Wire) -> ComposedContract:
        return next(one for root, one in self.parts.items() if wire.path.startswith(root))

    def check_call(self, wire: Wire) -> None:
        self.part(wire).check_call(wire)

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        self.part(wire).check_reply(wire, status, body)


def chosen(document: dict) -> dict:
    """The document with every choice as `anyOf` alone."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        itself = {"$ref": f"#/components/schemas/{name}"}
        bare = {key: one for key, one in schema.items() if key not in CHOOSING}
        for one in schemas.values():
            parts = one.get("allOf", [])
            one.update(
                {"allOf": [bare if part == itself else part for part in parts]} if parts else {}
            )
    found: dict = choice(document)
    return found


def choice(node: Any) -> Any:
    if isinstance(node, list):
        return [choice(one) for one in node]
    if not isinstance(node, dict):
        return node
    kinds = node.get("oneOf") or node.get("anyOf") or []
    mapped = (node.get("discriminator") or {}).get("mapping", {})
    if isinstance(mapped, dict) and mapped and not kinds:
        kinds = [{"$ref": one} for one in dict.fromkeys(mapped.values())]
    if isinstance(kinds, list) and kinds:
        return {"anyOf": [choice(one) for one in kinds]}
    return {key: choice(one) for key, one in node.items() if key != "discriminator"}
