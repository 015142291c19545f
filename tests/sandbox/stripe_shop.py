"""A shop at Stripe's simulator, called in process: what it sends, what it is told."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import urlencode

from acquiring.sandbox import book as books
from acquiring.sandbox.book import Account, Charge
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Answer, Request

STRIPE = simulators()["stripe"]
numbers = itertools.count(1)
BACK = "https://shop.example/done?order=7"


def new_shop(**facts: Any) -> Account:
    credentials = STRIPE.credentials({})
    key = credentials["secret_key"]
    ref = f"stripe-shop-{next(numbers)}"
    return books.register(
        Account("stripe", ref, key, credentials, facts, "http://127.0.0.1:9/never")
    )


def call(shop: Account, method: str, path: str, form: Any = None, **headers: str) -> Answer:
    sent = {"authorization": f"Bearer {shop.key}", "stripe-version": "2026-10-28.endive"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = urlencode(form or {}).encode()
    if method == "GET":
        return STRIPE.serve(Request("GET", path, sent, query_string=content.decode()))
    return STRIPE.serve(Request(method, path, sent, body=content))


def post(shop: Account, path: str, form: Any = None, **headers: str) -> Answer:
    return call(shop, "POST", path, form, **headers)


def get(shop: Account, path: str, **query: Any) -> Answer:
    return call(shop, "GET", path, query)


def card(number: str = "4242424242424242") -> dict[str, str]:
    return {
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2034",
        "payment_method_data[card][cvc]": "123",
    }


def payment(amount: int = 1999, currency: str = "eur", **members: str) -> dict[str, str]:
    return {
        "amount": str(amount),
        "currency": currency,
        "confirm": "true",
        "capture_method": "automatic",
        "return_url": BACK,
    } | members


def pay(shop: Account, number: str = "4242424242424242", **members: Any) -> dict[str, Any]:
    """A confirmed card payment: the intent."""
    answer = post(shop, "/v1/payment_intents", payment(**members) | card(number))
    body = shown(answer)
    return body["error"]["payment_intent"] if "error" in body else body


def shown(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.content())


def held(shop: Account, intent: str) -> Charge:
    """The simulator's own record of an intent."""
    return books.charges("provider = 'stripe' AND id = %s", [intent])[0]


def told(shop: Account) -> list[str]:
    """The events queued for the shop, oldest first."""
    found = books.rows(
        "SELECT name FROM sandbox_delivery WHERE account = %s ORDER BY id", [shop.ref]
    )
    return [name for (name,) in found]
