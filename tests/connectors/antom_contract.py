"""Antom publishes no OpenAPI document; the models of its official SDK are the contract."""

from __future__ import annotations

from tests.connectors.contract import Contract

BUILT_IN = {
    "Amount": {"currency": "string", "value": "string"},
    "Result": {"resultStatus": "string", "resultCode": "string", "resultMessage": "string"},
}
PLAIN = ("string", "integer", "boolean", "number")


class AntomContract(Contract):
    """Members, types, lengths and enumerations of the official SDK's requests and answers.

    What is required inside nested models varies by scenario, so only the request's own counts.
    """

    def __init__(self, document: dict) -> None:
        models = {name: model(members) for name, members in document["objects"].items()}
        models |= {name: {"enum": values} for name, values in document["enums"].items()}
        for name, members in BUILT_IN.items():
            rows = [{"name": one, "type": kind, "required": True} for one, kind in members.items()]
            models[name] = model(rows, required=True)
        super().__init__({"paths": paths(document), "components": {"schemas": models}})


def paths(document: dict) -> dict:
    """One operation a path: the SDK's class that knows its answer as well."""
    found: dict = {}
    for one in document["endpoints"]:
        if one["path"] and one.get("responseFields") and one["path"] not in found:
            request = content(model(one["requestFields"], required=True))
            answers = {"200": {"content": content(model(one["responseFields"]))}}
            operation = {"requestBody": {"content": request}, "responses": answers}
            found[one["path"]] = {"post": operation}
    return found


def content(schema: dict) -> dict:
    return {"application/json": {"schema": schema}}


def model(members: list[dict], required: bool = False) -> dict:
    wanted = [one["name"] for one in members if required and one.get("required")]
    properties = {one["name"]: member(one["type"], one) for one in members}
    return {"type": "object", "properties": properties, "required": wanted}


def member(kind: str, row: dict) -> dict:
    if kind.startswith("list["):
        return {"type": "array", "items": member(kind[5:-1], {})}
    if kind.startswith("map["):
        return {"type": "object", "additionalProperties": True}
    if kind not in PLAIN:
        return {"$ref": f"#/components/schemas/{kind}"}
    longest = {"maxLength": row["maxLength"]} if kind == "string" and "maxLength" in row else {}
    return {"type": kind, **longest}
