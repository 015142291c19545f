"""Stripe's simulator answers in the shapes of Stripe's own OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from acquiring.sandbox.book import Account
from acquiring.sandbox.parts.stripe import facts
from tests.sandbox.stripe_shop import card, get, new_shop, pay, payment, post, shown

pytestmark = pytest.mark.django_db
INTENTS = "/v1/payment_intents"
# The document is of 2022 and says of newer members nothing, of these next_actions neither.
LATER = {"multibanco", "swish", "twint", "revolut_pay", "paypal", "mobilepay", "amazon_pay", "alma",
         "zip", "billie", "satispay", "kr_card", "kakao_pay", "naver_pay", "payco", "samsung_pay",
         "pay_by_bank"}  # fmt: skip


@cache
def document() -> dict[str, Any]:
    path = Path(settings.SHARED, "psp_specs", "stripe", "openapi.json")
    if not path.exists():
        pytest.skip("Stripe's OpenAPI document is not beside this checkout")
    return _plain(json.loads(path.read_text("utf-8")))


def _plain(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _plain(one) for name, one in node.items() if name != "nullable"}
    return {"anyOf": [{"type": "null"}, plain]} if node.get("nullable") is True else plain


def conforms(name: str, body: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    Draft202012Validator(schema).validate(body)


@pytest.fixture
def shop() -> Account:
    return new_shop()


@pytest.mark.parametrize("kind", sorted(set(facts.facts()["methods"]) - LATER - {"card"}))
def test_every_method_answers_as_published(shop, kind):
    known = facts.method(kind)
    currency = known.get("currencies", ["CNY"])[0].lower()
    form = payment(5000, currency) | {"payment_method_data[type]": kind}
    details = {"sepa_debit": "iban", "au_becs_debit": "account_number", "fpx": "bank"}
    if kind in details:
        value = "maybank2u" if kind == "fpx" else "DE89370400440532013000"
        form[f"payment_method_data[{kind}][{details[kind]}]"] = value
    if kind == "au_becs_debit":
        form["payment_method_data[au_becs_debit][bsb_number]"] = "000000"
    if kind == "boleto":
        form["payment_method_data[boleto][tax_id]"] = "000.000.000-00"
    if kind == "acss_debit":
        form["payment_method_data[acss_debit][institution_number]"] = "000"
        form["payment_method_data[acss_debit][transit_number]"] = "11000"
        form["payment_method_data[acss_debit][account_number]"] = "000123456789"
    if kind == "sofort":
        form["payment_method_data[sofort][country]"] = "DE"

    answer = post(shop, INTENTS, form)

    assert answer.status == 200, shown(answer)
    conforms("payment_intent", shown(answer))


def test_a_paid_card_answers_as_published(shop):
    intent = pay(shop, **{"expand[]": "latest_charge"})

    conforms("payment_intent", intent)
    conforms("charge", intent["latest_charge"])


def test_a_challenge_answers_as_published(shop):
    conforms("payment_intent", pay(shop, "4000002760003184"))


def test_a_decline_answers_as_published(shop):
    conforms("error", shown(post(shop, INTENTS, payment() | card("4000000000009995"))))


def test_refunds_and_disputes_answer_as_published(shop):
    intent = pay(shop)
    refund = shown(post(shop, "/v1/refunds", {"payment_intent": intent["id"], "amount": "99"}))

    conforms("refund", refund)
    conforms("refund", shown(get(shop, f"/v1/refunds/{refund['id']}")))
    conforms("charge", shown(get(shop, f"/v1/charges/{intent['latest_charge']}")))


def test_errors_answer_as_published(shop):
    conforms("error", shown(post(shop, INTENTS, payment() | {"colour": "red"})))
    conforms("error", shown(get(shop, f"{INTENTS}/pi_nothing")))
    conforms("error", shown(post(new_shop(), INTENTS, payment(), authorization="")))


def test_our_parameters_are_those_of_the_published_list():
    path = Path(settings.SHARED, "psp_specs", "stripe", "params_latest.json")
    if not path.exists():
        pytest.skip("Stripe's parameters are not beside this checkout")
    published = json.loads(path.read_text("utf-8"))["operations"]["PaymentIntent.create"]
    root = published["definitions"][published["root"]]["properties"]
    table = json.loads((facts.DATA.parent / "stripe_parameters.json").read_text("utf-8"))

    assert {name.rstrip("*") for name in table["structures"]["Intent"]} == set(root)
