"""Conekta in test mode: orders, their capture, cancellation and refunds, signed events.

A declined card is 402 with an error, and its order stands as declined. 3-D Secure comes before
there is a charge. Webhooks are signed with RSA over SHA-256; the digest is a header.

Sources: conekta/openapi 2.3.0 and its mock server (MIT); developers.conekta.com (webhooks).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.conekta_objects import (
    charge_object,
    error,
    listed,
    order,
    reason,
    refuse,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Request

ORDERS = "/orders"
ACCEPTS = "application/vnd.conekta-v2.3.0+json"
LASTS = {"cash": timedelta(days=30), "spei": timedelta(days=30)}
PAGES = {"card": "three_ds", "cash": "counter", "hosted": "wallet"}
TOLD = {
    "captured": "order.paid",
    "expired": "order.expired",
    "canceled": "order.canceled",
    "capture": "order.paid",
}


class Conekta(Ordinary):
    """Conekta, as far as a payment needs it."""

    name = "conekta"
    title = "Conekta"
    key_credential = "private_key"
    routes = (
        ("POST", ORDERS, "create"),
        ("GET", ORDERS, "search"),
        ("GET", f"{ORDERS}/{{order_id}}", "show"),
        ("POST", f"{ORDERS}/{{order_id}}/capture", "capture"),
        ("POST", f"{ORDERS}/{{order_id}}/cancel", "cancel"),
        ("POST", f"{ORDERS}/{{order_id}}/refunds", "refund"),
        ("POST", "/webhooks", "create_webhook"),
        ("POST", "/webhook_keys", "create_webhook_key"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """Published card numbers."""
        return [(f"card `{one}`", f"`{code}`") for one, code in tables()["test_cards"].items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A private key, and the key that webhooks are checked with."""
        pair = rsa.new_pair()
        return {
            "private_key": f"key_{secrets.token_hex(12)}",
            "webhook_public_key": pair.public,
            "_webhook_private_key": pair.private,
        }

    def authenticate(self, request: Request) -> Account:
        """By the bearer's key."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if scheme.lower() == "bearer" else None
        if account is None:
            refuse(401, "authentication.missing_key", "Please include your access key.")
        if request.headers.get("accept") != ACCEPTS:
            refuse(400, "parameter_validation.version", "The version is not supported.", "accept")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "resource_not_found.path", f"Not found: {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "parameter_validation.body", reason)

    def broken(self, request: Request) -> Answer:
        """Conekta's own trouble."""
        return error(500, "api.system.general_failure", "There was a runtime error.")

    def unavailable(self, request: Request) -> Answer:
        """Maintenance."""
        return error(503, "api.system.general_failure", "The service is not available.")

    # Orders.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /orders`: one charge, or a page of Conekta's own."""
        body = checked(request, "Order")
        if body["currency"] not in tables()["currencies"]:
            refuse(422, "parameter_validation.currency.invalid", "Unknown currency.", "currency")
        charge = fresh(body)
        kind = charge.data["kind"]
        is_card = kind == "card"
        if is_card:
            decline = tables()["test_cards"].get(check_card(body, book.now), "")
            charge.scenario = f"decline:{decline}" if decline else charge.scenario
        lasts = LASTS.get(kind, timedelta(days=1))
        charge.data["expires_at"] = (book.now + lasts).isoformat()
        asks = bool(body.get("three_ds_mode"))
        self.begin(
            book,
            charge,
            asks_shopper=not is_card,
            is_card=is_card and asks,
            manual=bool(body.get("pre_authorize")),
            expires_after=lasts,
        )
        if is_card and charge.state == "declined":
            code = reason(charge).removeprefix("conekta.errors.")
            return error(402, code, "The card could not be processed.")
        return Answer(200, order(book, charge))

    def search(self, request: Request, book: Book) -> Answer:
        """`GET /orders?search=`: by a charge's reference."""
        found = book.charges_named(str(request.query.get("search", "")))
        return Answer(200, listed([order(book, one) for one in found[::-1]]))

    def show(self, request: Request, book: Book, order_id: str) -> Answer:
        """`GET /orders/{id}`."""
        return Answer(200, order(book, existing(book, order_id)))

    def capture(self, request: Request, book: Book, order_id: str) -> Answer:
        """`POST /orders/{id}/capture`: once, the sum or less."""
        amount = positive(checked(request, "Capture")["amount"])
        charge = existing(book, order_id)
        if charge.plan.capture == "fail":
            refuse(428, "precondition_required.order.capture", "The capture was rejected.")
        try:
            self.take(book, charge, f"{order_id}-capture", "", amount, last=True)
        except WrongState:
            refuse(428, "precondition_required.order.not_pre_authorized", "Not pre-authorized.")
        except TooMuch:
            refuse(428, "precondition_required.order.amount", "More than was authorized.", "amount")
        return Answer(200, order(book, charge))

    def cancel(self, request: Request, book: Book, order_id: str) -> Answer:
        """`POST /orders/{id}/cancel`: what is held or not paid yet."""
        charge = existing(book, order_id)
        try:
            self.let_go(book, charge)
        except WrongState:
            code = "precondition_required.combo.order.cannot_be_updated_because_has_charge_paid"
            refuse(428, code, "The order cannot be canceled any more.")
        return Answer(200, order(book, charge))

    def refund(self, request: Request, book: Book, order_id: str) -> Answer:
        """`POST /orders/{id}/refunds`."""
        amount = positive(checked(request, "Refund")["amount"])
        charge, number = existing(book, order_id), secrets.token_hex(12)
        try:
            made = self.give_back(book, charge, number, "", amount)
        except WrongState:
            refuse(422, "parameter_validation.order.not_refundable", "The order is not paid.")
        except TooMuch:
            refuse(422, "parameter_validation.order.refund_amount", "More than is left.", "amount")
        kept = book.get("refund", number) or {}
        book.change("refund", number, kept | {"created_at": int(book.now.timestamp())})
        shown = order(book, charge)
        if made["status"] == "pending":
            refunds = shown["charges"]["data"][0]["refunds"]["data"]
            refunds[-1]["status"] = "pending"
        return Answer(200, shown)

    # Webhooks.

    def create_webhook(self, request: Request, book: Book) -> Answer:
        """`POST /webhooks`."""
        body = checked(request, "Webhook")
        made = {"id": secrets.token_hex(12), "object": "webhook", "status": "listening", **body}
        return Answer(200, made | {"livemode": False, "active": True})

    def create_webhook_key(self, request: Request, book: Book) -> Answer:
        """`POST /webhook_keys`: the account's only key."""
        checked(request, "WebhookKey")
        bare = book.account.credentials["webhook_public_key"]
        lines = [bare[place : place + 64] for place in range(0, len(bare), 64)]
        pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
        made = {"id": secrets.token_hex(12), "object": "webhook_key", "active": True}
        told = {"livemode": False, "created_at": int(book.now.timestamp()), "public_key": pem}
        return Answer(200, made | told)

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event about the order, or about its charge."""
        if what == "refund" and thing is not None:
            stored = book.get("refund", thing["id"]) or {}
            now = int(book.now.timestamp())
            book.change("refund", thing["id"], {**stored, **thing, "created_at": now})
        about_charge = {"declined": "charge.declined", "refund": "charge.refunded"}
        about_charge |= {"authorized": "charge.preauthorized"}
        if what == "disputed":
            event, shown = "charge.chargeback.created", charge_object(book, charge)
        elif what in about_charge:
            event, shown = about_charge[what], charge_object(book, charge)
        elif what in TOLD:
            event, shown = TOLD[what], order(book, charge)
        else:
            return
        told = {"data": {"object": shown, "previous_attributes": {}}, "livemode": False}
        about = {"id": secrets.token_hex(12), "object": "event", "type": event}
        body = told | about | {"created_at": int(book.now.timestamp())}
        book.tell(charge, event, {"body": orjson.dumps(body).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event with its digest."""
        body = delivery.message["body"].encode()
        digest = rsa.sign(account.credentials["_webhook_private_key"], body)
        return Post({"content-type": "application/json", "digest": digest}, body)

    def returns(self, charge: Charge) -> str:
        """The shop's address."""
        body = charge.data["body"]
        failed = charge.state in ("declined", "expired", "canceled")
        name = "failure_url" if failed else "success_url"
        method = (body.get("charges") or [{}])[0].get("payment_method", {})
        pages = body.get("checkout") or method
        return str(pages.get(name) or body.get("return_url") or "")


def checked(request: Request, name: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = request.json() if request.body else {}
    for fault in load("conekta").faults(name, body):
        member = ".".join(filter(None, (fault.structure, fault.member))).lower()
        code = f"parameter_validation.{member}.{fault.kind}"
        refuse(422, code, f"{member}: {fault.kind}", fault.member)
    return dict(body)


def positive(amount: int) -> int:
    """A sum above nothing; raises Refuse."""
    if amount < 1:
        refuse(422, "parameter_validation.amount.minimum", "The amount is too low.", "amount")
    return amount


def fresh(body: dict[str, Any]) -> Charge:
    """An order that is about to begin."""
    total = positive(sum(one["unit_price"] * one["quantity"] for one in body["line_items"]))
    charges, checkout = body.get("charges") or [], body.get("checkout")
    if len(charges) != (0 if checkout else 1):
        refuse(422, "parameter_validation.charges.size", "One charge or a checkout.", "charges")
    asked: dict[str, Any] = charges[0] if charges else {"amount": total}
    if asked.get("amount", total) != total:
        refuse(422, "parameter_validation.charges.amount", "The sums differ.", "charges.amount")
    method = asked.get("payment_method", {"type": "hosted"})
    kind, name = method["type"], asked.get("reference_id") or ""
    name = name or str((body.get("metadata") or {}).get("reference", ""))
    kept = body
    if kind == "card":
        bare = {"payment_method": {"type": "card"}, "reference_id": asked.get("reference_id")}
        kept = body | {"charges": [bare]}
    return Charge(
        f"ord_{secrets.token_hex(9)}",
        total,
        body["currency"],
        method.get("product_type") or (checkout or {}).get("allowed_payment_methods", [kind])[0],
        "action",
        by_amount(total).name,
        name,
        [name] if name else [],
        page=PAGES.get(kind, "bank"),
        data={
            "body": kept,
            "kind": kind,
            "charge": secrets.token_hex(12),
            "last4": method.get("number", "")[-4:],
        },
    )


def check_card(body: Mapping[str, Any], now: datetime) -> str:
    """The number of a card that can be one; raises Refuse."""
    card = body["charges"][0]["payment_method"]
    if not card["number"].isdigit() or len(card["number"]) < 12:
        refuse(422, "parameter_validation.card.number", "The number is invalid.", "number")
    if " " not in card["name"].strip():
        refuse(422, "parameter_validation.card.name", "First and last name are needed.", "name")
    month, year = card["exp_month"], card["exp_year"]
    if not (month.isdigit() and year.isdigit() and len(month + year) == 6):
        refuse(422, "parameter_validation.card.exp_year", "The date is invalid.", "exp_year")
    if (int(year), int(month)) < (now.year, now.month):
        refuse(422, "parameter_validation.expiration_date.expired", "The card has expired.")
    return str(card["number"])


def existing(book: Book, order_id: str) -> Charge:
    """An order by its id; raises Refuse."""
    charge = book.charge(order_id)
    if charge is None:
        text = f'The object Order "{order_id}" could not be found.'
        refuse(404, "resource_not_found.entity", text)
    return charge
