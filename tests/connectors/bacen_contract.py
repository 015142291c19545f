"""The document of Brazil's central bank as a contract."""

from __future__ import annotations

from tests.connectors.composed_contract import ComposedContract


class BacenPixContract(ComposedContract):
    """A person's number stands between slashes there, which no number does.

    The place of a charge (`loc`) wants a `txid`, which none in the document's own examples has.
    """

    def __init__(self, document: dict) -> None:
        schemas = document["components"]["schemas"]
        schemas["PessoaFisica"]["properties"]["cpf"].pop("pattern", None)
        for part in schemas["CobGerada"]["allOf"]:
            place = part.get("properties", {}).get("loc", {})
            place["required"] = [one for one in place.get("required", ()) if one != "txid"]
        super().__init__(document)
