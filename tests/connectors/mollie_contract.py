"""Mollie's document as a contract: what it composes (`allOf`) is one object here."""

from __future__ import annotations

from typing import Any

from tests.connectors.contract import Contract, resolved


class MollieContract(Contract):
    """Members that only an answer has are neither wanted nor taken from a caller.

    A payment on a mandate has no shopper to send back, so it has no redirectUrl: the document asks
    for one all the same.
    """

    def request_schema(self, operation: dict) -> dict | None:
        schema = super().request_schema(operation)
        if schema is None:
            return None
        one = merged(schema, self.loose)
        members = {n: m for n, m in one["properties"].items() if not m.get("readOnly")}
        required = sorted({*one.get("required", ())} & members.keys() - {"redirectUrl"})
        return {"type": "object", "properties": members, "required": required}


def merged(node: Any, document: dict) -> Any:
    """A schema and all that it is composed of, as one; what is only said about it is left out."""
    if isinstance(node, list):
        return [merged(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    # OpenAPI 3.1 lets members stand beside a reference; only descriptions do here.
    node = resolved(node, document)
    whole: dict[str, Any] = {}
    for part in node.get("allOf", ()):
        found = merged(part, document)
        properties = {**whole.get("properties", {}), **found.get("properties", {})}
        required = [*whole.get("required", ()), *found.get("required", ())]
        whole |= found
        if properties:
            whole |= {"properties": properties, "required": required}
    own = {
        name: {key: merged(one, document) for key, one in value.items()}
        if name == "properties"
        else merged(value, document)
        for name, value in node.items()
        if name not in ("allOf", "description", "example", "examples")
    }
    if "properties" in own and "properties" in whole:
        own["properties"] = {**whole["properties"], **own["properties"]}
        own["required"] = [*whole.get("required", ()), *own.get("required", ())]
    return {**whole, **own}
