"""Documents that compose their objects (`allOf`): one object here, so that it can be closed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from acquiring.connectors.driver import Wire
from tests.connectors.contract import Contract, resolved


class ComposedContract(Contract):
    """A document whose request bodies are composed of several schemas."""

    def request_schema(self, operation: dict) -> dict | None:
        schema = super().request_schema(operation)
        return None if schema is None else merged(schema, self.loose)


class MollieContract(ComposedContract):
    """Members that only an answer has are neither wanted nor taken from a caller.

    A payment on a mandate has no shopper to send back, so it has no redirectUrl: the document asks
    for one all the same.
    """

    def request_schema(self, operation: dict) -> dict | None:
        one = super().request_schema(operation)
        if one is None:
            return None
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
        required = sorted({*whole.get("required", ()), *found.get("required", ())})
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
        own["required"] = sorted({*whole.get("required", ()), *own.get("required", ())})
    return {**whole, **own}


class MultiSafepayContract(ComposedContract):
    """A document whose samples and schemas disagree.

    The samples name the members of an agreement flat, the schema nests them. Answers in the samples
    have nulls, lists and texts where the schemas have none, so an answer is held to their names; a
    new order that is charged at once is answered with the order. One path is written twice, by two
    names of its parameter.
    """

    def __init__(self, document: dict) -> None:
        paths = document["paths"]
        paths["/orders/{order_id}"] |= paths.pop("/orders/{psp_id}")
        super().__init__(document)

    def request_schema(self, operation: dict) -> dict | None:
        one = super().request_schema(operation)
        for kind in (one or {}).get("anyOf", ()):
            flat = {"recurring_model": {"type": "string"}, "recurring_id": {"type": "string"}}
            kind["properties"] |= flat
        return one

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        _, operation = self.operation(wire)
        assert str(status) in operation["responses"], f"status {status} is not documented"
        order = self.paths["/orders/{order_id}"]["get"]["responses"]["200"]
        known = names(operation["responses"][str(status)]) | names(order)
        strange = names(body) - known
        assert not strange, f"members nobody documents: {sorted(strange)}"


class PaystackContract(ComposedContract):
    """A document that describes charges that are settled, by card or bank.

    The guide of payment channels has more members of a charge; its answers for one that waits for
    the shopper have their own.
    """

    def request_schema(self, operation: dict) -> dict | None:
        one = super().request_schema(operation)
        properties = (one or {}).get("properties", {})
        if properties.get("metadata", {}).get("type") == "object":
            properties["metadata"]["additionalProperties"] = True
        if one and "mobile_money" in properties:
            transfer = {"account_expires_at": {"type": "string"}}
            properties |= {
                "currency": {"type": "string"},
                "bank_transfer": {"type": "object", "properties": transfer},
            }
        return one

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        settled = (body.get("data") or {}) if isinstance(body, dict) else {}
        is_open = isinstance(settled, dict) and settled.get("status") not in ("success", "failed")
        if wire.path != "/charge" or not is_open:
            super().check_reply(wire, status, body)


def names(node: Any) -> set[str]:
    """Every name in a value."""
    if isinstance(node, list):
        return set().union(*map(names, node))
    if not isinstance(node, dict):
        return set()
    return set(node).union(*map(names, node.values()))


class HiPayContract(ComposedContract):
    """Two documents, one of them of the vault; forms, whose members are held to their names.

    The gateway's document wants a card token of every order and gives answers their numbers as
    numbers; the recorded ones have them as text.
    """

    def __init__(self, gateway: dict, vault: dict) -> None:
        super().__init__(gateway)
        post = vault["paths"]["/create"]["post"]
        fields = {one["name"]: {} for one in post["parameters"] if one["in"] == "formData"}
        content = {"multipart/form-data": {"schema": {"properties": fields}}}
        token = {"properties": vault["definitions"]["Token"]["properties"]}
        answer = {"content": {"application/json": {"schema": token}}}
        responses = {"201": answer, "400": self.paths["/v1/order"]["post"]["responses"]["400"]}
        self.paths["/v2/token/create"] = {
            "post": {"requestBody": {"content": content}, "responses": responses}
        }

    def check_body(self, wire: Wire, template: str, operation: dict) -> None:
        known = (self.request_schema(operation) or {})["properties"]
        strange = {name.partition("[")[0] for name, _ in parse_qsl(wire.body.decode())} - set(known)
        assert not strange, f"members nobody documents: {sorted(strange)}"

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        _, operation = self.operation(wire)
        assert str(status) in operation["responses"], f"status {status} is not documented"
