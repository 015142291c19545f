"""The models of Antom's official SDK, boiled down to what a request is checked against."""

from __future__ import annotations

from typing import Any

ROOTS = (
    "AlipayPayRequest",
    "AlipayPayQueryRequest",
    "AlipayPayCancelRequest",
    "AlipayCaptureRequest",
    "AlipayRefundRequest",
    "AlipayInquiryRefundRequest",
)
# Members the models call required although not every scenario has them.
SOMETIMES = {"AlipayPayRequest": {"paymentRedirectUrl"}}
# Models whose required members are those of another product (acting for other merchants).
LOOSE = {"Merchant", "Store"}
AMOUNT = {
    "required": ["currency", "value"],
    "members": {"currency": "string 3", "value": "string 16"},
}
# Numbers and booleans may come as they are or as text.
PLAIN = {"string": "string", "integer": "scalar", "boolean": "scalar", "number": "scalar"}


def boil_down(document: dict[str, Any]) -> dict[str, Any]:
    """Structures by name, each member with its rule.

    A rule is `string`, `string 64` (longest), `scalar`, `object`, `enum a|b`, the name of a
    structure, or `[rule]` for a list.
    """
    requests = {one["requestClass"]: one["requestFields"] for one in document["endpoints"]}
    structures: dict[str, Any] = {"Amount": AMOUNT}
    wanted = list(ROOTS)
    while wanted:
        name = wanted.pop(0)
        if name in structures:
            continue
        fields = requests[name] if name in ROOTS else document["objects"][name]
        members = {one["name"]: rule(one, one["type"], document) for one in fields}
        skipped = SOMETIMES.get(name, set())
        required = [one["name"] for one in fields if one.get("required")]
        structures[name] = {
            "required": [] if name in LOOSE else [one for one in required if one not in skipped],
            "members": members,
        }
        kinds = [text.strip("[]") for text in members.values()]
        wanted += [kind for kind in kinds if kind in document["objects"]]
    return {"structures": dict(sorted(structures.items())), "methods": {}}


def rule(field: dict[str, Any], kind: str, document: dict[str, Any]) -> str:
    """The rule of one member."""
    if kind.startswith("list["):
        return f"[{rule({}, kind[5:-1], document)}]"
    if kind.startswith("map["):
        return "object"
    if kind in document["enums"]:
        return "enum " + "|".join(document["enums"][kind])
    if kind in PLAIN and "maxLength" in field and kind == "string":
        return f"string {field['maxLength']}"
    return PLAIN.get(kind, kind)
