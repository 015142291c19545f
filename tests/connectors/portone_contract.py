"""PortOne's document tells alternatives apart by one member, whose word JSON Schema has to see."""

from __future__ import annotations

from tests.connectors.contract import Contract, resolved


class PortOneContract(Contract):
    """Each alternative carries its own word, as the document's discriminators say."""

    def __init__(self, document: dict) -> None:
        for schema in list(document["components"]["schemas"].values()):
            told = schema.get("discriminator", {})
            for word, place in told.get("mapping", {}).items():
                one = resolved({"$ref": place}, document)
                one.setdefault("properties", {})[told["propertyName"]] = {"const": word}
        super().__init__(document)
