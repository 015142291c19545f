"""EBANX's sandbox: direct payments, card tokens, capture, cancel, refund, query, notifications.

Everything is HTTP 200. There can be one payment only under a merchant_payment_code. A refund is
requested first and confirmed afterwards. Notifications are a form with the payment's hash, signed
with RSA over SHA-1.

Sources: docs.ebanx.com (Direct API, API error codes, refunds, notifications), ebanx/benjamin (MIT),
answers recorded by activemerchant/active_merchant (MIT).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from acquiring.core.money import Money
from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.ebanx_objects import (
    error,
    payment,
    refund,
    refuse,
    success,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Request

# What a fault of a body is called; others have no code of their own that is told.
FAULTS = {
    ("missing", "payment"): "BP-DR-2",
    ("missing", "currency_code"): "BP-DR-3",
    ("missing", "amount_total"): "BP-DR-5",
    ("missing", "merchant_payment_code"): "BP-DR-9",
    ("value", "merchant_payment_code"): "BP-DR-10",
    ("value", "order_number"): "BP-DR-11",
}


class Ebanx(Ordinary):
    """EBANX, as far as a payment needs it."""

    name = "ebanx"
    title = "EBANX"
    key_credential = "integration_key"
    refunds_later = True
    routes = (
        ("POST", "/ws/direct", "direct"),
        ("POST", "/ws/token", "tokenize"),
        ("POST", "/ws/capture", "capture"),
        ("POST", "/ws/cancel", "cancel"),
        ("POST", "/ws/refund", "refund"),
        ("POST", "/ws/query", "query"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """Cards of the sandbox."""
        return [(f"card `{one}`", f"`{code}`") for one, code in tables()["test_cards"].items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An integration key, and the key its notifications are checked with."""
        pair = rsa.new_pair()
        return {
            "integration_key": f"test_ik_{secrets.token_hex(11)}",
            "notification_public_key": pair.public,
            "_private_key": pair.private,
        }

    def authenticate(self, request: Request) -> Account:
        """By the integration key inside the body."""
        try:
            key = read(request).get("integration_key", "")
        except Malformed:
            key = ""
        account = account_by_key(self.name, str(key)) if key else None
        if account is None:
            refuse("DA-1", "Invalid integration key")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such operation."""
        return error("BP-SA-0", f"Operation not found: {request.path}", 404)

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error("BP-SA-2", reason)

    def broken(self, request: Request) -> Answer:
        """EBANX's own trouble."""
        return error("BP-SYS-1", "Internal error", 500)

    # Payments.

    def direct(self, request: Request, book: Book) -> Answer:
        """`/ws/direct`: a card is paid or held at once, anything else waits for the shopper."""
        body = checked(request, "Direct")["payment"]
        code, country = body["payment_type_code"], body["country"].lower()
        if country not in tables()["codes"].get(code, ()):
            refuse("BP-DR-35", f"Invalid payment_type_code: {code}")
        if body["currency_code"] not in (tables()["countries"][country], *tables()["global"]):
            refuse("BP-DR-17", f"Invalid currency_code: {body['currency_code']}")
        if country in tables()["wants_document"] and not needless(body):
            refuse("BP-DR-22", "Field payment.document is required")
        reference = body["merchant_payment_code"]
        if known := book.charges_named(reference):
            text = f"Payment already exists with merchant_payment_code: {reference}"
            refuse("BP-DR-0", f"{text} (status is {payment(book, known[0])['status']})")
        charge = fresh(body)
        self.begin(
            book,
            charge,
            asks_shopper=code != "creditcard",
            is_card=code == "creditcard",
            manual=code == "creditcard" and not by_itself(body, book, charge),
            expires_after=timedelta(days=3),
        )
        page = {"redirect_url": page_url(charge)} if goes_away(charge) else {}
        return success(payment(book, charge), **page)

    def tokenize(self, request: Request, book: Book) -> Answer:
        """`/ws/token`: a card as a token."""
        card = checked(request, "Token")["creditcard"]
        check_card(card, book.now)
        token = secrets.token_hex(64)
        book.put("token", token, {"number": card["card_number"]})
        number = card["card_number"]
        masked = f"{number[:6]}xxxxxx{number[-4:]}"
        body = {"payment_type_code": "visa", "token": token, "masked_card_number": masked}
        return Answer(200, {"status": "SUCCESS", **body})

    def query(self, request: Request, book: Book) -> Answer:
        """`/ws/query`: by hash or by the merchant's code."""
        body = checked(request, "Query")
        if not body.get("hash") and not body.get("merchant_payment_code"):
            refuse("BP-QR-1", "Parameters hash or merchant_payment_code not informed")
        if body.get("hash"):
            return success(payment(book, existing(book, body["hash"], "BP-QR-2")))
        found = book.charges_named(body["merchant_payment_code"])
        if not found:
            code = body["merchant_payment_code"]
            refuse("BP-QR-2", f"Payment not found with this merchant_payment_code: {code}")
        return success(payment(book, found[0]))

    def capture(self, request: Request, book: Book) -> Answer:
        """`/ws/capture`: once, for the sum or less."""
        body = checked(request, "Capture")
        charge = existing(book, body["hash"], "BP-CAP-2")
        amount = charge.amount
        if body.get("amount"):
            amount = sum_of(body["amount"], charge.currency, "BP-CAP-6")
        if charge.plan.capture == "fail":
            refuse("BP-CAP-8", "Acquirer response error")
        try:
            self.take(book, charge, f"{charge.id}-capture", "", amount, last=True)
        except TooMuch:
            refuse("BP-CAP-7", "Capture amount is higher than the authorized amount")
        except WrongState:
            refuse("BP-CAP-4", "Payment is not available for capture")
        return success(payment(book, charge))

    def cancel(self, request: Request, book: Book) -> Answer:
        """`/ws/cancel`: of what is open or pending."""
        charge = existing(book, checked(request, "Cancel")["hash"], "BP-CAN-2")
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse("BP-CAN-3", "Payment cannot be cancelled due to its status")
        return success(payment(book, charge), operation="cancel")

    def refund(self, request: Request, book: Book) -> Answer:
        """`/ws/refund`: requested now, confirmed later."""
        body = checked(request, "Refund")
        charge = existing(book, body["hash"], "BP-REF-CAN-2")
        amount = sum_of(body["amount"], charge.currency, "BP-REF-4")
        number, code = str(secrets.randbelow(10**9)), body.get("merchant_refund_code", "")
        try:
            made = self.give_back(book, charge, number, code, amount)
        except WrongState:
            refuse("BP-REF-6", "Payment status must be CO to be refunded")
        except TooMuch:
            refuse("BP-REF-7", "Refund amount is higher than the payment amount")
        told = refund(charge, made, book.now)
        shown = payment(book, charge)
        shown["refunds"] = [told if one["id"] == number else one for one in shown["refunds"]]
        return success(shown, refund=told, operation="refund")

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The payment's hash, when it was confirmed, cancelled, refunded or charged back."""
        if what in ("pending", "authorized"):
            return
        kind = {"refund": "refund", "disputed": "chargeback"}.get(what, "update")
        url = charge.data["payment"].get("notification_url", "")
        book.tell(charge, kind, {"hash": charge.id, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """A form, signed."""
        told = {"operation": "payment_status_change", "notification_type": delivery.name}
        body = urlencode({**told, "hash_codes": delivery.message["hash"]}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Signature-Type": "rsa,sha1",
            "X-Signature-Fingerprint": "4ABAD89CF66B99998465470550EB15E3E271A246",
            "X-Signature-Content": rsa.sign_sha1(account.credentials["_private_key"], body),
        }
        return Post(headers, body, url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The shop's page, with the payment's hash."""
        page = str(charge.data["payment"].get("redirect_url", ""))
        told = urlencode({"hash": charge.id, "merchant_payment_code": charge.reference})
        return f"{page}{'&' if '?' in page else '?'}{told}" if page else ""


def read(request: Request) -> dict[str, Any]:
    """The body: JSON or a form, which may carry JSON in `request_body`; raises Malformed."""
    body = request.json() if request.body.lstrip().startswith(b"{") else request.form()
    if isinstance(body.get("request_body"), str):
        body = Request(request.method, request.path, {}, "", body["request_body"].encode()).json()
    return body if isinstance(body, dict) else {}


def checked(request: Request, name: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = read(request)
    for fault in load("ebanx").faults(name, body):
        code = FAULTS.get((fault.kind, fault.member), "BP-SA-1")
        refuse(code, f"Field {fault.structure}.{fault.member}: {fault.kind}")
    return body


def sum_of(text: str, currency: str, code: str) -> int:
    """A sum in minor units; raises Refuse."""
    try:
        amount = Money.from_major(text, currency).amount
    except (ValueError, KeyError):
        amount = 0
    if amount < 1:
        refuse(code, "Amount reported is less than the minimum amount")
    return amount


def needless(body: Mapping[str, Any]) -> bool:
    """Whether the shopper's document is there, or one is not asked for: a wallet knows its own."""
    asked = body["payment_type_code"] not in (*tables()["wallets"], *tables()["slips"], "bitcoin")
    chilean = body["country"].lower() == "cl" and body["payment_type_code"] != "creditcard"
    return bool(body.get("document")) or not asked or chilean


def fresh(body: dict[str, Any]) -> Charge:
    """A payment that is about to begin."""
    code, reference = body["payment_type_code"], body["merchant_payment_code"]
    amount = sum_of(body["amount_total"], body["currency_code"], "BP-DR-6")
    page = "wallet" if code in tables()["wallets"] else "bank"
    page = "counter" if code in tables()["slips"] else page
    kept = {name: one for name, one in body.items() if name != "creditcard"}
    return Charge(
        secrets.token_hex(24),
        amount,
        body["currency_code"],
        code,
        "action",
        by_amount(amount).name,
        reference,
        [reference],
        page="three_ds" if code == "creditcard" else page,
        data={"payment": kept},
    )


def by_itself(body: Mapping[str, Any], book: Book, charge: Charge) -> bool:
    """Check the card of a payment; whether it is captured at once. Raises Refuse."""
    card = body.get("creditcard", {})
    if card.get("token"):
        known = book.get("token", card["token"])
        if known is None:
            refuse("BP-DR-55", "Token not found")
        number = known["number"]
    else:
        by_merchant = body.get("cof_info", {}).get("initiator") == "MIT"
        check_card(card, book.now, wants_code=not by_merchant)
        number = card["card_number"]
    decline = tables()["test_cards"].get(number)
    charge.scenario = f"decline:{decline}" if decline else charge.scenario
    return bool(card.get("auto_capture", True))


def check_card(card: Mapping[str, Any], now: datetime, wants_code: bool = True) -> None:
    """Refuse a card that cannot be one."""
    number, due = card.get("card_number", ""), card.get("card_due_date", "")
    if not number.isdigit() or not 12 <= len(number) <= 19:
        refuse("BP-DR-49", "Field payment.creditcard.card_number is invalid")
    if wants_code and not card.get("card_cvv"):
        refuse("BP-DR-53", "Field payment.creditcard.card_cvv is required")
    month, _, year = due.partition("/")
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):
        refuse("BP-DR-51", "Field payment.creditcard.card_due_date is invalid")
    if (int(year), int(month)) < (now.year, now.month):
        refuse("BP-DR-52", "Field payment.creditcard.card_due_date is in the past")


def goes_away(charge: Charge) -> bool:
    """Whether the shopper is sent to a page."""
    here = (*tables()["slips"], "pix", "nequi")
    return charge.state == "action" and charge.method not in here


def existing(book: Book, payment_hash: str, code: str) -> Charge:
    """A payment by its hash; raises Refuse."""
    charge = book.charge(payment_hash)
    if charge is None:
        refuse(code, f"Payment not found with this hash: {payment_hash}")
    return charge
