"""Adyen's published document, boiled down to what a request is checked against."""

from __future__ import annotations

from typing import Any

ROOTS = (
    "PaymentRequest",
    "PaymentDetailsRequest",
    "PaymentCaptureRequest",
    "PaymentCancelRequest",
    "PaymentRefundRequest",
    "PaymentReversalRequest",
    "StandalonePaymentCancelRequest",
)


def boil_down(document: dict[str, Any]) -> dict[str, Any]:
    """Structures by name, each member with its rule, and the structure of each payment method.

    A rule is `string`, `string 80` (longest), `integer`, `boolean`, `number`, `map` (of strings),
    `enum a|b`, the name of a structure, `[rule]` for a list, or `method`.
    """
    schemas = document["components"]["schemas"]
    structures: dict[str, Any] = {}
    wanted = [*ROOTS]
    methods: dict[str, str] = {}
    for one in schemas["PaymentRequest"]["properties"]["paymentMethod"]["oneOf"]:
        name = _name(one)
        wanted.append(name)
        for code in schemas[name]["properties"]["type"].get("enum", []):
            methods.setdefault(code, name)
    while wanted:
        name = wanted.pop(0)
        if name in structures:
            continue
        schema = schemas[name]
        members = {key: rule(one) for key, one in schema.get("properties", {}).items()}
        structures[name] = {"required": schema.get("required", []), "members": members}
        wanted += [text.strip("[]") for text in members.values() if text.strip("[]") in schemas]
    return {
        "structures": dict(sorted(structures.items())),
        "methods": dict(sorted(methods.items())),
    }


def rule(schema: dict[str, Any]) -> str:
    """The rule of one member."""
    if "$ref" in schema:
        return _name(schema)
    if "oneOf" in schema:
        return "method"
    if schema["type"] == "array":
        return f"[{rule(schema['items'])}]"
    if schema["type"] == "object":
        return "map"
    if "enum" in schema:
        return "enum " + "|".join(schema["enum"])
    if "maxLength" in schema:
        return f"string {schema['maxLength']}"
    return str(schema["type"])


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rsplit("/", 1)[1])
