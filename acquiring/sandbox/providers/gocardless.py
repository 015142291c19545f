"""GoCardless' sandbox: billing requests and their pages, payments by mandate, refunds, events.

An instant payment comes of its billing request; a mandate does too, and is charged by a call of its
own, whose answer always says pending_submission: what becomes of the debit is told by events. In
the true sandbox somebody runs a simulator for that; here the payment's scenario does. A key that
was used is answered with the conflict that names what it made.

Sources: gocardless/gocardless-pro-python fixtures and webhook test (MIT); gocardless-nodejs types
(MIT); developer.gocardless.com (billing requests, events, errors).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.gocardless_objects import (
    billing_request,
    checked,
    error,
    existing,
    invalid,
    listed,
    metadata_of,
    payment,
    refund,
    refuse,
    stamp,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

OPEN_FOR = timedelta(days=7)
CURRENCIES = {
    "ach": "USD",
    "autogiro": "SEK",
    "bacs": "GBP",
    "becs": "AUD",
    "becs_nz": "NZD",
    "betalingsservice": "DKK",
    "faster_payments": "GBP",
    "pad": "CAD",
    "pay_to": "AUD",
    "sepa_core": "EUR",
    "sepa_credit_transfer": "EUR",
    "sepa_instant_credit_transfer": "EUR",
}
EVENTS = {
    "pending": "submitted",
    "captured": "confirmed",
    "declined": "failed",
    "expired": "failed",
    "canceled": "cancelled",
    "disputed": "charged_back",
}


class Gocardless(Ordinary):
    """GoCardless, as far as a payment needs it."""

    name = "gocardless"
    title = "GoCardless"
    key_credential = "api_token"
    refunds_later = True
    routes = (
        ("POST", "/billing_requests", "create"),
        ("GET", "/billing_requests/{request_id}", "show"),
        ("POST", "/billing_requests/{request_id}/actions/cancel", "cancel"),
        ("POST", "/billing_request_flows", "flow"),
        ("POST", "/payments", "pay"),
        ("GET", "/payments", "payments"),
        ("GET", "/payments/{payment_id}", "payment"),
        ("POST", "/payments/{payment_id}/actions/cancel", "stop"),
        ("POST", "/refunds", "refund"),
        ("GET", "/refunds", "refunds"),
        ("GET", "/refunds/{refund_id}", "one_refund"),
        ("GET", "/events", "events"),
    )

    # Who is who, and which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An access token of the dashboard, and the secret of a webhook endpoint."""
        token = f"sandbox_{secrets.token_urlsafe(30)}"
        return {"api_token": token, "webhook_secret": secrets.token_urlsafe(30)}

    def authenticate(self, request: Request) -> Account:
        """By the token; the version has to be named as well."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, token) if scheme == "Bearer" and token else None
        if account is None:
            refuse(401, "invalid_api_usage", "unauthorized", "Unauthorized")
        if request.headers.get("gocardless-version") != "2015-07-06":
            refuse(400, "invalid_api_usage", "missing_version_header", "Version header is missing")
        return account

    def idempotency_key(self, request: Request) -> str:
        """The header of that name."""
        key = request.headers.get("idempotency-key", "")
        return f"{request.path} {key}" if key and request.method == "POST" else ""

    def fingerprint(self, request: Request) -> str:
        """Only the key counts."""
        return "the same"

    def replayed(self, answer: Answer) -> Answer:
        """The key is taken, by what the first call made."""
        (made,) = orjson.loads(answer.content()).values()
        links = {"conflicting_resource_id": made["id"]}
        message = "A resource has already been created with this idempotency key"
        return error(409, "invalid_state", "idempotent_creation_conflict", message, links=links)

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "invalid_state", "request_in_progress", "Request is in progress")

    def not_found(self, request: Request) -> Answer:
        """No such thing."""
        return error(404, "invalid_api_usage", "resource_not_found", "Resource not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(400, "invalid_api_usage", "invalid_document_structure", reason)

    # Billing requests.

    def create(self, request: Request, book: Book) -> Answer:
        """A billing request: for a mandate, or for one instant payment."""
        body = checked(request, "billing_requests", "Request")
        wishes = [name for name in ("mandate_request", "payment_request") if body.get(name)]
        if len(wishes) != 1:
            invalid(wishes[0] if wishes else "mandate_request", "is required")
        wish, instant = body[wishes[0]], wishes[0] == "payment_request"
        currency = wish.get("currency") or CURRENCIES[wish.get("scheme", "bacs")]
        scheme = wish.get("scheme") or next(n for n, c in CURRENCIES.items() if c == currency)
        if CURRENCIES[scheme] != currency:
            invalid("currency", "is not supported by the scheme")
        total = wish["amount"] if instant else 0
        if instant and total < 1:
            invalid("amount", "must be greater than 0")
        charge = Charge(
            f"BRQ{secrets.token_hex(8).upper()}",
            total,
            currency,
            scheme,
            "action",
            by_amount(total).name,
            page="bank",
            data={"body": body, "manual": False, "is_card": False, "status": "pending"},
        )
        charge.due, charge.due_at = "expire", book.now + OPEN_FOR
        book.open(charge)
        return Answer(201, {"billing_requests": billing_request(charge)})

    def flow(self, request: Request, book: Book) -> Answer:
        """A page for a billing request."""
        body = checked(request, "billing_request_flows", "Flow")
        charge = existing(book, body["links"]["billing_request"])
        if charge.data["status"] != "pending":
            refuse(422, "invalid_state", "billing_request_not_pending", "It is not pending")
        charge.data["flow"] = body
        book.save(charge)
        made = {"id": f"BRF{secrets.token_hex(8).upper()}", **body, "auto_fulfil": True}
        made |= {"authorisation_url": page_url(charge), "created_at": stamp(book)}
        return Answer(201, {"billing_request_flows": made})

    def show(self, request: Request, book: Book, request_id: str) -> Answer:
        """A billing request."""
        return Answer(200, {"billing_requests": billing_request(existing(book, request_id))})

    def cancel(self, request: Request, book: Book, request_id: str) -> Answer:
        """Cancel a billing request that nobody fulfilled."""
        charge = existing(book, request_id)
        if charge.data["status"] != "pending":
            refuse(422, "invalid_state", "billing_request_not_cancellable", "It is not pending")
        charge.data["status"] = "cancelled"
        charge.state = "canceled" if charge.state == "action" else charge.state
        book.save(charge)
        self._event(book, charge, "billing_requests", "cancelled")
        return Answer(200, {"billing_requests": billing_request(charge)})

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """A yes on the page fulfils the request; who leaves it can still come back."""
        opened = charge.id.startswith("BRQ") and charge.data["status"] == "pending"
        if not opened:
            super().advance(book, charge, event, decline)
            return
        if event in ("approve", "wait"):
            self._fulfil(book, charge, event)
        elif event == "expire":
            charge.state, charge.data["status"] = "expired", "cancelled"
            self._event(book, charge, "billing_requests", "cancelled")
        elif event in ("decline", "cancel"):
            charge.data["left"] = True

    def _fulfil(self, book: Book, charge: Charge, event: Event) -> None:
        charge.data |= {"status": "fulfilled", "left": False}
        instant = "payment_request" in charge.data["body"]
        made = f"{'PM' if instant else 'MD'}{secrets.token_hex(8).upper()}"
        charge.data["payment" if instant else "mandate"] = made
        charge.names.append(made)
        self._event(book, charge, "billing_requests", "fulfilled")
        if instant:
            super().advance(book, charge, event)
        else:
            charge.state = "captured"  # nothing is taken: the mandate is there
            book.put("mandate", made, {"id": made, "scheme": charge.method})
            self._event(book, charge, "mandates", "created", mandate=made)

    # Payments.

    def pay(self, request: Request, book: Book) -> Answer:
        """Charge a mandate."""
        body = checked(request, "payments", "Payment")
        mandate = book.get("mandate", body["links"]["mandate"])
        if mandate is None:
            invalid("mandate", "could not be found")
        if CURRENCIES[mandate["scheme"]] != body["currency"]:
            invalid("currency", "does not match the mandate's")
        if body["amount"] < 1:
            invalid("amount", "must be greater than 0")
        plan = by_amount(body["amount"])
        if plan.decline in ("mandate_revoked", "recurring_stopped"):
            message = "Mandate is failed, cancelled or expired"
            refuse(422, "invalid_state", "mandate_is_inactive", message)
        made = f"PM{secrets.token_hex(8).upper()}"
        data = {"body": body, "payment": made, "mandate": mandate["id"]}
        charge = Charge(
            made, body["amount"], body["currency"], mandate["scheme"], "", plan.name, data=data
        )
        charge.names = [made, mandate["id"]]
        self.begin(book, charge, asks_shopper=False)
        shown = {**payment(charge), "status": "pending_submission"}
        return Answer(201, {"payments": shown})

    def payment(self, request: Request, book: Book, payment_id: str) -> Answer:
        """A payment."""
        return Answer(200, {"payments": payment(existing(book, payment_id))})

    def payments(self, request: Request, book: Book) -> Answer:
        """Payments by a mandate, latest first."""
        named = book.charges_named(str(request.query.get("mandate", "")))
        found = [payment(one) for one in reversed(named) if one.id.startswith("PM")]
        return Answer(200, listed("payments", found))

    def stop(self, request: Request, book: Book, payment_id: str) -> Answer:
        """Cancel a payment that was not submitted yet."""
        charge = existing(book, payment_id)
        if charge.state != "pending":
            message = "Payment could not be cancelled"
            refuse(422, "invalid_state", "cancellation_failed", message)
        self.let_go(book, charge)
        return Answer(200, {"payments": payment(charge)})

    # Refunds.

    def refund(self, request: Request, book: Book) -> Answer:
        """Give back a payment, or a part of it; the sum of all refunds is confirmed."""
        body = checked(request, "refunds", "Refund")
        charge = existing(book, body["links"].get("payment", ""))
        total = body.get("total_amount_confirmation")
        if total != charge.refunded + body["amount"]:
            invalid("total_amount_confirmation", "does not match the refunds of the payment")
        made = f"RF{secrets.token_hex(8).upper()}"
        try:
            thing = self.give_back(book, charge, made, "", body["amount"])
        except WrongState:
            message = "The payment cannot be refunded in its state"
            refuse(422, "invalid_state", "refund_payment_invalid_state", message)
        except TooMuch:
            invalid("amount", "must not exceed what is left of the payment")
        known = book.get("refund", made) or {}
        book.change("refund", made, {**known, "metadata": body.get("metadata", {})})
        book.put("refund_of", made, {"id": made, "charge": charge.id})
        shown = {**thing, "metadata": body.get("metadata", {})}
        return Answer(201, {"refunds": refund(charge, shown)})

    def one_refund(self, request: Request, book: Book, refund_id: str) -> Answer:
        """A refund."""
        thing, place = book.get("refund", refund_id), book.get("refund_of", refund_id)
        if thing is None or place is None:
            raise Refuse(self.not_found(request))
        return Answer(200, {"refunds": refund(existing(book, place["charge"]), thing)})

    def refunds(self, request: Request, book: Book) -> Answer:
        """Refunds of a payment."""
        charge = existing(book, str(request.query.get("payment", "")))
        found = [refund(charge, one) for one in book.find("refund", charge.id)]
        return Answer(200, listed("refunds", found))

    # Telling.

    def events(self, request: Request, book: Book) -> Answer:
        """Events of a payment, latest first."""
        charge = existing(book, str(request.query.get("payment", "")))
        found = reversed(book.find("event", charge.id))
        wanted = request.query.get("action")
        return Answer(200, listed("events", [e for e in found if wanted in (None, e["action"])]))

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event, in the list and by webhook."""
        if thing:
            action = "paid" if thing["status"] == "succeeded" else "failed"
            self._event(book, charge, "refunds", action, refund=thing["id"])
            return
        details = {}
        if what in ("declined", "expired"):
            cause = tables()["causes"].get(charge.data.get("decline"), "refer_to_payer")
            details = {"origin": "bank", "cause": cause, "will_attempt_retry": False}
        if what == "disputed":
            details = {"origin": "bank", "cause": "authorisation_disputed"}
        if what in EVENTS:
            self._event(
                book, charge, "payments", EVENTS[what], details, payment=charge.data["payment"]
            )

    def _event(
        self,
        book: Book,
        charge: Charge,
        kind: str,
        action: str,
        details: Mapping[str, Any] | None = None,
        **links: str,
    ) -> None:
        about = links or {"billing_request": charge.id}
        told = {"origin": "gocardless", "cause": f"{kind[:-1]}_{action}", **(details or {})}
        event_id = f"EV{secrets.token_hex(8).upper()}"
        made = {
            "id": event_id,
            "created_at": stamp(book),
            "resource_type": kind,
            "action": action,
            "links": about,
            "details": {**told, "description": "Told by the simulator."},
            "metadata": {},
        }
        book.put("event", event_id, made, charge.id)
        book.tell(charge, f"{kind} {action}", {**made, "resource_metadata": {}, "of": about})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """One event, under the secret; it carries the metadata of what it is about."""
        book = Book(account)
        event = dict(delivery.message)
        event["resource_metadata"] = metadata_of(book, event.pop("of"))
        meta = {"webhook_id": f"WB{delivery.id:012d}"}
        body = orjson.dumps({"events": [event], "meta": meta})
        secret = account.credentials["webhook_secret"].encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return Post({"Content-Type": "application/json", "Webhook-Signature": signature}, body)

    def returns(self, charge: Charge) -> str:
        """The shop's page, or the one for who left."""
        flow = charge.data.get("flow", {})
        return str(flow.get("exit_uri" if charge.data.get("left") else "redirect_uri", ""))
