"""HiPay Enterprise on its stage: the vault's tokens, orders, maintenance and transactions.

Bodies are forms, answers JSON with numbers as text. A card is charged by its token; what is paid on
another page is forwarded there. A capture and a refund are told once they are done, with the
merchant's operation id; the notification is signed with body and passphrase.

Sources: HiPay's OpenAPI documents (gateway 1.2.3, tokenization); hipay-fullservice-sdk-php (status
codes, signature); recorded answers and test cards of activemerchant (MIT); HiPay's own
Hi-Media/reST-test (doc/AppendixF: error codes).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from acquiring.core.money import Money, is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.hipay_answers import (
    error,
    maintained,
    notification,
    refuse,
    tables,
    transaction,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Request

PAGE_LIVES = timedelta(days=7)
CLOSED = {"capture": 3020111, "refund": 3020211, "cancel": 3020401}
TOO_MUCH = {"capture": 3020110, "refund": 3020210}


class HiPay(Ordinary):
    """HiPay, as far as a payment needs it."""

    name = "hipay"
    title = "HiPay"
    key_credential = "username"
    routes = (
        ("POST", "/v2/token/create", "tokenize"),
        ("POST", "/v1/order", "order"),
        ("POST", "/v1/maintenance/transaction/{reference}", "maintain"),
        ("GET", "/v1/transaction/{reference}", "show"),
        ("GET", "/v1/transaction", "find"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        return [(f"card `{card}`", name) for card, name in tables()["tests"].items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An API user, and the passphrase of its notifications."""
        return {
            "username": f"{secrets.randbelow(10**8):08d}.stage-secure-gateway.hipay-tpp.com",
            "password": f"Test_{secrets.token_hex(12)}",
            "passphrase": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By name and password."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, word = base64.b64decode(pair).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, word = "", ""
        account = account_by_key(self.name, name) if scheme == "Basic" and name else None
        if account is None or not secrets.compare_digest(account.credentials["password"], word):
            refuse(401, 1000001, "Username and/or password is incorrect.")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such page."""
        return error(404, 1000005, "The requested resource was not found.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A form that cannot be read."""
        return error(400, 1010201, reason)

    # The vault.

    def tokenize(self, request: Request, book: Book) -> Answer:
        """A token for a card."""
        body = checked(request, "token")
        for member in ("card_number", "card_expiry_month", "card_expiry_year", "card_holder"):
            required(body, member)
        number = body["card_number"]
        token = secrets.token_hex(32)
        kept = {
            "token": token,
            "brand": brand_of(number),
            "pan": f"{number[:6]}xxxxxx{number[-4:]}",
            "multi_use": int(body.get("multi_use", "0")),
            "scenario": tables()["tests"].get(number, ""),
            "used": False,
        }
        book.put("token", token, kept)
        shown = {
            **{name: kept[name] for name in ("token", "brand", "pan", "multi_use")},
            "request_id": "0",
            "card_holder": body["card_holder"],
            "card_expiry_month": body["card_expiry_month"],
            "card_expiry_year": body["card_expiry_year"],
            "issuer": "SIM BANK",
            "country": "FR",
            "card_type": "CREDIT",
        }
        return Answer(201, shown)

    # Orders.

    def order(self, request: Request, book: Book) -> Answer:
        """Request a new order: charged, or forwarded to a page."""
        body = checked(request, "order")
        for member in ("orderid", "payment_product", "description", "currency", "amount"):
            required(body, member)
        product = body["payment_product"]
        is_card = product in tables()["cards"]
        if not is_card and product not in tables()["products"]:
            refuse(400, 1020003, "The payment product is not enabled.")
        money = sum_of(body)
        charge = Charge(
            f"8{secrets.randbelow(10**11):011d}",
            money.amount,
            money.currency,
            product,
            "action",
            by_amount(money.amount).name,
            body["orderid"],
            [body["orderid"]],
            page="three_ds" if is_card else tables()["pages"].get(product, "bank"),
            data={"body": body},
        )
        manual = body.get("operation") == "Authorization"
        again = body.get("eci") == "9"
        if is_card:
            self._use_card(book, charge, body)
        elif product == "sdd":
            self._use_account(book, charge, body, again)
        if product == "mbway":
            required(body, "phone")
            charge.data["elsewhere"] = True
        demand = "0" if again else body.get("authentication_indicator", "1")
        forwarded = not is_card and product != "sdd"
        self.begin(
            book,
            charge,
            asks_shopper=forwarded or (is_card and demand == "2"),
            is_card=is_card and demand != "0",
            manual=manual,
            expires_after=PAGE_LIVES,
        )
        return Answer(200, transaction(charge, page_url(charge)))

    def _use_card(self, book: Book, charge: Charge, body: Mapping[str, Any]) -> None:
        """The card behind the token; one that is not for more serves once."""
        required(body, "cardtoken")
        card = book.get("token", body["cardtoken"])
        if card is None or (card["used"] and not card["multi_use"]):
            refuse(400, 3040001, "The card token is unknown.")
        if tables()["cards"][charge.method] != card["brand"]:
            refuse(400, 1020003, "The payment product does not fit the card.")
        book.change("token", card["token"], {**card, "used": True})
        charge.data["card"] = {name: card[name] for name in ("token", "brand", "pan")}
        charge.scenario = card["scenario"] or charge.scenario

    def _use_account(self, book: Book, charge: Charge, body: dict[str, Any], again: bool) -> None:
        """The account to be debited, or the agreement about it."""
        number = str(body.get("debit_agreement_id", ""))
        if again:
            if book.get("agreement", number) is None:
                refuse(400, 1010201, "The debit agreement is unknown.")
        else:
            required(body, "iban")
            number = str(secrets.randbelow(10**9))
            if body.get("recurring_payment") == "1":
                book.put("agreement", number, {"id": number}, charge.id)
        charge.data["agreement"] = number
        body.pop("iban", None)  # not to be kept

    def show(self, request: Request, book: Book, reference: str) -> Answer:
        """A transaction."""
        charge = existing(book, reference)
        return Answer(200, {"transaction": transaction(charge, page_url(charge))})

    def find(self, request: Request, book: Book) -> Answer:
        """The transactions of an order."""
        found = book.charges_named(str(request.query.get("orderid", "")))
        if not found:
            refuse(400, 3000001, "The order was not found.")
        shown = [transaction(one, page_url(one)) for one in found]
        return Answer(200, {"transaction": shown[0] if len(shown) == 1 else shown})

    # Maintenance.

    def maintain(self, request: Request, book: Book, reference: str) -> Answer:
        """Capture, refund or cancel."""
        body, charge = checked(request, "maintenance"), existing(book, reference)
        operation = body.get("operation")
        if operation not in ("capture", "refund", "cancel"):
            refuse(400, 3000101, "The parameter operation is invalid.")
        if operation == "cancel":
            return self._cancel(book, charge)
        left = charge.amount - charge.captured
        left = charge.captured - charge.refunded if operation == "refund" else left
        amount = left
        if body.get("amount"):
            amount = sum_of(body, charge.currency).amount
        if operation == "refund" and charge.method in tables()["no_refund"]:
            refuse(400, 3020202, "The operation is not possible for this payment product.")
        thing, ours = secrets.token_hex(8), body.get("operation_id", "")
        try:
            if operation == "capture":
                made = self.take(book, charge, thing, ours, amount, last=False)
            else:
                made = self.give_back(book, charge, thing, ours, amount)
        except WrongState:
            refuse(400, CLOSED[operation], "The operation is not possible in this state.")
        except TooMuch:
            refuse(400, TOO_MUCH[operation], "The amount is higher than what is left.")
        return Answer(200, maintained(charge, operation, made))

    def _cancel(self, book: Book, charge: Charge) -> Answer:
        if charge.state != "authorized":
            refuse(400, CLOSED["cancel"], "The operation is not possible in this state.")
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(400, CLOSED["cancel"], "The operation is not possible in this state.")
        return Answer(200, maintained(charge, "cancel", None))

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """A notification for every status."""
        if what in ("authorized", "captured") and thing is None:
            charge.data["authorized_at"] = book.now.isoformat(timespec="seconds")
        url = charge.data["body"].get("notify_url")
        book.tell(charge, what, {"form": notification(charge, what, thing), "url": url or ""})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """SHA-1 of body and passphrase, as an account has it from the start."""
        body = urlencode(delivery.message["form"]).encode()
        digest = hashlib.sha1(body + account.credentials["passphrase"].encode())  # noqa: S324
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["X-Allopass-Signature"] = digest.hexdigest()
        return Post(headers, body, url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The shop's page for what has happened."""
        ended = {"declined": "decline_url", "pending": "pending_url", "canceled": "cancel_url"}
        return str(charge.data["body"].get(ended.get(charge.state, "accept_url")) or "")


def existing(book: Book, reference: str) -> Charge:
    """A transaction by its reference; raises Refuse."""
    charge = book.charge(reference)
    if charge is None:
        refuse(404, 3000002, "The transaction was not found.")
    return charge


def checked(request: Request, kind: str) -> dict[str, Any]:
    """A form with none but documented members; raises Refuse."""
    body = request.form()
    for member in body:
        if member not in tables()[kind]:
            refuse(400, 1010201, f"The parameter {member} is unknown.")
    return body


def required(body: Mapping[str, Any], member: str) -> None:
    """Refuse a form without a member."""
    if not body.get(member):
        refuse(400, 1010101, f"The parameter {member} is missing.")


def sum_of(body: Mapping[str, Any], currency: str = "") -> Money:
    """The amount of a form; raises Refuse."""
    told = body.get("currency", currency)
    if not is_currency(told) or (currency and told != currency):
        refuse(400, 3010001, "The currency is invalid.")
    try:
        money = Money.from_major(body["amount"], told)
    except ValueError:
        refuse(400, 1010205, "The amount is invalid.")
    if money.amount < 1:
        refuse(400, 1010205, "The amount is invalid.")
    return money


def brand_of(number: str) -> str:
    """The brand a number shows."""
    if number.startswith("4"):
        return "VISA"
    if number.startswith(("34", "37")):
        return "AMERICAN EXPRESS"
    return "MASTERCARD" if number.startswith(("5", "2")) else "DISCOVER"
