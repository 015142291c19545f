"""Omise's test mode: tokens, customers, charges, captures, reversals, refunds, search, events.

The vault's tokens are made with the public key at the same address; they are used once, or given
to a customer. Declines are charges that failed, with HTTP 200; a call that cannot be is HTTP 400
with a code. A key repeats the first answer to it, whatever the body: tokens differ from try to try.
Cards ask their holder where the scenario does; an account here is enrolled in 3-D Secure.

Sources: docs.omise.co (charges, sources, refunds, search, webhooks, testing), the recorded answers
of omise/omise-go (MIT).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.omise_answers import (
    card_object,
    charge_object,
    error,
    expiry,
    flows,
    moment,
    new,
    refund_object,
    refuse,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

TEST_CARDS = {
    "4111111111140011": "decline:insufficient_funds",
    "4111111111130012": "decline:stolen_card",
    "4111111111120013": "decline:processing_error",
    "4111111111110014": "decline:generic_decline",
    "4111111111190016": "decline:suspected_fraud",
    "4111111111180017": "decline:invalid_number",
}
LEAST = {"THB": 2000, "JPY": 100}
COUNTERS = frozenset({"bill_payment_tesco_lotus"})
BANKS = ("internet_banking", "mobile_banking", "fpx", "duitnow_obw", "installment")
KEYS = {
    "pending": "charge.update",
    "authorized": "charge.complete",
    "captured": "charge.complete",
    "declined": "charge.complete",
    "expired": "charge.expire",
    "canceled": "charge.reverse",
}


class Omise(Ordinary):
    """Omise, as far as a payment needs it."""

    name = "omise"
    title = "Omise"
    key_credential = "secret_key"
    routes = (
        ("POST", "/tokens", "tokenize"),
        ("POST", "/customers", "remember"),
        ("POST", "/charges", "create"),
        ("GET", "/charges/{charge_id}", "show"),
        ("GET", "/search", "search"),
        ("POST", "/charges/{charge_id}/capture", "capture"),
        ("POST", "/charges/{charge_id}/reverse", "reverse"),
        ("POST", "/charges/{charge_id}/refunds", "refund"),
        ("GET", "/charges/{charge_id}/refunds", "refunds"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        return [(f"card `{number}`", "declined") for number in TEST_CARDS]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A pair of keys and the secret webhooks are signed with."""
        name = secrets.token_hex(9)
        return {
            "public_key": f"pkey_test_{name}",
            "secret_key": f"skey_test_{name}",
            "webhook_secret": base64.b64encode(secrets.token_bytes(24)).decode(),
        }

    def authenticate(self, request: Request) -> Account:
        """By key, as the user of basic authentication: the public one for tokens."""
        key = basic_user(request)
        wanted = "pkey_" if request.path == "/tokens" else "skey_"
        known = account_by_key(self.name, key.replace("pkey_", "skey_", 1))
        if known is None or not key.startswith(wanted):
            refuse("authentication_failure", "authentication failed", 401)
        return known

    def idempotency_key(self, request: Request) -> str:
        """The key of a POST."""
        return request.headers.get("idempotency-key", "") if request.method == "POST" else ""

    def fingerprint(self, request: Request) -> str:
        """A key stands for its path alone."""
        return hashlib.sha256(request.path.encode()).hexdigest()

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "not_found", "the requested object was not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error(400, "bad_request", reason)

    # Cards.

    def tokenize(self, request: Request, book: Book) -> Answer:
        """A card becomes a token that is good for one use."""
        card = checked(request, "Token")["card"]
        number, year, month = card["number"], card["expiration_year"], card["expiration_month"]
        if not number.isdigit() or not 12 <= len(number) <= 19:
            refuse("invalid_card", "number is invalid")
        if not 1 <= month <= 12 or (year, month) < (book.now.year, book.now.month):
            refuse("invalid_card", "expiration date cannot be in the past")
        token, shown = new("tokn"), card_object(card, new("card"))
        scenario = TEST_CARDS.get(number, "")
        book.put("token", token, {"card": shown, "used": False, "scenario": scenario})
        location = f"/tokens/{token}"
        answer = {"object": "token", "id": token, "livemode": False, "location": location}
        return Answer(200, {**answer, "used": False, "card": shown})

    def remember(self, request: Request, book: Book) -> Answer:
        """A customer who may hold a card."""
        body, customer = checked(request, "Customer"), new("cust")
        kept = use(book, body["card"]) if body.get("card") else {}
        book.put("customer", customer, kept)
        answer = {"object": "customer", "id": customer, "livemode": False}
        card = kept.get("card", {}).get("id")
        return Answer(200, {**answer, "email": body.get("email"), "default_card": card})

    # Charges.

    def create(self, request: Request, book: Book) -> Answer:
        """A charge of a token, a customer's card or a source."""
        charge = fresh(checked(request, "Charge"), book)
        is_card = "card" in charge.data
        asks = not is_card or charge.plan.authentication == "challenge"
        if charge.data["merchant_initiated"]:
            asks = False
        self.begin(
            book,
            charge,
            asks_shopper=asks,
            is_card=is_card and asks,
            manual=charge.data["wants_hold"],
            expires_after=expiry(charge) - book.now,
        )
        return Answer(200, charge_object(charge))

    def show(self, request: Request, book: Book, charge_id: str) -> Answer:
        """A charge by its id."""
        return Answer(200, charge_object(existing(book, charge_id)))

    def search(self, request: Request, book: Book) -> Answer:
        """Charges whose id or metadata hold the text that is looked for."""
        scope, query = request.query.get("scope"), request.query.get("query", "")
        if scope != "charge":
            refuse("bad_request", "scope is invalid")
        found = [charge_object(one) for one in reversed(book.charges_named(query))]
        page = {"object": "search", "scope": scope, "query": query, "page": 1, "total_pages": 1}
        return Answer(200, {**page, "total": len(found), "data": found})

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["return_uri"] or "")

    # Afterwards.

    def capture(self, request: Request, book: Book, charge_id: str) -> Answer:
        """Once, and in part only where the hold was a pre-authorization."""
        body, charge = checked(request, "Capture"), existing(book, charge_id)
        amount = body.get("capture_amount", charge.amount)
        if amount != charge.amount and charge.data["authorization_type"] != "pre_auth":
            refuse("bad_request", "partial capture is not supported for this charge")
        try:
            made = self.take(book, charge, new("trxn"), "", amount, last=True)
        except WrongState:
            refuse("failed_capture", "charge was already captured or cannot be captured")
        except TooMuch:
            refuse("bad_request", "capture_amount must not be greater than the charge amount")
        if made["status"] == "failed":
            raise Refuse(error(400, "failed_capture", "the charge could not be captured"))
        return Answer(200, charge_object(charge))

    def reverse(self, request: Request, book: Book, charge_id: str) -> Answer:
        """Let go of a hold."""
        checked(request, "Reverse")
        charge = existing(book, charge_id)
        if charge.state != "authorized":
            refuse("failed_void", "charge cannot be reversed")
        self.let_go(book, charge)
        return Answer(200, charge_object(charge))

    def refund(self, request: Request, book: Book, charge_id: str) -> Answer:
        """Give back a part or all of what was taken."""
        body, charge = checked(request, "Refund"), existing(book, charge_id)
        if charge.plan.refund == "fail":
            refuse("failed_refund", "the refund was rejected")
        reference = str(body.get("metadata", {}).get("reference", ""))
        try:
            made = self.give_back(book, charge, new("rfnd"), reference, body["amount"])
        except WrongState:
            refuse("failed_refund", "charge cannot be refunded")
        except TooMuch:
            refuse("failed_refund", "refund amount exceeds the refundable amount")
        return Answer(200, refund_object(made, charge))

    def refunds(self, request: Request, book: Book, charge_id: str) -> Answer:
        """A charge's refunds, newest first where it is asked so."""
        charge = existing(book, charge_id)
        found = [refund_object(one, charge) for one in book.find("refund", charge.id)]
        if request.query.get("order") == "reverse_chronological":
            found.reverse()
        return Answer(200, {"object": "list", "total": len(found), "data": found})

    # Events.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the event; a charge in it is shown as it stands."""
        if what == "capture":
            failed = (thing or {}).get("status") == "failed"
            return None if failed else self._queue(book, charge, "charge.capture")
        if what == "refund" and thing:
            return self._queue(book, charge, "refund.create", refund_object(thing, charge))
        if what == "disputed":
            return self._queue(book, charge, "dispute.create", dispute(charge))
        return self._queue(book, charge, KEYS[what])

    def _queue(
        self, book: Book, charge: Charge, key: str, shown: Mapping[str, Any] | None = None
    ) -> None:
        event = {
            "object": "event",
            "id": new("evnt"),
            "livemode": False,
            "key": key,
            "created_at": moment(book.now),
            "data": shown or charge_object(charge),
        }
        book.tell(charge, key, event)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, signed with the time of this delivery."""
        body, time = orjson.dumps(delivery.message), str(int(now.timestamp()))
        key = base64.b64decode(account.credentials["webhook_secret"])
        signature = hmac.new(key, f"{time}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Omise-Signature": signature, "Omise-Signature-Timestamp": time}
        return Post({"Content-Type": "application/json", **headers}, body)


def basic_user(request: Request) -> str:
    """The user of basic authentication; "" where there is none."""
    given = request.headers.get("authorization", "").removeprefix("Basic ")
    try:
        return base64.b64decode(given).decode().partition(":")[0]
    except ValueError:
        return ""


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the documents describe; raises Refuse or Malformed."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("omise").faults(structure, body):
        words = {"missing": "is required", "unknown": "is not a known parameter"}
        refuse("bad_request", f"{fault.member} {words.get(fault.kind, 'is invalid')}")
    return body


def use(book: Book, token: str) -> dict[str, Any]:
    """The card of a token that nobody used yet; raises Refuse."""
    kept = book.get("token", token, lock=True)
    if kept is None:
        refuse("not_found", f"token {token} was not found", 404)
    if kept["used"]:
        refuse("used_token", "token was already used")
    book.change("token", token, {**kept, "used": True})
    return kept


def fresh(body: Mapping[str, Any], book: Book) -> Charge:
    """A charge before its first step."""
    amount, currency = body["amount"], body["currency"].upper()
    if not is_currency(currency):
        refuse("bad_request", "currency is currently not supported")
    if amount < LEAST.get(currency, 1):
        refuse("invalid_amount", "amount must be at least the minimum")
    kept, method = payer(body, book)
    held = body.get("capture") is False
    if held and "card" not in kept:
        refuse("bad_request", "capture must be true for this source")
    if method != "card" and not body.get("return_uri") and flows()[method] != "offline":
        refuse("bad_request", "return_uri is required")
    metadata = body.get("metadata", {})
    names = [one for one in (metadata.get("reference"),) if isinstance(one, str)]
    bank = "bank" if method.startswith(BANKS) else "wallet"
    page = "three_ds" if method == "card" else "counter" if method in COUNTERS else bank
    data = {
        "authorization_type": body.get("authorization_type", "final_auth"),
        "wants_hold": held,
        "merchant_initiated": body.get("transaction_indicator") == "MIT",
        "description": body.get("description"),
        "metadata": metadata,
        "customer": body.get("customer"),
        "return_uri": body.get("return_uri"),
        "source_id": new("src"),
        "number": secrets.token_hex(8),
    }
    return Charge(
        id=new("chrg"),
        amount=amount,
        currency=currency,
        method=method,
        state="pending",
        scenario=kept.get("scenario") or by_amount(amount).name,
        reference=names[0] if names else "",
        names=names,
        page=page,
        data=data | {name: one for name, one in kept.items() if name == "card"},
        created_at=book.now,
    )


def payer(body: Mapping[str, Any], book: Book) -> tuple[dict[str, Any], str]:
    """What pays: a card that a token or a customer stands for, or a source. Raises Refuse."""
    if "source" in body:
        return {}, body["source"]["type"]
    if "customer" in body:
        kept = book.get("customer", body["customer"])
        if kept is None:
            refuse("not_found", f"customer {body['customer']} was not found", 404)
    elif "card" in body:
        kept = use(book, body["card"])
    else:
        refuse("missing_card", "card, customer or source is required")
    if not kept.get("card"):
        refuse("missing_card", "customer has no card")
    return kept, "card"


def existing(book: Book, charge_id: str) -> Charge:
    """A charge by its id; raises Refuse."""
    charge = book.charge(charge_id)
    if charge is None:
        refuse("not_found", f"charge {charge_id} was not found", 404)
    return charge


def dispute(charge: Charge) -> dict[str, Any]:
    """A dispute of all that was taken."""
    return {
        "object": "dispute",
        "id": new("dspt"),
        "livemode": False,
        "amount": charge.captured,
        "currency": charge.currency,
        "status": "open",
        "reason_code": "goods_or_services_not_provided",
        "reason_message": "Services not provided or Merchandise not received",
        "charge": charge.id,
    }
