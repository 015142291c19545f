"""A shop at Antom's simulator, called in process: what it signs and sends, what it is told."""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from acquiring.sandbox import book as books
from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Answer, Request

ANTOM = simulators()["antom"]
PATH = "/ams/sandbox/api/v1/payments"
TIME = "2026-11-21T08:00:00+00:00"
NOTIFY = "http://127.0.0.1:9/in/antom"
numbers = itertools.count(1)


@cache
def pair() -> rsa.Pair:
    return rsa.new_pair()


def new_shop(**facts: Any) -> Account:
    facts = facts or {"public_key": pair().public}
    credentials = ANTOM.credentials(facts)
    key = credentials["client_id"]
    ref = f"shop-{next(numbers)}"
    return books.register(
        Account("antom", ref, key, credentials, facts, "http://127.0.0.1:9/never")
    )


def request(
    shop: Account, path: str, body: Any, private: str = "", time: str = TIME, **headers: str
) -> Request:
    """A call as the shop signs it; headers may be put in the way."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = f"POST {path}\n{shop.key}.{time}.".encode() + raw
    value = quote(rsa.sign(private or pair().private, signed), safe="")
    sent = {
        "client-id": shop.key,
        "request-time": time,
        "signature": f"algorithm=RSA256,keyVersion=1,signature={value}",
        "content-type": "application/json; charset=UTF-8",
    }
    named = {name.replace("_", "-"): one for name, one in headers.items()}
    return Request("POST", path, sent | named, body=raw)


def call(shop: Account, action: str, body: Any, **headers: str) -> Answer:
    return ANTOM.serve(request(shop, f"{PATH}/{action}", body, **headers))


def shown(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.content())


def ask(shop: Account, action: str, **members: Any) -> dict[str, Any]:
    """What the API says to a call, as JSON."""
    answer = call(shop, action, members)
    assert answer.status == 200
    assert is_genuine(shop, f"{PATH}/{action}", answer)
    return shown(answer)


def code(body: dict[str, Any]) -> tuple[str, str]:
    return body["result"]["resultStatus"], body["result"]["resultCode"]


def is_genuine(shop: Account, path: str, answer: Answer) -> bool:
    """Whether the gateway signed the answer over the path of the call."""
    headers = answer.headers
    value = unquote(headers["signature"].split(",")[2].removeprefix("signature="))
    signed = f"POST {path}\n{headers['client-id']}.{headers['response-time']}.".encode()
    return rsa.is_signed(shop.credentials["gateway_public_key"], signed + answer.content(), value)


def amount(value: int, currency: str = "PHP") -> dict[str, str]:
    return {"currency": currency, "value": str(value)}


def payment(method: str = "GCASH", value: int = 10000, currency: str = "PHP", **more: Any) -> dict:
    total = amount(value, currency)
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": f"att_{next(numbers)}",
        "order": {"referenceOrderId": "1001", "orderDescription": "Lamp", "orderAmount": total},
        "paymentAmount": total,
        "paymentMethod": {"paymentMethodType": method},
        "paymentRedirectUrl": "https://shop.example/done?order=7",
        "paymentNotifyUrl": NOTIFY,
        "settlementStrategy": {"settlementCurrency": "USD"},
        "env": {"terminalType": "WEB"},
        **more,
    }


def card(value: int = 10000, mode: str = "AUTOMATIC", **data: Any) -> dict[str, Any]:
    details = {
        "cardNo": "4054695723100768",
        "expiryMonth": "03",
        "expiryYear": "41",
        "cvv": "123",
        "is3DSAuthentication": False,
        **data,
    }
    method = {"paymentMethodType": "CARD", "paymentMethodMetaData": details}
    factor = {"isAuthorization": "true", "captureMode": mode}
    return payment("CARD", value, "EUR", paymentMethod=method, paymentFactor=factor)


def held(shop: Account, value: int = 10000) -> str:
    return ask(shop, "pay", **card(value, "MANUAL"))["paymentId"]


def paid(shop: Account, method: str = "GCASH", value: int = 10000, currency: str = "PHP") -> str:
    body = ask(shop, "pay", **payment(method, value, currency))
    shopper_says(shop, body["paymentId"], "approve")
    return body["paymentId"]


def shopper_says(shop: Account, payment_id: str, choice: str) -> str:
    """Where the shopper ends after answering the page."""
    book = Book(shop)
    charge = book.charge(payment_id)
    assert charge is not None
    where = ANTOM.shopper(book, charge, choice)  # type: ignore[arg-type]
    book.save(charge)
    return where


def status(shop: Account, payment_id: str) -> str:
    return ask(shop, "inquiryPayment", paymentId=payment_id)["paymentStatus"]


def told(shop: Account) -> list[dict[str, Any]]:
    """The notifications on their way to the shop, oldest first: address and body."""
    found = books.rows(
        "SELECT message::text FROM sandbox_delivery WHERE account = %s ORDER BY id", [shop.ref]
    )
    return [json.loads(message) for (message,) in found]


def events(shop: Account) -> list[tuple[str, str]]:
    """Kind and result of the notifications, oldest first."""
    bodies = [message["body"] for message in told(shop)]
    return [(one["notifyType"], one["result"]["resultStatus"]) for one in bodies]
