"""dLocal's sandbox: payments, captures, refunds, orders, and signed notifications.

Nobody is turned away with 401: a missing header is 5001, a wrong signature 5000, both HTTP 400; an
unknown login is 403. A payment that is declined is HTTP 200 and REJECTED. A capture makes another
payment; an order id is good for one. A status code in `description` is what the payment comes to.

Sources: the copy of the vendor's documents of 2019 (fmazzoli-dlocal/documentation: requests,
errors, testing), docs.dlocal.com/reference (status codes, notifications), recorded sandbox answers
in the tests of ActiveMerchant.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.decimals import exact, minor
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.dlocal_objects import (
    capture_object,
    error,
    payment_object,
    refund_object,
    refuse,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

SCHEME = "V2-HMAC-SHA256, Signature: "


class DLocal(Ordinary):
    """dLocal, as far as a payment needs it."""

    name = "dlocal"
    title = "dLocal"
    key_credential = "login"
    cannot = {
        "dispute": "Chargebacks can be read (GET /chargebacks/{id}); no notification is known.",
    }
    routes = (
        ("POST", "/payments", "pay"),
        ("POST", "/secure_payments", "pay_securely"),
        ("GET", "/payments/{payment}", "show"),
        ("GET", "/payments/{payment}/status", "status"),
        ("POST", "/payments/{payment}/cancel", "cancel"),
        ("GET", "/orders/{order}", "show_order"),
        ("POST", "/refunds", "refund"),
        ("GET", "/refunds/{refund_id}", "show_refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published way to choose a status."""
        codes = tables()["details"].items()
        return [(f"description `{code}`", f"`REJECTED`: {detail}") for code, detail in codes]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Login, transaction key and the secret that signs."""
        return {
            "login": f"sak{secrets.token_hex(8)}",
            "trans_key": secrets.token_hex(5),
            "secret_key": f"sek{secrets.token_hex(16)}",
        }

    def authenticate(self, request: Request) -> Account:
        """By login, transaction key and signature."""
        said = request.headers
        for name in ("X-Date", "X-Login", "X-Trans-Key", "X-Version", "Authorization"):
            if not said.get(name.lower()):
                refuse(400, 5001, f"Invalid parameter: {name}", name)
        account = account_by_key(self.name, said["x-login"])
        if account is None or account.credentials["trans_key"] != said["x-trans-key"]:
            refuse(403, 3001, "Invalid credentials")
        made = signature(account, said["x-date"], request.body)
        if not hmac.compare_digest(made, said["authorization"]):
            refuse(400, 5000, "Signature not match")
        return account

    def idempotency_key(self, request: Request) -> str:
        """A header of calls that create something."""
        return request.headers.get("x-idempotency-key", "") if request.method == "POST" else ""

    def mismatch(self, request: Request) -> Answer:
        """The key belongs to another call."""
        return error(400, 5000, "The idempotency key was used with another request")

    def not_found(self, request: Request) -> Answer:
        """No such path: plain text."""
        return Answer(404, "NOT_FOUND")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, 5000, "Invalid request")

    def broken(self, request: Request) -> Answer:
        """dLocal's own trouble."""
        return error(500, 7000, "Internal error")

    # Payments.

    def pay_securely(self, request: Request, book: Book) -> Answer:
        """`POST /secure_payments`: with the numbers of a card."""
        body = checked(request, "Payment")
        if not body.get("card", {}).get("number"):
            refuse(400, 5001, "Invalid parameter: card.number", "card.number")
        return self._begun(body, book)

    def pay(self, request: Request, book: Book) -> Answer:
        """`POST /payments`: other methods, saved cards, and the capture of a hold."""
        if "authorization_id" in exact(request):
            return self._capture(checked(request, "Capture"), book)
        body = checked(request, "Payment")
        if body.get("card", {}).get("number"):
            refuse(400, 5001, "Invalid parameter: card.number", "card.number")
        return self._begun(body, book)

    def _begun(self, body: Mapping[str, Any], book: Book) -> Answer:
        if book.charges_named(body["order_id"]):
            refuse(400, 5009, "Order id duplicated", "order_id")
        amount = amount_of(body)
        chosen = check_method(body, book)
        is_card = body["payment_method_id"] == "CARD"
        manual = is_card and chosen.get("capture") is False
        charge = fresh(body, amount, is_card, chosen, book)
        self.begin(book, charge, asks_shopper=not is_card, is_card=is_card, manual=manual,
                   expires_after=timedelta(days=3))  # fmt: skip
        return Answer(200, payment_object(charge))

    def show(self, request: Request, book: Book, payment: str) -> Answer:
        """`GET /payments/{id}`."""
        charge, capture = found(book, payment)
        return Answer(200, capture_object(charge, capture) if capture else payment_object(charge))

    def status(self, request: Request, book: Book, payment: str) -> Answer:
        """`GET /payments/{id}/status`."""
        charge, capture = found(book, payment)
        told = capture_object(charge, capture) if capture else payment_object(charge)
        names = ("id", "status", "status_code", "status_detail")
        return Answer(200, {name: told[name] for name in names})

    def show_order(self, request: Request, book: Book, order: str) -> Answer:
        """`GET /orders/{order_id}`."""
        for charge in book.charges_named(order):
            captures = charge.data["captures"]
            ours = [one for one in captures if captures[one]["order_id"] == order]
            told = capture_object(charge, ours[0]) if ours else payment_object(charge)
            told["payment_id"] = told.pop("id")
            names = "order_id payment_id currency amount created_date status status_detail"
            members = {name: told[name] for name in f"{names} status_code".split()}
            return Answer(200, members)
        return error(404, 4000, "Payment not found")

    def cancel(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{id}/cancel`: what is held or not yet paid."""
        charge, _ = found(book, payment)
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(400, 5002, "Invalid transaction status")
        return Answer(200, payment_object(charge))

    def _capture(self, body: Mapping[str, Any], book: Book) -> Answer:
        """The capture of a hold: a payment of its own; the rest is let go."""
        charge, _ = found(book, body["authorization_id"])
        if book.charges_named(body["order_id"]):
            refuse(400, 5009, "Order id duplicated", "order_id")
        if body["currency"] != charge.currency:
            refuse(400, 5004, "Currency not supported", "currency")
        if charge.plan.capture == "fail":
            refuse(400, 5013, "Unsupported operation")
        amount, capture = amount_of(body), f"D-15104-{uuid.uuid4()}"
        charge.data["captures"][capture] = {"order_id": body["order_id"], "amount": amount}
        charge.names += [body["order_id"], capture]
        try:
            self.take(book, charge, capture, body["order_id"], amount, last=True)
        except TooMuch:
            refuse(400, 5007, "Amount exceeded", "amount")
        except WrongState:
            refuse(400, 5002, "Invalid transaction status")
        return Answer(200, capture_object(charge, capture))

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["callback_url"])

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """`POST /refunds`: of a payment that was paid, a capture where there was a hold."""
        body = checked(request, "Refund")
        charge, capture = found(book, body["payment_id"])
        if charge.data["manual"] and not capture:
            refuse(400, 5002, "Invalid transaction status")
        if body.get("currency", charge.currency) != charge.currency:
            refuse(400, 5004, "Currency not supported", "currency")
        left = charge.captured - charge.refunded
        amount = amount_of({**body, "currency": charge.currency}) if "amount" in body else left
        refund_id = f"REF-15104-{uuid.uuid4()}"
        try:
            made = self.give_back(book, charge, refund_id, body["payment_id"], amount)
        except TooMuch:
            refuse(400, 5007, "Amount exceeded", "amount")
        except WrongState:
            refuse(400, 5002, "Invalid transaction status")
        book.put("refunded", refund_id, {"charge": charge.id}, charge.id)
        return Answer(200, refund_object(charge, made))

    def show_refund(self, request: Request, book: Book, refund_id: str) -> Answer:
        """`GET /refunds/{id}`."""
        about = book.get("refunded", refund_id)
        if about is None:
            return error(404, 4001, "Refund not found")
        charge, _ = found(book, about["charge"])
        return Answer(200, refund_object(charge, book.get("refund", refund_id) or {}))

    # Notifications.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The payment, the capture's payment, or the refund, as it is now."""
        if what == "disputed":
            return
        told = payment_object(charge)
        if what in ("refund", "capture"):
            assert thing is not None
            is_refund = what == "refund"
            told = (
                refund_object(charge, thing) if is_refund else capture_object(charge, thing["id"])
            )
        book.tell(charge, what, {"body": orjson.dumps(told).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """Signed as calls are, over time, login and body."""
        body = delivery.message["body"].encode()
        time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        headers = {
            "content-type": "application/json",
            "x-date": time,
            "x-login": account.key,
            "authorization": signature(account, time, body),
        }
        return Post(headers, body)


def signature(account: Account, time: str, body: bytes) -> str:
    """The Authorization header of a call or a notification."""
    content = f"{account.credentials['login']}{time}".encode() + body
    key = account.credentials["secret_key"].encode()
    return SCHEME + hmac.new(key, content, hashlib.sha256).hexdigest()


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = exact(request)
    for fault in load("dlocal").faults(structure, body):
        refuse(400, 5001, f"Invalid parameter: {fault.member}", fault.member)
    return dict(body)


def amount_of(body: Mapping[str, Any]) -> int:
    """A sum in minor units."""
    try:
        amount = minor(body["amount"], body["currency"])
    except (ValueError, KeyError) as fault:
        raise Refuse(error(400, 5001, "Invalid parameter: amount", "amount")) from fault
    if amount < 1:
        refuse(400, 5016, "Amount too low", "amount")
    return amount


def check_method(body: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """The card of a payment, {} for other methods; refuses what the country does not have."""
    code, country = body["payment_method_id"], body["country"]
    if code == "CARD":
        card: dict[str, Any] = body.get("card") or {}
        saved = card.get("card_id", "")
        if saved and not book.get("card", saved):
            refuse(400, 5008, "Token not found or inactive", "card.card_id")
        if not saved and not card.get("number"):
            refuse(400, 5001, "Invalid parameter: card", "card")
        return card
    if code not in tables()["ids"]:
        refuse(400, 5001, "Invalid parameter: payment_method_id", "payment_method_id")
    if country not in tables()["ids"][code] and tables()["ids"][code]:
        refuse(400, 5003, "Country not supported", "country")
    if body["payment_method_flow"] == "REDIRECT" and not body.get("callback_url"):
        refuse(400, 5001, "Invalid parameter: callback_url", "callback_url")
    return {}


def fresh(
    body: Mapping[str, Any], amount: int, is_card: bool, card: Mapping[str, Any], book: Book
) -> Charge:
    """A charge for a payment that was found right."""
    scenario, forced = by_amount(amount).name, body.get("description", "")
    if forced in tables()["details"]:
        scenario = "decline:generic_decline"
    saved = card.get("card_id", "")
    if card.get("save"):
        saved = f"CV-{uuid.uuid4()}"
        book.put("card", saved, {"last4": card.get("number", "")[-4:]})
    data = {
        "country": body["country"],
        "flow": body["payment_method_flow"],
        "type": "CARD" if is_card else "BANK_TRANSFER",
        "callback_url": body.get("callback_url", ""),
        "card": {"last4": card.get("number", "")[-4:], **({"card_id": saved} if saved else {})},
        "forced": forced if forced in tables()["details"] else "",
        "captures": {},
        "created": book.now.isoformat(timespec="milliseconds"),
    }
    payment = f"D-15104-{uuid.uuid4()}"
    return Charge(
        payment, amount, body["currency"], body["payment_method_id"], "", scenario,
        body["order_id"], [body["order_id"], payment], page="three_ds" if is_card else "bank",
        data=data,
    )  # fmt: skip


def found(book: Book, payment: str) -> tuple[Charge, str]:
    """The charge of a payment id, and that id where it is a capture's; refuses a strange one."""
    named = book.charges_named(payment)
    charge = book.charge(named[0].id) if named else None
    if charge is None or payment == charge.reference:
        refuse(404, 4000, "Payment not found")
    return charge, payment if payment in charge.data["captures"] else ""
