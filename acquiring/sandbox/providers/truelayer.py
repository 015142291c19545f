"""TrueLayer's sandbox: payments v3 into merchant accounts, refunds, signed calls and webhooks.

A payment is made and its page shown; the bank's yes executes it, and it settles at once. A scenario
that pends is executed and settles later. Whoever leaves the page has canceled the payment.

Sources: TrueLayer/truelayer-java stub answers (MIT), truelayer-signing (MIT or Apache-2.0);
docs.truelayer.com (statuses, cancel a payment), facts only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts import truelayer_keys as keys
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

PAYMENTS = "/v3/payments"
TOKEN = "/connect/token"  # noqa: S105 (a path)
TYPES = "https://docs.truelayer.com/docs/error-types#"
OPEN_FOR = timedelta(minutes=15)
STATUSES = {
    "action": "authorization_required",
    "pending": "executed",
    "captured": "settled",
    "declined": "failed",
    "canceled": "failed",
    "expired": "failed",
}
EVENTS = {"pending": "executed", "captured": "settled", "declined": "failed", "expired": "failed"}
REFUNDS = {"pending": "pending", "succeeded": "executed", "failed": "failed"}


class Truelayer(Ordinary):
    """TrueLayer, as far as a payment needs it."""

    name = "truelayer"
    title = "TrueLayer"
    key_credential = "client_id"
    cannot = {
        "dispute": "A bank transfer that the account holder authorised is final.",
    }
    refunds_later = True
    routes = (
        ("POST", TOKEN, "token"),
        ("POST", PAYMENTS, "create"),
        ("GET", PAYMENTS + "/{payment_id}", "show"),
        ("POST", PAYMENTS + "/{payment_id}/actions/cancel", "cancel"),
        ("POST", PAYMENTS + "/{payment_id}/refunds", "refund"),
        ("GET", PAYMENTS + "/{payment_id}/refunds", "refunds"),
        ("GET", PAYMENTS + "/{payment_id}/refunds/{refund_id}", "one_refund"),
    )

    # Who is who, and which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """What the console shows, and the keys behind it."""
        caller, own = keys.new_pair(), keys.new_pair()
        return {
            "client_id": f"sandbox-{secrets.token_hex(6)}",
            "client_secret": str(uuid.uuid4()),
            "signing_key_id": str(uuid.uuid4()),
            "signing_private_key": caller.private,
            "merchant_accounts": f"GBP={uuid.uuid4()}, EUR={uuid.uuid4()}",
            "webhook_public_key": own.public,
            "_signing_public_key": caller.public,
            "_webhook_private_key": own.private,
            "_webhook_key_id": str(uuid.uuid4()),
        }

    def authenticate(self, request: Request) -> Account:
        """By id and secret where a token is asked for; by token, and signature, elsewhere."""
        if request.path == TOKEN:
            told = request.json()
            account = account_by_key(self.name, str(told.get("client_id", "")))
            secret = str(told.get("client_secret", "")).encode()
            known = account.credentials["client_secret"].encode() if account else b""
            if account and hmac.compare_digest(secret, known):
                return account
            raise Refuse(Answer(400, {"error": "invalid_client"}))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        client, _, proof = token.partition(".")
        account = account_by_key(self.name, client) if client else None
        if account is None or not hmac.compare_digest(proof.encode(), seal(account).encode()):
            refuse(401, "unauthenticated", "Invalid access token.")
        if request.method == "POST":
            public = account.credentials["_signing_public_key"]
            value = request.headers.get("tl-signature", "")
            named = keys.heading(value).get("kid") == account.credentials["signing_key_id"]
            content = request.path, request.headers, request.body, value
            if not (named and keys.is_signed(public, *content)):
                refuse(401, "unauthenticated", "Invalid request signature.")
        return account

    def token(self, request: Request, book: Book) -> Answer:
        """An access token for an hour."""
        told = request.json()
        if told.get("grant_type") != "client_credentials" or "payments" not in told.get(
            "scope", ""
        ):
            raise Refuse(Answer(400, {"error": "invalid_grant"}))
        lent = f"{book.account.credentials['client_id']}.{seal(book.account)}"
        body = {"access_token": lent, "expires_in": 3600, "scope": told["scope"]}
        return Answer(200, {**body, "token_type": "Bearer"})

    def idempotency_key(self, request: Request) -> str:
        """The header of that name."""
        return request.headers.get("idempotency-key", "") if request.path != TOKEN else ""

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return problem(409, "idempotency-key-concurrency-conflict", "The key is being processed.")

    def mismatch(self, request: Request) -> Answer:
        """The key was used for something else."""
        detail = "The Idempotency-Key value has already been used for a different request."
        return problem(422, "idempotency-key-reuse", detail)

    def not_found(self, request: Request) -> Answer:
        """No such thing."""
        return problem(404, "not-found", "Not found.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return problem(400, "invalid-parameters", reason)

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """A payment, and the page where the payer chooses a bank."""
        body = checked(request, "Payment")
        total, currency = body["amount_in_minor"], body["currency"]
        if total < 1:
            invalid("amount_in_minor", "Must be greater than 0.")
        pairs = dict(
            one.split("=") for one in book.account.credentials["merchant_accounts"].split(", ")
        )
        if body["payment_method"]["beneficiary"]["merchant_account_id"] != pairs.get(currency):
            invalid("payment_method.beneficiary.merchant_account_id", "Is not of this currency.")
        payer = body.get("user", {})
        if not payer.get("id") and not (
            payer.get("name") and (payer.get("email") or payer.get("phone"))
        ):
            invalid("user", "A name and an email or phone are required.")
        charge = Charge(
            str(uuid.uuid4()),
            total,
            currency,
            body["payment_method"]["type"],
            "action",
            by_amount(total).name,
            page="bank",
            data={"body": body, "manual": False, "is_card": False, "user": str(uuid.uuid4())},
        )
        charge.due, charge.due_at = "expire", book.now + OPEN_FOR
        book.open(charge)
        made = {
            "id": charge.id,
            "user": {"id": charge.data["user"]},
            "resource_token": secrets.token_urlsafe(32),
            "status": "authorization_required",
        }
        if "hosted_page" in body:
            made["hosted_page"] = {"uri": page_url(charge)}
        return Answer(201, made)

    def show(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A payment."""
        return Answer(200, payment(existing(book, payment_id)))

    def cancel(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Cancel a payment that nobody has authorized."""
        charge = existing(book, payment_id)
        if charge.state != "action":
            refuse(409, "invalid-state", "The payment cannot be cancelled in its status.")
        self.advance(book, charge, "cancel")
        book.save(charge)
        return Answer(202)

    def refund(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Give back a settled payment, or a part of it."""
        body, charge = checked(request, "Refund"), existing(book, payment_id)
        made = str(uuid.uuid4())
        try:
            self.give_back(book, charge, made, body["reference"], body["amount_in_minor"])
        except WrongState:
            refuse(400, "invalid-parameters", "The payment is not settled.")
        except TooMuch:
            invalid("amount_in_minor", "Exceeds what is left of the payment.")
        known = book.get("refund", made) or {}
        book.change("refund", made, {**known, "metadata": body.get("metadata", {})})
        return Answer(202, {"id": made})

    def refunds(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Refunds of a payment."""
        charge = existing(book, payment_id)
        found = [refund(charge, one) for one in book.find("refund", charge.id)]
        return Answer(200, {"items": found})

    def one_refund(self, request: Request, book: Book, payment_id: str, refund_id: str) -> Answer:
        """A refund."""
        charge = existing(book, payment_id)
        for one in book.find("refund", charge.id, id=refund_id):
            return Answer(200, refund(charge, one))
        raise Refuse(self.not_found(request))

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """One event; the bank's yes and the settlement are two."""
        if thing:
            done = REFUNDS[thing["status"]]
            told = {"refund_id": thing["id"], "of": thing["id"]}
            told |= {"failure_reason": "insufficient_funds"} if done == "failed" else {}
            self._event(book, charge, f"refund_{done}", told)
            return
        if what == "captured" and charge.plan.result != "pending":
            self._event(book, charge, "payment_executed")
        if what in EVENTS:
            failed = what in ("declined", "expired")
            self._event(book, charge, f"payment_{EVENTS[what]}", failure(charge) if failed else {})

    def _event(
        self, book: Book, charge: Charge, kind: str, more: Mapping[str, Any] | None = None
    ) -> None:
        told = {
            "type": kind,
            "event_version": 1,
            "event_id": str(uuid.uuid4()),
            "payment_id": charge.id,
            "metadata": charge.data["body"].get("metadata", {}),
        }
        if kind.startswith("payment_"):
            told["payment_method"] = {"type": charge.method}
        book.tell(charge, kind, {**told, **(more or {})})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """A detached signature over path, time and body."""
        told = dict(delivery.message)
        if of := told.pop("of", ""):
            told["metadata"] = (Book(account).get("refund", of) or {}).get("metadata", {})
        body, known = orjson.dumps(told), account.credentials
        signed = {"X-Tl-Webhook-Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        private, key_id = known["_webhook_private_key"], known["_webhook_key_id"]
        value = keys.sign(private, key_id, urlsplit(account.webhook_url).path, signed, body)
        headers = {"Content-Type": "application/json", **signed, "Tl-Signature": value}
        return Post(headers, body)

    def returns(self, charge: Charge) -> str:
        """The shop's address, with the payment's id."""
        url = charge.data["body"].get("hosted_page", {}).get("return_uri", "")
        mark = "&" if urlsplit(url).query else "?"
        return f"{url}{mark}payment_id={charge.id}" if url else ""


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/truelayer.json`."""
    path = Path(__file__).parents[1] / "data" / "truelayer.json"
    return json.loads(path.read_text("utf-8"))


def seal(account: Account) -> str:
    """What makes an access token the account's own."""
    secret = account.credentials["client_secret"].encode()
    return hmac.new(secret, b"access token", hashlib.sha256).hexdigest()


def problem(status: int, kind: str, detail: str, **errors: Any) -> Answer:
    """The provider's error object."""
    title = kind.replace("-", " ").title()
    body = {"type": TYPES + kind, "title": title, "status": status, "detail": detail}
    body |= {"trace_id": secrets.token_hex(16), **errors}
    return Answer(status, body, {"Content-Type": "application/problem+json"})


def refuse(status: int, kind: str, detail: str) -> NoReturn:
    """Say no."""
    raise Refuse(problem(status, kind, detail))


def invalid(member: str, message: str) -> NoReturn:
    """Say no to a member."""
    detail = "The request body was invalid."
    raise Refuse(problem(400, "invalid-parameters", detail, errors={member: [message]}))


def checked(request: Request, structure: str) -> dict[str, Any]:
    """A body as its structure wants it; raises Refuse."""
    body = request.json()
    for fault in load("truelayer").faults(structure, body):
        invalid(fault.member, f"Is {fault.kind}.")
    return dict(body)


def existing(book: Book, payment_id: str) -> Charge:
    """A payment by its id, locked; raises Refuse."""
    charge = book.charge(payment_id)
    if charge is None:
        refuse(404, "not-found", "Payment could not be found.")
    return charge


def failure(charge: Charge) -> dict[str, str]:
    """Why a payment failed, and when."""
    decline = charge.data.get("decline", "shopper_canceled")
    reason = tables()["reasons"].get(decline, "provider_rejected")
    return {"failure_stage": "authorizing", "failure_reason": reason}


def payment(charge: Charge) -> dict[str, Any]:
    """The payment object."""
    body, status = charge.data["body"], STATUSES[charge.state]
    shown = {
        "id": charge.id,
        "amount_in_minor": charge.amount,
        "currency": charge.currency,
        "user": {"id": charge.data["user"]},
        "payment_method": body["payment_method"],
        "status": status,
        "metadata": body.get("metadata", {}),
    }
    return shown | (failure(charge) if status == "failed" else {})


def refund(charge: Charge, thing: Mapping[str, Any]) -> dict[str, Any]:
    """The refund object."""
    status = REFUNDS[thing["status"]]
    shown = {
        "id": thing["id"],
        "amount_in_minor": thing["amount"],
        "currency": charge.currency,
        "reference": thing["reference"],
        "status": status,
        "metadata": thing.get("metadata", {}),
    }
    return shown | ({"failure_reason": "insufficient_funds"} if status == "failed" else {})
