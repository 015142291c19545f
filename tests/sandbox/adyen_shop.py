"""A shop at Adyen's simulator, called in process: what it sends, what it is told."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from acquiring.sandbox import book as books
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Answer, Request

ADYEN = simulators()["adyen"]
CARD = {
    "type": "scheme",
    "number": "4111111111111111",
    "expiryMonth": "03",
    "expiryYear": "2030",
    "cvc": "737",
    "holderName": "Amber Ash",
}
EXTRAS = {
    "mbway": {"shopperEmail": "amber@shop.example", "telephoneNumber": "+351234567890"},
    "doku_bni_va": {"firstName": "Amber", "lastName": "Ash", "shopperEmail": "a@shop.example"},
    "sepadirectdebit": {"iban": "NL13TEST0123456789", "ownerName": "Amber Ash"},
}
BACK = "https://shop.example/done?order=7"
numbers = itertools.count(1)


def document(name: str) -> dict[str, Any]:
    path = Path(settings.SHARED, "psp_specs", "adyen", name)
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


@cache
def schema(file: str, name: str) -> Draft202012Validator:
    return Draft202012Validator({**document(file), "$ref": f"#/components/schemas/{name}"})


def new_shop() -> Account:
    credentials = ADYEN.credentials({})
    url = "http://127.0.0.1:9/never"
    key = credentials["api_key"]
    return books.register(Account("adyen", f"shop-{next(numbers)}", key, credentials, {}, url))


def call(shop: Account, path: str, body: Any, **headers: str) -> Answer:
    sent = {"x-api-key": shop.key, "content-type": "application/json", **headers}
    named = {name.replace("_", "-"): value for name, value in sent.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ADYEN.serve(Request("POST", f"/v72{path}", named, body=content))


def payment(shop: Account, **members: Any) -> dict[str, Any]:
    return {
        "merchantAccount": shop.credentials["merchant_account"],
        "amount": {"currency": "EUR", "value": 1999},
        "reference": f"order-{next(numbers)}",
        "paymentMethod": CARD,
        "returnUrl": BACK,
        **members,
    }


def pay(shop: Account, **members: Any) -> dict[str, Any]:
    answer = call(shop, "/payments", payment(shop, **members))
    assert answer.status == 200, answer.body
    return shown(answer)


def shown(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.content())


def modify(shop: Account, reference: str, what: str, **members: Any) -> Answer:
    account = shop.credentials["merchant_account"]
    path = f"/payments/{reference}/{what}"
    return call(shop, path, {"merchantAccount": account, "reference": "mine", **members})


def euros(value: int) -> dict[str, Any]:
    return {"amount": {"currency": "EUR", "value": value}}


def held(shop: Account, **members: Any) -> str:
    return pay(shop, additionalData={"manualCapture": "true"}, **members)["pspReference"]


def charge(shop: Account, reference: str) -> books.Charge:
    found = Book(shop).charge(reference, lock=False)
    assert found is not None
    return found


def told(shop: Account) -> list[dict[str, Any]]:
    """The items that are on their way to the shop, oldest first."""
    found = books.rows(
        "SELECT message FROM sandbox_delivery WHERE account = %s ORDER BY id", [shop.ref]
    )
    return [json.loads(message) for (message,) in found]


def events(shop: Account) -> list[tuple[str, str]]:
    return [(item["eventCode"], item["success"]) for item in told(shop)]


def shopper_says(shop: Account, reference: str, choice: str) -> str:
    """Where the shopper ends after answering the page."""
    book = Book(shop)
    found = book.charges_named(reference)[-1]
    where = ADYEN.shopper(book, found, choice)
    book.save(found)
    return where
