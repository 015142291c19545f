"""Access Worldpay's Try environment: payments by card and wallet, local methods, payment queries.

The version of the API is wanted in a header, and of payment queries the media type. A card's
payment that asks for 3-D Secure waits for the browser's data; then the issuer agrees or shows a
page, and only the completed challenge makes it a payment. What is asked afterwards is promised
(202): the event tells, and payment queries do. A second payment of the same reference is a second
payment by card, and refused by a local method.

Sources: Worldpay's OpenAPI documents (Payments 2024-06-01, APMs 2024-07-01, Payment Queries 1,
Events 1); developer.worldpay.com (testing values, 3DS for the web, event signature).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.worldpay_answers import (
    card_answer,
    challenged,
    device_data,
    error,
    event,
    links,
    listed,
    local_answer,
    new,
    queried,
    refuse,
    unlinked,
)
from acquiring.sandbox.parts.worldpay_checks import (
    BANKS,
    CARDS,
    COUNTERS,
    DEBITS,
    HOLDERS,
    LOCAL,
    PUSHED,
    card_charge,
    charge_of,
    checked,
    existing,
    is_payment,
    partial,
    payment_of,
    without_card,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Request

VERSIONS = {"/api/": "2024-06-01", "/apmPayments": "2024-07-01"}
QUERIES = "application/vnd.worldpay.payment-queries-v1.hal+json"
HOLD = timedelta(days=7)
TOLD = {
    "authorized": "authorized",
    "captured": "sentForSettlement",
    "declined": "refused",
    "expired": "expired",
    "canceled": "cancelled",
    "disputed": "chargedBack",
}
OPERATED = {
    ("capture", "succeeded"): "sentForSettlement",
    ("capture", "failed"): "settlementFailed",
    ("refund", "succeeded"): "refunded",
    ("refund", "failed"): "refundFailed",
}


class Worldpay(Ordinary):
    """Worldpay, as far as a payment needs it."""

    name = "worldpay"
    title = "Worldpay"
    key_credential = "username"
    refunds_later = True
    routes = (
        ("POST", "/api/payments", "create"),
        ("GET", "/api/payments/{link}", "show"),
        ("POST", "/api/payments/{link}/3dsDeviceData", "supply"),
        ("POST", "/api/payments/{link}/3dsChallenges", "complete"),
        ("POST", "/api/payments/{link}/cancellations", "cancel"),
        ("POST", "/api/payments/{link}/settlements", "settle"),
        ("POST", "/api/payments/{link}/partialSettlements", "settle"),
        ("POST", "/api/payments/{link}/refunds", "refund"),
        ("POST", "/api/payments/{link}/partialRefunds", "refund"),
        ("GET", "/paymentQueries/payments", "find"),
        ("GET", "/paymentQueries/payments/{payment}", "query"),
        ("POST", "/apmPayments", "create_local"),
        ("GET", "/apmPayments/{link}", "show_local"),
        ("POST", "/apmPayments/{link}/reversals", "reverse"),
        ("POST", "/apmPayments/{link}/partialReversals", "reverse"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published names of cardholders."""
        return [(f"cardHolderName `{name}`", plan) for name, plan in HOLDERS.items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A user of the API, the entity it acts for, and the secret of its events."""
        return {
            "username": secrets.token_hex(8),
            "password": secrets.token_urlsafe(24),
            "entity": f"PO{secrets.randbelow(10**10):010d}",
            "webhook_secret": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By name and password; the version must be one that is known."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, word = base64.b64decode(pair).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, word = "", ""
        account = account_by_key(self.name, name) if scheme == "Basic" and name else None
        if account is None or not secrets.compare_digest(account.credentials["password"], word):
            refuse(401, "accessDenied", "Access to the requested resource has been denied")
        for root, version in VERSIONS.items():
            if request.path.startswith(root) and request.headers.get("wp-api-version") != version:
                refuse(406, "headerHasInvalidValue", "WP-Api-Version is missing or unknown")
        queries = request.path.startswith("/paymentQueries")
        if queries and request.headers.get("accept") != QUERIES:
            refuse(406, "headerHasInvalidValue", "Accept is missing or unknown")
        return account

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "endpointNotFound", "Endpoint not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error(400, "bodyIsNotJson", "The body within the request is not valid JSON")

    def broken(self, request: Request) -> Answer:
        """Worldpay's own HTTP 500."""
        return error(500, "internalErrorOccurred", "Internal server error")

    # Cards.

    def create(self, request: Request, book: Book) -> Answer:
        """A payment: the issuer's answer, or what 3-D Secure wants first."""
        body = payment_of(request, book, CARDS)
        charge = card_charge(body, book)
        if "threeDS" not in body["instruction"]:
            return self._begin(book, charge, body)
        started = new("3ds")
        kept = {"charge": charge.id, "body": without_card(body), "data": charge.data}
        kept |= {"scenario": charge.scenario}
        book.put("started", started, kept)
        number = body["instruction"]["paymentInstrument"].get("cardNumber", "")
        return device_data(charge.reference, started, number)

    def supply(self, request: Request, book: Book, link: str) -> Answer:
        """The browser's data, or that there are none: the issuer decides whether to ask."""
        checked(request.json() if request.body else {}, "DeviceData")
        started = book.get("started", unlinked(link), lock=True)
        if started is None or started.get("used"):
            refuse(404, "endpointNotFound", "Endpoint not found")
        book.change("started", unlinked(link), {**started, "used": True})
        body = started["body"]
        charge = charge_of(body, started["charge"], started["data"], started["scenario"])
        wish = body["instruction"]["threeDS"]["challenge"].get("preference", "")
        return self._begin(book, charge, body, asks=wish == "challengeMandated")

    def _begin(
        self, book: Book, charge: Charge, body: Mapping[str, Any], asks: bool = False
    ) -> Answer:
        instruction = body["instruction"]
        secure = "threeDS" in instruction
        challenge = secure and charge.plan.authentication == "challenge"
        if not secure and charge.plan.authentication == "challenge":
            charge.scenario = "decline:transaction_not_permitted"
        manual = not instruction.get("settlement", {}).get("auto", False)
        self.begin(
            book,
            charge,
            asks_shopper=asks,
            is_card=True,
            manual=manual,
            expires_after=HOLD,
        )
        return challenged(charge) if asks or challenge else card_answer(charge)

    def shopper(self, book: Book, charge: Charge, choice: Event) -> str:
        """What the cardholder told the issuer counts only once the merchant completes it."""
        if not charge.data["is_card"]:
            return super().shopper(book, charge, choice)
        charge.data["told"] = choice
        return self.returns(charge)

    def complete(self, request: Request, book: Book, link: str) -> Answer:
        """The challenge is over: the payment follows, or not."""
        charge = existing(book, link)
        if "challenge" not in charge.data:
            refuse(404, "endpointNotFound", "Endpoint not found")
        if charge.state == "action":
            choice = charge.data.get("told", "cancel")
            super().shopper(book, charge, choice)
            book.save(charge)
        return card_answer(charge)

    def show(self, request: Request, book: Book, link: str) -> Answer:
        """What can be done with a payment now."""
        charge = existing(book, link)
        words = {"authorized": "Authorized", "captured": "Sent for Settlement"}
        words |= {"declined": "Refused", "canceled": "Sent for Cancellation", "expired": "Expired"}
        last = words.get(charge.state, "Error")
        return Answer(200, {"lastEvent": last, "_actions": links(charge)["_actions"]})

    def cancel(self, request: Request, book: Book, link: str) -> Answer:
        """A promise to let go of what is held."""
        charge = existing(book, link)
        if charge.state != "authorized":
            refuse(404, "endpointNotFound", "Endpoint not found")
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(404, "endpointNotFound", "Endpoint not found")
        void_id = new("")
        made = {"id": void_id, "reference": "", "amount": charge.amount, "status": "succeeded"}
        book.put("void", void_id, made, charge.id)
        return Answer(202, {"outcome": "sentForCancellation", "_links": links(charge)["_links"]})

    def settle(self, request: Request, book: Book, link: str) -> Answer:
        """A promise to take all or a part of what is held."""
        charge = existing(book, link)
        whole = request.path.endswith("/settlements")
        amount, reference = charge.amount - charge.captured, ""
        if not whole:
            amount, reference = partial(request, charge, "Partial")
        try:
            self.take(book, charge, new(""), reference, amount, whole)
        except (WrongState, TooMuch):
            refuse(400, "actionNotPermitted", "The payment does not allow this")
        return Answer(202, {"outcome": "sentForSettlement", **links(charge)})

    def refund(self, request: Request, book: Book, link: str) -> Answer:
        """A promise to give all or a part back."""
        charge = existing(book, link)
        whole = request.path.endswith("/refunds")
        amount, reference = charge.captured - charge.refunded, ""
        if not whole:
            amount, reference = partial(request, charge, "Partial")
        self._give_back(book, charge, reference, amount)
        word = "sentForRefund" if whole else "sentForPartialRefund"
        return Answer(202, {"outcome": word, **links(charge)})

    def _give_back(self, book: Book, charge: Charge, reference: str, amount: int) -> None:
        try:
            self.give_back(book, charge, new(""), reference, amount)
        except (WrongState, TooMuch):
            refuse(400, "actionNotPermitted", "The payment does not allow this")

    # Payment queries.

    def find(self, request: Request, book: Book) -> Answer:
        """The payments by card of a reference."""
        reference = str(request.query.get("transactionReference", ""))
        if not reference:
            refuse(400, "missingStartDate", "A start date or a transaction reference is wanted")
        made = [one for one in book.charges_named(reference) if is_payment(one)]
        itself = f"/paymentQueries/payments?transactionReference={reference}"
        found = {"payments": [listed(one) for one in made]}
        return Answer(200, {"_links": {"self": {"href": itself}}, "_embedded": found})

    def query(self, request: Request, book: Book, payment: str) -> Answer:
        """A payment by card with its events."""
        charge = book.charge(payment)
        if charge is None or not is_payment(charge):
            refuse(404, "paymentNotFound", "The payment you are trying to access does not exist.")
        return Answer(200, queried(book, charge))

    # Local methods.

    def create_local(self, request: Request, book: Book) -> Answer:
        """A payment by a local method: a page, a code, a request on the phone, or a debit."""
        body = payment_of(request, book, LOCAL)
        reference, method = body["transactionReference"], body["instruction"]["method"]
        if method == "bizum" and not re.fullmatch("[a-zA-Z0-9]{4,12}", reference):
            refuse(400, "invalidTransactionReference", "Invalid transactionReference")
        if book.charges_named(reference):
            refuse(400, "transactionReferenceIsADuplicate", "The transaction reference is in use.")
        bank = "counter" if method in COUNTERS else "bank" if method in BANKS else "wallet"
        data = {"urls": body["instruction"].get("resultUrls", {})}
        scenario = by_amount(body["instruction"]["value"]["amount"]).name
        charge = charge_of(body, new("apm"), data, scenario, bank)
        asks = method not in DEBITS
        self.begin(book, charge, asks_shopper=asks, expires_after=HOLD)
        if charge.state == "declined":
            return Answer(201, {**local_answer(charge), "redirect": ""})
        shown = {"redirect": "" if method in PUSHED | DEBITS else page_url(charge)}
        if method == "pix":
            shown["transactionCode"] = page_url(charge)
        paid_by = {"method": method, "type": "direct"}
        return Answer(201, {**local_answer(charge), "paymentInstrument": paid_by, **shown})

    def show_local(self, request: Request, book: Book, link: str) -> Answer:
        """How a payment by a local method stands."""
        return Answer(200, local_answer(existing(book, link, local=True)))

    def reverse(self, request: Request, book: Book, link: str) -> Answer:
        """A promise to give back what was paid."""
        charge = existing(book, link, local=True)
        amount, reference = partial(request, charge, "Reversal")
        if not re.fullmatch(r"[a-zA-Z0-9\\-]*", reference):
            refuse(400, "fieldHasInvalidValue", "Field at path is invalid", "$.reference")
        self._give_back(book, charge, reference, amount)
        return Answer(202, local_answer(charge, "sentForRefund"))

    def returns(self, charge: Charge) -> str:
        """The shop's address for what has happened."""
        if charge.data["is_card"]:
            return str(charge.data.get("return_url", ""))
        urls: Mapping[str, str] = charge.data["urls"]
        ended = {"declined": "failure", "pending": "pending", "canceled": "cancel"}
        wanted = ended.get(charge.state, "success")
        return urls.get(wanted) or urls.get("cancel", "") or urls.get("pending", "")

    # Events.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the event for what has happened."""
        if thing is not None:
            kind = OPERATED[what, thing["status"]]
            if not charge.data["is_card"] and what == "refund":
                charge.data["last"] = kind
                book.save(charge)
            message = event(charge, kind, thing["reference"], thing["amount"])
            book.tell(charge, kind, message)
        elif what in TOLD and (what != "declined" or is_payment(charge)):
            book.tell(charge, TOLD[what], event(charge, TOLD[what]))

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event's bytes hashed with the account's secret, under the number of its key."""
        message = {**delivery.message, "eventTimestamp": delivery.created_at.isoformat()}
        body = orjson.dumps(message)
        key = account.credentials["webhook_secret"].encode()
        signature = hmac.new(key, body, hashlib.sha256).hexdigest()
        kind = "application/vnd.worldpay.events-v1.hal+json"
        return Post({"Content-Type": kind, "Event-Signature": f"1/SHA256/{signature}"}, body)
