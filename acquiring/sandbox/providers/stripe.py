"""Stripe's test mode: PaymentIntents, Refunds, PaymentMethods, Customers, webhooks.

Written from docs.stripe.com (api, error-codes, idempotent requests, testing, webhooks), from
stripe/openapi and from the parameters of stripe-python (MIT).

- Bodies are forms in bracket notation; a parameter that Stripe does not publish is refused.
- A decline is HTTP 402 and leaves the intent in `requires_payment_method`, from where it may be
  confirmed again with another method.
- An idempotency key keeps its first answer, HTTP 500 included; other parameters under the same key
  and a key in use are errors of their own. What failed validation is not kept.
- Searching finds an intent at once; Stripe's own index lags by up to a minute.
- Several captures need `request_multicapture`; otherwise a partial capture releases the rest.
- Money that leaves slowly (direct debits) is `processing` for 3 seconds. A refund that will fail is
  `succeeded` first, as with Stripe's own test card.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, Simulator, first_step
from acquiring.sandbox.parts.stripe import facts, objects
from acquiring.sandbox.parts.stripe.actions import next_action
from acquiring.sandbox.parts.stripe.changes import approve, capture
from acquiring.sandbox.parts.stripe.errors import error, invalid
from acquiring.sandbox.parts.stripe.lookup import (
    CLAUSE,
    NEWEST,
    fits,
    intent_of,
    read_body,
    read_query,
    shown_intent,
    unexpected,
)
from acquiring.sandbox.parts.stripe.paying import (
    authentication_of,
    iso_amount,
    keep_method,
    method_of,
    options_of,
)
from acquiring.sandbox.parts.stripe.payouts import Payouts
from acquiring.sandbox.parts.stripe.records import Records
from acquiring.sandbox.parts.stripe.refunds import Refunds
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
SETTLES = timedelta(seconds=3)
EXPIRES = timedelta(hours=1)
EVIDENCE_DAYS = 7
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CONFIRMABLE, "requires_capture")


class Stripe(Refunds, Records, Payouts, Simulator):
    name, title, key_credential = "stripe", "Stripe", "secret_key"
    routes = (
        ("POST", "/v1/payment_intents", "create_intent"),
        ("GET", "/v1/payment_intents", "list_intents"),
        ("GET", "/v1/payment_intents/search", "search_intents"),
        ("GET", "/v1/payment_intents/{intent}", "show_intent"),
        ("POST", "/v1/payment_intents/{intent}/confirm", "confirm_intent"),
        ("POST", "/v1/payment_intents/{intent}/capture", "capture_intent"),
        ("POST", "/v1/payment_intents/{intent}/cancel", "cancel_intent"),
        ("POST", "/v1/refunds", "create_refund"),
        ("GET", "/v1/refunds", "list_refunds"),
        ("GET", "/v1/refunds/{refund}", "show_refund"),
        ("GET", "/v1/charges/{charge}", "show_charge"),
        ("GET", "/v1/disputes/{dispute}", "show_dispute"),
        ("POST", "/v1/payment_methods", "create_method"),
        ("GET", "/v1/payment_methods/{method}", "show_method"),
        ("POST", "/v1/customers", "create_customer"),
        ("GET", "/v1/customers/{customer}", "show_customer"),
        ("GET", "/v1/balance", "show_balance"),
        ("GET", "/v1/balance_transactions", "list_transactions"),
        ("GET", "/v1/balance_transactions/{transaction}", "show_transaction"),
        ("GET", "/v1/payouts", "list_payouts"),
        ("GET", "/v1/payouts/{payout}", "show_payout"),
    )

    # Who calls, and under which key.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        return {
            "secret_key": f"sk_test_{secrets.token_urlsafe(32)}",
            "webhook_secret": f"whsec_{secrets.token_urlsafe(24)}",
        }

    def authenticate(self, request: Request) -> Account:
        key = _key(request.headers.get("authorization", ""))
        if not key:
            message = "You did not provide an API key. You need to provide your API key in the"
            raise Refuse(invalid(f"{message} Authorization header.", status=401))
        account = account_by_key(self.name, key)
        if account is None:
            message = f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}"
            raise Refuse(invalid(message, status=401))
        version = request.headers.get("stripe-version", NEWEST)
        if not VERSION.fullmatch(version):
            raise Refuse(invalid(f"Invalid Stripe API version: {version}"))
        return account

    def idempotency_key(self, request: Request) -> str:
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        if len(key) > 255:
            raise Refuse(invalid("Idempotency keys are at most 255 characters long."))
        return key

    def busy(self, request: Request) -> Answer:
        message = "There is currently another in-progress request using this Idempotent Key."
        return error(409, "idempotency_error", message, "idempotency_key_in_use")

    def mismatch(self, request: Request) -> Answer:
        message = "Keys for idempotent requests can only be used with the same parameters they were"
        return error(400, "idempotency_error", f"{message} first used with.")

    def replayed(self, answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, "Idempotent-Replayed": "true"})

    def not_found(self, request: Request) -> Answer:
        url = f"{request.method}: {request.path}"
        return invalid(f"Unrecognized request URL ({url}).", status=404)

    def malformed(self, request: Request, reason: str) -> Answer:
        return invalid(f"Invalid request: {reason}")

    def broken(self, request: Request) -> Answer:
        return error(500, "api_error", "An unknown error occurred.")

    def unavailable(self, request: Request) -> Answer:
        return error(503, "api_error", "Stripe is currently unavailable. Please try again.")

    def test_values(self) -> list[tuple[str, str]]:
        known = facts.facts()
        cards = [(f"card `{number}`", f"`{name}`") for number, name in known["cards"].items()]
        tokens = known["tokens"].items()
        return cards + [(f"`{token}`", f"stands for card `{number}`") for token, number in tokens]

    # PaymentIntents.

    def create_intent(self, request: Request, book: Book) -> Answer:
        asked = read_body("PaymentIntent.create", request)
        currency = asked["currency"].upper()
        amount = iso_amount(asked["amount"], currency)
        intent = objects.intent(objects.new_id("pi"), asked, book.now)
        known = [str(one) for one in intent["metadata"].values()]
        charge = Charge(
            provider=self.name,
            id=intent["id"],
            amount=amount,
            currency=currency,
            method=intent["payment_method_types"][0],
            state="action",
            reference=known[0] if known else request.headers.get("idempotency-key", ""),
            names=known,
            data={"intent": intent, "charge": None, "method": None},
        )
        if not asked.get("confirm"):
            book.open(charge)
            self.tell(book, charge, "payment_intent.created", intent)
            return Answer(200, shown_intent(charge, asked))
        answer = self._confirm(book, charge, asked)
        book.open(charge)
        return answer

    def confirm_intent(self, request: Request, book: Book, intent: str) -> Answer:
        asked = read_body("PaymentIntent.confirm", request)
        charge = intent_of(book, intent)
        if charge.data["intent"]["status"] not in CONFIRMABLE:
            raise Refuse(unexpected(charge, "confirmed"))
        answer = self._confirm(book, charge, asked)
        book.play(charge)
        book.save(charge)
        return answer

    def _confirm(self, book: Book, charge: Charge, asked: Mapping[str, Any]) -> Answer:
        method = method_of(book, charge, asked)
        kind, intent = method.shown["type"], charge.data["intent"]
        charge.data["method"], intent["payment_method"] = method.shown, method.shown["id"]
        charge.method, charge.state = kind, "action"
        charge.scenario = method.scenario or by_amount(charge.amount).name
        known, options = options_of(charge, asked)
        manual = options.get("capture_method") or intent["capture_method"]
        charge.data["manual"] = manual == "manual"
        charge.data["multicapture"] = options.get("request_multicapture") == "if_available"
        charge.data["return_url"] = asked.get("return_url") or ""
        keep_method(book, method, intent)
        action = known.get("next", "redirect")
        waits = action not in ("card", "processing")
        if action == "redirect" and not asked.get("return_url"):
            message = "You must provide a `return_url` when confirming with this payment method."
            raise Refuse(invalid(message, "parameter_missing", "return_url"))
        step = first_step(charge.plan, waits, kind == "card")
        charge.data["three_d_secure"] = authentication_of(charge, options)
        if step == "action" and asked.get("off_session"):
            return self._declined(book, charge, "authentication_required")
        if step == "decline":
            return self._declined(book, charge, charge.plan.decline)
        if step == "action":
            self._ask_shopper(book, charge, known, action)
        elif step == "wait" or action == "processing":
            self.advance(book, charge, "wait")
            if not charge.plan.later:
                charge.due, charge.due_at = "approve", book.now + SETTLES
        else:
            self.advance(book, charge, "approve")
        return Answer(200, shown_intent(charge, asked))

    def _ask_shopper(
        self, book: Book, charge: Charge, known: Mapping[str, Any], action: str
    ) -> None:
        intent, return_url = charge.data["intent"], charge.data["return_url"]
        charge.page, charge.state = known["page"], "action"
        expires_at = book.now + timedelta(seconds=known.get("expires_seconds", 3600))
        charge.due, charge.due_at = "expire", expires_at
        kind = action
        if action in ("card", "redirect"):
            kind = "redirect_to_url" if return_url else "use_stripe_sdk"
        intent["status"] = "requires_action"
        seconds = objects.seconds(expires_at)
        intent["next_action"] = next_action(kind, charge, return_url, seconds)
        if action == "blik_authorize":  # the shopper confirms in the bank's app, within seconds
            charge.due, charge.due_at = "approve", book.now + SETTLES
        self.tell(book, charge, "payment_intent.requires_action", intent)

    def _declined(self, book: Book, charge: Charge, decline: str) -> Answer:
        self.advance(book, charge, "decline", decline)
        intent = charge.data["intent"]
        shown = {**intent["last_payment_error"], "payment_intent": intent}
        if charge.data["charge"]:
            shown["charge"] = charge.data["charge"]["id"]
        return Answer(402, {"error": shown})

    def show_intent(self, request: Request, book: Book, intent: str) -> Answer:
        asked = read_query("PaymentIntent.retrieve", request)
        return Answer(200, shown_intent(intent_of(book, intent, lock=False), asked))

    def list_intents(self, request: Request, book: Book) -> Answer:
        asked = read_query("PaymentIntent.list", request)
        limit = min(asked.get("limit", 10), 100)
        found = book.recent_charges(limit + 1, asked.get("starting_after", ""))
        shown = [shown_intent(charge, asked) for charge in found[:limit]]
        return Answer(200, objects.listed(shown, "/v1/payment_intents", len(found) > limit))

    def search_intents(self, request: Request, book: Book) -> Answer:
        asked = read_query("PaymentIntent.search", request)
        clauses = [one.groupdict() for one in CLAUSE.finditer(asked["query"])]
        named = [one for one in clauses if one["key"]]
        if not named:
            raise Refuse(invalid("The query is not understood.", param="query"))
        found = [
            charge.data["intent"]
            for charge in book.charges_named(named[0]["value"])
            if all(fits(charge.data["intent"], clause) for clause in clauses)
        ]
        page = objects.listed(found, "/v1/payment_intents/search", kind="search_result")
        return Answer(200, page | {"next_page": None})

    def capture_intent(self, request: Request, book: Book, intent: str) -> Answer:
        asked = read_body("PaymentIntent.capture", request)
        charge = intent_of(book, intent)
        shown = charge.data["intent"]
        if shown["status"] != "requires_capture":
            raise Refuse(unexpected(charge, "captured"))
        left = shown["amount_capturable"]
        amount = asked.get("amount_to_capture", left)
        if not 0 < amount <= left:
            message = f"The amount to capture must be between 1 and {left}."
            raise Refuse(invalid(message, "amount_too_large", "amount_to_capture"))
        final = asked.get("final_capture", True)
        if not final and not charge.data.get("multicapture"):
            message = "`final_capture` is only available where multicapture was requested."
            raise Refuse(invalid(message, param="final_capture"))
        if charge.plan.capture == "fail":
            message = "The charge can no longer be captured."
            return invalid(message, "charge_expired_for_capture")
        shown["metadata"] |= asked.get("metadata") or {}
        capture(charge, amount, final and amount <= left)
        book.save(charge)
        if shown["status"] == "succeeded":
            self.tell(book, charge, "payment_intent.succeeded", shown)
        else:
            self.tell(book, charge, "payment_intent.amount_capturable_updated", shown)
        self.tell(book, charge, "charge.captured", charge.data["charge"])
        return Answer(200, shown_intent(charge, asked))

    def cancel_intent(self, request: Request, book: Book, intent: str) -> Answer:
        asked = read_body("PaymentIntent.cancel", request)
        charge = intent_of(book, intent)
        if charge.data["intent"]["status"] not in CANCELABLE:
            raise Refuse(unexpected(charge, "canceled"))
        self._cancel(book, charge, asked.get("cancellation_reason"))
        book.save(charge)
        return Answer(200, shown_intent(charge, asked))

    def _cancel(self, book: Book, charge: Charge, reason: str | None) -> None:
        intent = charge.data["intent"]
        charge.state = "captured" if charge.captured else "canceled"
        intent |= {
            "status": "succeeded" if charge.captured else "canceled",
            "canceled_at": None if charge.captured else objects.seconds(book.now),
            "cancellation_reason": reason,
            "amount_capturable": 0,
            "next_action": None,
        }
        self.tell(book, charge, f"payment_intent.{intent['status']}", intent)

    # What happens later, and how it is told.

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        intent = charge.data["intent"]
        waiting = charge.state in ("action", "pending") and charge.data["method"]
        if event == "approve" and waiting:
            approve(charge, book.now)
            name = "amount_capturable_updated" if charge.state == "authorized" else "succeeded"
            self.tell(book, charge, f"payment_intent.{name}", intent)
            self.tell(book, charge, "charge.succeeded", charge.data["charge"])
        elif event == "wait" and waiting:
            intent |= {"status": "processing", "next_action": None, "processing": None}
            charge.state = "pending"
            charge.data["charge"] = objects.charge(charge, "pending", book.now)
            intent["latest_charge"] = charge.data["charge"]["id"]
            self.tell(book, charge, "payment_intent.processing", intent)
        elif event == "expire" and charge.state == "authorized":
            self._cancel(book, charge, "automatic")
        elif event in ("decline", "cancel", "expire") and waiting:
            charge.state = "expired" if event == "expire" else "declined"
            self._fail(book, charge, "payment_expired" if event == "expire" else decline)
        elif event == "dispute" and charge.captured and not charge.data.get("dispute"):
            self._dispute(book, charge)

    def _fail(self, book: Book, charge: Charge, decline: str) -> None:
        intent = charge.data["intent"]
        intent |= {
            "status": "requires_payment_method",
            "last_payment_error": objects.failure(charge, decline or "generic_decline"),
            "next_action": None,
            "payment_method": None,
        }
        unauthenticated = decline.startswith("authentication")
        if not unauthenticated:  # without authentication no bank was asked: there is no charge
            charge.data["charge"] = objects.charge(charge, "failed", book.now)
            intent["latest_charge"] = charge.data["charge"]["id"]
            intent["last_payment_error"]["charge"] = charge.data["charge"]["id"]
            charge.names.append(charge.data["charge"]["id"])
            self.tell(book, charge, "charge.failed", charge.data["charge"])
        self.tell(book, charge, "payment_intent.payment_failed", intent)

    def _dispute(self, book: Book, charge: Charge) -> None:
        due_by = book.now + timedelta(days=EVIDENCE_DAYS)
        dispute = objects.dispute(charge, book.now, due_by)
        charge.data["dispute"] = dispute["id"]
        charge.data["charge"]["disputed"] = True
        book.put("dispute", dispute["id"], dispute, charge.id)
        book.charge_back(charge, dispute["id"])
        self.tell(book, charge, "charge.dispute.created", dispute)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        body = orjson.dumps(delivery.message, option=orjson.OPT_INDENT_2)
        at = objects.seconds(now)
        key = account.credentials["webhook_secret"].encode()
        signature = hmac.new(key, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={at},v1={signature}",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        return Post(headers, body)

    def returns(self, charge: Charge) -> str:
        return_url = charge.data.get("return_url", "")
        if not return_url:
            return ""
        intent = charge.data["intent"]
        outcome = {"succeeded": "succeeded", "requires_capture": "succeeded"}
        outcome |= {"processing": "pending", "requires_action": "pending"}
        query = {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": outcome.get(intent["status"], "failed"),
        }
        return f"{return_url}{'&' if '?' in return_url else '?'}{urlencode(query)}"


def _key(authorization: str) -> str:
    """The secret key of a bearer or basic header; "" where there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except ValueError:
        return ""
