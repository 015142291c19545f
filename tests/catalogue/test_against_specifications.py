"""The providers' own published documents know every code we send them."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from acquiring import catalogue


def document(*parts: str) -> Any:
    path = Path(settings.SHARED, *parts)
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


def codes(provider: str) -> set[str]:
    return {row.code for row in catalogue.provider(provider).connectors}


def strings_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(strings_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(strings_in, value))
    return {value} if isinstance(value, str) else set()


def test_every_stripe_code_is_a_payment_method_type():
    known = document("psp_specs", "stripe", "params_latest.json")["object_enums"]

    assert codes("stripe") <= set(known["PaymentMethod.type"]["anyOf"][0]["enum"])


def test_what_stripe_captures_later_is_what_its_document_lets_us_capture_later():
    latest = document("psp_specs", "stripe", "params_latest.json")["operations"]
    shapes = latest["PaymentIntent.create"]["definitions"]
    options = shapes["PaymentIntentCreateParamsPaymentMethodOptions"]["properties"]
    later = {
        code
        for code, row in options.items()
        for name in re.findall(r"#/definitions/(\w+)", json.dumps(row))
        if "capture_method" in shapes[name]["properties"]
    }

    for row in catalogue.provider("stripe").connectors:
        assert (row.capture == "both") == (row.code in later), row.method


def test_every_adyen_code_is_a_payment_method_type():
    schemas = document("psp_specs", "adyen", "CheckoutService-v72.json")["components"]["schemas"]
    shapes = schemas["PaymentRequest"]["properties"]["paymentMethod"]["oneOf"]
    types = [schemas[shape["$ref"].rsplit("/", 1)[1]]["properties"]["type"] for shape in shapes]

    assert codes("adyen") <= {code for row in types for code in row.get("enum", ())}


def test_every_antom_code_stands_in_the_vendors_material():
    known = strings_in(document("antom", "endpoints.json")) | vendors_codes("antom")

    assert {row.code for row in sure("antom")} <= known


def sure(provider: str) -> list[catalogue.Connector]:
    """The rows that say they rest on the provider's own word."""
    return [row for row in catalogue.provider(provider).connectors if row.basis == "vendor"]


def vendors_codes(provider: str) -> set[str]:
    """The identifiers that rest on the provider's own documents or SDKs."""
    with Path(settings.SHARED, "catalogue", "method_routes.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["provider"] == provider]
    return {row["provider_identifier"] for row in rows if row["identifier_basis"] == "vendor"}
