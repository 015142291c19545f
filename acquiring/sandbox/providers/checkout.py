"""Checkout.com's sandbox: payments, captures, voids, refunds, their list of actions, signed events.

Strangers get 401 and unknown payments 404, both without a body; what a payment's state forbids is
403; what is wrong with a body is 422 with `error_codes`. The shoppers of all local methods but
debits see a page, and cardholders where `3ds.enabled` says so, or where the issuer insists and
`3ds.allow_upgrade` lets it. The capture of a payment that asked for it is told afterwards, as are
all captures, voids and refunds. Answers of 2xx are kept under `Cko-Idempotency-Key`.

Sources: checkout.com/docs (request a payment, idempotency, get a list of payments, webhooks, test
cards), checkout/checkout-sdk-python (MIT), activemerchant's recorded answers (MIT).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.checkout_answers import (
    EVENTS,
    action,
    balances,
    counted,
    event,
    moment,
    new,
    outcome,
    payment,
    refuse,
    scheme,
    source,
    uncounted,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

DEBITS = frozenset({"ach", "sepa"})
BANKS = frozenset("ideal bancontact eps giropay p24 knet benefit qpay trustly postfinance".split())
COUNTERS = frozenset({"fawry", "multibanco"})
TEST_CARDS = {
    "4024007181869214": "decline:do_not_honor",
    "4000300011112220": "decline:generic_decline",
}
CHALLENGED = "4485040371536584"
HOLD = timedelta(days=7)
TOLD = {
    "pending": "payment_pending",
    "authorized": "payment_approved",
    "captured": "payment_approved",
    "declined": "payment_declined",
    "expired": "payment_expired",
    "canceled": "payment_canceled",
}


class Checkout(Ordinary):
    """Checkout.com, as far as a payment needs it."""

    name = "checkout"
    title = "Checkout.com"
    key_credential = "secret_key"
    routes = (
        ("POST", "/payments", "create"),
        ("GET", "/payments", "find"),
        ("GET", "/payments/{payment_id}", "show"),
        ("GET", "/payments/{payment_id}/actions", "actions"),
        ("POST", "/payments/{payment_id}/captures", "capture"),
        ("POST", "/payments/{payment_id}/voids", "void"),
        ("POST", "/payments/{payment_id}/refunds", "refund"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        declined = [(f"card `{number}`", "declined") for number in TEST_CARDS]
        return [*declined, (f"card `{CHALLENGED}`", "3-D Secure asks the shopper")]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A secret key, the channel it is used with, and the key of the account's workflow."""
        return {
            "secret_key": f"sk_sbox_{secrets.token_hex(14)}",
            "processing_channel_id": new("pc"),
            "webhook_key": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By secret key."""
        given = request.headers.get("authorization", "")
        account = account_by_key(self.name, given.removeprefix("Bearer "))
        if account is None:
            raise Refuse(Answer(401))
        return account

    def idempotency_key(self, request: Request) -> str:
        """The key of a POST."""
        key = request.headers.get("cko-idempotency-key", "")
        return key if request.method == "POST" else ""

    def not_found(self, request: Request) -> Answer:
        """No such path, or payment."""
        return Answer(404)

    def mismatch(self, request: Request) -> Answer:
        """Another call came under the key before."""
        return Answer(422, {"error_type": "request_invalid", "error_codes": ["idempotency_key"]})

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        codes = {"error_type": "request_invalid", "error_codes": ["request_body_malformed"]}
        return Answer(422, {"request_id": new("req"), **codes})

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """A payment: 201 with the issuer's answer, 202 with the page that comes first."""
        body = checked(request, "Payment", book)
        charge = fresh(body, book)
        is_card = charge.method == "card"
        asks = charge.method not in DEBITS and not is_card
        if is_card:
            asks = self._asks_cardholder(body, charge)
        manual = not body.get("capture", True)
        if is_card and charge.plan.authentication == "challenge" and not asks:
            charge.scenario = "decline:authentication_required"
        self.begin(
            book, charge, asks_shopper=asks, is_card=is_card, manual=manual, expires_after=HOLD
        )
        return Answer(202 if charge.state in ("action", "pending") else 201, payment(charge, True))

    def _asks_cardholder(self, body: Mapping[str, Any], charge: Charge) -> bool:
        """Whether the cardholder sees a page: the merchant wants it, or the issuer, and may."""
        secure = body.get("3ds", {})
        wanted = charge.plan.authentication == "challenge" or body["source"]["number"] == CHALLENGED
        silent = charge.plan.authentication == "frictionless"
        if body.get("merchant_initiated") or silent:
            return False
        return bool(secure.get("enabled") or (wanted and secure.get("allow_upgrade")))

    def find(self, request: Request, book: Book) -> Answer:
        """The payments of a reference, newest first."""
        reference = request.query.get("reference", "")
        if not reference:
            refuse("reference_required")
        found = [payment(one) for one in reversed(book.charges_named(reference))]
        page = {"limit": 10, "skip": 0, "total_count": len(found), "data": found}
        return Answer(200, page)

    def show(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A payment by its id."""
        return Answer(200, payment(existing(book, payment_id)))

    def actions(self, request: Request, book: Book, payment_id: str) -> Answer:
        """What was done with a payment, newest first."""
        charge = existing(book, payment_id)
        done = [
            action(charge, kind, one)
            for kind in ("refund", "void", "capture")
            for one in reversed(book.find(kind, charge.id))
        ]
        first = {
            "id": charge.data["action_id"],
            "type": "Authorization",
            "processed_on": moment(charge.created_at or book.now),
            "amount": counted(charge.amount, charge.currency),
            "reference": charge.reference,
            **outcome(charge),
        }
        return Answer(200, [*done, first])

    def returns(self, charge: Charge) -> str:
        """The shop's address of success or failure, with the session's id."""
        lost = charge.state in ("declined", "expired", "canceled")
        url = str(charge.data["failure_url" if lost else "success_url"])
        mark = "&" if urlsplit(url).query else "?"
        return f"{url}{mark}cko-session-id={charge.data['session_id']}" if url else ""

    # Afterwards.

    def capture(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A promise to capture; the rest is let go when it is the last."""
        body, charge = checked(request, "Capture", book), existing(book, payment_id)
        left = charge.amount - charge.captured
        amount = self._amount(body, charge, left)
        action_id, last = new("act"), body.get("capture_type", "Final") == "Final"
        try:
            self.take(book, charge, action_id, body.get("reference", ""), amount, last)
        except WrongState:
            raise Refuse(Answer(403)) from None
        except TooMuch:
            refuse("capture_value_greater_than_remaining_authorized")
        return promised(body, action_id)

    def void(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A promise to let go of what is held."""
        body, charge = checked(request, "Void", book), existing(book, payment_id)
        if charge.state != "authorized":
            raise Refuse(Answer(403))
        action_id, reference = new("act"), body.get("reference", "")
        made = {"id": action_id, "reference": reference, "amount": charge.amount}
        charge.data["void"] = made | {"status": "succeeded"}
        try:
            self.let_go(book, charge)
        except WrongState:
            raise Refuse(Answer(403)) from None
        book.put("void", action_id, charge.data["void"], charge.id)
        return promised(body, action_id)

    def refund(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A promise to give back."""
        body, charge = checked(request, "Refund", book), existing(book, payment_id)
        amount = self._amount(body, charge, charge.captured - charge.refunded)
        action_id = new("act")
        try:
            self.give_back(book, charge, action_id, body.get("reference", ""), amount)
        except WrongState:
            raise Refuse(Answer(403)) from None
        except TooMuch:
            refuse("refund_amount_exceeds_balance")
        return promised(body, action_id)

    def _amount(self, body: Mapping[str, Any], charge: Charge, whole: int) -> int:
        return uncounted(body["amount"], charge.currency) if "amount" in body else whole

    # Events.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue what there is to tell; a payment that captures itself is told twice."""
        if what == "disputed":
            self._queue(book, charge, "dispute_received", dispute(book, charge))
        elif thing is not None:
            self._told(book, charge, what, thing)
        elif "void" in charge.data:
            self._told(book, charge, "void", charge.data["void"])
        else:
            known = {**outcome(charge), "source": source(charge), "balances": balances(charge)}
            self._queue(book, charge, TOLD[what], {"action_id": charge.data["action_id"], **known})
        if what == "captured":
            action_id = new("act")
            own = {"id": action_id, "reference": charge.reference, "amount": charge.amount}
            own["status"] = "succeeded"
            book.put("capture", action_id, own, charge.id)
            self._told(book, charge, "capture", own)

    def _told(self, book: Book, charge: Charge, kind: str, one: Mapping[str, Any]) -> None:
        shown = action(charge, kind, one)
        members = {name: shown[name] for name in ("amount", "reference")}
        members |= {"action_id": one["id"], "balances": balances(charge)}
        members |= {name: shown[name] for name in ("response_code", "response_summary")}
        self._queue(book, charge, EVENTS[kind, one["status"]], members)

    def _queue(self, book: Book, charge: Charge, kind: str, members: Mapping[str, Any]) -> None:
        book.tell(charge, kind, event(book, charge, kind, members))

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, with the hash of its bytes under the workflow's key."""
        body = orjson.dumps(delivery.message)
        key = account.credentials["webhook_key"].encode()
        signature = hmac.new(key, body, hashlib.sha256).hexdigest()
        return Post({"Content-Type": "application/json", "Cko-Signature": signature}, body)


def checked(request: Request, structure: str, book: Book) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("checkout").faults(structure, body):
        endings = {"missing": "required", "unknown": "not_supported"}
        refuse(f"{fault.member or fault.structure}_{endings.get(fault.kind, 'invalid')}".lower())
    channel = book.account.credentials["processing_channel_id"]
    if body.get("processing_channel_id", channel) != channel:
        refuse("processing_channel_id_invalid")
    if "processing_channel_id" not in body and structure == "Payment":
        refuse("processing_channel_id_required")
    return body


def fresh(body: Mapping[str, Any], book: Book) -> Charge:
    """A payment before its first step."""
    kind, currency = body["source"]["type"], body["currency"]
    if not is_currency(currency):
        refuse("currency_invalid")
    if body.get("amount", 0) < 1 or body["amount"] > 999_999_999:
        refuse("amount_invalid")
    if kind != "card" and not body.get("capture", True):
        refuse("capture_invalid")
    amount = uncounted(body["amount"], currency)
    scenario = by_amount(amount).name
    data = {
        "action_id": new("act"),
        "session_id": new("sid"),
        "customer": new("cus"),
        "payment_type": body.get("payment_type", "Regular"),
        "metadata": body.get("metadata", {}),
        "success_url": body.get("success_url", ""),
        "failure_url": body.get("failure_url", ""),
    }
    if kind == "card":
        data |= card_of(body["source"], book)
        scenario = TEST_CARDS.get(body["source"]["number"], scenario)
    bank = "bank" if kind in BANKS else "counter" if kind in COUNTERS else "wallet"
    reference = body.get("reference", "")
    return Charge(
        id=new("pay"),
        amount=amount,
        currency=currency,
        method=kind,
        state="pending",
        scenario=scenario,
        reference=reference,
        names=[reference] if reference else [],
        page="three_ds" if kind == "card" else bank,
        data=data,
    )


def card_of(card: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """What is kept of a card, and what its scheme says; refuses one that cannot be."""
    number, month, year = card["number"], card["expiry_month"], card["expiry_year"]
    if not number.isdigit() or not 12 <= len(number) <= 19:
        refuse("card_number_invalid")
    if not 1 <= month <= 12:
        refuse("card_expiry_month_invalid")
    if (year, month) < (book.now.year, book.now.month):
        refuse("card_expired")
    if card.get("cvv") and (not card["cvv"].isdigit() or len(card["cvv"]) < 3):
        refuse("cvv_invalid")
    kept = {"id": new("src"), "scheme": scheme(number), "last4": number[-4:], "bin": number[:6]}
    digits = str(secrets.randbelow(10**15)).zfill(15)
    return {"card": kept, "scheme_id": digits, "auth_code": digits[-6:]}


def existing(book: Book, payment_id: str) -> Charge:
    """A payment by its id; raises Refuse."""
    charge = book.charge(payment_id)
    if charge is None:
        raise Refuse(Answer(404))
    return charge


def promised(body: Mapping[str, Any], action_id: str) -> Answer:
    """What every later operation is answered with."""
    return Answer(202, {"action_id": action_id, "reference": body.get("reference", "")})


def dispute(book: Book, charge: Charge) -> dict[str, Any]:
    """A chargeback of all that was taken."""
    return {
        "id": new("dsp"),
        "category": "fraudulent",
        "status": "evidence_required",
        "amount": counted(charge.captured, charge.currency),
        "reason_code": "10.4",
        "payment_id": charge.id,
        "payment_reference": charge.reference,
        "evidence_required_by": moment(book.now + timedelta(days=14)),
    }
