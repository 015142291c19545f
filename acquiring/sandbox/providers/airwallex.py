"""Airwallex's demo environment: tokens, intents, refunds, signed events.

An intent is created, then confirmed once with a payment method. A `request_id` that was used is
`duplicate_request`. A decline is HTTP 400 with the scheme's code, and the intent waits for another
payment method. Refunds are RECEIVED at first and settle afterwards. In this environment cards are
declined by amounts from 80.00 to 89.99: the cents are the scheme's response code.

Sources: @airwallex/node-sdk 2.0.0-beta.4 (MIT; paths, request models, answers); airwallex.com/docs:
native API, payment statuses, error response codes, test card numbers, webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.core import clock
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.decimals import exact, minor
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.airwallex_objects import (
    attempt_object,
    declined,
    dispute_object,
    error,
    intent_object,
    refund_object,
    refuse,
    shown,
    waiting_intent,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

LOGIN = "/api/v1/authentication/login"
INTENTS, REFUNDS = "/api/v1/pa/payment_intents", "/api/v1/pa/refunds"
GOOD_CARD, RISKY_CARD = "4035501000000008", "4646464646464644"


class Airwallex(Ordinary):
    """Airwallex, as far as a payment needs it."""

    name = "airwallex"
    title = "Airwallex"
    key_credential = "client_id"
    refunds_later = True
    routes = (
        ("POST", LOGIN, "login"),
        ("POST", f"{INTENTS}/create", "create"),
        ("GET", INTENTS, "find"),
        ("GET", f"{INTENTS}/{{intent}}", "show"),
        ("POST", f"{INTENTS}/{{intent}}/confirm", "confirm"),
        ("POST", f"{INTENTS}/{{intent}}/capture", "capture"),
        ("POST", f"{INTENTS}/{{intent}}/cancel", "cancel"),
        ("POST", f"{REFUNDS}/create", "refund"),
        ("GET", REFUNDS, "find_refunds"),
        ("GET", f"{REFUNDS}/{{refund_id}}", "show_refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        return [
            (f"card `{GOOD_CARD}`", "approved, whatever the amount"),
            (f"card `{RISKY_CARD}`", "`risk_declined`"),
            ("any other card and `80.00` to `89.99`", "`issuer_declined`, the cents are the code"),
        ]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A client id, its API key and the secret of the webhook subscription."""
        return {
            "client_id": secrets.token_urlsafe(16),
            "api_key": secrets.token_hex(48),
            "webhook_secret": f"whsec_{secrets.token_urlsafe(24)}",
        }

    def authenticate(self, request: Request) -> Account:
        """By client id and API key at the login, by the token it lent elsewhere."""
        if request.path == LOGIN:
            account = account_by_key(self.name, request.headers.get("x-client-id", ""))
            key = request.headers.get("x-api-key", "")
            if account and hmac.compare_digest(account.credentials["api_key"], key):
                return account
            refuse(401, "credentials_invalid", "UNAUTHORIZED")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        client, _, rest = token.partition("~")
        account = account_by_key(self.name, client) if rest else None
        if account is None or not is_lent(account, rest):
            refuse(401, "unauthorized", "Access denied, authentication failed")
        return account

    def login(self, request: Request, book: Book) -> Answer:
        """`POST /authentication/login`: a token for half an hour."""
        until = clock.now() + timedelta(minutes=30)
        time = str(int(until.timestamp()))
        token = f"{book.account.key}~{time}~{mark(book.account, time)}"
        return Answer(201, {"token": token, "expires_at": shown(until)})

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "not_found", f"The requested endpoint does not exist [{request.path}]")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "validation_error", reason)

    def broken(self, request: Request) -> Answer:
        """Airwallex's own trouble."""
        return error(500, "internal_error", "An internal error was encountered.")

    # Intents.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /pa/payment_intents/create`."""
        body = checked(request, "PaymentIntentCreate", book)
        intent = f"int_{secrets.token_hex(10)}"
        amount = amount_of(body, body["currency"])
        data = {
            "id": intent,
            "request_id": body["request_id"],
            "amount": amount,
            "currency": body["currency"],
            "merchant_order_id": body["merchant_order_id"],
            "metadata": body.get("metadata", {}),
            "return_url": body.get("return_url", ""),
            "created_at": shown(book.now),
        }
        book.put("intent", intent, data)
        return Answer(201, waiting_intent(data))

    def find(self, request: Request, book: Book) -> Answer:
        """`GET /pa/payment_intents?merchant_order_id=`."""
        order = str(request.query.get("merchant_order_id", ""))
        found = book.find("intent", merchant_order_id=order)
        items = [self._intent(book, one["id"]) for one in found]
        return Answer(200, {"items": items, "has_more": False})

    def show(self, request: Request, book: Book, intent: str) -> Answer:
        """`GET /pa/payment_intents/{id}`."""
        return Answer(200, self._intent(book, intent))

    def _intent(self, book: Book, intent: str) -> dict[str, Any]:
        data = known(book, intent)
        charge = book.charge(intent)
        return intent_object(charge) if charge else waiting_intent(data)

    def confirm(self, request: Request, book: Book, intent: str) -> Answer:
        """`POST /pa/payment_intents/{id}/confirm`: the call that pays."""
        data = known(book, intent)
        body = checked(request, "PaymentIntentConfirm", book)
        if book.charge(intent):
            refuse(400, "invalid_status_for_operation", "The intent was confirmed before.")
        method = check_method(body)
        charge = fresh(data, body, method)
        chosen = body.get("payment_method_options", {}).get("card", {})
        is_card = method["type"] == "card"
        manual = is_card and chosen.get("auto_capture") is False
        self.begin(book, charge, asks_shopper=not is_card, is_card=is_card, manual=manual,
                   expires_after=timedelta(hours=24))  # fmt: skip
        return (
            declined(charge) if charge.state == "declined" else Answer(200, intent_object(charge))
        )

    def capture(self, request: Request, book: Book, intent: str) -> Answer:
        """`POST /pa/payment_intents/{id}/capture`: once; the rest of the hold is let go."""
        charge = existing(book, intent)
        body = checked(request, "PaymentIntentCapture", book)
        asked = "amount" in body
        amount = amount_of(body, charge.currency) if asked else charge.amount
        if charge.plan.capture == "fail":
            refuse(400, "provider_declined", "The capture was declined.")
        try:
            self.take(book, charge, body["request_id"], body["request_id"], amount, last=True)
        except TooMuch as over:
            refuse(400, "amount_above_limit", f"The amount is above the limit {over.left}.")
        except WrongState:
            refuse(400, "invalid_status_for_operation", "The intent does not require capture.")
        return Answer(200, intent_object(charge))

    def cancel(self, request: Request, book: Book, intent: str) -> Answer:
        """`POST /pa/payment_intents/{id}/cancel`: before any money was taken."""
        checked(request, "PaymentIntentCancel", book)
        charge = existing(book, intent)
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(400, "invalid_status_for_operation", "The intent cannot be cancelled.")
        return Answer(200, intent_object(charge))

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["return_url"])

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """`POST /pa/refunds/create`."""
        body = checked(request, "RefundCreate", book)
        charge = existing(book, body.get("payment_intent_id", ""))
        left = charge.captured - charge.refunded
        amount = amount_of(body, charge.currency) if "amount" in body else left
        refund_id = f"rfd_{secrets.token_hex(10)}"
        try:
            made = self.give_back(book, charge, refund_id, body["request_id"], amount)
        except TooMuch as over:
            refuse(400, "amount_above_limit", f"The amount is above the limit {over.left}.")
        except WrongState:
            refuse(400, "invalid_status_for_operation", "Nothing was captured.")
        book.put("refunded", refund_id, {"intent": charge.id}, charge.id)
        return Answer(201, refund_object(charge, made))

    def find_refunds(self, request: Request, book: Book) -> Answer:
        """`GET /pa/refunds?payment_intent_id=`."""
        charge = existing(book, str(request.query.get("payment_intent_id", "")))
        items = [refund_object(charge, one) for one in book.find("refund", charge.id)]
        return Answer(200, {"items": items, "has_more": False})

    def show_refund(self, request: Request, book: Book, refund_id: str) -> Answer:
        """`GET /pa/refunds/{id}`."""
        about = book.get("refunded", refund_id)
        if about is None:
            refuse(404, "resource_not_found", f"The Refund with ID {refund_id} cannot be found.")
        made = book.get("refund", refund_id) or {}
        return Answer(200, refund_object(existing(book, about["intent"]), made))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event about the intent, its attempt, a refund or a dispute."""
        names = {
            "pending": "payment_intent.pending",
            "authorized": "payment_intent.requires_capture",
            "captured": "payment_intent.succeeded",
            "capture": "payment_intent.succeeded",
            "canceled": "payment_intent.cancelled",
            "declined": "payment_attempt.authorization_failed",
            "expired": "payment_attempt.expired",
            "disputed": "payment_dispute.requires_response",
        }
        name, subject = names.get(what, ""), intent_object(charge)
        if what in ("declined", "expired"):
            subject = attempt_object(charge)
        if what == "disputed":
            subject = dispute_object(charge, book.now)
        if what == "refund":
            assert thing is not None
            end = {"succeeded": "settled", "failed": "failed"}[thing["status"]]
            name, subject = f"refund.{end}", refund_object(charge, thing)
        body = {
            "id": f"evt_{secrets.token_hex(10)}",
            "name": name,
            "account_id": f"acct_{charge.account}",
            "data": {"object": subject},
            "created_at": shown(book.now),
            "source_id": charge.id,
        }
        book.tell(charge, name, {"body": orjson.dumps(body).decode()})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """HMAC-SHA256 over the time in milliseconds and the body, without a separator."""
        body, time = delivery.message["body"].encode(), str(int(now.timestamp() * 1000))
        key = account.credentials["webhook_secret"].encode()
        made = hmac.new(key, time.encode() + body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-timestamp": time, "x-signature": made}
        return Post(headers, body)


def mark(account: Account, time: str) -> str:
    """What shows that a token was lent to this account until then."""
    key = account.credentials["api_key"].encode()
    return hmac.new(key, time.encode(), hashlib.sha256).hexdigest()


def is_lent(account: Account, rest: str) -> bool:
    """Whether the end of a token is ours and its time has not run out."""
    time, _, sign = rest.partition("~")
    ours = hmac.compare_digest(mark(account, time), sign)
    return ours and int(time) > clock.now().timestamp()


def checked(request: Request, structure: str, book: Book) -> dict[str, Any]:
    """The body, when it is as documented and its request id is new; raises Refuse."""
    body = exact(request)
    for fault in load("airwallex").faults(structure, body):
        where = ".".join(filter(None, (fault.structure, fault.member)))
        refuse(400, "validation_error", f"{where}: {fault.kind}", fault.member)
    used = f"{request.path} {body['request_id']}"
    if book.get("request", used):
        refuse(400, "duplicate_request", "The request ID has been used previously.")
    book.put("request", used, {"path": request.path})
    return dict(body)


def amount_of(body: Mapping[str, Any], currency: str) -> int:
    """A sum in minor units."""
    try:
        amount = minor(body.get("amount"), currency)
    except (ValueError, KeyError) as fault:
        raise Refuse(error(400, "validation_error", f"amount: {fault}", "amount")) from fault
    if amount < 1:
        refuse(400, "validation_error", "amount must be greater than 0", "amount")
    return amount


def check_method(body: Mapping[str, Any]) -> dict[str, Any]:
    """The payment method, whose type names the member that describes it."""
    method: dict[str, Any] = body.get("payment_method") or {}
    kind = method.get("type", "")
    if kind not in load("airwallex").members("PaymentMethod") or kind in ("id", "type"):
        refuse(400, "validation_error", "payment_method.type is not supported", "type")
    if kind not in method:
        refuse(400, "validation_error", f"payment_method.{kind} must be provided", kind)
    if kind == "card" and not method["card"].get("number"):
        refuse(400, "validation_error", "payment_method.card.number must be provided", "number")
    return method


def fresh(data: Mapping[str, Any], body: Mapping[str, Any], method: Mapping[str, Any]) -> Charge:
    """A charge for an intent that is being confirmed."""
    kind, number = method["type"], (method.get("card") or {}).get("number", "")
    amount, currency = data["amount"], data["currency"]
    scenario, issuer = by_amount(amount).name, ""
    if number == RISKY_CARD:
        scenario = "decline:provider_risk_rejected"
    elif number and number != GOOD_CARD and 8000 <= amount <= 8999:
        scenario, issuer = "decline:generic_decline", f"{amount % 100:02d}"
    kept = {
        **data,
        "attempt": f"att_{secrets.token_hex(10)}",
        "return_url": body.get("return_url") or data["return_url"],
        "options": body.get("payment_method_options", {}),
        "last4": number[-4:],
        "issuer": issuer,
        "transaction": secrets.token_hex(8),
        "stated": (method.get(kind) or {}).get("flow", ""),
    }
    page = "three_ds" if kind == "card" else "bank"
    order = data["merchant_order_id"]
    return Charge(
        data["id"], amount, currency, kind, "", scenario, order, [order, kept["attempt"]],
        page=page, data=kept,
    )  # fmt: skip


def known(book: Book, intent: str) -> dict[str, Any]:
    """What an intent was created with; refuses an id nobody knows."""
    data = book.get("intent", intent)
    if data is None:
        refuse(404, "resource_not_found", f"The PaymentIntent with ID {intent} cannot be found.")
    return data


def existing(book: Book, intent: str) -> Charge:
    """The charge of a confirmed intent."""
    known(book, intent)
    charge = book.charge(intent)
    if charge is None:
        refuse(400, "invalid_status_for_operation", "The intent was not confirmed.")
    return charge
