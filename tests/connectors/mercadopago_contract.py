"""Mercado Pago's document as a contract, with the members that only its SDK and samples have."""

from __future__ import annotations

from typing import Any

from tests.connectors.contract import Contract, resolved

TEXT = {"type": "string"}
# Requests of mercadopago/sdk-java (MIT): src/test/resources/mocks/request/payment.
ADDRESS = "zip_code street_name street_number neighborhood city federal_unit".split()
PAYER = {
    "first_name": TEXT,
    "last_name": TEXT,
    "entity_type": TEXT,
    "address": {"type": "object", "properties": dict.fromkeys(ADDRESS, TEXT)},
}
BANK = {"type": "object", "properties": {"financial_institution": TEXT}}


class MercadoPagoContract(Contract):
    """The first and last name, the house, the bank and the 3-D Secure mode are left out there."""

    def request_schema(self, operation: dict) -> dict | None:
        schema = super().request_schema(operation)
        if schema is None:
            return None
        whole = resolved(schema, self.loose)
        members = dict(whole.get("properties", {}))
        if "transaction_amount" in members and "payer" in members:
            payer = resolved(members["payer"], self.loose)
            info = resolved(members["additional_info"], self.loose)
            members["payer"] = {**payer, "properties": {**payer["properties"], **PAYER}}
            known = {**info["properties"], "ip_address": TEXT}
            members["additional_info"] = {**info, "properties": known}
            members |= {"transaction_details": BANK, "three_d_secure_mode": TEXT}
        return {**whole, "properties": members}

    def check_reply(self, wire: Any, status: int, body: Any) -> None:
        """Members without a value say nothing; the samples have many."""
        super().check_reply(wire, status, without_nulls(body))


def without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: without_nulls(one) for name, one in value.items() if one is not None}
