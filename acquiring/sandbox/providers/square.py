"""Square's sandbox: payment links, the orders and payments behind them, refunds, signed webhooks.

A link's order is a draft until somebody pays; a try that failed leaves a failed tender. Refunds are
pending at first. Keys are members of the body; a key used for another body is refused.

Sources: square/connect-api-specification (Apache-2.0), square/square-python-sdk (MIT: the webhook
helper).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

LINKS = "/v2/online-checkout/payment-links"
WALLETS = {"cash_app_pay": "WALLET", "afterpay_clearpay": "BUY_NOW_PAY_LATER"}
STATUSES = {"captured": "COMPLETED", "pending": "PENDING", "declined": "FAILED"}
REFUNDS = {"succeeded": "COMPLETED", "pending": "PENDING", "failed": "FAILED"}


@lru_cache(maxsize=1)
def declines() -> dict[str, str]:
    """Square's error code of a unified decline."""
    path = Path(__file__).parent.parent / "data" / "square.json"
    return dict(json.loads(path.read_text("utf-8"))["declines"])


class Square(Ordinary):
    """Square, as far as a payment needs it."""

    name = "square"
    title = "Square"
    key_credential = "access_token"
    refunds_later = True
    routes = (
        ("POST", LINKS, "create"),
        ("GET", "/v2/orders/{order_id}", "order"),
        ("GET", "/v2/payments/{payment_id}", "payment"),
        ("POST", "/v2/refunds", "refund"),
        ("GET", "/v2/refunds/{refund_id}", "refunded"),
        ("POST", "/v2/webhooks/subscriptions", "subscribe"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An access token, a location, and the signature key of the webhook subscription."""
        return {
            "access_token": f"EAAAl{secrets.token_urlsafe(43)}",
            "location_id": new("L")[:13],
            "webhook_signature_key": secrets.token_urlsafe(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By the bearer's token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, token) if scheme == "Bearer" and token else None
        if account is None:
            category, code = "AUTHENTICATION_ERROR", "UNAUTHORIZED"
            raise Refuse(error(401, code, "This request could not be authorized.", category))
        return account

    def idempotency_key(self, request: Request) -> str:
        """The body's own; a link remembers its own answer, however the first one was spoiled."""
        if request.method != "POST" or not request.body or request.path == LINKS:
            return ""
        body = request.json()
        key = body.get("idempotency_key", "") if isinstance(body, dict) else ""
        return f"{request.path} {key}" if key and isinstance(key, str) else ""

    def mismatch(self, request: Request) -> Answer:
        """Another body came under the key before."""
        return error(400, "IDEMPOTENCY_KEY_REUSED", "Different request, same idempotency key.")

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "CONFLICT", "A request with this key is being processed.")

    def not_found(self, request: Request) -> Answer:
        """No such thing."""
        return error(404, "NOT_FOUND", "Resource not found.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(400, "EXPECTED_JSON_BODY", "Expected a JSON body.")

    # Paying.

    def create(self, request: Request, book: Book) -> Answer:
        """A link, and the draft of the order that is paid on its page."""
        body = checked(request, "Link")
        key = body.get("idempotency_key", "")
        if key and not book.claim(key):
            raise Refuse(self.busy(request))
        if known := book.get("link", key):
            same = known["request"] == request.fingerprint()
            return Answer(200, known["answer"]) if same else self.mismatch(request)
        if ("order" in body) == ("quick_pay" in body):
            refuse("CONFLICTING_PARAMETERS", "One of order and quick_pay is wanted.")
        wish = body.get("order") or body["quick_pay"]
        lines = body["order"].get("line_items", []) if "order" in body else [quick(body)]
        if wish["location_id"] != book.account.credentials["location_id"]:
            refuse("INVALID_LOCATION", "There is no such location.", "location_id")
        amount, currency = total(lines)
        options = body.get("checkout_options", {})
        accepted = options.get("accepted_payment_methods", {})
        wallet = next((name for name in WALLETS if accepted.get(name)), "")
        reference = wish.get("reference_id", "")
        charge = Charge(
            new("o"),
            amount,
            currency,
            wallet or "card",
            "action",
            by_amount(amount).name,
            reference,
            [reference] if reference else [],
            page="wallet" if wallet else "bank",
            data={
                "payment": "",
                "link": new("P")[:16],
                "redirect_url": options.get("redirect_url", ""),
                "location": wish["location_id"],
                "lines": lines,
                "note": body.get("payment_note", ""),
            },
        )
        self.begin(book, charge, asks_shopper=True)
        link = {
            "id": charge.data["link"],
            "version": 1,
            "order_id": charge.id,
            "checkout_options": options,
            "url": page_url(charge),
            "long_url": page_url(charge),
            "created_at": moment(book.now),
        }
        answer = {"payment_link": link, "related_resources": {"orders": [order(charge)]}}
        if key:
            book.put("link", key, {"request": request.fingerprint(), "answer": answer}, charge.id)
        return Answer(200, answer)

    def order(self, request: Request, book: Book, order_id: str) -> Answer:
        """An order by its id."""
        charge = book.charge(order_id)
        if charge is None:
            raise Refuse(self.not_found(request))
        return Answer(200, {"order": order(charge)})

    def payment(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A payment by its id."""
        charge = paid(book, payment_id)
        if charge is None:
            raise Refuse(self.not_found(request))
        return Answer(200, {"payment": payment(charge)})

    def _move(self, book: Book, charge: Charge, state: str) -> None:
        if not charge.data["payment"]:
            charge.data["payment"] = new("R")
            charge.names.append(charge.data["payment"])
        super()._move(book, charge, state)

    def returns(self, charge: Charge) -> str:
        """The shop's page, with the order's and the payment's id."""
        url = str(charge.data["redirect_url"])
        mark = "&" if urlsplit(url).query else "?"
        return f"{url}{mark}orderId={charge.id}&transactionId={charge.id}" if url else ""

    # Afterwards.

    def refund(self, request: Request, book: Book) -> Answer:
        """Give back what was taken, or a part of it; pending at first."""
        body = checked(request, "Refund")
        charge = paid(book, body.get("payment_id", ""))
        if charge is None:
            raise Refuse(self.not_found(request))
        if body["amount_money"]["currency"] != charge.currency:
            refuse("CURRENCY_MISMATCH", "The currency is not the payment's.", "amount_money")
        made = f"{charge.data['payment']}_{new('r')}"
        try:
            one = self.give_back(book, charge, made, "", body["amount_money"].get("amount", 0))
        except WrongState:
            refuse("PAYMENT_NOT_REFUNDABLE", "The payment cannot be refunded.", "payment_id")
        except TooMuch:
            refuse("REFUND_AMOUNT_INVALID", "The amount is more than is left.", "amount_money")
        return Answer(200, {"refund": given_back(charge, one)})

    def refunded(self, request: Request, book: Book, refund_id: str) -> Answer:
        """A refund by its id."""
        one, charge = book.get("refund", refund_id), paid(book, refund_id.partition("_")[0])
        if one is None or charge is None:
            raise Refuse(self.not_found(request))
        return Answer(200, {"refund": given_back(charge, one)})

    def subscribe(self, request: Request, book: Book) -> Answer:
        """A subscription, with the account's signature key."""
        told = checked(request, "Subscription")["subscription"]
        key = book.account.credentials["webhook_signature_key"]
        return Answer(200, {"subscription": {"id": new("wbhk_"), **told, "signature_key": key}})

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """What has happened to the payment, a refund, or a dispute."""
        if what == "disputed":
            told = {"dispute": dispute(charge)}
            self._queue(book, charge, "dispute.created", told)
        elif thing is not None:
            self._queue(book, charge, "refund.updated", {"refund": given_back(charge, thing)})
        elif what in STATUSES:
            self._queue(book, charge, "payment.updated", {"payment": payment(charge)})

    def _queue(self, book: Book, charge: Charge, kind: str, thing: Mapping[str, Any]) -> None:
        ((name, one),) = thing.items()
        told = {
            "merchant_id": book.account.credentials["location_id"],
            "type": kind,
            "event_id": new("e"),
            "created_at": moment(book.now),
            "data": {"type": name, "id": one["id"], "object": thing},
        }
        book.tell(charge, kind, told)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, signed over its address and its bytes."""
        body = orjson.dumps(delivery.message)
        key = account.credentials["webhook_signature_key"].encode()
        signed = hmac.new(key, account.webhook_url.encode() + body, hashlib.sha256).digest()
        signature = base64.b64encode(signed).decode()
        headers = {"Content-Type": "application/json", "x-square-hmacsha256-signature": signature}
        return Post(headers, body)


def error(
    status: int, code: str, detail: str, category: str = "INVALID_REQUEST_ERROR", field: str = ""
) -> Answer:
    """Square's list of errors."""
    one = {"category": category, "code": code, "detail": detail}
    return Answer(status, {"errors": [one | ({"field": field} if field else {})]})


def refuse(code: str, detail: str, field: str = "") -> NoReturn:
    """Say that the request is invalid."""
    raise Refuse(error(400, code, detail, field=field))


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    codes = {"unknown": "UNKNOWN_BODY_PARAMETER", "missing": "MISSING_REQUIRED_PARAMETER"}
    for fault in load("square").faults(structure, body):
        code = codes.get(fault.kind, "INVALID_VALUE")
        refuse(code, f"{fault.structure}.{fault.member}: {fault.kind}", fault.member)
    return body


def quick(body: Mapping[str, Any]) -> dict[str, Any]:
    """A quick payment as the only line of an order."""
    wish = body["quick_pay"]
    return {"name": wish["name"], "quantity": "1", "base_price_money": wish["price_money"]}


def total(lines: list[dict[str, Any]]) -> tuple[int, str]:
    """What the lines cost together; raises Refuse."""
    prices = [(line.get("base_price_money") or {}, line["quantity"]) for line in lines]
    currencies = {price.get("currency", "") for price, _ in prices}
    if len(currencies) != 1 or not is_currency(next(iter(currencies))):
        refuse("INVALID_VALUE", "The lines need one currency.", "line_items")
    if not all(quantity.isdigit() for _, quantity in prices):
        refuse("INVALID_VALUE", "The quantity is no whole number.", "quantity")
    amount = sum(price.get("amount", 0) * int(quantity) for price, quantity in prices)
    if amount < 1:
        refuse("VALUE_TOO_LOW", "There is nothing to pay.", "line_items")
    return amount, currencies.pop()


def paid(book: Book, payment_id: str) -> Charge | None:
    """The order of a payment."""
    found = [one for one in book.charges_named(payment_id) if one.data["payment"] == payment_id]
    return book.charge(found[0].id) if found and payment_id else None


def new(head: str) -> str:
    """An id as Square makes them."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return head + "".join(secrets.choice(letters) for _ in range(24))


def moment(time: datetime) -> str:
    """A time as Square writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def money(amount: int, currency: str) -> dict[str, Any]:
    """A sum."""
    return {"amount": amount, "currency": currency}


def order(charge: Charge) -> dict[str, Any]:
    """An order, with a tender once somebody paid or tried to."""
    states = {"captured": "COMPLETED", "canceled": "CANCELED", "action": "DRAFT"}
    shown = {
        "id": charge.id,
        "location_id": charge.data["location"],
        "reference_id": charge.reference,
        "line_items": charge.data["lines"],
        "state": states.get(charge.state, "OPEN"),
        "total_money": money(charge.amount, charge.currency),
    }
    if charge.data["payment"]:
        kind = WALLETS.get(charge.method, "CARD")
        tender = {"id": charge.data["payment"], "payment_id": charge.data["payment"], "type": kind}
        tender["amount_money"] = money(charge.amount, charge.currency)
        if kind == "CARD":
            failed = charge.state == "declined"
            tender["card_details"] = {"status": "FAILED" if failed else "CAPTURED"}
        shown["tenders"] = [tender]
    return shown


def payment(charge: Charge) -> dict[str, Any]:
    """A payment."""
    kind = WALLETS.get(charge.method, "CARD")
    shown: dict[str, Any] = {
        "id": charge.data["payment"],
        "status": STATUSES.get(charge.state, "CANCELED"),
        "source_type": kind,
        "amount_money": money(charge.amount, charge.currency),
        "total_money": money(charge.amount, charge.currency),
        "refunded_money": money(charge.refunded, charge.currency),
        "order_id": charge.id,
        "location_id": charge.data["location"],
        "note": charge.data["note"],
    }
    if kind == "CARD":
        card = {"status": "CAPTURED", "cvv_status": "CVV_ACCEPTED", "avs_status": "AVS_ACCEPTED"}
        if charge.state == "declined":
            code = declines().get(charge.data.get("decline", ""), "GENERIC_DECLINE")
            fault = {"category": "PAYMENT_METHOD_ERROR", "code": code, "detail": code}
            card = {"status": "FAILED", "errors": [fault]}  # type: ignore[dict-item]
        shown["card_details"] = card
    return shown


def given_back(charge: Charge, one: Mapping[str, Any]) -> dict[str, Any]:
    """A refund."""
    return {
        "id": one["id"],
        "status": REFUNDS[one["status"]],
        "amount_money": money(one["amount"], charge.currency),
        "payment_id": charge.data["payment"],
        "order_id": charge.id,
        "location_id": charge.data["location"],
    }


def dispute(charge: Charge) -> dict[str, Any]:
    """A dispute of all that was taken."""
    return {
        "id": new("d"),
        "amount_money": money(charge.captured, charge.currency),
        "reason": "NO_KNOWLEDGE",
        "state": "EVIDENCE_REQUIRED",
        "disputed_payment": {"payment_id": charge.data["payment"]},
        "location_id": charge.data["location"],
    }
