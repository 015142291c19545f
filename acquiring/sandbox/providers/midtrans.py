"""Midtrans' sandbox, Core API: token, charge, capture, cancel, refund, status, notifications.

Answers are HTTP 200 with a `status_code` in the body; an unknown key is HTTP 401. Sums are asked
for in whole rupiah, which choose the scenario, and told as texts with two decimals. An order id is
good for one transaction. A card's token is good for one charge, a saved one for many.

Sources: docs.midtrans.com (reference: charge-api, code-statuses, cancel-api, refund; docs:
transaction-status-cycle, handle-notifications, testing cards); mcp-midtrans 2.0.0, a digest, for
the idempotency key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import orjson

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

STATUSES = {
    "action": "pending",
    "pending": "pending",
    "authorized": "authorize",
    "declined": "deny",
    "canceled": "cancel",
    "expired": "expire",
}
REFUNDABLE = ("credit_card", "gopay", "qris", "shopeepay", "akulaku", "kredivo")
PAGED = ("bca_klikpay", "cimb_clicks", "bri_epay", "danamon_online", "uob_ezpay", "dana")
DENIED_CARD = "4911111111111113"
JAKARTA = timedelta(hours=7)


class Midtrans(Ordinary):
    """Midtrans, as far as a payment needs it."""

    name = "midtrans"
    title = "Midtrans"
    key_credential = "server_key"
    cannot = {
        "refund_pending": "A refund is done when it is answered.",
    }
    routes = (
        ("GET", "/v2/token", "token"),
        ("POST", "/v2/charge", "charge"),
        ("POST", "/v2/capture", "capture"),
        ("GET", "/v2/{transaction}/status", "status"),
        ("POST", "/v2/{transaction}/cancel", "cancel"),
        ("POST", "/v2/{transaction}/refund", "refund"),
        ("POST", "/v2/{transaction}/refund/online/direct", "refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        return [(f"card `{DENIED_CARD}`", "denied by its bank")]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A server key, which signs, and a client key, which makes tokens."""
        return {
            "server_key": f"SB-Mid-server-{secrets.token_urlsafe(18)}",
            "client_key": f"SB-Mid-client-{secrets.token_urlsafe(12)}",
        }

    def authenticate(self, request: Request) -> Account:
        """By the server key as the user of basic authentication."""
        pair = request.headers.get("authorization", "").removeprefix("Basic ")
        try:
            key = base64.b64decode(pair, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
        account = account_by_key(self.name, key) if key else None
        if account is None:
            said = "Transaction cannot be authorized with the current client/server key."
            raise Refuse(Answer(401, {"status_code": "401", "status_message": said}))
        return account

    def idempotency_key(self, request: Request) -> str:
        """A header of calls that change something."""
        return request.headers.get("idempotency-key", "") if request.method == "POST" else ""

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return said("404", "The requested resource is not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return said("413", "The request cannot be processed due to malformed syntax")

    def broken(self, request: Request) -> Answer:
        """Midtrans' own trouble."""
        return Answer(500, {"status_code": "500", "status_message": "Internal Server Error"})

    # Transactions.

    def token(self, request: Request, book: Book) -> Answer:
        """`GET /v2/token`: a card for a token that is good for one charge."""
        card = request.query
        if card.get("client_key") != book.account.credentials["client_key"]:
            refuse("401", "Client key is not known")
        number, until = card.get("card_number", ""), card.get("card_exp_year", "")
        if not number.isdigit() or not until:
            refuse("400", "One or more parameters in the payload is invalid.")
        token = f"{number[:6]}-{number[-4:]}-{uuid.uuid4()}"
        book.put("token", token, {"number": number, "used": False})
        return Answer(200, {"status_code": "200", "token_id": token})

    def charge(self, request: Request, book: Book) -> Answer:
        """`POST /v2/charge`."""
        body = checked(request, "Charge")
        details, kind = body["transaction_details"], body["payment_type"]
        if book.charges_named(details["order_id"]):
            refuse("406", "The request could not be completed due to a duplicate order ID.")
        if details["gross_amount"] < 1:
            refuse("400", "gross_amount must be equal to or greater than 1")
        check_type(body, details["gross_amount"])
        chosen = body.get("credit_card", {})
        number = card_of(chosen, book) if kind == "credit_card" else ""
        made = fresh(body, number, book)
        made.data["notify"] = request.headers.get("x-override-notification", "")
        is_card, asks = kind == "credit_card", bool(chosen.get("authentication"))
        if is_card and made.plan.authentication == "challenge" and not asks:
            made.scenario = "approve"  # nobody is asked where nobody wished it
        self.begin(book, made, asks_shopper=not is_card, is_card=is_card,
                   manual=chosen.get("type") == "authorize",
                   expires_after=timedelta(hours=24))  # fmt: skip
        return Answer(200, shown(made))

    def status(self, request: Request, book: Book, transaction: str) -> Answer:
        """`GET /v2/{order or transaction id}/status`."""
        return Answer(200, signed(existing(book, transaction), book.account))

    def capture(self, request: Request, book: Book) -> Answer:
        """`POST /v2/capture`: once; the rest of the hold is let go."""
        body = checked(request, "Capture")
        found, key = existing(book, body["transaction_id"]), str(uuid.uuid4())
        if found.plan.capture == "fail":
            refuse("412", "Merchant cannot modify the status of the transaction")
        try:
            self.take(book, found, key, key, body["gross_amount"] * 100, last=True)
        except TooMuch:
            refuse("400", "gross_amount is more than was authorized")
        except WrongState:
            refuse("412", "Merchant cannot modify the status of the transaction")
        return Answer(200, shown(found, "Success, Credit Card capture transaction is successful"))

    def cancel(self, request: Request, book: Book, transaction: str) -> Answer:
        """`POST /v2/{id}/cancel`: what is held or not yet paid."""
        found = existing(book, transaction)
        try:
            self.let_go(book, found)
        except WrongState:
            refuse("412", "Merchant cannot modify the status of the transaction")
        return Answer(200, shown(found, "Success, transaction is canceled"))

    def refund(self, request: Request, book: Book, transaction: str) -> Answer:
        """`POST /v2/{id}/refund`, at once or by the payment's own provider."""
        body, found = checked(request, "Refund"), existing(book, transaction)
        if found.method not in REFUNDABLE:
            refuse("412", "Refund is not supported for this payment type")
        left = found.captured - found.refunded
        amount = body["amount"] * 100 if "amount" in body else left
        key = body.get("refund_key") or str(uuid.uuid4())
        if found.plan.refund == "fail":
            refuse("412", "Refund was rejected")
        if any(one["refund_key"] == key for one in found.data["refunds"]):
            refuse("406", "Duplicate refund key")
        try:
            self.give_back(book, found, key, key, amount)
        except TooMuch:
            refuse("412", "Refund amount exceeds the remaining amount of the transaction")
        except WrongState:
            refuse("412", "Merchant cannot modify the status of the transaction")
        refunded = {"refund_key": key, "refund_amount": major(amount)}
        return Answer(200, shown(found, "Success, refund request is approved") | refunded)

    def returns(self, charge: Charge) -> str:
        """The shop's address, where the payment type has one."""
        return str(charge.data["callback_url"])

    # Notifications.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The transaction as it is now."""
        if what == "refund":
            assert thing is not None
            one = {"refund_key": thing["id"], "refund_amount": major(thing["amount"])}
            charge.data["refunds"].append(one)
            book.save(charge)
        body = shown(charge, "midtrans payment notification")
        if what == "disputed":
            body["transaction_status"] = "chargeback"
        message = {"body": orjson.dumps(body).decode(), "url": charge.data["notify"]}
        book.tell(charge, what, message)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The transaction with its signature key."""
        body = orjson.loads(delivery.message["body"])
        body["signature_key"] = mark(body, account)
        headers = {"content-type": "application/json"}
        return Post(headers, orjson.dumps(body), url=delivery.message["url"])


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/midtrans.json`."""
    path = Path(__file__).parents[1] / "data" / "midtrans.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def said(code: str, message: str) -> Answer:
    """An answer that is a code and a sentence."""
    return Answer(200, {"status_code": code, "status_message": message, "id": str(uuid.uuid4())})


def refuse(code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(said(code, message))


def major(amount: int) -> str:
    """Minor units as Midtrans tells them: "100000.00"."""
    return Money(amount, "IDR").major()


def mark(body: Mapping[str, Any], account: Account) -> str:
    """The signature key: a plain hash that ends in the server key."""
    parts = (body["order_id"], body["status_code"], body["gross_amount"])
    content = "".join(parts) + account.credentials["server_key"]
    return hashlib.sha512(content.encode()).hexdigest()


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = request.json()
    for fault in load("midtrans").faults(structure, body):
        refuse("400", f"{fault.member} is {fault.kind}")
    return dict(body)


def check_type(body: Mapping[str, Any], amount: int) -> None:
    """The member that a payment type insists on, and the sum of the items."""
    kind = body["payment_type"]
    if kind not in tables()["types"]:
        refuse("402", "Payment channel is not activated.")
    for member in tables()["types"][kind]:
        if not body.get(kind, {}).get(member):
            refuse("400", f"{kind}.{member} is required")
    items = body.get("item_details", [])
    if items and sum(one["price"] * one["quantity"] for one in items) != amount:
        refuse("400", "gross_amount is not equal to the sum of item_details")
    if kind in ("akulaku", "kredivo") and not items:
        refuse("400", "item_details is required")


def card_of(chosen: Mapping[str, Any], book: Book) -> str:
    """The card behind a token; a token of one charge is used up."""
    held = book.get("token", chosen["token_id"])
    if held is None or held["used"]:
        refuse("411", "Credit card token is no longer available. Please create a new one.")
    if not held.get("saved"):
        book.change("token", chosen["token_id"], {**held, "used": True})
    return str(held["number"])


def fresh(body: Mapping[str, Any], number: str, book: Book) -> Charge:
    """A charge for a request that was found right."""
    details, kind = body["transaction_details"], body["payment_type"]
    amount, order = details["gross_amount"] * 100, details["order_id"]
    scenario = by_amount(details["gross_amount"]).name
    if number == DENIED_CARD:
        scenario = "decline:do_not_honor"
    own, saved = body.get(kind, {}), ""
    if own.get("save_token_id"):
        saved = f"{number[:6]}{secrets.token_hex(16)}"
        book.put("token", saved, {"number": number, "used": False, "saved": True})
    data = {
        "member": {name: own[name] for name in ("bank", "store") if name in own},
        "callback_url": own.get("callback_url", ""),
        "masked": f"{number[:8]}-{number[-4:]}" if number else "",
        "saved": saved,
        "code": str(8800_0000_0000 + secrets.randbelow(10**9)),
        "refunds": [],
        "time": jakarta(book.now),
        "expiry": jakarta(book.now + timedelta(hours=24)),
    }
    transaction = str(uuid.uuid4())
    pages = {"credit_card": "three_ds", "gopay": "wallet", "shopeepay": "wallet", "ovo": "wallet"}
    page = pages.get(kind, "bank" if kind in PAGED else "counter")
    return Charge(
        transaction, amount, "IDR", kind, "", scenario, order, [order, transaction],
        page=page, data=data,
    )  # fmt: skip


def jakarta(when: datetime) -> str:
    """A time as Midtrans writes it: Jakarta's wall clock."""
    return (when.astimezone(UTC) + JAKARTA).strftime("%Y-%m-%d %H:%M:%S")


def existing(book: Book, transaction: str) -> Charge:
    """The transaction by its own id or its order id."""
    named = book.charges_named(transaction)
    found = book.charge(named[0].id) if named else None
    if found is None:
        refuse("404", "Transaction doesn't exist.")
    return found


def word_of(charge: Charge) -> str:
    """The transaction's status."""
    if charge.refunded:
        return "refund" if charge.refunded == charge.captured else "partial_refund"
    if charge.state == "captured":
        return "capture" if charge.method == "credit_card" else "settlement"
    return STATUSES[charge.state]


def shown(charge: Charge, message: str = "") -> dict[str, Any]:
    """A transaction, with what its payer has to see."""
    data, is_card = charge.data, charge.method == "credit_card"
    codes = {"action": "201", "pending": "201", "declined": "202", "expired": "407"}
    summed = charge.captured if charge.captured and is_card else charge.amount
    body: dict[str, Any] = {
        "status_code": codes.get(charge.state, "200"),
        "status_message": message or "Success, transaction is found",
        "transaction_id": charge.id,
        "order_id": charge.reference,
        "merchant_id": "G000000001",
        "gross_amount": major(summed),
        "currency": "IDR",
        "payment_type": charge.method,
        "transaction_time": data["time"],
        "transaction_status": word_of(charge),
        "fraud_status": "accept",
    }
    if is_card:
        denied = charge.state == "declined"
        risky = denied and data["decline"] in ("suspected_fraud", "provider_risk_rejected")
        body |= {"fraud_status": "deny" if risky else "accept", "masked_card": data["masked"]}
        code = tables()["codes"].get(data["decline"], "05") if denied and not risky else ""
        body |= {"channel_response_code": code} if code else {}
        body |= {"saved_token_id": data["saved"]} if data["saved"] and not denied else {}
        body |= {"redirect_url": page_url(charge)} if charge.state == "action" else {}
    elif charge.state == "action":
        body |= {**steps(charge), "expiry_time": data["expiry"]}
    return body | ({"refunds": data["refunds"]} if data["refunds"] else {})


def signed(charge: Charge, account: Account) -> dict[str, Any]:
    """A transaction as its status shows it."""
    body = shown(charge)
    return body | {"signature_key": mark(body, account)}


def steps(charge: Charge) -> dict[str, Any]:
    """What the payer of each type has to see."""
    kind, code, page = charge.method, charge.data["code"], page_url(charge)
    if kind == "bank_transfer":
        bank = charge.data["member"]["bank"]
        if bank == "permata":
            return {"permata_va_number": code}
        return {"va_numbers": [{"bank": bank, "va_number": code}]}
    if kind == "echannel":
        return {"bill_key": code, "biller_code": "70012"}
    if kind == "cstore":
        return {"payment_code": code, "store": charge.data["member"]["store"]}
    image = {"name": "generate-qr-code", "method": "GET", "url": f"{page}?qr"}
    if kind == "qris":
        return {"actions": [image], "qr_string": f"000201{charge.id}", "acquirer": "gopay"}
    link = {"name": "deeplink-redirect", "method": "GET", "url": page}
    if kind in ("gopay", "shopeepay"):
        return {"actions": [image, link] if kind == "gopay" else [link]}
    return {} if kind == "ovo" else {"redirect_url": page}
