"""Xendit's test mode: payment requests, their payments, refunds, and webhooks with a fixed token.

A channel wants its own properties and takes sums between its limits in the currency of its
country. Only CARDS can be held; its reference must be new. A refund is PENDING at first and told
afterwards. An authorized request keeps that status: what became of it is told by its payment.

Sources: docs.xendit.co/apidocs (version 2024-11-11: create, get, cancel and simulate payment
request, get, capture and cancel payment, refund, the webhooks), docs/available-payment-methods,
docs/cards-simulate-card-scenarios; xendit-python 7 (MIT) for lists and the idempotency key.
"""

from __future__ import annotations

import base64
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
from acquiring.sandbox.parts.xendit_objects import (
    dispute_object,
    error,
    payment_object,
    refund_object,
    refuse,
    request_object,
    shown,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

REQUESTS, PAYMENTS = "/v3/payment_requests", "/v3/payments"
EVENTS = {
    "authorized": "payment.authorization",
    "captured": "payment.capture",
    "capture": "payment.capture",
    "declined": "payment.failure",
}


class Xendit(Ordinary):
    """Xendit, as far as a payment needs it."""

    name = "xendit"
    title = "Xendit"
    key_credential = "secret_key"
    refunds_later = True
    routes = (
        ("POST", REQUESTS, "create"),
        ("GET", REQUESTS, "find"),
        ("GET", f"{REQUESTS}/{{request_id}}", "show"),
        ("POST", f"{REQUESTS}/{{request_id}}/cancel", "cancel"),
        ("POST", f"{REQUESTS}/{{request_id}}/simulate", "simulate"),
        ("GET", f"{PAYMENTS}/{{payment_id}}", "show_payment"),
        ("POST", f"{PAYMENTS}/{{payment_id}}/capture", "capture"),
        ("POST", f"{PAYMENTS}/{{payment_id}}/cancel", "release"),
        ("POST", "/refunds", "refund"),
        ("GET", "/refunds", "find_refunds"),
        ("GET", "/refunds/{refund_id}", "show_refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published amounts that make a card fail."""
        amounts = tables()["test_amounts"]
        return [(f"card amount `{amount}`", f"`{code}`") for amount, code in amounts.items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A secret key and the token that webhooks carry."""
        return {
            "secret_key": f"xnd_development_{secrets.token_urlsafe(32)}",
            "callback_token": secrets.token_urlsafe(32),
        }

    def authenticate(self, request: Request) -> Account:
        """By the secret key as the user of basic authentication."""
        kind, _, pair = request.headers.get("authorization", "").partition(" ")
        try:
            key = base64.b64decode(pair, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
        account = account_by_key(self.name, key) if kind == "Basic" and key else None
        if account is None:
            refuse(401, "INVALID_API_KEY", "API key is not authorized for this API service")
        return account

    def idempotency_key(self, request: Request) -> str:
        """A header of calls that create something."""
        return request.headers.get("idempotency-key", "") if request.method == "POST" else ""

    def mismatch(self, request: Request) -> Answer:
        """The key belongs to another body."""
        return error(409, "IDEMPOTENCY_ERROR", "The idempotency key was used with another body.")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "DATA_NOT_FOUND", f"No such path: {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "API_VALIDATION_ERROR", reason)

    def broken(self, request: Request) -> Answer:
        """Xendit's own trouble."""
        return error(500, "SERVER_ERROR", "An unexpected error occured.")

    # Payment requests.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /v3/payment_requests`."""
        body = checked(request, "PaymentRequest")
        if request.headers.get("api-version") != "2024-11-11":
            refuse(400, "API_VALIDATION_ERROR", "api-version header is required")
        code, properties = body.get("channel_code", ""), body.get("channel_properties", {})
        is_card = code == "CARDS"
        amount = amount_of(body, "request_amount")
        channel = check_channel(body, amount)
        manual = body.get("capture_method") == "MANUAL"
        if manual and not is_card:
            refuse(400, "INVALID_VALUE_ERROR", f"{code} does not support capture_method MANUAL")
        token = check_token(body, book)
        if is_card:
            check_card(properties, token, book.now)
            if book.charges_named(body["reference_id"]):
                refuse(409, "DUPLICATE_ERROR", "reference_id was used before")
        charge = fresh(body, book, channel, amount, token)
        if is_card:
            asks, page = False, "three_ds"
            by_test = tables()["test_amounts"].get(str(body["request_amount"]))
            charge.scenario = f"decline:{by_test}" if by_test else charge.scenario
        else:
            asks, page = not token, "counter" if channel["flow"] != "REDIRECT" else "bank"
        charge.page = page
        self.begin(book, charge, asks_shopper=asks, is_card=is_card, manual=manual,
                   expires_after=timedelta(hours=48))  # fmt: skip
        return Answer(201, request_object(charge))

    def find(self, request: Request, book: Book) -> Answer:
        """`GET /v3/payment_requests?reference_id=`."""
        found = book.charges_named(str(request.query.get("reference_id", "")))
        return Answer(200, {"data": [request_object(one) for one in found], "has_more": False})

    def show(self, request: Request, book: Book, request_id: str) -> Answer:
        """`GET /v3/payment_requests/{id}`."""
        return Answer(200, request_object(existing(book, request_id)))

    def cancel(self, request: Request, book: Book, request_id: str) -> Answer:
        """`POST /v3/payment_requests/{id}/cancel`: the customer can no longer pay."""
        charge = existing(book, request_id)
        if charge.state not in ("action", "pending"):
            refuse(400, "INACTIVE_PAYMENT_REQUEST", "Payment request is already inactive.")
        self.let_go(book, charge)
        return Answer(200, request_object(charge))

    def simulate(self, request: Request, book: Book, request_id: str) -> Answer:
        """`POST /v3/payment_requests/{id}/simulate`: test mode pays for the customer."""
        charge = existing(book, request_id)
        if charge.state not in ("action", "pending"):
            refuse(400, "INACTIVE_PAYMENT_REQUEST", "Payment request is already inactive.")
        self.advance(book, charge, "approve")
        book.save(charge)
        return Answer(200, {"status": "PENDING", "message": "Payment is being simulated."})

    def returns(self, charge: Charge) -> str:
        """The page for success or for failure."""
        failed = charge.state in ("declined", "expired", "canceled")
        name = "failure_return_url" if failed else "success_return_url"
        return str(charge.data["properties"].get(name, ""))

    # Payments.

    def show_payment(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`GET /v3/payments/{id}`."""
        return Answer(200, payment_object(by_payment(book, payment_id)))

    def capture(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`POST /v3/payments/{id}/capture`: once, for the sum or less."""
        body, charge = checked(request, "Capture"), by_payment(book, payment_id)
        amount = amount_of({**body, "currency": charge.currency}, "capture_amount")
        if charge.plan.capture == "fail":
            refuse(400, "TEMPORARILY_UNAVAILABLE", "Requested feature is unavailable.")
        made = f"cap-{uuid.uuid4()}"
        one = {"capture_timestamp": shown(book.now), "capture_id": made, "capture_amount": amount}
        charge.data["captures"] = [one]
        try:
            self.take(book, charge, made, made, amount, last=True)
        except TooMuch as over:
            refuse(400, "CAPTURE_AMOUNT_EXCEEDED", f"At most {over.left} can be captured.")
        except WrongState:
            refuse(400, "INELIGIBLE_TRANSACTION_STATUS", "Payment is not AUTHORIZED.")
        return Answer(200, payment_object(charge))

    def release(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`POST /v3/payments/{id}/cancel`: only of what is AUTHORIZED."""
        charge = by_payment(book, payment_id)
        if charge.state != "authorized":
            refuse(400, "INELIGIBLE_TRANSACTION_STATUS", "Payment is not AUTHORIZED.")
        self.let_go(book, charge)
        return Answer(200, payment_object(charge))

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """`POST /refunds`."""
        body = checked(request, "Refund")
        charge = existing(book, body["payment_request_id"])
        allowed = charge.data["refund"]
        if body.get("currency", charge.currency) != charge.currency:
            refuse(400, "INVALID_VALUE_ERROR", "currency is not that of the payment")
        left = charge.captured - charge.refunded
        given = {**body, "currency": charge.currency}
        amount = amount_of(given, "amount") if "amount" in body else left
        if allowed == "none":
            refuse(403, "REFUND_NOT_SUPPORTED", "Refund feature is not available.")
        if allowed == "full" and amount != charge.captured:
            refuse(403, "PARTIAL_REFUND_NOT_SUPPORTED", "Partial Refund is not available.")
        refund_id = f"rfd-{uuid.uuid4()}"
        try:
            reference = body.get("reference_id", refund_id)
            made = self.give_back(book, charge, refund_id, reference, amount)
        except TooMuch as over:
            refuse(400, "REFUND_AMOUNT_EXCEEDED", f"At most {over.left} can be refunded.")
        except WrongState:
            refuse(400, "INELIGIBLE_TRANSACTION_STATUS", "Payment has not succeeded.")
        book.put("refunded", refund_id, {"request": charge.id}, charge.id)
        return Answer(200, refund_object(charge, made))

    def find_refunds(self, request: Request, book: Book) -> Answer:
        """`GET /refunds?payment_request_id=`."""
        charge = existing(book, str(request.query.get("payment_request_id", "")))
        found = book.find("refund", charge.id)
        return Answer(200, {"data": [refund_object(charge, one) for one in found]})

    def show_refund(self, request: Request, book: Book, refund_id: str) -> Answer:
        """`GET /refunds/{id}`."""
        about = book.get("refunded", refund_id)
        if about is None:
            refuse(404, "DATA_NOT_FOUND", "Refund not found")
        made = book.get("refund", refund_id) or {}
        return Answer(200, refund_object(existing(book, about["request"]), made))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event about the payment, the request, a refund or a dispute."""
        if what == "authorized":
            charge.data["held"] = True
        if what == "disputed":
            body = dispute_object(charge, book.now)
        elif what == "refund":
            assert thing is not None
            event, data = f"refund.{thing['status']}", refund_object(charge, thing)
            body = {"event": event, "data": data}
        elif what == "expired":
            body = {"event": "payment_request.expiry", "data": request_object(charge)}
        elif what in EVENTS:
            body = {"event": EVENTS[what], "data": payment_object(charge)}
        else:
            return
        told = {"business_id": charge.data["business_id"], "created": shown(book.now)}
        text = orjson.dumps({**told, "api_version": "v3", **body}).decode()
        book.tell(charge, body["event"], {"body": text})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event with the account's token."""
        headers = {
            "content-type": "application/json",
            "x-callback-token": account.credentials["callback_token"],
            "webhook-id": f"wh-{delivery.id}",
        }
        return Post(headers, delivery.message["body"].encode())


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = exact(request)
    for fault in load("xendit").faults(structure, body):
        where = ".".join(filter(None, (fault.structure, fault.member)))
        refuse(400, "API_VALIDATION_ERROR", f"{where}: {fault.kind}")
    return dict(body)


def amount_of(body: Mapping[str, Any], member: str) -> int:
    """A sum in minor units."""
    try:
        return minor(body.get(member), body["currency"])
    except (ValueError, KeyError) as fault:
        raise Refuse(error(400, "API_VALIDATION_ERROR", f"{member}: {fault}")) from fault


def check_channel(body: Mapping[str, Any], amount: int) -> dict[str, Any]:
    """The channel's row for the country; refuses what the channel does not take."""
    code, properties = body.get("channel_code", ""), body.get("channel_properties", {})
    if code == "CARDS":
        return {"flow": "CARDS", "refund": "partial", "save": True}
    channel: dict[str, Any] = tables()["channels"].get(code, {}).get(body["country"], {})
    if not channel or channel["currency"] != body["currency"]:
        refuse(400, "INVALID_VALUE_ERROR", f"{code} is not available for this country or currency")
    if amount < channel["min"] or (channel["max"] and amount > channel["max"]):
        refuse(400, "INVALID_VALUE_ERROR", "request_amount is outside the limits of the channel")
    wanted = {
        "REDIRECT": "success_return_url",
        "ACCOUNT": "display_name",
        "COUNTER": "payer_name",
    }.get(channel["flow"])
    if wanted and not properties.get(wanted):
        refuse(400, "API_VALIDATION_ERROR", f"channel_properties.{wanted} is required")
    if body["type"] == "PAY_AND_SAVE" and not channel["save"]:
        refuse(400, "INVALID_VALUE_ERROR", f"{code} does not support PAY_AND_SAVE")
    return channel


def check_token(body: Mapping[str, Any], book: Book) -> str:
    """The payment token a request is to be paid with, or the one it is to save."""
    token = str(body.get("payment_token_id", ""))
    if token and not book.get("token", token):
        refuse(400, "INVALID_TOKEN", "Payment token ID has expired or has been cancelled.")
    if body["type"] == "PAY_AND_SAVE" and not (body.get("customer") or body.get("customer_id")):
        refuse(400, "API_VALIDATION_ERROR", "customer or customer_id is required")
    return token


def check_card(properties: Mapping[str, Any], token: str, now: datetime) -> None:
    """A card that can be charged at all, unless a token stands for it."""
    card = properties.get("card_details")
    if not card and not token:
        refuse(400, "API_VALIDATION_ERROR", "channel_properties.card_details is required")
    if card and (card["expiry_year"], card["expiry_month"]) < (f"{now:%Y}", f"{now:%m}"):
        refuse(400, "CARD_EXPIRED", "Card expiry should not be earlier than current month.")


def fresh(
    body: Mapping[str, Any], book: Book, channel: Mapping[str, Any], amount: int, token: str
) -> Charge:
    """A charge for a payment request that was found right."""
    properties = dict(body.get("channel_properties", {}))
    if card := properties.pop("card_details", None):
        number = card["card_number"]
        properties["card_details"] = {"masked_card_number": f"{number[:4]}****{number[-4:]}"}
    payment_id = f"py-{uuid.uuid4()}"
    if body["type"] == "PAY_AND_SAVE":
        token = f"pt-{uuid.uuid4()}"
        book.put("token", token, {"channel_code": body["channel_code"]})
    data = {
        "business_id": "5f27a14a9bf05c73dd040bc8",
        "payment_id": payment_id,
        "type": body["type"],
        "country": body["country"],
        "properties": properties,
        "flow": channel["flow"],
        "refund": channel["refund"],
        "value": f"{8808_0000_0000_0000 + secrets.randbelow(10**12)}",
        "description": body.get("description"),
        "metadata": body.get("metadata"),
        "created": shown(book.now),
    }
    if token:
        data["token"] = token
    reference, code = body["reference_id"], body["channel_code"]
    names = [reference, payment_id]
    return Charge(
        f"pr-{uuid.uuid4()}", amount, body["currency"], code, "", by_amount(amount).name,
        reference, names, data=data,
    )  # fmt: skip


def existing(book: Book, request_id: str) -> Charge:
    """The account's payment request; refuses an id nobody knows."""
    charge = book.charge(request_id)
    if charge is None:
        refuse(404, "DATA_NOT_FOUND", "Payment request not found")
    return charge


def by_payment(book: Book, payment_id: str) -> Charge:
    """The charge a payment belongs to."""
    named = book.charges_named(payment_id)
    found = [one for one in named if one.data["payment_id"] == payment_id]
    if not found:
        refuse(404, "DATA_NOT_FOUND", "Payment not found")
    return existing(book, found[0].id)
