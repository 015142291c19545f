"""MultiSafepay's JSON API in its test environment: orders, captures, refunds, cancellations.

An order is known by the merchant's `order_id`. A direct card or direct debit is charged by the call
itself; everything else waits on a payment page. A held card is reserved until it is captured under
an order id of the capture; a pay later order is completed, and taken when it is shipped. Refusals
are HTTP 404 with an error code. Notifications carry the whole order, signed with the API key.

Sources: MultiSafepay/docs and /openapi (MIT); MultiSafepay/php-sdk (MIT) for the headers of
notifications and calls.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.multisafepay_orders import (
    error,
    operation,
    order,
    refuse,
    said,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Request

LINK_LIVES = timedelta(days=30)


class MultiSafepay(Ordinary):
    """MultiSafepay, as far as a payment needs it."""

    name = "multisafepay"
    title = "MultiSafepay"
    key_credential = "api_key"
    refunds_later = True
    routes = (
        ("POST", "/orders", "create"),
        ("GET", "/orders/{order_id}", "show"),
        ("PATCH", "/orders/{order_id}", "update"),
        ("POST", "/orders/{order_id}/capture", "capture"),
        ("PATCH", "/capture/{order_id}", "release"),
        ("POST", "/orders/{order_id}/refunds", "refund"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A site's API key."""
        return {"api_key": secrets.token_hex(20)}

    def authenticate(self, request: Request) -> Account:
        """By the key in the header or, as it was once done, in the query."""
        key = request.headers.get("api_key") or str(request.query.get("api_key", ""))
        account = account_by_key(self.name, key) if key else None
        if account is None:
            refuse("1032", status=401)
        return account

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error("1000")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error("9999", "Invalid JSON", 400)

    # Orders.

    def create(self, request: Request, book: Book) -> Answer:
        """Create order: charged at once, or a link to a page."""
        body = checked(request, "order")
        check_order(body)
        order_id = body["order_id"]
        if not book.claim(f"order {order_id}") or book.charges_named(order_id):
            refuse("1006")
        gateway = body.get("gateway", "CREDITCARD")
        charge = Charge(
            str(secrets.randbelow(10**15) + 10**15),
            body["amount"],
            body["currency"],
            gateway,
            "action",
            by_amount(body["amount"]).name,
            order_id,
            [order_id],
            data={"body": body},
        )
        later = gateway in tables()["shipped_first"]
        manual = body.get("capture") == "manual" or later
        direct = body.get("type") == "direct"
        token = body.get("recurring_id")
        if token:
            self._check_token(book, token, body)
        if direct and (token or gateway in tables()["cards"] or gateway == "DIRDEB"):
            return self._charge(book, charge, manual)
        charge.page = tables()["pages"].get(gateway, "bank")
        if gateway in tables()["cards"]:
            charge.page = "three_ds"
        charge.data |= {"manual": manual, "is_card": False}
        charge.due, charge.due_at = "expire", book.now + LINK_LIVES
        book.open(charge)
        session = secrets.token_urlsafe(26)
        link = {"order_id": order_id, "payment_url": page_url(charge), "session_id": session}
        return said(link)

    def _charge(self, book: Book, charge: Charge, manual: bool) -> Answer:
        """A card or account whose details came with the call."""
        info = charge.data["body"].pop("gateway_info", {})  # not to be kept
        charge.data["last4"] = info.get("card_number", "")[-4:]
        is_card = charge.method in tables()["cards"]
        asks = is_card and bool(info.get("flexible_3d"))
        charge.page = "three_ds"
        lives = timedelta(minutes=30)
        self.begin(
            book, charge, asks_shopper=asks, is_card=is_card, manual=manual, expires_after=lives
        )
        shown = order(charge)
        if charge.state == "action":
            shown |= {"payment_url": page_url(charge)}
            shown["customer_verification"] = {"html": "<form></form>", "type": "form"}
        return said(shown)

    def _check_token(self, book: Book, token: str, body: Mapping[str, Any]) -> None:
        known = book.get("token", token)
        if known is None or known["reference"] != body.get("customer", {}).get("reference"):
            refuse("1000", "Token not found")

    def show(self, request: Request, book: Book, order_id: str) -> Answer:
        """Get order; a capture or refund is an order of its own."""
        charge = found(book, order_id)
        if charge is not None:
            return said(order(charge))
        thing = book.get("capture", order_id) or book.get("refund", order_id)
        if thing is None:
            refuse("1006")
        return said(operation(existing(book, thing["reference"]), thing))

    def update(self, request: Request, book: Book, order_id: str) -> Answer:
        """Ship a pay later order, or cancel one that is not paid."""
        body, charge = checked(request, "update"), existing(book, order_id)
        later = charge.method in tables()["shipped_first"]
        if body.get("status") == "shipped" and later and charge.state == "authorized":
            charge.captured, charge.state = charge.amount, "captured"
            book.save(charge)
            self.tell(book, charge, "captured")
            return said({})
        cancels = body.get("status") == "cancelled"
        if not cancels or (charge.state == "authorized" and not later):
            refuse("1000", "Order status cannot be changed")
        self._end(book, charge)
        return said({})

    def release(self, request: Request, book: Book, order_id: str) -> Answer:
        """Cancel an authorized card payment."""
        body, charge = checked(request, "cancel_capture"), existing(book, order_id)
        if body.get("status") != "cancelled" or not body.get("reason"):
            refuse("1000", "Status and reason are required")
        if charge.state != "authorized":
            refuse("1000", "Nothing is reserved")
        self._end(book, charge)
        return said({"transaction_id": int(charge.id), "order_id": order_id, "success": True})

    def _end(self, book: Book, charge: Charge) -> None:
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse("1000", "Order status cannot be changed")

    # Captures and refunds.

    def capture(self, request: Request, book: Book, order_id: str) -> Answer:
        """Capture all or a part of a reserved card."""
        body, charge = checked(request, "capture"), existing(book, order_id)
        if body.get("new_order_status") != "completed" or not is_amount(body.get("amount")):
            refuse("1001")
        named = body.get("new_order_id") or f"{order_id}-{secrets.token_hex(3)}"
        if book.get("capture", named) or charge.method in tables()["shipped_first"]:
            refuse("1006")
        try:
            made = self.take(book, charge, named, order_id, body["amount"], last=False)
        except WrongState:
            refuse("1000", "Nothing is reserved")
        except TooMuch:
            refuse("1001")
        if made["status"] == "failed":
            refuse("1000", "Capture failed")
        return said({"transaction_id": int(charge.id) + 1, "order_id": named})

    def refund(self, request: Request, book: Book, order_id: str) -> Answer:
        """Refund all or a part of a paid order."""
        body, charge = checked(request, "refund"), existing(book, order_id)
        if body.get("currency") != charge.currency:
            refuse("1002")
        if charge.method in tables()["no_refund"]:
            refuse("1000", "Refund is not possible for this payment method")
        named = body.get("refund_order_id") or f"{order_id}-{secrets.token_hex(3)}"
        if book.get("refund", named):
            refuse("1006")
        amount = body.get("amount") or charge.captured - charge.refunded
        if not is_amount(amount):
            refuse("1001")
        try:
            self.give_back(book, charge, named, order_id, amount)
        except WrongState:
            refuse("1000", "Nothing was paid")
        except TooMuch:
            refuse("1001")
        return said({"transaction_id": int(charge.id), "refund_id": secrets.randbelow(10**7)})

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The whole order, whatever has changed about it."""
        if what in ("authorized", "captured") and thing is None:
            remember(book, charge)
        url = charge.data["body"].get("payment_options", {}).get("notification_url")
        if url:
            book.tell(charge, what, {"order": order(charge), "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """Base64 of the time and the HMAC of time and body."""
        body = orjson.dumps(delivery.message["order"])
        time = str(int(now.timestamp()))
        signed = f"{time}:".encode() + body
        key = account.credentials["api_key"].encode()
        digest = hmac.new(key, signed, hashlib.sha512).hexdigest()
        auth = base64.b64encode(f"{time}:{digest}".encode()).decode()
        headers = {"Content-Type": "application/json", "Auth": auth}
        return Post(headers, body, expects="OK", url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The page after success, or the one after failure."""
        options = charge.data["body"].get("payment_options", {})
        paid = charge.state in ("captured", "authorized", "pending")
        return str(options.get("redirect_url" if paid else "cancel_url", ""))


def found(book: Book, order_id: str) -> Charge | None:
    """An order by the merchant's id or by MultiSafepay's."""
    named = book.charges_named(order_id)
    return book.charge(named[0].id if named else order_id)


def existing(book: Book, order_id: str) -> Charge:
    """An order that must be there; raises Refuse."""
    charge = found(book, order_id)
    if charge is None:
        refuse("1006")
    return charge


def is_amount(value: Any) -> bool:
    """Whether it is a whole number of minor units."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def checked(request: Request, kind: str) -> dict[str, Any]:
    """A body with none but documented members; raises Refuse."""
    body = request.json()
    if not isinstance(body, dict):
        refuse("9999", "Invalid JSON", 400)
    known(body, tables()[kind])
    return body


def known(body: Mapping[str, Any], members: Collection[str]) -> None:
    """Refuse a member nobody documented."""
    for member in body:
        if member not in members:
            refuse("1000", f"Unknown member {member}")


def check_order(body: Mapping[str, Any]) -> None:
    """Refuse an order that MultiSafepay would not take."""
    for member in ("order_id", "currency", "amount", "description"):
        if not body.get(member):
            refuse("1000", f"{member} is required")
    if len(body["order_id"]) > 50 or not is_amount(body["amount"]):
        refuse("1001" if len(body["order_id"]) <= 50 else "1006")
    if not is_currency(body["currency"]):
        refuse("1002")
    gateway, info = body.get("gateway", ""), body.get("gateway_info", {})
    if gateway and gateway not in tables()["gateways"]:
        refuse("1023")
    for member in ("gateway_info", "customer", "delivery"):
        known(body.get(member, {}), tables()[member])
    if gateway in tables()["cart"] and not (body.get("shopping_cart") and body.get("delivery")):
        refuse("1027")
    direct = body.get("type") == "direct" and not body.get("recurring_id")
    if direct and gateway in tables()["cards"]:
        for member in ("card_number", "card_expiry_date", "card_cvc"):
            if not info.get(member):
                refuse("1000", f"{member} is required")
        if not body.get("customer", {}).get("ip_address"):
            refuse("1000", "ip_address is required")
    if direct and gateway == "DIRDEB" and not info.get("account_holder_iban"):
        refuse("1000", "account_holder_iban is required")
    if body.get("recurring_model") and not body.get("customer", {}).get("reference"):
        refuse("1000", "customer.reference is required")


def remember(book: Book, charge: Charge) -> None:
    """A first payment of an agreement leaves a token, bound to the customer's reference."""
    body = charge.data["body"]
    if not body.get("recurring_model") or charge.data.get("token"):
        return
    token = body.get("recurring_id") or str(secrets.randbelow(10**20))
    charge.data["token"] = token
    if not body.get("recurring_id"):
        book.put("token", token, {"reference": body["customer"]["reference"]}, charge.id)
