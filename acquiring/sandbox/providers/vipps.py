"""Vipps MobilePay's test environment: ePayment v1, access tokens, registered webhooks.

The shopper meets the wallet's landing page; a yes only ever holds the money. The payment's state
stays AUTHORIZED from then on, and sums tell the rest. Every change is an event in the payment's log
and a webhook, both with the idempotency key of the call that caused it.

Sources: vippsas/vipps-epayment-api (OpenAPI 1.4.1, MIT; operations, table of errors);
vippsas/webhooks-api (request authentication).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

PAYMENTS = "/epayment/v1/payments"
REFERENCE = re.compile(r"[a-zA-Z0-9-]{8,50}")
OPEN_FOR = timedelta(minutes=10)
LEAST = {"NOK": 100}
MOST = 65_000_000
# What the call itself refuses, of the reasons a scenario can have.
AT_ONCE = {
    "invalid_amount": "Amount invalid",
    "transaction_not_permitted": "Operation not supported",
}
EVENTS = {
    "authorized": "AUTHORIZED",
    "declined": "ABORTED",
    "expired": "EXPIRED",
    "capture": "CAPTURED",
    "refund": "REFUNDED",
}


class Vipps(Ordinary):
    """Vipps MobilePay, as far as a payment needs it."""

    name = "vipps"
    title = "Vipps MobilePay"
    key_credential = "client_id"
    cannot = {
        "dispute": "The ePayment API has no event for a dispute.",
        "refund_pending": "A refund is done when it is answered.",
    }
    routes = (
        ("POST", "/accesstoken/get", "token"),
        ("POST", "/webhooks/v1/webhooks", "hook"),
        ("POST", PAYMENTS, "create"),
        ("GET", PAYMENTS + "/{reference}", "show"),
        ("GET", PAYMENTS + "/{reference}/events", "events"),
        ("POST", PAYMENTS + "/{reference}/cancel", "cancel"),
        ("POST", PAYMENTS + "/{reference}/capture", "capture"),
        ("POST", PAYMENTS + "/{reference}/refund", "refund"),
    )

    # Who is who, and which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The keys of a sales unit, and the secret of its webhook."""
        return {
            "client_id": str(uuid.uuid4()),
            "client_secret": secrets.token_urlsafe(24),
            "subscription_key": secrets.token_hex(16),
            "merchant_serial_number": f"{secrets.randbelow(10**6):06d}",
            "webhook_secret": base64.b64encode(secrets.token_bytes(64)).decode(),
        }

    def authenticate(self, request: Request) -> Account:
        """By id and secret where a token is asked for, by that token elsewhere."""
        told = request.headers
        if request.path == "/accesstoken/get":
            client, proof = told.get("client_id", ""), told.get("client_secret", "")
        else:
            scheme, _, token = told.get("authorization", "").partition(" ")
            client, _, proof = token.partition(".") if scheme == "Bearer" else ("", "", "")
        account = account_by_key(self.name, client) if client else None
        if account is None:
            raise Refuse(Answer(401, {"error": "unauthorized_client"}))
        known = account.credentials
        signing_in = request.path == "/accesstoken/get"
        pairs = (
            (proof, known["client_secret"] if signing_in else seal(account)),
            (told.get("ocp-apim-subscription-key", ""), known["subscription_key"]),
            (told.get("merchant-serial-number", ""), known["merchant_serial_number"]),
        )
        if not all(hmac.compare_digest(given.encode(), own.encode()) for given, own in pairs):
            message = "Access denied due to invalid subscription key."
            raise Refuse(Answer(401, {"statusCode": 401, "message": message}))
        return account

    def token(self, request: Request, book: Book) -> Answer:
        """An access token for an hour."""
        lent = f"{book.account.credentials['client_id']}.{seal(book.account)}"
        return Answer(200, {"token_type": "Bearer", "expires_in": "3599", "access_token": lent})

    def hook(self, request: Request, book: Book) -> Answer:
        """Where webhooks go is the account's own matter here; the secret is told."""
        checked(request, "Webhook")
        secret = book.account.credentials["webhook_secret"]
        return Answer(201, {"id": str(uuid.uuid4()), "secret": secret})

    def idempotency_key(self, request: Request) -> str:
        """The header of that name, which every payment and adjustment must have."""
        if request.method != "POST" or not request.path.startswith(PAYMENTS):
            return ""
        key = request.headers.get("idempotency-key", "")
        if not 0 < len(key) <= 50:
            refuse(400, "Missing required parameter", "Idempotency-Key")
        return key

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return problem(409, "Order processing")

    def mismatch(self, request: Request) -> Answer:
        """The key was used for something else."""
        return problem(409, "Idempotency error")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return problem(404, "Not Found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return problem(400, "Bad Request", reason)

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """Create a payment; the answer is where the shopper goes."""
        body = checked(request, "Payment")
        reference, total = body["reference"], sum_of(body["amount"])
        if not REFERENCE.fullmatch(reference):
            refuse(400, "Bad Request", "reference")
        if body["userFlow"] != "WEB_REDIRECT":
            refuse(400, "Skip landing page not allowed", body["userFlow"])
        if not urlsplit(body.get("returnUrl", "")).scheme:
            refuse(400, "Invalid URL", "returnUrl")
        if len(body.get("metadata") or {}) > 5 or len(body.get("paymentDescription", "...")) < 3:
            refuse(400, "Bad Request", "metadata")
        if book.charges_named(reference):
            refuse(409, "Idempotency error", f"Reference {reference} already exists.")
        scenario = by_amount(total)
        if scenario.decline in AT_ONCE:
            refuse(400, AT_ONCE[scenario.decline])
        charge = Charge(
            str(uuid.uuid4()),
            total,
            body["amount"]["currency"],
            body["paymentMethod"]["type"],
            "action",
            scenario.name,
            reference,
            [reference],
            page="bank" if body["paymentMethod"]["type"] == "CARD" else "wallet",
            data={"body": body, "manual": True, "is_card": False, "cancelled": 0, "key": ""},
        )
        charge.due, charge.due_at = "expire", book.now + OPEN_FOR
        book.open(charge)
        self._log(book, charge, "CREATED", total, request.headers["idempotency-key"])
        return Answer(201, {"redirectUrl": page_url(charge), "reference": reference})

    def show(self, request: Request, book: Book, reference: str) -> Answer:
        """Get a payment."""
        charge = existing(book, reference)
        method = {"type": charge.method}
        shown = {**standing(charge), "paymentMethod": method, "profile": {}}
        if charge.state == "action":
            shown["redirectUrl"] = page_url(charge)
        return Answer(200, {**shown, "metadata": charge.data["body"].get("metadata")})

    def events(self, request: Request, book: Book, reference: str) -> Answer:
        """Get a payment's event log."""
        return Answer(200, book.find("event", existing(book, reference).id))

    # Adjustments.

    def capture(self, request: Request, book: Book, reference: str) -> Answer:
        """Capture the payment, or a part of it."""
        charge, amount = existing(book, reference), adjustment(request)
        try:
            made = self.take(book, charge, str(uuid.uuid4()), key_of(request), amount, False)
        except WrongState:
            early = charge.state in ("action", "pending")
            title = "before reservation" if early else "a cancelled payment"
            refuse(400, f"Cannot capture {title}")
        except TooMuch:
            refuse(400, "Capture amount too high")
        return adjusted(charge, made, "Payment cannot be captured")

    def refund(self, request: Request, book: Book, reference: str) -> Answer:
        """Give back what was captured, or a part of it."""
        charge, amount = existing(book, reference), adjustment(request)
        try:
            made = self.give_back(book, charge, str(uuid.uuid4()), key_of(request), amount)
        except WrongState:
            refuse(400, "Attempted refund before reservation")
        except TooMuch:
            refuse(400, "Not enough refundable")
        return adjusted(charge, made, "Payment cannot be refunded")

    def cancel(self, request: Request, book: Book, reference: str) -> Answer:
        """Cancel what is not captured: of a payment still open, all of it."""
        charge = existing(book, reference)
        left, held = charge.amount - charge.captured, charge.state == "authorized"
        if held:
            charge.data["cancelled"] = left
            charge.state = "captured" if charge.captured else "canceled"
        elif charge.state in ("action", "pending"):
            charge.state, charge.data["cancelled"] = "canceled", left
        else:
            refuse(409, "Payment cannot be cancelled", f"Invalid state: {word(charge)}.")
        book.save(charge)
        event = "CANCELLED" if held else "TERMINATED"
        made = self._log(book, charge, event, left, key_of(request))
        return Answer(200, {**standing(charge), "pspReference": made["pspReference"]})

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event in the log, and its webhook."""
        if what == "authorized":
            charge.data["authorized"] = True
        if what not in EVENTS:
            return
        if thing:
            done = thing["status"] != "failed"
            told = EVENTS[what], thing["amount"], thing["reference"], done, thing["id"]
            self._log(book, charge, *told)
        else:
            self._log(book, charge, EVENTS[what], charge.amount)

    def _log(
        self,
        book: Book,
        charge: Charge,
        event: str,
        amount: int,
        key: str = "",
        success: bool = True,
        psp: str = "",
    ) -> dict[str, Any]:
        made = {
            "reference": charge.reference,
            "pspReference": psp or str(uuid.uuid4()),
            "name": event,
            "amount": {"currency": charge.currency, "value": amount},
            "timestamp": book.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "idempotencyKey": key or None,
            "success": success,
        }
        book.put("event", str(uuid.uuid4()), made, charge.id)
        unit = book.account.credentials["merchant_serial_number"]
        book.tell(charge, event, {"msn": unit, **made})
        return made

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """HMAC over path, date, host and the body's hash."""
        body, url = orjson.dumps(delivery.message), urlsplit(account.webhook_url)
        date = format_datetime(now, usegmt=True)
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        path = url.path + (f"?{url.query}" if url.query else "")
        content = f"POST\n{path}\n{date};{url.netloc};{digest}".encode()
        secret = account.credentials["webhook_secret"].encode()
        signature = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        names = "SignedHeaders=x-ms-date;host;x-ms-content-sha256"
        headers = {
            "Content-Type": "application/json",
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 {names}&Signature={signature}",
        }
        return Post(headers, body)

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["body"].get("returnUrl", ""))


def seal(account: Account) -> str:
    """What makes an access token the account's own."""
    secret = account.credentials["client_secret"].encode()
    return hmac.new(secret, b"access token", hashlib.sha256).hexdigest()


def problem(status: int, title: str, detail: str = "") -> Answer:
    """The provider's error object."""
    body = {
        "type": f"https://httpstatuses.io/{status}",
        "title": title,
        "detail": detail or title,
        "status": status,
        "traceId": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        "extraDetails": [],
    }
    return Answer(status, body, {"Content-Type": "application/problem+json"})


def refuse(status: int, title: str, detail: str = "") -> NoReturn:
    """Say no."""
    raise Refuse(problem(status, title, detail))


def checked(request: Request, structure: str) -> dict[str, Any]:
    """A body as its structure wants it; raises Refuse."""
    body = request.json()
    for fault in load("vipps").faults(structure, body):
        missing = fault.kind == "missing"
        refuse(400, "Missing required parameter" if missing else "Bad Request", fault.member)
    return dict(body)


def sum_of(told: Mapping[str, Any]) -> int:
    """An amount in minor units; raises Refuse."""
    amount: int = told["value"]
    if amount < LEAST.get(told["currency"], 1):
        refuse(400, "Amount too small")
    if amount > MOST:
        refuse(400, "Amount invalid")
    return amount


def adjustment(request: Request) -> int:
    """The sum a capture or refund is about; raises Refuse."""
    amount: int = checked(request, "Adjustment")["modificationAmount"]["value"]
    if amount < 1:
        refuse(400, "Amount too small")
    return amount


def key_of(request: Request) -> str:
    return request.headers["idempotency-key"]


def existing(book: Book, reference: str) -> Charge:
    """A payment by its reference, locked; raises Refuse."""
    named = book.charges_named(reference)
    charge = book.charge(named[0].id) if named else None
    if charge is None:
        unit = book.account.credentials["merchant_serial_number"]
        refuse(404, "Reference not found", f"{reference} does not exist for MSN {unit}")
    return charge


def word(charge: Charge) -> str:
    """The payment's state: approved is for good."""
    if charge.data.get("authorized"):
        return "AUTHORIZED"
    words = {"canceled": "TERMINATED", "declined": "ABORTED", "expired": "EXPIRED"}
    return words.get(charge.state, "CREATED")


def standing(charge: Charge) -> dict[str, Any]:
    """The state and the sums of a payment."""
    held = charge.amount if charge.data.get("authorized") else 0
    sums = {
        "authorizedAmount": held,
        "cancelledAmount": charge.data["cancelled"],
        "capturedAmount": charge.captured,
        "refundedAmount": charge.refunded,
    }
    return {
        "amount": {"currency": charge.currency, "value": charge.amount},
        "state": word(charge),
        "aggregate": {
            name: {"currency": charge.currency, "value": value} for name, value in sums.items()
        },
        "pspReference": charge.id,
        "reference": charge.reference,
    }


def adjusted(charge: Charge, made: Thing, failure: str) -> Answer:
    """The answer to a capture or refund."""
    if made["status"] == "failed":
        return problem(400, failure)
    return Answer(200, {**standing(charge), "pspReference": made["id"]})
