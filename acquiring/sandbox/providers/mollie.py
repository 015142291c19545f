"""Mollie's API v2 in test mode: payments, captures, releases, refunds, customers, mandates.

A payment is open until the shopper has been on the checkout page; the webhook is a form with the
payment's id, sent to the address of the payment, and is not signed. A payment on a mandate asks
nobody: a card is paid at once, a direct debit pends until the bank has answered. Members nobody
documents are refused, as is a key that was used for another call.

Sources: docs.mollie.com (payments, captures, refunds, customers and mandates API, idempotency,
webhooks, handling errors); the sample answers of mollie/mollie-api-python (BSD).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.mollie_answers import (
    error,
    hal,
    listed,
    operation,
    payment,
    refuse,
    tables,
)
from acquiring.sandbox.parts.mollie_settlement import PATH as SETTLEMENTS
from acquiring.sandbox.parts.mollie_settlement import Settlements
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Request

V2 = "/v2/payments"
EXPIRES = {"banktransfer": timedelta(days=14)}
DEBITED_AFTER = timedelta(seconds=3)


class Mollie(Settlements, Ordinary):
    """Mollie, as far as a payment needs it."""

    name = "mollie"
    title = "Mollie"
    key_credential = "api_key"
    cannot = {
        "dispute": "A chargeback is told as a change of the payment, whose status stays paid.",
    }
    refunds_later = True
    routes = (
        ("POST", V2, "create"),
        ("GET", V2, "latest"),
        ("GET", V2 + "/{payment_id}", "show"),
        ("DELETE", V2 + "/{payment_id}", "cancel"),
        ("POST", V2 + "/{payment_id}/release-authorization", "release"),
        ("POST", V2 + "/{payment_id}/captures", "capture"),
        ("GET", V2 + "/{payment_id}/captures", "captures"),
        ("POST", V2 + "/{payment_id}/refunds", "refund"),
        ("GET", V2 + "/{payment_id}/refunds", "refunds"),
        ("GET", SETTLEMENTS, "list_settlements"),
        ("GET", SETTLEMENTS + "/{settlement_id}", "show_settlement"),
        ("GET", SETTLEMENTS + "/{settlement_id}/payments", "settled_payments"),
        ("GET", SETTLEMENTS + "/{settlement_id}/refunds", "settled_refunds"),
        ("GET", SETTLEMENTS + "/{settlement_id}/chargebacks", "settled_chargebacks"),
        ("POST", "/v2/customers", "create_customer"),
        ("POST", "/v2/customers/{customer_id}/mandates", "create_mandate"),
    )

    # Who is who, and which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An API key of the test mode."""
        return {"api_key": f"test_{secrets.token_urlsafe(23).replace('-', 'x').replace('_', 'y')}"}

    def authenticate(self, request: Request) -> Account:
        """By the bearer's key."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if scheme.lower() == "bearer" else None
        if account is None:
            refuse(401, "Missing authentication, or failed to authenticate")
        return account

    def idempotency_key(self, request: Request) -> str:
        """The header of that name; only creating calls heed it."""
        return request.headers.get("idempotency-key", "") if request.method == "POST" else ""

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "Another request with this Idempotency-Key is already being processed.")

    def mismatch(self, request: Request) -> Answer:
        """The key was used for another call."""
        return error(400, "This Idempotency-Key has already been used.")

    def not_found(self, request: Request) -> Answer:
        """No such page."""
        return error(404, "The resource does not exist")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "The request body is not valid JSON")

    def broken(self, request: Request) -> Answer:
        """Mollie's own trouble."""
        return error(500, "An internal server error occurred")

    def unavailable(self, request: Request) -> Answer:
        """Maintenance."""
        return error(503, "The platform is temporarily not available")

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """Create payment: open, or on a mandate."""
        body = checked(request, "payment")
        check_payment(body)
        money = sum_of(body)
        charge = Charge(
            f"tr_{secrets.token_hex(5)}",
            money.amount,
            money.currency,
            body.get("method") or "creditcard",
            "action",
            by_amount(money.amount).name,
            data={"body": body, "manual": body.get("captureMode") == "manual"},
        )
        if body.get("sequenceType") == "recurring":
            return self._debit(book, charge)
        charge.page = tables()["pages"].get(charge.method, "bank")
        expires = book.now + EXPIRES.get(charge.method, timedelta(minutes=15))
        charge.data["expires_at"] = expires.isoformat(timespec="seconds")
        charge.due, charge.due_at = "expire", expires
        book.open(charge)
        return hal(201, payment(book, charge, page_url(charge)))

    def _debit(self, book: Book, charge: Charge) -> Answer:
        """A payment on a mandate."""
        body = charge.data["body"]
        customer = body.get("customerId", "")
        found = book.find("mandate", customerId=customer)
        named = [one for one in found if body.get("mandateId", one["id"]) == one["id"]]
        if not named:
            refuse(422, "There are no suitable mandates for the customer", "customerId")
        charge.method, body["mandateId"] = named[-1]["method"], named[-1]["id"]
        if charge.method != "directdebit":
            self.begin(book, charge, asks_shopper=False, manual=charge.data["manual"])
            return hal(201, payment(book, charge))
        charge.state = "pending"
        charge.due, charge.due_at = "approve", book.now + DEBITED_AFTER
        if charge.plan.result == "decline":
            charge.data["decline"], charge.due = charge.plan.decline, "decline"
        book.open(charge)
        return hal(201, payment(book, charge))

    def show(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Get payment."""
        charge = existing(book, payment_id)
        return hal(200, payment(book, charge, page_url(charge)))

    def latest(self, request: Request, book: Book) -> Answer:
        """List payments, the newest first."""
        recent = book.recent_charges(limit(request))
        shown = [payment(book, one, page_url(one)) for one in recent]
        return hal(200, listed("payments", shown))

    def cancel(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Cancel payment: only while it can still be called back."""
        charge = existing(book, payment_id)
        if charge.method not in tables()["cancelable"]:
            refuse(422, "The payment cannot be cancelled")
        self._end(book, charge, "The payment cannot be cancelled")
        return hal(200, payment(book, charge))

    def release(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Release authorization: what was captured stays."""
        charge = existing(book, payment_id)
        no = "Authorization cannot be released because the payment is not in the authorized state."
        if charge.state != "authorized":
            refuse(422, no)
        if charge.captured:
            charge.state = "captured"
            book.save(charge)
            self.tell(book, charge, "captured")
        else:
            self._end(book, charge, no)
        return Answer(202, b"")

    def _end(self, book: Book, charge: Charge, no: str) -> None:
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(422, no)

    # Captures and refunds.

    def capture(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Create capture; no amount means all that is held."""
        body = checked(request, "capture")
        charge = existing(book, payment_id)
        amount = charge.amount - charge.captured
        if body.get("amount"):
            amount = sum_of(body, charge.currency).amount
        thing_id = f"cpt_{secrets.token_hex(11)}"
        try:
            made = self.take(book, charge, thing_id, "", amount, last=False)
        except WrongState:
            refuse(422, "The payment is not in the authorized state")
        except TooMuch:
            refuse(422, "The amount is higher than the maximum", "amount")
        return hal(201, self._noted(book, "capture", charge, made, body))

    def captures(self, request: Request, book: Book, payment_id: str) -> Answer:
        """List captures of a payment."""
        return self._operations(book, "capture", payment_id)

    def refund(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Create refund: queued first, done later."""
        body = checked(request, "refund")
        charge = existing(book, payment_id)
        amount = sum_of(body, charge.currency).amount
        if charge.method in tables()["no_refund"]:
            refuse(422, "The payment method does not support refunds")
        try:
            made = self.give_back(book, charge, f"re_{secrets.token_hex(5)}", "", amount)
        except WrongState:
            refuse(422, "The payment is not paid and can not be refunded")
        except TooMuch:
            refuse(422, "The amount is higher than the maximum", "amount")
        return hal(201, self._noted(book, "refund", charge, made, body))

    def refunds(self, request: Request, book: Book, payment_id: str) -> Answer:
        """List refunds of a payment."""
        return self._operations(book, "refund", payment_id)

    def _noted(
        self, book: Book, kind: str, charge: Charge, made: Thing, body: dict
    ) -> dict[str, Any]:
        """An operation as it is answered; its description and metadata are kept with it."""
        kept = book.get(kind, made["id"]) or {}
        own = {"metadata": body.get("metadata"), "description": body.get("description", "")}
        book.change(kind, made["id"], {**kept, **own})
        return operation(kind, charge, {**made, **own})

    def _operations(self, book: Book, kind: str, payment_id: str) -> Answer:
        charge = existing(book, payment_id)
        made = [operation(kind, charge, one) for one in book.find(kind, charge.id)]
        return hal(200, listed(f"{kind}s", made))

    # Customers and mandates.

    def create_customer(self, request: Request, book: Book) -> Answer:
        """Create customer."""
        body = checked(request, "customer")
        made = {"resource": "customer", "id": f"cst_{secrets.token_hex(5)}", "mode": "test", **body}
        book.put("customer", made["id"], made)
        return hal(201, made | {"createdAt": book.now.isoformat(timespec="seconds")})

    def create_mandate(self, request: Request, book: Book, customer_id: str) -> Answer:
        """Create mandate: for an IBAN."""
        body = checked(request, "mandate")
        if book.get("customer", customer_id) is None:
            refuse(404, f"No customer exists with token {customer_id}.")
        for member in ("method", "consumerName", "consumerAccount"):
            if not body.get(member):
                refuse(422, f"The '{member}' field is missing", member)
        if body["method"] != "directdebit":
            refuse(422, "The method is invalid", "method")
        return hal(201, mandate(book, customer_id, "directdebit", body))

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The payment's id, whatever has changed about it."""
        if what in ("authorized", "captured") and thing is None:
            agree(book, charge)
        if what == "authorized":
            charge.data["authorized_at"] = book.now.isoformat(timespec="seconds")
        url = charge.data["body"].get("webhookUrl")
        if url:
            book.tell(charge, what, {"id": charge.id, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: Any) -> Post:
        """A form with the id. Nothing is signed."""
        body = urlencode({"id": delivery.message["id"]}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Post(headers, body, url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The shop's address."""
        return str(charge.data["body"].get("redirectUrl") or "")


def existing(book: Book, payment_id: str) -> Charge:
    """A payment by its id; raises Refuse."""
    charge = book.charge(payment_id)
    if charge is None:
        refuse(404, f"No payment exists with token {payment_id}.")
    return charge


def limit(request: Request) -> int:
    """How many a list may show; raises Refuse."""
    wanted = str(request.query.get("limit", "50"))
    if not wanted.isdigit() or not 1 <= int(wanted) <= 250:
        refuse(400, "Invalid limit", "limit")
    return int(wanted)


def checked(request: Request, kind: str) -> dict[str, Any]:
    """A body with none but documented members; raises Refuse."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        refuse(400, "The request body is not valid JSON")
    known(body, tables()[kind])
    return body


def known(body: Mapping[str, Any], members: Collection[str], within: str = "") -> None:
    for member in body:
        if member not in members:
            name = f"{within}{member}"
            refuse(422, f'Non-existent body parameter "{name}" for this API call.', name)


def check_payment(body: Mapping[str, Any]) -> None:
    """Refuse a payment that Mollie would not open."""
    recurring, method = body.get("sequenceType") == "recurring", body.get("method")
    for member in ("amount", "description", *([] if recurring else ["redirectUrl"])):
        if not body.get(member):
            refuse(422, f"The '{member}' field is missing", member)
    if method is not None and method not in tables()["methods"]:
        refuse(422, "The payment method is invalid", "method")
    if method == "directdebit" and not recurring:
        refuse(422, "The payment method is not enabled for one-off payments", "method")
    if body.get("sequenceType") == "first" and not body.get("customerId"):
        refuse(422, "The 'customerId' field is missing", "customerId")
    manual = body.get("captureMode") == "manual"
    if manual and method not in (None, *tables()["manual"]):
        refuse(422, "Manual capture is not possible with this payment method", "captureMode")
    if not manual and method in tables()["only_manual"]:
        refuse(422, "This payment method must be captured manually", "captureMode")
    for member in ("billingAddress", "shippingAddress"):
        known(body.get(member, {}), tables()["address_members"], f"{member}.")
    if method in tables()["address"] and not body.get("billingAddress", {}).get("country"):
        refuse(422, "The 'billingAddress' field is missing", "billingAddress")
    if method in tables()["lines"] and not body.get("lines"):
        refuse(422, "The 'lines' field is missing", "lines")
    for index, line in enumerate(body.get("lines", [])):
        known(line, tables()["line_members"], f"lines.{index}.")


def sum_of(body: Mapping[str, Any], currency: str = "") -> Money:
    """The amount of a body, its decimals exactly those of its currency; raises Refuse."""
    told = body.get("amount")
    if not isinstance(told, dict) or not told.get("currency") or "value" not in told:
        refuse(422, "The 'amount' field is missing", "amount")
    if currency and told["currency"] != currency:
        refuse(422, "The amount contains an invalid currency", "amount.currency")
    try:
        money = Money.from_major(told["value"], told["currency"])
        exact = isinstance(told["value"], str) and money.major() == told["value"]
    except (KeyError, TypeError, ValueError):
        exact = False
    if not exact:
        refuse(422, "The amount contains an invalid value", "amount.value")
    if money.amount < 1:
        refuse(422, "The amount is lower than the minimum", "amount")
    return money


def agree(book: Book, charge: Charge) -> None:
    """A first payment leaves a mandate behind: for the card, or for the account behind it."""
    body = charge.data["body"]
    if body.get("sequenceType") != "first" or body.get("mandateId"):
        return
    method = charge.method if charge.method in ("creditcard", "paypal") else "directdebit"
    body["mandateId"] = mandate(book, body["customerId"], method, {})["id"]


def mandate(book: Book, customer: str, method: str, told: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "resource": "mandate",
        "id": f"mdt_{secrets.token_hex(5)}",
        "mode": "test",
        "status": "valid",
        "method": method,
        "customerId": customer,
        "mandateReference": told.get("mandateReference", ""),
    }
    return book.put("mandate", made["id"], made)
