"""Razorpay's test mode: orders, payments from server to server, captures, refunds, signed events.

An order may be paid once; a payment without a page is answered by its id alone. A declined payment
is HTTP 400 with the payment's id. The order says whether it captures by itself, which is told by
two events; a capture is of the whole sum. There is no void: what is held too long goes back.

Sources: razorpay/razorpay-python (MIT): recorded answers; razorpay.com/docs (S2S JSON v2, orders,
refunds, webhooks, test cards, error reasons).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.razorpay_answers import (
    dispute,
    error,
    failure,
    new,
    next_steps,
    order_shown,
    payment_shown,
    refund_shown,
    refuse,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

PAGES = {"netbanking": "bank", "card": "three_ds", "emi": "three_ds"}
# What each method cannot do without.
NEEDED = {
    "card": ("card",),
    "emi": ("card", "emi_duration"),
    "netbanking": ("bank",),
    "wallet": ("wallet",),
    "upi": ("upi",),
    "cardless_emi": ("provider",),
    "paylater": ("provider",),
    "app": ("provider",),
}
EVENTS = {
    "authorized": "payment.authorized",
    "captured": "payment.captured",
    "declined": "payment.failed",
    "expired": "payment.failed",
}


class Razorpay(Ordinary):
    """Razorpay, as far as a payment needs it."""

    name = "razorpay"
    title = "Razorpay"
    key_credential = "key_id"
    routes = (
        ("POST", "/v1/orders", "order"),
        ("GET", "/v1/orders", "orders"),
        ("GET", "/v1/orders/{order_id}/payments", "payments_of"),
        ("POST", "/v1/payments/create/json", "pay"),
        ("GET", "/v1/payments/{payment_id}", "show"),
        ("POST", "/v1/payments/{payment_id}/capture", "capture"),
        ("POST", "/v1/payments/{payment_id}/refund", "refund"),
        ("GET", "/v1/payments/{payment_id}/refunds", "refunds"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A key with its secret, and the secret of the webhook."""
        return {
            "key_id": f"rzp_test_{secrets.token_hex(7)}",
            "key_secret": secrets.token_hex(12),
            "webhook_secret": secrets.token_hex(12),
        }

    def authenticate(self, request: Request) -> Account:
        """By key id and secret."""
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        try:
            key, _, secret = base64.b64decode(given).decode().partition(":")
        except ValueError:
            key, secret = "", ""
        account = account_by_key(self.name, key)
        if account is None or account.credentials["key_secret"] != secret:
            raise Refuse(error(401, "Authentication failed"))
        return account

    def idempotency_key(self, request: Request) -> str:
        """Refunds have one; nothing else does."""
        return request.headers.get("x-refund-idempotency", "")

    def mismatch(self, request: Request) -> Answer:
        """A refund's key was used for another refund."""
        return error(400, "Different request body sent for the same idempotency key")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(400, "The requested URL was not found on the server.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error(400, reason)

    # Orders and payments.

    def order(self, request: Request, book: Book) -> Answer:
        """An order, found again by its receipt."""
        body = checked(request, "Order")
        if not is_currency(body["currency"]):
            refuse("Currency is not supported", "currency")
        if body["amount"] < 100:
            refuse("Order amount less than minimum amount allowed", "amount")
        now = int(book.now.timestamp())
        made = {**body, "id": new("order"), "created_at": now}
        book.put("order", made["id"], made)
        return Answer(200, order_shown(made, []))

    def orders(self, request: Request, book: Book) -> Answer:
        """The orders of a receipt, newest first."""
        receipt = request.query.get("receipt", "")
        found = book.find("order", receipt=receipt) if receipt else book.find("order")
        shown = [order_shown(one, self._payments(book, one["id"])) for one in reversed(found)]
        return Answer(200, {"entity": "collection", "count": len(shown), "items": shown})

    def payments_of(self, request: Request, book: Book, order_id: str) -> Answer:
        """The payments of an order."""
        found = [payment_shown(one) for one in self._payments(book, order_id)]
        return Answer(200, {"entity": "collection", "count": len(found), "items": found})

    def _payments(self, book: Book, order_id: str) -> list[Charge]:
        return book.charges_named(order_id)

    def pay(self, request: Request, book: Book) -> Answer:
        """A payment of an order: its id, and where the shopper goes if anywhere."""
        body = checked(request, "Payment")
        order = book.get("order", body["order_id"], lock=True)
        if order is None:
            refuse("The id provided does not exist", "order_id")
        if (body["amount"], body["currency"]) != (order["amount"], order["currency"]):
            refuse("Your payment amount is different from your order amount", "amount")
        if any(
            one.captured or one.state == "authorized" for one in self._payments(book, order["id"])
        ):
            refuse("Order has already been paid", "order_id")
        charge = fresh(body, order, book)
        is_card = charge.method in ("card", "emi")
        asks = not is_card or charge.plan.authentication == "challenge"
        manual = order.get("payment_capture", 1) == 0
        self.begin(book, charge, asks_shopper=asks, is_card=is_card, manual=manual)
        if charge.state == "declined":
            return failure(charge)
        return Answer(200, {"razorpay_payment_id": charge.id, **next_steps(charge)})

    def show(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A payment by its id."""
        return Answer(200, payment_shown(existing(book, payment_id)))

    def returns(self, charge: Charge) -> str:
        """The shop's address, which the browser is sent to with the ids and their signature."""
        return str(charge.data["callback_url"])

    # Afterwards.

    def capture(self, request: Request, book: Book, payment_id: str) -> Answer:
        """The whole sum, once."""
        body, charge = checked(request, "Capture"), existing(book, payment_id)
        if charge.captured:
            refuse("This payment has already been captured")
        if charge.state != "authorized":
            refuse("Only payments which have been authorized and not yet captured can be captured")
        if (body["amount"], body["currency"]) != (charge.amount, charge.currency):
            refuse("Capture amount must be equal to the amount authorized", "amount")
        made = self.take(book, charge, new("cap"), "", charge.amount, last=True)
        if made["status"] == "failed":
            raise Refuse(error(400, "The capture failed", code="GATEWAY_ERROR"))
        return Answer(200, payment_shown(charge))

    def refund(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Give back a part or all of what was captured."""
        body, charge = checked(request, "Refund"), existing(book, payment_id)
        amount = body.get("amount", charge.captured - charge.refunded)
        try:
            made = self.give_back(book, charge, new("rfnd"), body.get("receipt", ""), amount)
        except WrongState:
            refuse("The payment status should be captured for action to be taken")
        except TooMuch:
            refuse("The total refund amount is greater than the refund payment amount", "amount")
        return Answer(200, refund_shown(made, charge, body))

    def refunds(self, request: Request, book: Book, payment_id: str) -> Answer:
        """The refunds of a payment."""
        charge = existing(book, payment_id)
        found = [refund_shown(one, charge, {}) for one in book.find("refund", charge.id)]
        return Answer(200, {"entity": "collection", "count": len(found), "items": found})

    # Events.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the events; a payment that its order captures is authorized first."""
        if what == "refund" and thing:
            words = {"succeeded": "refund.processed", "failed": "refund.failed"}
            refund = {"refund": {"entity": refund_shown(thing, charge, {})}}
            self._queue(book, charge, words[thing["status"]], refund)
        elif what == "disputed":
            shown = {"dispute": {"entity": dispute(charge, book.now)}}
            self._queue(book, charge, "payment.dispute.created", shown)
        elif what == "capture" and thing and thing["status"] == "succeeded":
            self._queue(book, charge, "payment.captured", {})
        elif what in EVENTS:
            if what == "captured":
                self._queue(book, charge, "payment.authorized", {})
            self._queue(book, charge, EVENTS[what], {})

    def _queue(self, book: Book, charge: Charge, kind: str, more: Mapping[str, Any]) -> None:
        payload = {"payment": {"entity": payment_shown(charge)}, **more}
        event = {
            "entity": "event",
            "account_id": f"acc_{book.account.key[-14:]}",
            "event": kind,
            "contains": list(payload),
            "payload": payload,
            "created_at": int(book.now.astimezone(UTC).timestamp()),
        }
        book.tell(charge, kind, event)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, with the hash of its bytes under the webhook's secret."""
        body = orjson.dumps(delivery.message)
        secret = account.credentials["webhook_secret"].encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers = {"X-Razorpay-Signature": signature, "x-razorpay-event-id": f"evt_{delivery.id}"}
        return Post({"Content-Type": "application/json", **headers}, body)


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the documents describe; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("razorpay").faults(structure, body):
        words = {"missing": "is required.", "unknown": "is/are not required and should not be sent"}
        refuse(f"The {fault.member} field {words.get(fault.kind, 'is invalid.')}", fault.member)
    return body


def fresh(body: Mapping[str, Any], order: Mapping[str, Any], book: Book) -> Charge:
    """A payment before its first step."""
    method = body["method"]
    for member in NEEDED[method]:
        if not body.get(member):
            refuse(f"The {member} field is required.", member)
    if "card" in body:
        check_card(body["card"], book.now)
    data = {
        "order": order["id"],
        "notes": body.get("notes", []),
        "email": body["email"],
        "contact": body["contact"],
        "callback_url": body.get("callback_url", ""),
        "bank": body.get("bank"),
        "wallet": body.get("wallet"),
        "last4": str(body.get("card", {}).get("number", ""))[-4:],
    }
    return Charge(
        id=new("pay"),
        amount=body["amount"],
        currency=body["currency"],
        method=method,
        state="pending",
        scenario=by_amount(body["amount"]).name,
        reference=order.get("receipt", ""),
        names=[order["id"], *([order["receipt"]] if order.get("receipt") else [])],
        page=PAGES.get(method, "wallet"),
        data=data,
    )


def check_card(card: Mapping[str, Any], now: datetime) -> None:
    """Refuse card data that is none."""
    number, month, year = card["number"], card["expiry_month"], card["expiry_year"]
    if not number.isdigit() or not 12 <= len(number) <= 19:
        refuse("The card number is invalid", "number")
    if not month.isdigit() or not 1 <= int(month) <= 12 or not year.isdigit():
        refuse("The card expiry is invalid", "expiry_month")
    if (2000 + int(year[-2:]), int(month)) < (now.year, now.month):
        refuse("Card has expired", "expiry_year")


def existing(book: Book, payment_id: str) -> Charge:
    """A payment by its id; raises Refuse."""
    charge = book.charge(payment_id)
    if charge is None:
        refuse("The id provided does not exist")
    return charge
