"""KOMOJU's test mode: secure tokens, customers, payments, captures, cancellations, refunds, events.

A secure token whose card has to be authenticated shows the issuer's page; the payment it is made
for exists from then on, unseen, and comes to light when the token pays. A no of the payer's side is
HTTP 502 with its code, and leaves a payment that failed; a call that cannot be is 422.

Sources: doc.komoju.com (payment details, 3-D Secure, errors, webhooks, test inputs), the documents
of komoju/komoju-ruby-sdk, recorded payments of docs.komoju.com.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, first_step, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.komoju_answers import (
    FAILURES,
    OFFLINE,
    error,
    moment,
    new,
    payment_object,
    refund_object,
    refuse,
    token_object,
)
from acquiring.sandbox.providers.omise import basic_user
from acquiring.sandbox.scenarios import by_amount, named
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Request

TEST_CARDS = {
    "4123111111111000": "decline:insufficient_funds",
    "4123111111111018": "decline:amount_limit_exceeded",
    "4123111111111034": "decline:incorrect_cvc",
    "4123111111111042": "decline:expired_card",
    "4123111111111059": "decline:generic_decline",
    "4123111111111067": "decline:invalid_number",
    "4100000000000100": "three_ds_challenge",
    "5100000000000107": "three_ds_challenge",
    "3528000000000106": "three_ds_challenge",
}
DEADLINE = timedelta(days=3)
BANKS = frozenset("bancontact blik eps ideal mybank przelewy24 fpx dragonpay enets payu".split())
EVENTS = {
    "authorized": "payment.authorized",
    "captured": "payment.captured",
    "declined": "payment.failed",
    "expired": "payment.expired",
    "canceled": "payment.cancelled",
}


class Komoju(Ordinary):
    """KOMOJU, as far as a payment needs it."""

    name = "komoju"
    title = "KOMOJU"
    key_credential = "secret_key"
    cannot = {
        "refund_pending": "A refund is done when it is answered.",
    }
    routes = (
        ("POST", "/secure_tokens", "secure"),
        ("GET", "/secure_tokens/{token}", "show_token"),
        ("POST", "/customers", "remember"),
        ("POST", "/payments", "create"),
        ("GET", "/payments", "listed"),
        ("GET", "/payments/{payment}", "show"),
        ("POST", "/payments/{payment}/capture", "capture"),
        ("POST", "/payments/{payment}/cancel", "cancel"),
        ("POST", "/payments/{payment}/refund", "refund"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards."""
        kinds = {"three_ds_challenge": "asks its holder"}
        return [(f"card `{one}`", kinds.get(kind, "declined")) for one, kind in TEST_CARDS.items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A secret key and the token webhooks are signed with."""
        return {
            "secret_key": f"sk_test_{secrets.token_hex(16)}",
            "webhook_secret": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By key, as the user of basic authentication."""
        known = account_by_key(self.name, basic_user(request))
        if known is None:
            refuse("unauthorized", "User authorization failed", 401)
        return known

    def idempotency_key(self, request: Request) -> str:
        """The key of a POST."""
        given = request.headers.get("x-komoju-idempotency", "")
        return given if request.method == "POST" else ""

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "not_found", "The requested resource could not be found.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error(400, "bad_request", reason)

    def mismatch(self, request: Request) -> Answer:
        """A key that was used for another call."""
        return error(422, "unprocessable_entity", "The idempotency key was used before.")

    # Cards.

    def remember(self, request: Request, book: Book) -> Answer:
        """A customer who may hold a card."""
        body, customer = checked(request, "Customer"), new()
        card = body.get("payment_details")
        scenario = TEST_CARDS.get(card["number"], "") if card else ""
        book.put("customer", customer, {"card": shown_card(card), "scenario": scenario})
        answer = {"id": customer, "resource": "customer", "email": body.get("email")}
        return Answer(200, {**answer, "source": shown_card(card), "created_at": moment(book.now)})

    def secure(self, request: Request, book: Book) -> Answer:
        """A token of a card or of a customer's; its holder may have to be asked."""
        body, token = checked(request, "SecureToken"), f"tok_{new()}"
        kept = payer(body, book)
        scenario = kept["scenario"] or by_amount(body["amount"]).name
        asks = named(scenario).authentication
        status = {"challenge": "NEEDS_VERIFY", "failed": "ERRORED"}.get(asks, "OK")
        thing = {"id": token, **kept, "scenario": scenario, "status": status}
        thing |= {"payment": "", "created_at": moment(book.now)}
        url = None
        if status == "NEEDS_VERIFY":
            charge = Charge(
                id=new(),
                amount=body["amount"],
                currency=body["currency"],
                method="credit_card",
                state="action",
                scenario=scenario,
                names=[token],
                page="three_ds",
                data={"token": token, "return_url": body["return_url"], "hidden": True},
            )
            book.open(charge)
            thing["payment"] = charge.id
            url = page_url(charge)
        book.put("token", token, thing)
        return Answer(200, token_object(thing, url))

    def show_token(self, request: Request, book: Book, token: str) -> Answer:
        """A secure token and how far its holder has got."""
        thing = book.get("token", token)
        if thing is None:
            refuse("not_found", "The requested resource could not be found.", 404)
        charge = book.charge(thing["payment"], lock=False) if thing["payment"] else None
        waits = charge is not None and thing["status"] == "NEEDS_VERIFY"
        return Answer(200, token_object(thing, page_url(charge) if charge and waits else None))

    def shopper(self, book: Book, charge: Charge, choice: Event) -> str:
        """The issuer's page only verifies the token; what the bank says comes when it pays."""
        if not charge.data.get("hidden"):
            return super().shopper(book, charge, choice)
        self.advance(book, charge, choice)
        return self.returns(charge)

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """As usual, but for a payment nobody has made yet."""
        if not charge.data.get("hidden"):
            return super().advance(book, charge, event, decline)
        thing = book.get("token", charge.data["token"], lock=True)
        if thing and thing["status"] == "NEEDS_VERIFY" and event != "dispute":
            status = "OK" if event == "approve" else "ERRORED"
            book.change("token", thing["id"], {**thing, "status": status})
            charge.state = "action" if status == "OK" else "declined"
        return None

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """A payment by a token, a customer's card, or a method that asks its shopper."""
        body = checked(request, "Payment")
        amount, currency = body["amount"], body["currency"]
        if not is_currency(currency):
            refuse("invalid_currency", "The currency you requested is invalid.", param="currency")
        if amount < 1:
            refuse("invalid_parameter", "The value of amount is invalid.", param="amount")
        kept = payer(body, book)
        method, token = kept["type"], kept.get("token", "")
        offline, held = method in OFFLINE, body.get("capture") is False
        if method not in (*OFFLINE, "credit_card") and not body.get("return_url"):
            refuse("missing_parameter", "A required parameter (return_url) is missing.")
        order = body.get("external_order_num")
        bank = "bank" if method in BANKS else "wallet"
        data = {
            "card": kept.get("card"),
            "details": kept.get("details", {}),
            "customer": kept.get("customer"),
            "return_url": body.get("return_url"),
            "order": order,
            "description": body.get("description"),
            "metadata": body.get("metadata", {}),
            "deadline": moment(book.now + DEADLINE) if offline else None,
            "number": str(secrets.randbelow(10**10)).zfill(10),
        }
        charge = Charge(
            id=kept.get("payment") or new(),
            amount=amount + body.get("tax", 0),
            currency=currency,
            method=method,
            state="pending",
            scenario=kept["scenario"] or by_amount(amount).name,
            reference=order or "",
            names=[order] if order else [],
            page="counter" if offline else bank,
            data=data,
            created_at=book.now,
        )
        if kept.get("payment"):
            self._come_to_light(book, charge, held)
        else:
            asks = method != "credit_card"
            until = DEADLINE if offline else None
            self.begin(book, charge, asks_shopper=asks, manual=held, expires_after=until)
        if token:
            book.change("token", token, {**(book.get("token", token) or {}), "status": "USED"})
        return answered(charge)

    def _come_to_light(self, book: Book, charge: Charge, held: bool) -> None:
        """The payment that a verified token was made for goes on as a payment does."""
        charge.data |= {"manual": held, "is_card": True}
        book.save(charge)
        step = first_step(charge.plan, asks_shopper=False)
        if step in ("approve", "decline"):
            self.advance(book, charge, step, charge.plan.decline)  # type: ignore[arg-type]
            book.save(charge)

    def show(self, request: Request, book: Book, payment: str) -> Answer:
        """A payment by its id."""
        return Answer(200, payment_object(existing(book, payment)))

    def listed(self, request: Request, book: Book) -> Answer:
        """Payments of an order number."""
        order = request.query.get("external_order_num", "")
        found = book.charges_named(order) if order else book.recent_charges()
        data = [payment_object(one) for one in found if not one.data.get("hidden")]
        page = {"resource": "list", "total": len(data), "page": 1, "per_page": 25, "last_page": 1}
        return Answer(200, {**page, "data": data})

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["return_url"] or "")

    # Afterwards.

    def capture(self, request: Request, book: Book, payment: str) -> Answer:
        """Once, all or a part of what a card holds."""
        body, charge = checked(request, "Capture"), existing(book, payment)
        amount = body.get("amount", charge.amount)
        try:
            made = self.take(book, charge, new(), "", amount, last=True)
        except WrongState:
            refuse("not_capturable", "The payment you requested is not capturable.")
        except TooMuch:
            refuse("invalid_parameter", "The value of amount is invalid.", param="amount")
        if made["status"] == "failed":
            return error(502, "other_error", "The capture failed.")
        return Answer(200, payment_object(charge))

    def cancel(self, request: Request, book: Book, payment: str) -> Answer:
        """Let go of what is held or awaited."""
        checked(request, "Cancel")
        charge = existing(book, payment)
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse("not_cancellable", "This payment is noncancellable.")
        return Answer(200, payment_object(charge))

    def refund(self, request: Request, book: Book, payment: str) -> Answer:
        """Give back a part or all of what was taken; cash is not given back."""
        body, charge = checked(request, "Refund"), existing(book, payment)
        words = str(body.get("description", ""))
        amount = body.get("amount", charge.captured - charge.refunded)
        if charge.method in OFFLINE or charge.plan.refund == "fail":
            refuse("not_refundable", "The payment you requested is not refundable.")
        try:
            made = self.give_back(book, charge, new(), words, amount)
        except WrongState:
            refuse("not_refundable", "The payment you requested is not refundable.")
        except TooMuch:
            refuse("invalid_parameter", "The value of amount is invalid.", param="amount")
        note(book, charge, made)
        return Answer(200, payment_object(charge))

    # Events.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the event; a payment in it is shown as it stands."""
        if what == "capture" and thing and thing["status"] != "failed":
            return self._queue(book, charge, "payment.captured")
        if what == "refund" and thing:
            note(book, charge, thing)
            return self._queue(book, charge, "payment.refund.created")
        if what == "disputed":
            made = {"id": new(), "amount": charge.captured, "reference": None, "chargeback": True}
            note(book, charge, made)
            return self._queue(book, charge, "payment.refund.created")
        return self._queue(book, charge, EVENTS[what]) if what in EVENTS else None

    def _queue(self, book: Book, charge: Charge, kind: str) -> None:
        reason = None
        if kind == "payment.failed":
            reason = FAILURES.get(charge.data.get("decline", ""), FAILURES[""])[0]
        event = {"id": new(), "type": kind, "resource": "event", "data": payment_object(charge)}
        told = {**event, "created_at": moment(book.now), "reason": reason}
        book.tell(charge, kind, told)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, signed as it is."""
        body, key = orjson.dumps(delivery.message), account.credentials["webhook_secret"]
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Komoju-Signature": signature, "X-Komoju-ID": str(delivery.message["id"])}
        headers |= {"X-Komoju-Event": delivery.name, "Content-Type": "application/json"}
        return Post(headers, body)


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the documents describe; raises Refuse or Malformed."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise Malformed("not an object")
    shape = {**body}
    if isinstance(shape.get("payment_details"), str):
        del shape["payment_details"]
    for fault in load("komoju").faults(structure, shape):
        name = fault.member
        if fault.kind == "missing":
            words = f"A required parameter ({name}) is missing."
            refuse("missing_parameter", words, param=name)
        refuse("invalid_parameter", f"The value of {name} is invalid.", param=name)
    return body


def payer(body: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """What pays: a verified token, a customer's card, or details. Raises Refuse."""
    details, customer = body.get("payment_details"), body.get("customer")
    if (details is None) == (customer is None):
        refuse("missing_parameter", "A required parameter (payment_details) is missing.")
    if customer is not None:
        kept = book.get("customer", customer)
        if kept is None or not kept["card"]:
            refuse("invalid_parameter", "The value of customer is invalid.", param="customer")
        return {"type": "credit_card", "customer": customer, **kept}
    if isinstance(details, dict):
        kind = details["type"]
        card = shown_card(details) if kind == "credit_card" else None
        scenario = TEST_CARDS.get(str(details.get("number")), "")
        shown = {name: details[name] for name in ("store", "email") if name in details}
        return {"type": kind, "card": card, "scenario": scenario, "details": shown}
    token = book.get("token", str(details), lock=True)
    if token is None or token["status"] not in ("OK", "SKIPPED"):
        refuse("invalid_token", "The token you requested is invalid.", param="payment_details")
    return {**token, "type": "credit_card", "token": token["id"]}


def shown_card(card: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is kept of a card: never its number."""
    if card is None:
        return None
    number = str(card["number"])
    brands = {"4": "visa", "5": "master", "2": "master", "37": "american_express"}
    brand = next((name for head, name in brands.items() if number.startswith(head)), "jcb")
    kept = {"type": "credit_card", "email": card.get("email"), "brand": brand}
    return kept | {
        "last_four_digits": number[-4:],
        "month": card["month"],
        "year": card["year"],
    }


def note(book: Book, charge: Charge, made: Mapping[str, Any]) -> None:
    """Keep a refund on its payment, once."""
    refunds = charge.data.setdefault("refunds", [])
    if made["id"] not in [one["id"] for one in refunds]:
        refunds.append(refund_object(made, charge, book.now))
        book.save(charge)


def existing(book: Book, payment: str) -> Charge:
    """A payment by its id; raises Refuse."""
    charge = book.charge(payment)
    if charge is None or charge.data.get("hidden"):
        refuse("not_found", "The requested resource could not be found.", 404)
    return charge


def answered(charge: Charge) -> Answer:
    """The payment, or why it failed."""
    if charge.state != "declined":
        return Answer(200, payment_object(charge))
    code, message = FAILURES.get(charge.data.get("decline", ""), FAILURES[""])
    return error(502, code, message)
