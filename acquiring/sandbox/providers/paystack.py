"""Paystack's test mode: its page, direct charges, saved cards, refunds, signed webhooks.

A transaction exists from the moment its page is asked for; until the shopper pays it reads
`abandoned`. A reference has letters, digits, dash, dot and equals sign, and is taken once. Refunds
are queued: they are pending first and processed afterwards. Only payments that succeeded are told.

Sources: PaystackOSS/openapi (MIT): initialize, verify, charge, charge_authorization, refund,
dispute; PaystackOSS/doc-code-snippets (charges by transfer and M-PESA); paystack.com/docs/payments:
verify-payments, refunds, webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

STATUSES = {"action": "abandoned", "pending": "pending", "captured": "success"}
REFERENCE = re.compile(r"[A-Za-z0-9.=-]+")
REFUNDS = {"succeeded": "processed", "pending": "pending", "failed": "failed"}


class Paystack(Ordinary):
    """Paystack, as far as a payment needs it."""

    name = "paystack"
    title = "Paystack"
    key_credential = "secret_key"
    refunds_later = True
    routes = (
        ("POST", "/transaction/initialize", "initialize"),
        ("POST", "/transaction/charge_authorization", "charge_authorization"),
        ("GET", "/transaction/verify/{reference}", "verify"),
        ("POST", "/charge", "charge"),
        ("POST", "/refund", "refund"),
        ("GET", "/refund", "list_refunds"),
        ("GET", "/refund/{refund}", "show_refund"),
    )

    # The account.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The key that opens the API and signs webhooks."""
        return {"secret_key": f"sk_test_{secrets.token_hex(20)}"}

    def authenticate(self, request: Request) -> Account:
        """By the secret key as a bearer token."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if kind == "Bearer" and key else None
        if account is None:
            refuse(401, "invalid_Key", "Invalid key")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "not_found", "Endpoint not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "invalid_params", "The body could not be parsed")

    def broken(self, request: Request) -> Answer:
        """Paystack's own trouble."""
        return error(500, "unknown", "An error occurred")

    # Transactions.

    def initialize(self, request: Request, book: Book) -> Answer:
        """`POST /transaction/initialize`: a page to pay on."""
        body = checked(request, "Page")
        charge = fresh(body, book, (body.get("channels") or ["card"])[0])
        charge.data |= {"manual": False, "callback_url": body.get("callback_url", "")}
        charge.page, charge.state = "bank", "action"
        book.open(charge)
        data = {
            "authorization_url": page_url(charge),
            "access_code": secrets.token_hex(8),
            "reference": charge.reference,
        }
        return success("Authorization URL created", data)

    def charge_authorization(self, request: Request, book: Book) -> Answer:
        """`POST /transaction/charge_authorization`: nobody is asked."""
        body = checked(request, "Saved")
        saved = book.get("authorization", body["authorization_code"])
        if saved is None or saved["email"] != body["email"]:
            refuse(400, "invalid_authorization_code", "Authorization code is invalid")
        charge = fresh(body, book, "card")
        charge.data["authorization_code"] = body["authorization_code"]
        self.begin(book, charge, asks_shopper=False)
        return success("Charge attempted", transaction(charge))

    def charge(self, request: Request, book: Book) -> Answer:
        """`POST /charge`: by mobile money or by transfer."""
        body = checked(request, "Charge")
        currency = body.get("currency", "NGN")
        if mobile := body.get("mobile_money"):
            if tables()["currencies"][mobile["provider"]] != currency:
                refuse(400, "unsupported_currency", f"{currency} is not supported")
            if not re.fullmatch(r"\+?\d{9,15}", mobile["phone"]):
                refuse(400, "invalid_params", "Invalid phone number")
        elif "bank_transfer" not in body or currency != "NGN":
            refuse(400, "invalid_params", "No payment channel was given")
        charge = fresh(body, book, "mobile_money" if mobile else "bank_transfer")
        charge.page = "wallet" if mobile else "counter"
        self.begin(book, charge, asks_shopper=True)
        if charge.state == "declined":
            return success("Charge attempted", transaction(charge))
        return success("Charge attempted", due(charge, book.now))

    def verify(self, request: Request, book: Book, reference: str) -> Answer:
        """`GET /transaction/verify/{reference}`."""
        return success("Verification successful", transaction(existing(book, reference)))

    def returns(self, charge: Charge) -> str:
        """Back to the shop with the reference; what became of it has to be asked."""
        url = str(charge.data.get("callback_url", ""))
        query = f"trxref={charge.reference}&reference={charge.reference}"
        return f"{url}{'&' if '?' in url else '?'}{query}" if url else ""

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """`POST /refund`."""
        body = checked(request, "Refund")
        charge = existing(book, str(body["transaction"]))
        if body.get("currency", charge.currency) != charge.currency:
            refuse(400, "unsupported_currency", "Currency is not that of the transaction")
        left = charge.captured - charge.refunded
        amount = amount_of(body["amount"]) if "amount" in body else left
        refund, note = str(new_id()), body.get("merchant_note", "")
        try:
            made = self.give_back(book, charge, refund, note, amount)
        except TooMuch:
            refuse(400, "invalid_params", "Refund amount cannot be more than transaction amount")
        except WrongState:
            refuse(400, "invalid_params", "Transaction has not been completed")
        book.put("refunded", refund, {"transaction": charge.id}, charge.id)
        shown = {**refund_object(charge, made), "transaction": transaction(charge)}
        return success("Refund has been queued for processing", shown)

    def list_refunds(self, request: Request, book: Book) -> Answer:
        """`GET /refund`: the newest first."""
        about = {one["id"]: one for one in book.find("refund")}
        found = []
        for charge in book.recent_charges(limit=50):
            found += [
                refund_object(charge, about[one["id"]]) for one in book.find("refund", charge.id)
            ]
        size = int(request.query.get("perPage", 50))
        meta = {"total": len(found), "skipped": 0, "perPage": str(size), "page": 1}
        return Answer(200, {**said("Refunds retrieved"), "data": found[:size], "meta": meta})

    def show_refund(self, request: Request, book: Book, refund: str) -> Answer:
        """`GET /refund/{id}`."""
        about, made = book.get("refunded", refund), book.get("refund", refund)
        charge = book.charge(about["transaction"]) if about else None
        if charge is None or made is None:
            refuse(404, "refund_not_found", "Refund not found")
        return success("Refund retrieved", refund_object(charge, made))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Payments that succeeded, refunds, disputes."""
        if what == "captured":
            code = charge.data.setdefault("authorization_code", f"AUTH_{secrets.token_hex(5)}")
            if book.get("authorization", code) is None:
                book.put("authorization", code, {"email": charge.data["customer"]["email"]})
            event, data = "charge.success", transaction(charge)
        elif what == "refund" and thing is not None:
            status = REFUNDS[thing["status"]]
            data = {
                "status": status,
                "transaction_reference": charge.reference,
                "refund_reference": f"TRF_{secrets.token_hex(5)}",
                "amount": str(thing["amount"]),
                "currency": charge.currency,
            }
            event = f"refund.{status}"
        elif what == "disputed":
            event, data = "charge.dispute.create", dispute(charge, book.now)
        else:
            return
        book.tell(charge, event, {"body": orjson.dumps({"event": event, "data": data}).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, signed with the account's secret key."""
        body = delivery.message["body"].encode()
        key = account.credentials["secret_key"].encode()
        proof = hmac.new(key, body, hashlib.sha512).hexdigest()
        return Post({"content-type": "application/json", "x-paystack-signature": proof}, body)


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/paystack.json`."""
    path = Path(__file__).parents[1] / "data" / "paystack.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def said(message: str) -> dict[str, Any]:
    return {"status": True, "message": message}


def success(message: str, data: Any) -> Answer:
    """What was asked for, in Paystack's envelope."""
    return Answer(200, {**said(message), "data": data})


def error(status: int, code: str, message: str) -> Answer:
    """Paystack's error."""
    told = {"status": False, "message": message, "type": "validation_error", "code": code}
    return Answer(status, {**told, "meta": {"nextStep": "Check the request and try again"}})


def refuse(status: int, code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def new_id() -> int:
    return 10**9 + secrets.randbelow(9 * 10**9)


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is as documented; refuses naming the first fault."""
    body = request.json()
    for fault in load("paystack").faults(structure, body):
        where = ".".join(filter(None, (fault.structure, fault.member)))
        refuse(400, "invalid_params", f"{where}: {fault.kind}")
    return dict(body)


def amount_of(value: Any) -> int:
    """A sum in the subunit of its currency, as a number or a text of digits."""
    if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d*", str(value)):
        refuse(400, "invalid_params", "Invalid Amount Sent")
    return int(value)


def fresh(body: Mapping[str, Any], book: Book, channel: str) -> Charge:
    """A charge for a body that was found right; refuses a reference that was used before."""
    amount, currency = amount_of(body["amount"]), body.get("currency", "NGN")
    reference = body.get("reference") or secrets.token_hex(6)
    if not REFERENCE.fullmatch(reference):
        refuse(400, "invalid_params", "Invalid characters in reference")
    if book.charges_named(reference):
        refuse(400, "duplicate_reference", "Duplicate Transaction Reference")
    customer = {
        "id": new_id(), "first_name": None, "last_name": None, "email": body["email"],
        "customer_code": f"CUS_{secrets.token_hex(7)}", "phone": None, "metadata": None,
        "risk_action": "default", "international_format_phone": None,
    }  # fmt: skip
    metadata = body.get("metadata", "")
    data = {"customer": customer, "metadata": metadata, "number": str(new_id())}
    return Charge(
        str(new_id()), amount, currency, channel, "", by_amount(amount).name, reference,
        [reference], data=data,
    )  # fmt: skip


def existing(book: Book, reference: str) -> Charge:
    """The account's transaction by its reference or id; refuses what nobody knows."""
    named = book.charges_named(reference)
    charge = book.charge(named[0].id if named else reference)
    if charge is None:
        refuse(400, "transaction_not_found", "Transaction reference not found.")
    return charge


def due(charge: Charge, now: datetime) -> dict[str, Any]:
    """What the shopper has to do about a direct charge."""
    if charge.method == "mobile_money":
        text = "Please complete the authorization process on your mobile phone"
        return {"reference": charge.reference, "status": "pay_offline", "display_text": text}
    until = (now + timedelta(hours=8)).isoformat(timespec="milliseconds")
    return {
        "status": "pending_bank_transfer",
        "display_text": "Please make a transfer to the account specified",
        "reference": charge.reference,
        "amount": charge.amount,
        "account_name": "PAYSTACK CHECKOUT",
        "account_number": charge.data["number"],
        "bank": {"slug": "test-bank", "name": "Test Bank", "id": 24},
        "account_expires_at": until.replace("+00:00", "Z"),
    }


def transaction(charge: Charge) -> dict[str, Any]:
    """A transaction as it is shown and told."""
    hosted = "callback_url" in charge.data
    status = STATUSES.get(charge.state, "failed")
    status = "pending" if status == "abandoned" and not hosted else status
    decline = charge.data.get("decline", "")
    texts = {"success": "Approved", "failed": tables()["responses"].get(decline, "Declined")}
    response = texts.get(status, "The transaction was not completed")
    if decline == "shopper_canceled" and hosted:  # whoever closes the page may come back to it
        status, response = "abandoned", "The transaction was not completed"
    made = charge.created_at.isoformat() if charge.created_at else ""
    code = charge.data.get("authorization_code")
    card = {
        "authorization_code": code, "bin": "408408", "last4": "4081", "exp_month": "12",
        "exp_year": "2030", "channel": charge.method, "card_type": "visa ", "bank": "TEST BANK",
        "country_code": "NG", "brand": "visa", "reusable": charge.method == "card",
        "signature": f"SIG_{charge.id}", "account_name": None,
    }  # fmt: skip
    return {
        "id": int(charge.id),
        "domain": "test",
        "status": status,
        "reference": charge.reference,
        "receipt_number": None,
        "amount": charge.amount,
        "message": None,
        "gateway_response": response,
        "paid_at": made if status == "success" else None,
        "created_at": made,
        "channel": charge.method,
        "currency": charge.currency,
        "metadata": charge.data["metadata"],
        "log": None,
        "fees": 0,
        "authorization": card if code else {},
        "customer": charge.data["customer"],
        "requested_amount": charge.amount,
    }


def refund_object(charge: Charge, made: Thing) -> dict[str, Any]:
    """A refund."""
    return {
        "id": int(made["id"]),
        "integration": 100032,
        "transaction": int(charge.id),
        "domain": "test",
        "currency": charge.currency,
        "amount": made["amount"],
        "status": REFUNDS[made["status"]],
        "customer_note": "",
        "merchant_note": made["reference"],
        "transaction_reference": charge.reference,
        "transaction_amount": charge.amount,
        "refunded_by": "shop@shop.example",
    }


def dispute(charge: Charge, now: datetime) -> dict[str, Any]:
    """A dispute that waits for the merchant's word."""
    return {
        "id": new_id(),
        "refund_amount": charge.captured,
        "currency": charge.currency,
        "status": "awaiting-merchant-feedback",
        "resolution": None,
        "domain": "test",
        "transaction": transaction(charge),
        "category": "fraud",
        "dueAt": (now + timedelta(days=1)).isoformat(),
    }
