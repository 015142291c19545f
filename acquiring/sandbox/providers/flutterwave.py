"""Flutterwave's test mode, API v3: its page, direct charges, tokens, refunds, webhooks.

A page has no transaction until the shopper tries to pay, and a shopper who turns away leaves none.
`tx_ref` is taken once; a page that is asked for again under it is the same page. A card paid on
the page leaves a token. Refunds are found by their own id or in the list of a transaction.

Sources: Flutterwave/Node-v3 (MIT): documentation/collections.md, transactions.md, tokenization.md
and services/; developer.flutterwave.com/docs/collecting-payments/standard, /refunds,
/docs/integration-guides/webhooks, /errors.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.decimals import exact, minor, number
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

STATUSES = {"action": "pending", "pending": "pending", "captured": "successful"}


class Flutterwave(Ordinary):
    """Flutterwave, as far as a payment needs it."""

    name = "flutterwave"
    title = "Flutterwave"
    key_credential = "secret_key"
    cannot = {
        "dispute": "Chargebacks can be listed (GET /v3/chargebacks); no webhook is documented.",
        "webhook_reordered": "It tells of a payment once, and of refunds never.",
    }
    routes = (
        ("POST", "/v3/payments", "open_page"),
        ("POST", "/v3/charges", "charge"),
        ("POST", "/v3/tokenized-charges", "charge_token"),
        ("GET", "/v3/transactions/verify_by_reference", "verify_by_reference"),
        ("GET", "/v3/transactions/{transaction}/verify", "verify"),
        ("POST", "/v3/transactions/{transaction}/refund", "refund"),
        ("GET", "/v3/refunds", "list_refunds"),
        ("GET", "/v3/refunds/{refund}", "show_refund"),
    )

    # The account.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A secret key and the secret hash that webhooks carry."""
        return {
            "secret_key": f"FLWSECK_TEST-{secrets.token_hex(16)}-X",
            "secret_hash": secrets.token_urlsafe(32),
        }

    def authenticate(self, request: Request) -> Account:
        """By the secret key as a bearer token."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if kind == "Bearer" and key else None
        if account is None:
            refuse(401, "Invalid authorization key")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, f"Cannot {request.method} {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "Invalid request body")

    def broken(self, request: Request) -> Answer:
        """Flutterwave's own trouble."""
        return error(500, "An error occurred. Please contact support")

    # Payments.

    def open_page(self, request: Request, book: Book) -> Answer:
        """`POST /v3/payments`: a page to pay on."""
        body = checked(request, tables()["members"]["payments"])
        if not isinstance(body["customer"], dict) or not body["customer"].get("email"):
            refuse(400, "customer.email is required")
        before = book.charges_named(str(body["tx_ref"]))
        if before and not before[0].data["hosted"]:
            refuse(400, "Duplicate transaction reference")
        if before:
            return linked(before[0])
        charge = fresh(body, "page", {"payment_type": "card", "auth_model": "AUTH", "mode": ""})
        charge.data |= {"hosted": True, "manual": False, "customer": customer(body["customer"])}
        charge.page, charge.state = "bank", "action"
        book.open(charge)
        return linked(charge)

    def charge(self, request: Request, book: Book) -> Answer:
        """`POST /v3/charges?type=`."""
        kind = str(request.query.get("type", ""))
        row = tables()["charges"].get(kind)
        if row is None:
            refuse(400, "Invalid charge type")
        common = tables()["members"]["charge"]
        members = {part: [*common[part], *row[part]] for part in ("required", "optional")}
        body = checked(request, members)
        if body["currency"] not in row["currencies"]:
            refuse(400, f"{kind} is not available for {body['currency']}")
        if body.get("network") not in row.get("networks", [body.get("network")]):
            refuse(400, "network is invalid")
        be_new(book, body)
        charge = fresh(body, kind, row)
        charge.page = "bank" if row["mode"] == "redirect" else "wallet"
        self.begin(book, charge, asks_shopper=True)
        meta = {"meta": {"authorization": authorization(charge)}} if row["mode"] else {}
        data = {"data": transaction(charge)}
        if row.get("nested"):  # some types tell the next step inside of the transaction
            data, meta = {"data": {**transaction(charge), **meta}}, {}
        if row.get("bare") and charge.state != "declined":  # and some tell nothing else
            data = {}
        return Answer(200, {**success("Charge initiated"), **data, **meta})

    def charge_token(self, request: Request, book: Book) -> Answer:
        """`POST /v3/tokenized-charges`: nobody is asked."""
        body = checked(request, tables()["members"]["tokenized"])
        token = book.get("token", str(body["token"]))
        if token is None:
            refuse(400, "Wrong token or email passed")
        if token["email"] != body["email"]:
            refuse(400, "Wrong token or email passed")
        be_new(book, body)
        row = {"payment_type": "card", "auth_model": "noauth", "mode": ""}
        charge = self.begin(book, fresh(body, "card", row), asks_shopper=False)
        return Answer(200, {**success("Charge successful"), "data": transaction(charge)})

    def verify_by_reference(self, request: Request, book: Book) -> Answer:
        """`GET /v3/transactions/verify_by_reference?tx_ref=`."""
        found = book.charges_named(str(request.query.get("tx_ref", "")))
        if not found or not was_tried(found[-1]):
            refuse(400, "No transaction was found for this id")
        return fetched(book, found[-1])

    def verify(self, request: Request, book: Book, transaction: str) -> Answer:
        """`GET /v3/transactions/{id}/verify`."""
        return fetched(book, existing(book, transaction))

    def returns(self, charge: Charge) -> str:
        """Back to the shop with what became of the payment, in the browser's own words."""
        url = charge.data["redirect_url"]
        if not url or (charge.data["mode"] != "redirect" and not charge.data["hosted"]):
            return ""
        told = {"status": "cancelled", "tx_ref": charge.reference}
        if was_tried(charge):
            status = STATUSES.get(charge.state, "failed")
            told = {**told, "status": status, "transaction_id": charge.id}
        return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}"

    # Refunds.

    def refund(self, request: Request, book: Book, transaction: str) -> Answer:
        """`POST /v3/transactions/{id}/refund`."""
        body = checked(request, tables()["members"]["refund"])
        charge = existing(book, transaction)
        left = charge.captured - charge.refunded
        amount = amount_of(body["amount"], charge.currency) if "amount" in body else left
        refund, comment = str(new_id()), str(body.get("comments", ""))
        try:
            made = self.give_back(book, charge, refund, comment, amount)
        except TooMuch:
            refuse(400, "Refund amount is greater than the amount that can be refunded")
        except WrongState:
            refuse(400, "Transaction has not been completed")
        book.put("refunded", refund, {"transaction": charge.id}, charge.id)
        told = {"account_id": 20937, "tx_id": int(charge.id), "wallet_id": 74639}
        data = refund_object(charge, made) | told | {"destination": "payment_source"}
        data.pop("comment")
        return Answer(200, {**success("Transaction refund initiated"), "data": data})

    def list_refunds(self, request: Request, book: Book) -> Answer:
        """`GET /v3/refunds?id=`: of one transaction."""
        charge = existing(book, str(request.query.get("id", "")))
        found = [refund_object(charge, one) for one in book.find("refund", charge.id)]
        page = {"page_info": {"total": len(found), "current_page": 1, "total_pages": 1}}
        return Answer(200, {**success("Refunds fetched"), "meta": page, "data": found})

    def show_refund(self, request: Request, book: Book, refund: str) -> Answer:
        """`GET /v3/refunds/{id}`."""
        about, made = book.get("refunded", refund), book.get("refund", refund)
        if about is None or made is None:
            refuse(400, "No refund was found for this id")
        data = refund_object(existing(book, about["transaction"]), made)
        return Answer(200, {**success("Refund fetched"), "data": data})

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """`charge.completed`, of a yes as of a no."""
        if what == "captured" and charge.data["payment_type"] == "card":
            token = charge.data.setdefault("token", f"flw-t1nf-{secrets.token_hex(16)}-m03k")
            if book.get("token", token) is None:
                book.put("token", token, {"email": charge.data["customer"]["email"]})
        if what not in ("captured", "declined") or not was_tried(charge):
            return
        kind = f"{charge.data['payment_type'].upper()}_TRANSACTION"
        data = without_token(transaction(charge))
        body = {"event": "charge.completed", "data": data, "event.type": kind}
        book.tell(charge, "charge.completed", {"body": orjson.dumps(body).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event with the account's secret hash."""
        headers = {
            "content-type": "application/json",
            "verif-hash": account.credentials["secret_hash"],
        }
        return Post(headers, delivery.message["body"].encode())


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/flutterwave.json`."""
    path = Path(__file__).parents[1] / "data" / "flutterwave.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def success(message: str) -> dict[str, Any]:
    return {"status": "success", "message": message}


def error(status: int, message: str) -> Answer:
    """Flutterwave's error."""
    return Answer(status, {"status": "error", "message": message, "data": None})


def refuse(status: int, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, message))


def new_id() -> int:
    return 10**9 + secrets.randbelow(9 * 10**9)


def checked(request: Request, members: Mapping[str, Any]) -> dict[str, Any]:
    """The body, when it has what the call needs and nothing that nobody documented."""
    body = exact(request)
    if not isinstance(body, dict):
        refuse(400, "Invalid request body")
    for member in members["required"]:
        if body.get(member) in (None, ""):
            refuse(400, f"{member} is required")
    known = {*members["required"], *members["optional"]}
    for member in body:
        if member not in known:
            refuse(400, f"{member} is not allowed")
    return body


def be_new(book: Book, body: Mapping[str, Any]) -> None:
    """Refuse a reference that was used before."""
    if book.charges_named(str(body["tx_ref"])):
        refuse(400, "Duplicate transaction reference")


def amount_of(value: Any, currency: str) -> int:
    """A sum in minor units."""
    try:
        found = minor(value, currency)
    except (ValueError, KeyError):
        found = 0
    if found <= 0:
        refuse(400, "amount is invalid")
    return found


def customer(given: Mapping[str, Any]) -> dict[str, Any]:
    phone = given.get("phone_number") or given.get("phonenumber") or ""
    name = given.get("fullname") or given.get("name") or "Anonymous customer"
    return {"id": new_id(), "phone_number": phone, "name": name, "email": given["email"]}


def fresh(body: Mapping[str, Any], method: str, row: Mapping[str, Any]) -> Charge:
    """A charge for a body that was found right."""
    amount = amount_of(body["amount"], body["currency"])
    data = {
        "hosted": False,
        "mode": row["mode"],
        "flw_ref": f"FLW-MOCK-{secrets.token_hex(16)}",
        "payment_type": row["payment_type"],
        "auth_model": row["auth_model"],
        "redirect_url": body.get("redirect_url", ""),
        "customer": customer(body) if "email" in body else {},
        "bank": body.get("account_bank", ""),
    }
    return Charge(
        str(new_id()), amount, body["currency"], method, "", by_amount(amount).name,
        str(body["tx_ref"]), [str(body["tx_ref"])], data=data,
    )  # fmt: skip


def was_tried(charge: Charge) -> bool:
    """Whether there is a transaction: not before the shopper pressed pay on the page."""
    turned_away = charge.data.get("decline") == "shopper_canceled"
    return not charge.data["hosted"] or not (charge.state == "action" or turned_away)


def existing(book: Book, transaction_id: str) -> Charge:
    """The account's transaction; refuses an id nobody knows."""
    charge = book.charge(transaction_id)
    if charge is None or not was_tried(charge):
        refuse(400, "No transaction was found for this id")
    return charge


def linked(charge: Charge) -> Answer:
    return Answer(200, {**success("Hosted Link"), "data": {"link": page_url(charge)}})


def fetched(book: Book, charge: Charge) -> Answer:
    return Answer(200, {**success("Transaction fetched successfully"), "data": transaction(charge)})


def authorization(charge: Charge) -> dict[str, Any]:
    """What the shopper must do."""
    mode, amount = charge.data["mode"], number(charge.amount, charge.currency)
    if mode == "banktransfer":
        return {
            "transfer_reference": f"MockFLWRef-{charge.id}",
            "transfer_account": "0067100155",
            "transfer_bank": "Mock Bank",
            "account_expiration": 1_893_456_000_000,
            "transfer_note": "Mock note",
            "transfer_amount": amount,
            "mode": mode,
        }
    if mode == "ussd":
        return {"mode": mode, "note": f"*{charge.data['bank']}*002*{charge.id}#"}
    if mode == "callback":
        return {"mode": mode, "redirect_url": None}
    return {"mode": mode, "redirect": page_url(charge)}


def transaction(charge: Charge) -> dict[str, Any]:
    """A transaction as it is shown and told."""
    amount = number(charge.amount, charge.currency)
    status = STATUSES.get(charge.state, "failed")
    no = tables()["declines"].get(charge.data.get("decline", ""), "Declined")
    responses = {"successful": "Approved by Financial Institution", "failed": no}
    card = {"first_6digits": "553188", "last_4digits": "2950", "issuer": "MASTERCARD CREDIT",
            "country": "NG", "type": "MASTERCARD", "expiry": "09/32"}  # fmt: skip
    token = charge.data.get("token")
    shown = {
        "id": int(charge.id),
        "tx_ref": charge.reference,
        "flw_ref": charge.data["flw_ref"],
        "device_fingerprint": "N/A",
        "amount": amount,
        "currency": charge.currency,
        "charged_amount": amount,
        "app_fee": 0,
        "merchant_fee": 0,
        "processor_response": responses.get(status, "Transaction in progress"),
        "auth_model": charge.data["auth_model"],
        "ip": "54.75.161.64",
        "narration": "Caravel sandbox",
        "status": status,
        "payment_type": charge.data["payment_type"],
        "created_at": charge.created_at.isoformat() if charge.created_at else "",
        "account_id": 20937,
        "customer": charge.data["customer"],
    }
    return shown | ({"card": {**card, "token": token}} if token else {})


def without_token(shown: dict[str, Any]) -> dict[str, Any]:
    """A webhook tells no token; who wants it asks for the transaction."""
    card = {name: one for name, one in shown.get("card", {}).items() if name != "token"}
    return shown | ({"card": card} if card else {})


def refund_object(charge: Charge, made: Thing) -> dict[str, Any]:
    """A refund."""
    words = {"succeeded": "completed", "pending": "pending", "failed": "failed"}
    return {
        "id": int(made["id"]),
        "amount_refunded": number(made["amount"], charge.currency),
        "status": words[made["status"]],
        "flw_ref": charge.data["flw_ref"],
        "comment": made["reference"],
        "transaction_id": int(charge.id),
        "meta": {"source": "availablebalance"},
        "created_at": charge.created_at.isoformat() if charge.created_at else "",
    }
