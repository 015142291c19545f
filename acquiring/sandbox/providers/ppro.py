"""PPRO's sandbox: payment charges, their refunds, and signed CloudEvents about both.

A charge that cannot be, or is declined, is made all the same, with the status FAILED: HTTP 400 is
for bodies that are wrong and operations that the charge does not allow. `MOCK` is PPRO's own test
method, which fails by its amount.

Sources: developerhub.ppro.com/global-api (docs and reference), its OpenAPI documents of payment
charges and webhooks; facts only.
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
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.ppro_objects import (
    about_charge,
    error,
    failure,
    method,
    moment,
    money,
    refund_object,
    refuse,
    shown,
    status,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

CHARGES = "/v1/payment-charges"
REFUND_EVENTS = {"succeeded": "SUCCEEDED", "pending": "PENDING", "failed": "FAILED"}
EVENTS = {
    "pending": "PROVIDER_CONFIRMATION_PENDING",
    "captured": "CAPTURE_SUCCEEDED",
    "declined": "AUTHORIZATION_FAILED",
    "expired": "DISCARDED",
    "canceled": "DISCARDED",
}
MOCKED = {1: "generic_decline", 2: "insufficient_funds"}


class Ppro(Ordinary):
    """PPRO, as far as a payment needs it."""

    name = "ppro"
    title = "PPRO"
    key_credential = "api_key"
    routes = (
        ("POST", CHARGES, "create"),
        ("GET", CHARGES, "search"),
        ("GET", f"{CHARGES}/{{charge_id}}", "show"),
        ("POST", f"{CHARGES}/{{charge_id}}/refunds", "refund"),
        ("GET", f"{CHARGES}/{{charge_id}}/refunds", "list_refunds"),
        ("GET", f"{CHARGES}/{{charge_id}}/refunds/{{refund_id}}", "show_refund"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The mock processor's amounts."""
        return [(f"`MOCK`, amount 30000{end}", f"`{code}`") for end, code in MOCKED.items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A sandbox key, the merchant's id and the secret that webhooks are signed with."""
        return {
            "api_key": f"key_sandbox_{secrets.token_hex(16)}",
            "merchant_id": f"merch_{secrets.token_hex(10)}",
            "webhook_secret": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By the bearer's key, and the merchant that it is for."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if scheme == "Bearer" and key else None
        if account is None:
            raise Refuse(Answer(401, {"message": "Unauthorized"}))
        if request.headers.get("merchant-id") != account.credentials["merchant_id"]:
            refuse(400, "Merchant-Id is missing or not yours")
        return account

    def idempotency_key(self, request: Request) -> str:
        """The header; kept unless the answer was 4xx."""
        key = request.headers.get("request-idempotency-key", "")
        return key if request.method == "POST" else ""

    def replayed(self, answer: Answer) -> Answer:
        """A stored answer says that it is one."""
        headers = {**answer.headers, "Request-Idempotency": "true"}
        return Answer(answer.status, answer.body, headers)

    def busy(self, request: Request) -> Answer:
        """The first call under this key is still in flight."""
        return error(409, "Duplicate request received with the same idempotency key.")

    def mismatch(self, request: Request) -> Answer:
        """The key came with another body."""
        return error(409, "The idempotency key was used with a different request body.")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, f"No endpoint {request.method} {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, f"Malformed JSON request: {reason}")

    def broken(self, request: Request) -> Answer:
        """PPRO's own trouble."""
        return error(500, "Internal server error")

    def unavailable(self, request: Request) -> Answer:
        """What stands behind PPRO does not answer."""
        return error(504, "Call to the upstream dependency timed out.")

    # Charges.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /v1/payment-charges`."""
        body = checked(request, "Authorization")
        url = body.get("webhooksUrl")
        if url and not url.startswith("https://"):
            refuse(400, "webhooksUrl must be an https URL")
        charge = fresh(body)
        reason = impossible(body)
        if reason:
            charge.data |= {"failure": failure("INTERNAL_DECLINE", reason), "is_card": False}
            charge.state = "declined"
            book.open(charge)
            self.tell(book, charge, "declined")
        else:
            lasts = timedelta(minutes=method(charge)["minutes"])
            self.begin(book, charge, asks_shopper=True, expires_after=lasts)
        return Answer(200, shown(book, charge))

    def search(self, request: Request, book: Book) -> Answer:
        """`GET /v1/payment-charges?merchantPaymentChargeReference=`, newest first."""
        name = str(request.query.get("merchantPaymentChargeReference", ""))
        if not name:
            refuse(400, "merchantPaymentChargeReference or agreementId is required")
        found = book.charges_named(name)[::-1]
        return Answer(200, {"data": [shown(book, one) for one in found]})

    def show(self, request: Request, book: Book, charge_id: str) -> Answer:
        """`GET /v1/payment-charges/{id}`."""
        return Answer(200, shown(book, existing(book, charge_id)))

    # Refunds.

    def refund(self, request: Request, book: Book, charge_id: str) -> Answer:
        """`POST /v1/payment-charges/{id}/refunds`: full or in parts, of what was captured."""
        body = checked(request, "Refund")
        if body["amount"] < 1:
            refuse(400, "amount must be at least 1")
        charge, number = existing(book, charge_id), f"refund_{secrets.token_hex(10)}"
        ours = body.get("merchantRefundReference", "")
        try:
            if not charge.captured:
                raise WrongState
            if not method(charge)["refunds"]:
                return self._unpaid(book, charge, number, body, "REFUND_NOT_SUPPORTED")
            made = self.give_back(book, charge, number, ours, body["amount"])
        except WrongState:
            refuse(400, "Payment charge has not been captured")
        except TooMuch:
            return self._unpaid(book, charge, number, body, "EXCEEDS_CAPTURED_AMOUNT")
        return Answer(200, refund_object(made))

    def _unpaid(
        self, book: Book, charge: Charge, number: str, body: Mapping[str, Any], code: str
    ) -> Answer:
        """A refund that is made, and failed."""
        thing: Thing = {"id": number, "reference": body.get("merchantRefundReference", "")}
        thing |= {"amount": body["amount"], "status": "failed", "code": code}
        book.put("refund", number, thing, charge.id)
        self.tell(book, charge, "refund", thing)
        return Answer(200, refund_object(thing))

    def list_refunds(self, request: Request, book: Book, charge_id: str) -> Answer:
        """`GET /v1/payment-charges/{id}/refunds`."""
        found = book.find("refund", existing(book, charge_id).id)
        return Answer(200, {"data": [refund_object(one) for one in found]})

    def show_refund(self, request: Request, book: Book, charge_id: str, refund_id: str) -> Answer:
        """`GET /v1/payment-charges/{id}/refunds/{id}`."""
        charge, found = existing(book, charge_id), book.get("refund", refund_id)
        if found is None or found not in book.find("refund", charge.id):
            return error(404, "Refund not found")
        return Answer(200, refund_object(found))

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """An event about the charge, one of its refunds, or a dispute."""
        data: dict[str, Any] = {
            "paymentChargeId": charge.id,
            "paymentChargeStatus": status(charge),
            "paymentMethod": charge.method,
            "merchantId": book.account.credentials["merchant_id"],
            "merchantPaymentChargeReference": charge.reference,
        }
        if what == "refund" and thing is not None:
            told = refund_object(thing)
            data |= {"refundId": told["id"], "amount": money(charge, told["amount"])}
            data["merchantRefundReference"] = thing["reference"]
            data |= {"failure": told["failure"]} if "failure" in told else {}
            kind = f"PAYMENT_CHARGE_REFUND_{REFUND_EVENTS[thing['status']]}"
        elif what == "disputed":
            kind, dispute = "DISPUTE_ACTION_REQUIRED", f"dispute_{secrets.token_hex(10)}"
            data = {"disputeId": dispute, "paymentChargeId": charge.id}
            data["merchantPaymentReference"] = charge.reference
        elif what in EVENTS:
            kind = f"PAYMENT_CHARGE_{EVENTS[what]}"
            data |= about_charge(charge, what)
        else:
            return
        if what == "captured":  # the authorization is told before it
            first = data | {"paymentChargeStatus": "CAPTURE_PROCESSING"}
            self._event(book, charge, "PAYMENT_CHARGE_AUTHORIZATION_SUCCEEDED", first)
        self._event(book, charge, kind, data)

    def _event(self, book: Book, charge: Charge, kind: str, data: dict[str, Any]) -> None:
        event = {
            "specversion": "1.0.2",
            "source": "https://www.ppro.com",
            "datacontenttype": "application/json",
            "id": f"event_{secrets.token_hex(10)}",
            "type": kind,
            "subject": data.get("disputeId", charge.id),
            "time": moment(book.now),
            "data": {"type": kind, **data},
        }
        url = charge.data["body"].get("webhooksUrl", "")
        book.tell(charge, kind, {"event": event, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The event with the time of sending and the HMAC over both."""
        body, time = orjson.dumps(delivery.message["event"]), int(now.timestamp())
        key = account.credentials["webhook_secret"].encode()
        digest = hmac.new(key, f"{time}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "PPRO-Signature": f"t={time},s={digest}"}
        return Post(headers, body, url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The address in the settings of the redirect."""
        asked = charge.data["body"].get("authenticationSettings", [])
        urls = [one["settings"]["returnUrl"] for one in asked if one["type"] == "REDIRECT"]
        return urls[0] if urls else ""


def checked(request: Request, name: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = request.json()
    for fault in load("ppro").faults(name, body):
        refuse(400, f"{fault.structure}.{fault.member}: {fault.kind}")
    return dict(body)


def fresh(body: dict[str, Any]) -> Charge:
    """A charge that is about to begin; raises Refuse."""
    amount, code = body["amount"], body["paymentMethod"]
    if amount["value"] < 1 or not is_currency(amount["currency"]):
        refuse(400, "amount is invalid")
    mocked = code == "MOCK" and 300_000 <= amount["value"] <= 400_000
    decline = MOCKED.get(amount["value"] % 100, "generic_decline")
    name = body.get("merchantPaymentChargeReference", "")
    charge = Charge(
        f"charge_{secrets.token_hex(10)}",
        amount["value"],
        amount["currency"],
        code,
        "action",
        f"decline:{decline}" if mocked else by_amount(amount["value"]).name,
        name,
        [name] if name else [],
        data={"body": body, "authorization": f"authz_{secrets.token_hex(10)}"},
    )
    charge.page = method(charge)["page"]
    return charge


def impossible(body: Mapping[str, Any]) -> str:
    """The failure code of a charge that its method does not allow; "" for one that may begin."""
    known = tables()["payment_methods"].get(body["paymentMethod"])
    if known is None:
        return "INVALID_PAYMENT_METHOD"
    if known["currencies"] and body["amount"]["currency"] not in known["currencies"]:
        return "INVALID_CURRENCY"
    if known["countries"] and body["consumer"]["country"] not in known["countries"]:
        return "COUNTRY_NOT_SUPPORTED"
    asked = {one["type"] for one in body.get("authenticationSettings", [])}
    if not asked & set(known["authentication"]):
        return "INVALID_AUTHENTICATION_SETTINGS"
    if body["paymentMethod"] == "PIX" and not body["consumer"].get("taxIdentification"):
        return "INVALID_TAX_ID"
    return ""


def existing(book: Book, charge_id: str) -> Charge:
    """A charge by its id; raises Refuse."""
    found = book.charge(charge_id)
    return found if found else refuse(404, "Payment charge not found")
