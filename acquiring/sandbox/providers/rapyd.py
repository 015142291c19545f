"""Rapyd's sandbox: payments of every kind, captures, refunds, signed calls and webhooks.

Every call is signed with a time that is at most a minute off. A card's no is HTTP 400 with the
failed payment; only cards can be held, and are captured once.

Sources: docs.rapyd.net/en: request-signatures, webhook-authentication, create-payment,
create-payment-error-examples, payment-method-type, list-refunds-by-payment-id, payment and refund
webhooks, dispute-created-webhook; recorded answers of activemerchant (MIT).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from acquiring.core import clock
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.decimals import exact, minor
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.rapyd_objects import (
    dispute_object,
    error,
    failure,
    payment_object,
    refund_object,
    refuse,
    success,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Request

PAYMENTS = "/v1/payments"
CARD = re.compile(r"[a-z]{2}_(visa|mastercard|amex)_card")
MOST_SECONDS_OFF = 60
EVENTS = {
    "authorized": "PAYMENT_SUCCEEDED",
    "captured": "PAYMENT_COMPLETED",
    "capture": "PAYMENT_CAPTURED",
    "declined": "PAYMENT_FAILED",
    "canceled": "PAYMENT_CANCELED",
    "expired": "PAYMENT_EXPIRED",
}


class Rapyd(Ordinary):
    """Rapyd, as far as a payment needs it."""

    name = "rapyd"
    title = "Rapyd"
    key_credential = "access_key"
    routes = (
        ("POST", PAYMENTS, "create"),
        ("GET", PAYMENTS, "find"),
        ("GET", f"{PAYMENTS}/{{payment}}", "show"),
        ("DELETE", f"{PAYMENTS}/{{payment}}", "cancel"),
        ("POST", f"{PAYMENTS}/{{payment}}/capture", "capture"),
        ("POST", "/v1/refunds", "refund"),
        ("GET", "/v1/refunds", "find_refunds"),
        ("GET", "/v1/refunds/{refund}", "show_refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published cards that are declined."""
        cards = tables()["test_cards"]
        return [(f"card `{number}`", f"`ERROR_PROCESSING_CARD - [{cards[number]}]`")
                for number in cards]  # fmt: skip

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The two keys that sign."""
        return {
            "access_key": f"rak_{secrets.token_hex(10).upper()}",
            "secret_key": f"rsk_{secrets.token_hex(32)}",
        }

    def authenticate(self, request: Request) -> Account:
        """By the access key and a fresh signature made with the secret one."""
        account = account_by_key(self.name, request.headers.get("access_key", ""))
        if account is None:
            refuse(401, "UNAUTHORIZED_API_CALL", "")
        salt, time = request.headers.get("salt", ""), request.headers.get("timestamp", "")
        target = request.path + (f"?{request.query_string}" if request.query_string else "")
        wanted = signature(account, f"{request.method.lower()}{target}", salt, time, request.body)
        given = request.headers.get("signature", "")
        if not hmac.compare_digest(wanted.encode(), given.encode()) or not 8 <= len(salt) <= 16:
            refuse(401, "UNAUTHENTICATED_API_CALL", "")
        moments = (clock.now(), account.now())
        sent = int(time) if time.isdigit() else 0
        if all(abs(int(now.timestamp()) - sent) > MOST_SECONDS_OFF for now in moments):
            refuse(401, "UNAUTHENTICATED_API_CALL", "")
        return account

    def idempotency_key(self, request: Request) -> str:
        """A header of calls that create something."""
        return request.headers.get("idempotency", "") if request.method == "POST" else ""

    def mismatch(self, request: Request) -> Answer:
        """The key belongs to another body."""
        return error(400, "INVALID_IDEMPOTENCY_KEY", "The key was used with another request.")

    def busy(self, request: Request) -> Answer:
        """The key is in use at this moment."""
        return error(409, "INVALID_IDEMPOTENCY_KEY", "A request with this key is being processed.")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "NOT_FOUND", f"No such path: {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "ERROR_INVALID_REQUEST", reason)

    def broken(self, request: Request) -> Answer:
        """Rapyd's own trouble."""
        return error(500, "INTERNAL_ERROR", "")

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /v1/payments`."""
        body = checked(request, "Payment")
        method = body.get("payment_method") or {}
        kind = method.get("type", "")
        is_card = bool(CARD.fullmatch(kind))
        card = {"kind": "card", "refundable": True}
        row: dict[str, Any] | None = card if is_card else tables()["types"].get(kind)
        if row is None:
            refuse(400, "ERROR_CREATE_PAYMENT", f"The type {kind} is not available.")
        if row.get("currency", body["currency"]) != body["currency"]:
            refuse(400, "ERROR_CREATE_PAYMENT", f"{kind} does not take {body['currency']}.")
        manual = body.get("capture") is False
        if manual and not is_card:
            refuse(400, "ERROR_CREATE_PAYMENT", "Only cards can be captured later.")
        if row["kind"] == "redirect" and not body.get("complete_payment_url"):
            refuse(400, "ERROR_CREATE_PAYMENT", "complete_payment_url is required.")
        fields = method.get("fields", {})
        check_fields(row["kind"], fields, body, book.now)
        charge = fresh(body, book, row)
        by_card = tables()["test_cards"].get(fields.get("number", ""))
        if by_card:
            charge.scenario, charge.data["network"] = "decline:generic_decline", by_card
        elif body.get("payment_method_options", {}).get("3d_required") and is_card:
            charge.scenario = "three_ds_challenge"
        asks = row["kind"] in ("redirect", "code", "transfer", "qr")
        charge.page = page_of(row["kind"])
        self.begin(book, charge, asks_shopper=asks, is_card=is_card, manual=manual)
        if charge.state == "declined" and is_card:
            code, _, message = failure(charge)
            return error(400, code, message, payment_object(charge))
        return success(payment_object(charge))

    def find(self, request: Request, book: Book) -> Answer:
        """`GET /v1/payments?merchant_reference_id=`."""
        found = book.charges_named(str(request.query.get("merchant_reference_id", "")))
        return success([payment_object(one) for one in found])

    def show(self, request: Request, book: Book, payment: str) -> Answer:
        """`GET /v1/payments/{id}`."""
        return success(payment_object(existing(book, payment)))

    def cancel(self, request: Request, book: Book, payment: str) -> Answer:
        """`DELETE /v1/payments/{id}`: what is active only."""
        charge = existing(book, payment)
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(400, "ERROR_CANCEL_PAYMENT", "The payment is not active.")
        return success(payment_object(charge))

    def capture(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /v1/payments/{id}/capture`: once, for the sum or less."""
        body, charge = checked(request, "Capture"), existing(book, payment)
        amount = amount_of(body, charge.currency, charge.amount)
        if charge.plan.capture == "fail":
            refuse(400, "ERROR_CAPTURE_PAYMENT", "The capture was refused.")
        made = f"capture_{uuid.uuid4().hex}"
        try:
            self.take(book, charge, made, made, amount, last=True)
        except TooMuch:
            refuse(400, "ERROR_CAPTURE_PAYMENT", "The amount is greater than what is held.")
        except WrongState:
            refuse(400, "ERROR_CAPTURE_PAYMENT", "The payment is not waiting for its capture.")
        return success(payment_object(charge))

    def returns(self, charge: Charge) -> str:
        """The page for success or for failure."""
        failed = charge.state in ("declined", "expired", "canceled")
        return str(charge.data["error_url" if failed else "complete_url"])

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """`POST /v1/refunds`."""
        body = checked(request, "Refund")
        charge = existing(book, str(body["payment"]))
        if not charge.data["refundable"]:
            refuse(400, "ERROR_CREATE_REFUND", "The payment method cannot be refunded.")
        if body.get("currency", charge.currency) != charge.currency:
            refuse(400, "ERROR_CREATE_REFUND", "The currency is not that of the payment.")
        amount = amount_of(body, charge.currency, charge.captured - charge.refunded)
        refund, reference = f"refund_{uuid.uuid4().hex}", body.get("merchant_reference_id", "")
        try:
            made = self.give_back(book, charge, refund, reference, amount)
        except TooMuch:
            refuse(400, "ERROR_CREATE_REFUND", "The amount is greater than what can be refunded.")
        except WrongState:
            refuse(400, "ERROR_CREATE_REFUND", "The payment was not completed.")
        book.put("refunded", refund, {"payment": charge.id}, charge.id)
        return success(refund_object(charge, made))

    def find_refunds(self, request: Request, book: Book) -> Answer:
        """`GET /v1/refunds?payment=`."""
        charge = existing(book, str(request.query.get("payment", "")))
        return success([refund_object(charge, one) for one in book.find("refund", charge.id)])

    def show_refund(self, request: Request, book: Book, refund: str) -> Answer:
        """`GET /v1/refunds/{id}`."""
        about, made = book.get("refunded", refund), book.get("refund", refund)
        if about is None or made is None:
            refuse(400, "ERROR_GET_REFUND", "No such refund.")
        return success(refund_object(existing(book, about["payment"]), made))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event about the payment, a refund or a dispute."""
        now = int(book.now.timestamp())
        if what == "disputed":
            kind, data = "PAYMENT_DISPUTE_CREATED", dispute_object(charge, now)
        elif what == "refund":
            assert thing is not None
            failed = thing["status"] == "failed"
            kind, data = (
                "REFUND_FAILED" if failed else "REFUND_COMPLETED",
                refund_object(charge, thing),
            )
        elif what in EVENTS:
            kind = EVENTS[what]
            data = payment_object(charge) | {"capture": not charge.data["manual"]}
        else:
            return
        body = {
            "id": f"wh_{uuid.uuid4().hex}",
            "type": kind,
            "data": data,
            "trigger_operation_id": str(uuid.uuid4()),
            "status": "NEW",
            "created_at": now,
            "extended_timestamp": now * 1000,
        }
        book.tell(charge, kind, {"body": orjson.dumps(body).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, signed for the address it goes to."""
        body = delivery.message["body"].encode()
        salt, time = secrets.token_hex(6), str(int(now.timestamp()))
        proof = signature(account, account.webhook_url, salt, time, body)
        headers = {"content-type": "application/json", "salt": salt, "timestamp": time}
        return Post({**headers, "signature": proof}, body)


def signature(account: Account, target: str, salt: str, time: str, body: bytes) -> str:
    """Base64 of the hex of an HMAC over what is called, when, by whom, and what is said."""
    key, secret = account.credentials["access_key"], account.credentials["secret_key"]
    signed = f"{target}{salt}{time}{key}{secret}".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is as documented; refuses naming the first fault."""
    body = exact(request)
    for fault in load("rapyd").faults(structure, body):
        where = ".".join(filter(None, (fault.structure, fault.member)))
        refuse(400, "ERROR_INVALID_REQUEST", f"{where}: {fault.kind}")
    return dict(body)


def amount_of(body: Mapping[str, Any], currency: str, otherwise: int) -> int:
    """A sum in minor units."""
    if "amount" not in body:
        return otherwise
    try:
        return minor(body["amount"], currency)
    except (ValueError, KeyError):
        refuse(400, "ERROR_INVALID_REQUEST", "The amount is not valid.")


def check_fields(
    kind: str, fields: Mapping[str, Any], body: Mapping[str, Any], now: datetime
) -> None:
    """Refuse fields that are missing for the kind of method, and a card that has expired."""
    wanted = {
        "card": ("number", "expiration_month", "expiration_year", "name"),
        "debit": ("first_name", "last_name", "account_number", "routing_number"),
    }.get(kind, ())
    for name in wanted:
        if not fields.get(name):
            refuse(400, f"MISSING_PAYMENT_METHOD_REQUIRED_FIELD - [{name.upper()}]", "")
    if kind != "card":
        return
    if not fields.get("cvv") and not body.get("initiation_type"):
        refuse(400, "MISSING_PAYMENT_METHOD_REQUIRED_FIELD - [CVV]", "")
    expires = f"20{fields['expiration_year'][-2:]}-{fields['expiration_month']}"
    if expires < f"{now:%Y-%m}":
        refuse(400, "ERROR_CARD_INFORMATION_NOT_VALID", "The card has expired.")


def page_of(kind: str) -> str:
    """The page on which the shopper answers."""
    return {"card": "three_ds", "redirect": "wallet"}.get(kind, "counter")


def fresh(body: Mapping[str, Any], book: Book, row: Mapping[str, Any]) -> Charge:
    """A charge for a payment that was found right."""
    amount = amount_of(body, body["currency"], 0)
    if amount <= 0:
        refuse(400, "ERROR_INVALID_REQUEST", "The amount must be greater than zero.")
    kind, fields = body["payment_method"]["type"], body["payment_method"].get("fields", {})
    method = {"id": None, "type": kind, "category": kind.rpartition("_")[2], "metadata": None}
    if row["kind"] == "card":
        method |= {"last4": fields["number"][-4:], "name": fields["name"], "cvv_check": "pass"}
        method["network_reference_id"] = secrets.token_hex(8)
    data = {
        "kind": row["kind"],
        "refundable": row["refundable"],
        "method": method,
        "value": str(10**11 + secrets.randbelow(9 * 10**11)),
        "description": body.get("description", ""),
        "complete_url": body.get("complete_payment_url", ""),
        "error_url": body.get("error_payment_url", ""),
        "initiation": body.get("initiation_type", "customer_present"),
        "metadata": body.get("metadata", {}),
        "created": int(book.now.timestamp()),
    }
    reference = body.get("merchant_reference_id", "")
    return Charge(
        f"payment_{uuid.uuid4().hex}", amount, body["currency"], kind, "", by_amount(amount).name,
        reference, [reference] if reference else [], data=data,
    )  # fmt: skip


def existing(book: Book, payment: str) -> Charge:
    """The account's payment; refuses an id nobody knows."""
    charge = book.charge(payment)
    if charge is None:
        refuse(400, "ERROR_GET_PAYMENT", "No such payment.")
    return charge
