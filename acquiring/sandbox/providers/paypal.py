"""PayPal's sandbox: access tokens, orders, payments, signed webhooks.

An order is CREATED, confirmed with what pays (APPROVED, or PAYER_ACTION_REQUIRED until the shopper
or cardholder was on the page), and completed by a call; bank methods are completed by PayPal once
the shopper has agreed. A card's no is a completed order with a declined payment, a wallet's an
error. A shopper who leaves goes to `cancel_url` and leaves the order as it was. Keys of
`PayPal-Request-Id` belong to one path; a repeated call is answered with 200.

Sources: paypal/paypal-rest-api-specifications (Apache-2.0): orders v2, payments v2, webhooks v1;
developer.paypal.com: 3D Secure, negative testing, webhook event names.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, first_step
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts import paypal_answers as say
from acquiring.sandbox.parts.paypal_answers import checked, error, kept, new, order, refuse
from acquiring.sandbox.parts.paypal_settlement import PATH as TRANSACTIONS
from acquiring.sandbox.parts.paypal_settlement import Reporting
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

ORDERS = "/v2/checkout/orders"
HELD = "/v2/payments/authorizations/{made}"
WALLETS = frozenset({"paypal", "venmo"})


class Paypal(Reporting, Ordinary):
    """PayPal, as far as a payment needs it."""

    name = "paypal"
    title = "PayPal"
    key_credential = "client_id"
    routes = (
        ("POST", "/v1/oauth2/token", "token"),
        ("POST", "/v1/notifications/webhooks", "hook"),
        ("POST", ORDERS, "create"),
        ("GET", ORDERS + "/{order_id}", "show"),
        ("POST", ORDERS + "/{order_id}/confirm-payment-source", "confirm"),
        ("POST", ORDERS + "/{order_id}/capture", "complete"),
        ("POST", ORDERS + "/{order_id}/authorize", "complete"),
        ("POST", HELD + "/capture", "capture"),
        ("POST", HELD + "/void", "void"),
        ("POST", "/v2/payments/captures/{made}/refund", "refund"),
        ("GET", TRANSACTIONS, "transactions"),
    )

    # Who is who, and which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An application's id and secret, a webhook and the key that signs its events."""
        pair = rsa.new_pair()
        return {
            "client_id": f"A{secrets.token_urlsafe(58)}",
            "client_secret": f"E{secrets.token_urlsafe(58)}",
            "webhook_id": new(),
            "webhook_public_key": pair.public,
            "_webhook_private_key": pair.private,
        }

    def authenticate(self, request: Request) -> Account:
        """By id and secret where a token is asked for, by that token elsewhere."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            told = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            told = ""
        client, _, proof = told.partition(":")
        account = account_by_key(self.name, client) if client else None
        signing_in = request.path == "/v1/oauth2/token"
        if account and scheme == ("Basic" if signing_in else "Bearer"):
            wanted = account.credentials["client_secret"] if signing_in else seal(account)
            if hmac.compare_digest(proof.encode(), wanted.encode()):
                return account
        said = {"error": "invalid_client", "error_description": "Client Authentication failed"}
        raise Refuse(Answer(401, said) if signing_in else error(401))

    def token(self, request: Request, book: Book) -> Answer:
        """An access token for nine hours."""
        if request.form() != {"grant_type": "client_credentials"}:
            raise Refuse(Answer(400, {"error": "unsupported_grant_type"}))
        proof = f"{book.account.credentials['client_id']}:{seal(book.account)}"
        lent = base64.b64encode(proof.encode()).decode()
        return Answer(
            200, {"scope": "", "access_token": lent, "token_type": "Bearer", "expires_in": 32400}
        )

    def hook(self, request: Request, book: Book) -> Answer:
        """Where webhooks go is the account's own matter here; its id is told."""
        body = checked(request, "Webhook")
        return Answer(201, {"id": book.account.credentials["webhook_id"], **body})

    def idempotency_key(self, request: Request) -> str:
        """The key of a POST, for its path."""
        key = request.headers.get("paypal-request-id", "")
        return f"{request.path} {key}" if key and request.method == "POST" else ""

    def replayed(self, answer: Answer) -> Answer:
        """A call that was made before."""
        return replace(answer, status=200) if answer.status == 201 else answer

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "PREVIOUS_REQUEST_IN_PROGRESS")

    def mismatch(self, request: Request) -> Answer:
        """Another call came under the key before."""
        return error(422, "DUPLICATE_REQUEST_ID")

    def not_found(self, request: Request) -> Answer:
        """No such thing."""
        return error(404)

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(400, "MALFORMED_REQUEST_JSON")

    # Orders.

    def create(self, request: Request, book: Book) -> Answer:
        """An order; one that names a vaulted wallet is paid at once."""
        body = checked(request, "Order")
        if len(body["purchase_units"]) != 1:
            refuse(422, "MULTIPLE_PURCHASE_UNITS_NOT_SUPPORTED")
        unit = body["purchase_units"][0]
        if not is_currency(unit["amount"]["currency_code"]):
            refuse(422, "CURRENCY_NOT_SUPPORTED")
        money, reference = say.counted(unit["amount"]), unit.get("invoice_id", "")
        data = {"order": "CREATED", "unit": unit, "manual": body["intent"] == "AUTHORIZE"}
        charge = Charge(
            new(),
            money.amount,
            money.currency,
            "",
            "action",
            by_amount(money.amount).name,
            reference,
            [reference] if reference else [],
            data=data | {"is_card": False},
        )
        book.open(charge)
        book.playing = None  # an order pays nothing
        for kind, source in body.get("payment_source", {}).items():
            if not request.headers.get("paypal-request-id"):
                refuse(400, "PAYPAL_REQUEST_ID_REQUIRED")
            if not book.find("vault", id=source.get("vault_id", "")):
                refuse(422, "TOKEN_ID_NOT_FOUND")
            charge.method, charge.data["order"] = kind, "APPROVED"
            self._complete(book, charge)
        return Answer(201, order(book, charge))

    def show(self, request: Request, book: Book, order_id: str) -> Answer:
        """An order by its id."""
        return Answer(200, order(book, existing(book, order_id)))

    def confirm(self, request: Request, book: Book, order_id: str) -> Answer:
        """What will pay: the shopper may have to agree first."""
        body, charge = checked(request, "Confirm"), existing(book, order_id)
        if charge.data["order"] == "COMPLETED":
            held = charge.data["manual"]
            refuse(422, "ORDER_ALREADY_AUTHORIZED" if held else "ORDER_ALREADY_CAPTURED")
        if charge.data["order"] == "APPROVED":
            refuse(422, "PAYMENT_ALREADY_APPROVED")
        if len(body["payment_source"]) != 1:
            refuse(422, "ONLY_ONE_PAYMENT_SOURCE_ALLOWED")
        ((kind, source),) = body["payment_source"].items()
        automatic = body.get("processing_instruction") == "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"
        if automatic and kind in (*WALLETS, "card"):
            refuse(422, "UNSUPPORTED_PROCESSING_INSTRUCTION")
        charge.method, charge.page = kind, "wallet" if kind in WALLETS else "bank"
        charge.data |= {"automatic": automatic, "pages": source.get("experience_context", {})}
        if kind == "card":
            self._confirm_card(book, charge, source)
        else:
            if kind not in WALLETS and "return_url" not in charge.data["pages"]:
                refuse(422, "RETURN_URL_REQUIRED")
            if source.get("attributes", {}).get("vault"):
                charge.data["vault"] = new().lower()
            charge.data["order"] = "PAYER_ACTION_REQUIRED"
            if automatic:
                book.play(charge)
        book.save(charge)
        return Answer(200, order(book, charge))

    def _confirm_card(self, book: Book, charge: Charge, card: Mapping[str, Any]) -> None:
        charge.data |= {"card": kept(card, book), "is_card": True}
        charge.page = "three_ds"
        wish = card.get("attributes", {}).get("verification", {}).get("method", "")
        step = first_step(charge.plan, wish == "SCA_ALWAYS", True)
        by_merchant = card.get("stored_credential", {}).get("payment_initiator") == "MERCHANT"
        asks = step == "action" and not by_merchant
        charge.data["order"] = "PAYER_ACTION_REQUIRED" if asks else "APPROVED"
        if not asks:
            charge.state = "action"

    def complete(self, request: Request, book: Book, order_id: str) -> Answer:
        """Capture or authorize an order that the shopper agreed to."""
        charge = existing(book, order_id)
        if request.body:
            checked(request, "Complete")
        manual = charge.data["manual"]
        if request.path.endswith("/authorize") != manual:
            refuse(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if charge.data["order"] == "COMPLETED":
            refuse(422, "ORDER_ALREADY_AUTHORIZED" if manual else "ORDER_ALREADY_CAPTURED")
        if charge.data["order"] != "APPROVED":
            refuse(422, "ORDER_NOT_APPROVED")
        self._complete(book, charge)
        return Answer(201, order(book, charge))

    def _complete(self, book: Book, charge: Charge) -> None:
        """The money is asked for."""
        plan = charge.plan
        book.play(charge)
        if plan.result == "decline" and charge.method != "card":
            refuse(422, "INSTRUMENT_DECLINED")
        charge.data["order"] = "COMPLETED"
        charge.data |= {"capture": new(), "authorization": new()}
        made = charge.data["authorization" if charge.data["manual"] else "capture"]
        charge.names.append(made)
        if "vault" in charge.data:
            book.put("vault", charge.data["vault"], {"id": charge.data["vault"]}, charge.id)
        if plan.result == "pending":
            super().advance(book, charge, "wait")
        elif plan.result == "decline":
            super().advance(book, charge, "decline", plan.decline)
        else:
            super().advance(book, charge, "approve")
        book.save(charge)

    # The shopper.

    def shopper(self, book: Book, charge: Charge, choice: Event) -> str:
        """A yes only lets the caller complete the order, unless PayPal was told to do so itself."""
        if choice != "approve" or charge.data["automatic"]:
            return super().shopper(book, charge, choice)
        self.advance(book, charge, choice)
        return self.returns(charge)

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """On the page nothing is paid but by bank methods; afterwards the money moves."""
        if charge.data["order"] == "COMPLETED":
            super().advance(book, charge, event, decline)
        elif charge.state != "action" or charge.data["order"] == "CREATED":
            return
        elif event in ("approve", "wait"):
            charge.data["order"] = "APPROVED"
            if charge.method == "card":
                charge.data["proof"] = True
            if charge.data["automatic"]:
                self._complete(book, charge)
            else:
                told = {name: order(book, charge)[name] for name in ("id", "status", "intent")}
                told["purchase_units"] = [charge.data["unit"]]
                book.tell(charge, "", say.event(book, "CHECKOUT.ORDER.APPROVED", told))
        elif event in ("decline", "cancel", "expire"):
            charge.data["decline"] = decline
            charge.data |= {"proof": False} if charge.method == "card" else {}
            charge.data["left"] = True

    def returns(self, charge: Charge) -> str:
        """The shop's page, or that of a no, with the order's id."""
        pages = charge.data.get("pages", {})
        url = pages.get("cancel_url" if charge.data.get("left") else "return_url", "")
        mark = "&" if urlsplit(url).query else "?"
        return f"{url}{mark}token={charge.id}" if url else ""

    # Afterwards.

    def capture(self, request: Request, book: Book, made: str) -> Answer:
        """Take what is held, or a part of it."""
        body, charge = checked(request, "Capture"), paid(book, made, "authorization")
        left = charge.amount - charge.captured
        amount = say.counted(body["amount"]).amount if "amount" in body else left
        invoice, last = body.get("invoice_id", ""), body.get("final_capture", False)
        if charge.state in ("canceled", "expired"):
            refuse(422, "AUTHORIZATION_VOIDED")
        capture_id = new()
        try:
            one = self.take(book, charge, capture_id, invoice, amount, last)
        except WrongState:
            refuse(422, "AUTHORIZATION_ALREADY_CAPTURED")
        except TooMuch:
            refuse(422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
        charge.names.append(capture_id)
        charge.data["capture"] = capture_id
        book.save(charge)
        return Answer(201, {**say.made(charge, "capture", one), "final_capture": last})

    def void(self, request: Request, book: Book, made: str) -> Answer:
        """Let go of what is held."""
        charge = paid(book, made, "authorization")
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse(
                422, "PREVIOUSLY_VOIDED" if charge.state == "canceled" else "PREVIOUSLY_CAPTURED"
            )
        if request.headers.get("prefer") == "return=representation":
            return Answer(200, say.authorization(charge))
        return Answer(204)

    def refund(self, request: Request, book: Book, made: str) -> Answer:
        """Give back what a capture took, or a part of it."""
        body, charge = checked(request, "Refund"), paid(book, made, "capture")
        left = charge.captured - charge.refunded
        if "amount" in body and body["amount"]["currency_code"] != charge.currency:
            refuse(422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
        amount = say.counted(body["amount"]).amount if "amount" in body else left
        if charge.captured and not left:
            refuse(422, "CAPTURE_FULLY_REFUNDED")
        try:
            one = self.give_back(book, charge, new(), body.get("invoice_id", ""), amount)
        except WrongState:
            refuse(422, "PENDING_CAPTURE")
        except TooMuch:
            refuse(422, "REFUND_AMOUNT_EXCEEDED")
        return Answer(201, say.made(charge, "refund", one))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The event of what has happened."""
        manual, kind = charge.data["manual"], ""
        resource: Mapping[str, Any] = {}
        if what == "disputed":
            kind, resource = "CUSTOMER.DISPUTE.CREATED", say.dispute(book, charge)
        elif thing is not None:
            resource = say.related(charge, say.made(charge, what, thing))
            kind = f"PAYMENT.CAPTURE.{resource['status']}"
            if what == "refund":
                done = thing["status"] == "succeeded"
                kind = "PAYMENT.CAPTURE.REFUNDED" if done else "PAYMENT.REFUND.FAILED"
        elif manual and what in ("authorized", "canceled", "expired"):
            kind = f"PAYMENT.AUTHORIZATION.{'CREATED' if what == 'authorized' else 'VOIDED'}"
            resource = say.related(charge, say.authorization(charge))
        elif not manual and what in ("captured", "pending", "declined"):
            resource = say.related(charge, say.first_capture(charge))
            kind = f"PAYMENT.CAPTURE.{resource['status']}"
        if kind:
            book.tell(charge, kind, say.event(book, kind, resource))

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event, its transmission signed with PayPal's key."""
        body = orjson.dumps(delivery.message)
        told, time = f"{delivery.id:08x}-transmission", say.moment(now)
        content = f"{told}|{time}|{account.credentials['webhook_id']}|{zlib.crc32(body)}"
        signature = rsa.sign(account.credentials["_webhook_private_key"], content.encode())
        headers = {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": told,
            "PAYPAL-TRANSMISSION-TIME": time,
            "PAYPAL-TRANSMISSION-SIG": signature,
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": f"{say.API}/v1/notifications/certs/CERT-360caa42-sandbox",
        }
        return Post(headers, body)


def seal(account: Account) -> str:
    """What makes an access token the account's."""
    secret = account.credentials["client_secret"].encode()
    return hmac.new(secret, b"access token", hashlib.sha256).hexdigest()


def existing(book: Book, order_id: str) -> Charge:
    """An order by its id; raises Refuse."""
    charge = book.charge(order_id)
    if charge is None:
        refuse(404)
    return charge


def paid(book: Book, made: str, kind: str) -> Charge:
    """The order of an authorization or capture; raises Refuse."""
    found = [one for one in book.charges_named(made) if made != one.reference]
    charge = book.charge(found[0].id) if found else None
    if charge is None or (kind == "authorization" and charge.data["authorization"] != made):
        refuse(404)
    return charge
