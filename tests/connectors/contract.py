"""Recorded exchanges as values, and providers' published documents as contracts.

An exchange is an entry of `acquiring/connectors/specs/<name>.json`: an ask in our words, the call
it must become, a reply of the provider, and the outcome that must be read from it. Where one wish
takes several calls, the outcome is `{"step", "call", "keep"}`: what goes next; the entry after it
has that `step` in its ask, with what was kept. A contract is an
OpenAPI document: the call's method and path must exist in it, and a member it does not know is
refused, since that is what providers do.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from acquiring.connectors import driver as shapes
from acquiring.connectors.driver import Ask, Call, Driver, More, Outcome, Wire, encode, flatten
from acquiring.core.money import Money

SPECS = Path(settings.BASE_DIR, "acquiring", "connectors", "specs")
# Providers whose contract is published in a form that a program can check.
PUBLISHED = frozenset(
    "adyen antom bacen_pix conekta hipay klarna mercadopago mollie multisafepay paypal"
    " paystack portone square stripe vipps worldpay".split()
)
# Where a provider's document has another name than <name>/openapi.json, and other prefixes.
DOCUMENTS: dict[str, tuple[str, ...]] = {}
HIPAY = ("gateway.yaml", "tokenization.yaml")
SHAPES = {
    "card": shapes.Card,
    "customer": shapes.Party,
    "billing": shapes.Address,
    "shipping": shapes.Address,
    "device": shapes.Device,
}


def exchanges(name: str) -> list[dict]:
    """The recorded exchanges of a provider; none where nobody recorded any."""
    path = SPECS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def shared(*parts: str) -> Path:
    """A document: what we may pass on of it, else the whole beside this checkout; skips the test
    where neither is there."""
    ours = Path(settings.BASE_DIR, "tests", "contracts", *parts)
    if ours.exists():
        return ours
    path = Path(settings.SHARED, *parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside this checkout")
    return path


def ask_of(entry: dict) -> Ask:
    """The ask of an exchange, with the references it does not name."""
    members = {"reference": "att_1", "payment": "pay_1", "verb": entry["verb"], **entry["ask"]}
    members.setdefault("money", {"amount": 1999, "currency": "EUR"})
    return Ask(**{name: _shaped(name, value) for name, value in members.items()})


def _shaped(name: str, value: Any) -> Any:
    if name in ("money", "total") and value is not None:
        return Money(**value)
    if name == "now" and value is not None:
        return datetime.fromisoformat(value)
    if name in SHAPES and value is not None:
        return SHAPES[name](**value)
    return value


def told(outcome: Outcome | More) -> dict:
    """An outcome as a spec writes it: only members that say something."""
    if isinstance(outcome, More):
        found = {"step": outcome.step, "call": call_told(outcome.call), "keep": dict(outcome.keep)}
        return {name: value for name, value in found.items() if value}
    return {name: value for name, value in _plain(outcome).items() if value not in ("", None, {})}


def call_told(call: Call) -> dict:
    """A call as a spec writes it; a form's values are text under bracketed names."""
    is_form = call.encoding == "form"
    body = dict(flatten(call.body or {})) if is_form else json.loads(encode(call)[0] or "null")
    found = {"method": call.method, "path": call.path, "query": dict(call.query), "body": body}
    found |= {"headers": dict(call.headers), "encoding": call.encoding.removeprefix("json")}
    found |= {} if call.signed else {"signed": False}
    return {name: value for name, value in found.items() if value not in ("", None, {})}


def call_of(entry: dict) -> Call:
    """The call an exchange writes down."""
    told = entry["call"]
    return Call(**{**told, "encoding": told.get("encoding", "json")})


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def account_of(driver: Driver) -> dict[str, str]:
    """Credentials of the shape the driver wants, none of them real."""
    made = {name: f"test-{name}-0123456789abcdef" for name in driver.credentials}
    if "merchant_accounts" in made:
        made["merchant_accounts"] = "EUR=test_eur, JPY=test_jpy, MXN=test_mxn"
    if "entity" in made:
        made["entity"] = "default"
    private, public = keys()
    made |= {name: private for name in made if name.endswith("private_key")}
    return made | {name: public for name in made if name.endswith("public_key")}


@cache
def keys() -> tuple[str, str]:
    """An RSA key pair, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(pem, spki)
    return key.private_bytes(pem, pkcs8, plain).decode(), public.decode()


def wire_of(driver: Driver, entry: dict) -> Wire:
    """The exchange's call as it would leave."""
    ask = ask_of(entry)
    call = call_of(entry) if ask.step else driver.ask(ask)
    lent = {"access_token": "test-access-token", "sent_at": "2026-11-22T09:00:00+00:00"}
    known = {**lent, **account_of(driver)}
    return driver.wire(call, "https://provider.example", known)


def body_of(wire: Wire) -> Any:
    """The body as the provider decodes it; a form's values are all text."""
    if not wire.body:
        return None
    if "form" in wire.headers.get("Content-Type", ""):
        return unflatten(parse_qsl(wire.body.decode(), keep_blank_values=True))
    return json.loads(wire.body)


def unflatten(pairs: list[tuple[str, str]]) -> dict:
    """Bracketed pairs as nested members; members named 0, 1, … are a list."""
    tree: dict = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+", name)
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
        branch[last] = value
    return _listed(tree)


def _listed(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    listed = {name: _listed(one) for name, one in tree.items()}
    if listed and list(listed) == [str(index) for index in range(len(listed))]:
        return list(listed.values())
    return listed


class Contract:
    """A provider's OpenAPI document. `prefix` is what our paths carry before the document's."""

    def __init__(self, document: dict, prefix: str = "") -> None:
        self.prefix = prefix
        self.paths = document["paths"]
        self.loose = nullable(document)
        self.strict = closed(self.loose)

    def operation(self, wire: Wire) -> tuple[str, dict]:
        """The documented operation a call is for; fails when there is none."""
        path = wire.path.partition("?")[0].removeprefix(self.prefix)
        # A literal path goes before a pattern: /refunds/search is no refund's id.
        for template in sorted(self.paths, key=lambda one: one != path):
            pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
            if template == path or re.fullmatch(pattern, path):
                operations = self.paths[template]
                assert wire.method.lower() in operations, f"{wire.method} {path} is not documented"
                return template, operations[wire.method.lower()]
        raise AssertionError(f"{path} is not documented")

    def check_call(self, wire: Wire) -> None:
        """Fails when the call names an operation, parameter or member nobody documented."""
        template, operation = self.operation(wire)
        self.check_query(wire, operation)
        if wire.body:
            self.check_body(wire, template, operation)

    def check_query(self, wire: Wire, operation: dict) -> None:
        parameters = [resolved(one, self.loose) for one in operation.get("parameters", ())]
        known = {one["name"] for one in parameters if one["in"] == "query"}
        sent = {name.partition("[")[0] for name, _ in parse_qsl(wire.path.partition("?")[2])}
        assert sent <= known, f"unknown query parameters {sorted(sent - known)}"

    def check_body(self, wire: Wire, template: str, operation: dict) -> None:
        if schema := self.request_schema(operation):
            refuse(validator(closed(nullable(schema)), self.strict), body_of(wire))

    def request_schema(self, operation: dict) -> dict | None:
        body = resolved(operation.get("requestBody", {}), self.loose)
        return next((one["schema"] for one in body.get("content", {}).values()), None)

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        """Fails when a recorded reply is not one the document allows."""
        _, operation = self.operation(wire)
        responses = operation["responses"]
        reply = responses.get(str(status)) or responses.get("default")
        assert reply, f"status {status} is not documented"
        content = resolved(reply, self.loose).get("content", {})
        if schema := next((one.get("schema") for one in content.values()), None):
            refuse(validator(nullable(schema), self.loose), body)


class StripeContract(Contract):
    """The document of the pinned version, and the optional parameters that were added since.

    Both leave out what stands behind Stripe's approval for raw card data: the card's own members in
    `payment_method_data`, and the network's transaction id of an earlier payment.
    """

    NEWER = {
        ("post", "/v1/payment_intents"): "PaymentIntent.create",
        ("post", "/v1/payment_intents/{intent}/capture"): "PaymentIntent.capture",
        ("post", "/v1/payment_intents/{intent}/cancel"): "PaymentIntent.cancel",
        ("post", "/v1/refunds"): "Refund.create",
    }

    def __init__(self, document: dict, newer: dict) -> None:
        super().__init__(document)
        self.newer = newer["operations"]
        create = self.newer["PaymentIntent.create"]["definitions"]
        create |= self.newer["PaymentMethod.create"]["definitions"]
        data = create["PaymentIntentCreateParamsPaymentMethodData"]["properties"]
        data["card"] = {"$ref": "#/definitions/PaymentMethodCreateParamsCard"}
        options = create["PaymentIntentCreateParamsPaymentMethodOptionsCard"]["properties"]
        members = {"network_transaction_id": {"type": "string"}}
        options["mit_exemption"] = {"type": "object", "properties": members}

    def check_body(self, wire: Wire, template: str, operation: dict) -> None:
        pinned = self.request_schema(operation) or {}
        rules = self.newer[self.NEWER[wire.method.lower(), template]]
        root = rules["definitions"][rules["root"]]
        members = {**pinned.get("properties", {}), **root["properties"]}
        definitions = {"definitions": rules["definitions"]}
        schema = closed({**root, "properties": members, **definitions})
        refuse(jsonschema_rs.validator_for(schema), typed(body_of(wire), schema, schema))


class SquareContract(Contract):
    """An error is the same object as the answer, and documented there."""

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        super().check_reply(wire, 200, body)


@cache
def contract(name: str) -> Contract:
    """The contract of a provider; skips the test where its document is not published or absent."""
    if name == "stripe":
        newer = _document("stripe", "params_latest.json")
        return StripeContract(_document("stripe", "openapi.json"), newer)
    if name == "adyen":
        document = _document("adyen", "CheckoutService-v72.json")
        # Adyen's own sample replies nest each check once more than its document says.
        document["components"]["schemas"]["FraudResult"]["properties"]["results"] = {}
        return Contract(document, prefix="/v72")
    if name == "antom":
        from tests.connectors.antom_contract import AntomContract

        return AntomContract(json.loads(shared("antom", "endpoints.json").read_text("utf-8")))
    if name == "mollie":
        from tests.connectors.composed_contract import MollieContract

        return MollieContract(_document("mollie", "openapi.json"))
    if name == "hipay":
        from tests.connectors.composed_contract import HiPayContract

        places = (("psp_specs", "sheets", "specs", "hipay", one) for one in HIPAY)
        return HiPayContract(*(yaml.safe_load(shared(*one).read_text("utf-8")) for one in places))
    if name == "multisafepay":
        from tests.connectors.composed_contract import MultiSafepayContract

        return MultiSafepayContract(_document("multisafepay", "docs-openapi.json"))
    if name == "paystack":
        from tests.connectors.composed_contract import PaystackContract

        return PaystackContract(_document("paystack", "openapi.json"))
    if name == "bacen_pix":
        from tests.connectors.bacen_contract import BacenPixContract

        return BacenPixContract(_document("bacen_pix", "openapi.json"))
    if name == "conekta":
        from tests.connectors.conekta_contract import ConektaContract

        return ConektaContract(_document("conekta", "openapi.json"))
    if name == "mercadopago":
        from tests.connectors.mercadopago_contract import MercadoPagoContract

        return MercadoPagoContract(_document("mercadopago", "spec3.json"))
    if name == "portone":
        from tests.connectors.portone_contract import PortOneContract

        return PortOneContract(_document("portone", "v2.openapi.json"))
    if name == "klarna":
        from tests.connectors.klarna_contract import KlarnaContract

        return KlarnaContract(_document("klarna", "klarna_payments_v1.json"))
    if name == "square":
        return SquareContract(_document("square", "openapi.json"))
    if name == "vipps":
        document = _document("vipps", "epayment.v1.json")
        # Required by the document, which defines no such member; no sample reply has it.
        document["components"]["schemas"]["PaymentEvent"]["required"].remove("paymentAction")
        return Contract(document)
    if name == "worldpay":
        from tests.connectors.worldpay_contract import DOCUMENTS as PARTS
        from tests.connectors.worldpay_contract import WorldpayContract

        place = ("psp_specs", "sheets", "specs", "worldpay")
        found = {root: shared(*place, file).read_text("utf-8") for root, file in PARTS.items()}
        return WorldpayContract(found)
    if name == "paypal":
        from tests.connectors.paypal_contract import PaypalContract

        return PaypalContract(_document)
    return Contract(_document(*DOCUMENTS.get(name, (name, "openapi.json"))))


def _document(*parts: str) -> dict:
    return json.loads(shared("psp_specs", *parts).read_text("utf-8"))


def refuse(rules: Any, instance: Any) -> None:
    """Fails with every error and where it is."""
    errors = [
        f"{'.'.join(map(str, e.instance_path))}: {e.message}" for e in rules.iter_errors(instance)
    ]
    assert not errors, "\n".join(errors)


def validator(schema: dict, document: dict) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": document.get("components", {})})


def nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(node, list):
        return [nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    bare = {name: nullable(one) for name, one in node.items() if name != "nullable"}
    return {"anyOf": [bare, {"type": "null"}]} if node.get("nullable") is True else bare


def closed(node: Any) -> Any:
    """The same schema refusing members it does not name; alternatives may overlap."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    shut = {("anyOf" if name == "oneOf" else name): closed(one) for name, one in node.items()}
    if (isinstance(node.get("properties"), dict) and "allOf" not in node) or (
        node.get("type") == "object" and not {"anyOf", "oneOf", "allOf"} & set(node)
    ):
        shut.setdefault("additionalProperties", False)
    return shut


def resolved(node: dict, document: dict) -> dict:
    """What a reference stands for."""
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def typed(value: Any, schema: dict, root: dict) -> Any:
    """Form text as the types its schema wants; what does not fit stays text and is refused."""
    schema = resolved(schema, root)
    for alternative in schema.get("anyOf", ()):
        tried = typed(value, alternative, root)
        if not isinstance(tried, str) or "anyOf" not in schema:
            return tried
    if isinstance(value, dict):
        members = schema.get("properties", {})
        return {name: typed(one, members.get(name, {}), root) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one, schema.get("items", {}), root) for one in value]
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value
