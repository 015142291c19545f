"""PortOne's test mode: keyed-in cards, billing keys, virtual accounts, cancellations, webhooks.

The channel behind it is Toss Payments: its no is HTTP 502 with its own code, and leaves a payment
that failed, under whose id there may be another try. Money for a virtual account comes when the
shopper's bank says so.

Sources: the OpenAPI document and webhook types of portone-io/server-sdk (MIT or Apache-2.0),
developers.portone.io (idempotency keys, webhooks).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

FAILURES = {
    "": ("REJECT_CARD_COMPANY", "The card company refused."),
    "insufficient_funds": ("REJECT_CARD_PAYMENT", "Over the limit, or the balance is too low."),
    "wallet_balance_low": ("REJECT_CARD_PAYMENT", "Over the limit, or the balance is too low."),
    "bank_insufficient_funds": ("REJECT_ACCOUNT_PAYMENT", "The balance is too low."),
    "amount_limit_exceeded": ("EXCEED_MAX_AMOUNT", "Over the limit of a day."),
    "count_limit_exceeded": ("EXCEED_MAX_AUTH_COUNT", "Too many tries."),
    "expired_card": ("INVALID_CARD_EXPIRATION", "The card's expiry is wrong."),
    "invalid_expiry": ("INVALID_CARD_EXPIRATION", "The card's expiry is wrong."),
    "processing_error": ("UNKNOWN_PAYMENT_ERROR", "The payment failed. Try again."),
}
STATUSES = {
    "action": "VIRTUAL_ACCOUNT_ISSUED",
    "pending": "PAY_PENDING",
    "captured": "PAID",
    "declined": "FAILED",
    "expired": "FAILED",
    "canceled": "FAILED",
}
TYPES = {
    "action": "Transaction.VirtualAccountIssued",
    "pending": "Transaction.PayPending",
    "captured": "Transaction.Paid",
    "declined": "Transaction.Failed",
    "expired": "Transaction.Failed",
    "disputed": "Transaction.DisputeCreated",
}


class PortOne(Ordinary):
    """PortOne, as far as a payment of its API needs it."""

    name = "portone"
    title = "PortOne"
    key_credential = "api_secret"
    routes = (
        ("POST", "/billing-keys", "issue"),
        ("POST", "/payments/{payment}/instant", "instant"),
        ("POST", "/payments/{payment}/billing-key", "by_billing_key"),
        ("POST", "/payments/{payment}/cancel", "cancel"),
        ("GET", "/payments/{payment}", "show"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The API secret, a channel, and the secret of webhooks."""
        signer = base64.b64encode(secrets.token_bytes(24)).decode()
        return {
            "api_secret": secrets.token_hex(32),
            "channel_key": f"channel-key-{secrets.token_hex(16)}",
            "webhook_secret": f"whsec_{signer}",
        }

    def authenticate(self, request: Request) -> Account:
        """By secret, in the scheme of PortOne's own."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        known = account_by_key(self.name, secret) if scheme == "PortOne" else None
        if known is None:
            refuse(401, "UNAUTHORIZED", "The credentials are wrong.")
        return known

    def idempotency_key(self, request: Request) -> str:
        """The key of a POST; a short one is no key."""
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST" or not key:
            return ""
        if not 16 <= len(key) <= 256:
            refuse(400, "INVALID_REQUEST", "Idempotency-Key has 16 to 256 characters.")
        return key

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "NOT_FOUND", "No such path.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error(400, "INVALID_REQUEST", reason)

    # Payments.

    def issue(self, request: Request, book: Book) -> Answer:
        """A billing key for a card."""
        body = checked(request, "IssueBillingKey")
        channel(book, body)
        card = card_of(body)
        if card is None:
            refuse(400, "INVALID_REQUEST", "method.card is required.")
        key = f"billing-key-{secrets.token_hex(12)}"
        book.put("billing_key", key, {"card": card})
        return Answer(200, {"billingKeyInfo": {"billingKey": key, "issuedAt": moment(book.now)}})

    def instant(self, request: Request, book: Book, payment: str) -> Answer:
        """A card that is typed in is charged at once; a virtual account is opened."""
        body = checked(request, "Instant")
        card, account = card_of(body), body["method"].get("virtualAccount")
        if (card is None) == (account is None):
            refuse(400, "INVALID_REQUEST", "method has card or virtualAccount.")
        if account is not None:
            expiry = account["expiry"]
            if ("validHours" in expiry) == ("dueDate" in expiry):
                refuse(400, "INVALID_REQUEST", "expiry has validHours or dueDate.")
        return self._pay(book, payment, body, {"card": card, "account": account})

    def by_billing_key(self, request: Request, book: Book, payment: str) -> Answer:
        """A card that was kept is charged."""
        body = checked(request, "ByBillingKey")
        kept = book.get("billing_key", body["billingKey"])
        if kept is None:
            refuse(404, "BILLING_KEY_NOT_FOUND", "No such billing key.")
        return self._pay(book, payment, body, {**kept, "billing_key": body["billingKey"]})

    def _pay(
        self, book: Book, payment: str, body: Mapping[str, Any], means: Mapping[str, Any]
    ) -> Answer:
        channel(book, body)
        total, currency = body["amount"]["total"], body["currency"]
        if total < 1 or currency != "KRW":
            refuse(400, "INVALID_REQUEST", "amount and currency must suit the channel.")
        earlier = book.charges_named(payment)
        if any(one.state != "declined" for one in earlier):
            refuse(409, "ALREADY_PAID", "The payment is paid already.")
        account = means.get("account")
        hours = (account or {}).get("expiry", {}).get("validHours", 72)
        data = {
            **means,
            "order": body["orderName"],
            "customer": body.get("customer", {}),
            "custom": body.get("customData"),
            "notice": (body.get("noticeUrls") or [""])[0],
            "number": str(secrets.randbelow(10**12)).zfill(12),
            "until": moment(book.now + timedelta(hours=hours)),
            "asked_at": moment(book.now),
        }
        charge = Charge(
            id=f"tx-{secrets.token_hex(12)}",
            amount=total,
            currency=currency,
            method="VIRTUAL_ACCOUNT" if account else "CARD",
            state="pending",
            scenario=scenario_of(total, bool(account)),
            reference=payment,
            names=[payment],
            page="counter",
            data=data,
            created_at=book.now,
        )
        until = timedelta(hours=hours) if account else None
        self.begin(book, charge, asks_shopper=bool(account), expires_after=until)
        if charge.state == "declined":
            code, message = failure(charge)
            body = {"type": "PG_PROVIDER", "message": message}
            return Answer(502, {**body, "pgCode": code, "pgMessage": message})
        return Answer(200, {"payment": {"pgTxId": charge.id, "paidAt": data["asked_at"]}})

    def show(self, request: Request, book: Book, payment: str) -> Answer:
        """A payment by the merchant's id: its last try."""
        return Answer(200, payment_object(existing(book, payment), book))

    # Afterwards.

    def cancel(self, request: Request, book: Book, payment: str) -> Answer:
        """Give back a part or all of what was taken."""
        body, charge = checked(request, "Cancel"), existing(book, payment)
        left = charge.captured - charge.refunded
        if charge.captured and not left:
            refuse(409, "PAYMENT_ALREADY_CANCELLED", "The payment is cancelled already.")
        if charge.method == "VIRTUAL_ACCOUNT" and "refundAccount" not in body:
            refuse(400, "INVALID_REQUEST", "refundAccount is required.")
        if body.get("currentCancellableAmount", left) != left:
            words = "The cancellable amount is another."
            refuse(409, "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN", words)
        made_id = f"cancel-{secrets.token_hex(12)}"
        try:
            made = self.give_back(book, charge, made_id, body["reason"], body.get("amount", left))
        except WrongState:
            refuse(409, "PAYMENT_NOT_PAID", "The payment is not paid.")
        except TooMuch:
            words = "More than can be cancelled."
            refuse(409, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT", words)
        return Answer(200, {"cancellation": cancellation(made, charge)})

    # Webhooks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the webhook: what happened, and to which payment."""
        kind, more = TYPES.get(what, ""), {}
        if what == "refund" and thing:
            if thing["status"] == "failed":
                return
            whole = charge.refunded == charge.captured
            kind = "Transaction.Cancelled" if whole else "Transaction.PartialCancelled"
            more = {"cancellationId": thing["id"]}
        if not kind:
            return
        data = {"storeId": "store-sandbox", "paymentId": charge.reference}
        data |= {"transactionId": charge.id, **more}
        message = {"type": kind, "timestamp": moment(book.now), "data": data}
        book.tell(charge, kind, {**message, "_url": charge.data["notice"]})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The webhook in the form of Standard Webhooks."""
        told = dict(delivery.message)
        url = told.pop("_url")
        body, time, name = orjson.dumps(told), str(int(now.timestamp())), f"msg_{delivery.id}"
        key = base64.b64decode(account.credentials["webhook_secret"].removeprefix("whsec_"))
        digest = hmac.new(key, f"{name}.{time}.".encode() + body, hashlib.sha256).digest()
        headers = {"webhook-id": name, "webhook-timestamp": time}
        headers |= {"webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}
        return Post({"Content-Type": "application/json", **headers}, body, url=url)


def error(status: int, kind: str, message: str) -> Answer:
    """An error object."""
    return Answer(status, {"type": kind, "message": message})


def refuse(status: int, kind: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, kind, message))


def moment(time: datetime) -> str:
    """A time as PortOne writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("portone").faults(structure, body):
        refuse(400, "INVALID_REQUEST", f"{fault.structure}.{fault.member}: {fault.kind}")
    return body


def channel(book: Book, body: Mapping[str, Any]) -> None:
    """Raises Refuse unless the channel is this account's."""
    if body.get("channelKey") != book.account.credentials["channel_key"]:
        refuse(404, "CHANNEL_NOT_FOUND", "No such channel.")


def card_of(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is kept of a card: never its number."""
    card = body["method"].get("card")
    if card is None:
        return None
    number = card["credential"]["number"]
    if not number.isdigit():
        refuse(400, "INVALID_REQUEST", "The card number has digits only.")
    return {"number": f"{number[:6]}******{number[-4:]}"}


def scenario_of(total: int, waits: bool) -> str:
    """What an amount chooses; a card is answered at once, and never pends."""
    chosen = by_amount(total)
    return "approve" if chosen.result == "pending" and not waits else chosen.name


def failure(charge: Charge) -> tuple[str, str]:
    """The channel's own code and words for a no."""
    return FAILURES.get(charge.data.get("decline", ""), FAILURES[""])


def existing(book: Book, payment: str) -> Charge:
    """The last try of a payment; raises Refuse."""
    found = book.charges_named(payment)
    if not found:
        refuse(404, "PAYMENT_NOT_FOUND", "No such payment.")
    return found[-1]


def cancellation(made: Mapping[str, Any], charge: Charge) -> dict[str, Any]:
    """A cancellation as it stands."""
    words = {"succeeded": "SUCCEEDED", "pending": "REQUESTED", "failed": "FAILED"}
    return {
        "status": words[made["status"]],
        "id": made["id"],
        "totalAmount": made["amount"],
        "taxFreeAmount": 0,
        "vatAmount": 0,
        "reason": made["reference"],
        "requestedAt": charge.data["asked_at"],
    }


def payment_object(charge: Charge, book: Book) -> dict[str, Any]:
    """A payment as it stands."""
    data, word = charge.data, STATUSES[charge.state]
    made = [cancellation(one, charge) for one in book.find("refund", charge.id)]
    if charge.refunded:
        word = "CANCELLED" if charge.refunded == charge.captured else "PARTIAL_CANCELLED"
    amount = {"total": charge.amount, "taxFree": 0, "discount": 0, "paid": charge.captured}
    shown = {
        "status": word,
        "id": charge.reference,
        "transactionId": charge.id,
        "merchantId": "merchant-sandbox",
        "storeId": "store-sandbox",
        "method": method_object(charge),
        "channel": {"type": "TEST", "pgProvider": "TOSSPAYMENTS", "pgMerchantId": "tosstest"},
        "version": "V2",
        "requestedAt": data["asked_at"],
        "updatedAt": data["asked_at"],
        "statusChangedAt": data["asked_at"],
        "orderName": data["order"],
        "amount": {**amount, "cancelled": charge.refunded, "cancelledTaxFree": 0},
        "currency": charge.currency,
        "customer": {},
        "customData": data["custom"] or "",
    }
    if data.get("billing_key"):
        shown["billingKey"] = data["billing_key"]
    if word == "FAILED":
        code, message = failure(charge)
        told = {"reason": message, "pgCode": code, "pgMessage": message}
        return shown | {"failedAt": data["asked_at"], "failure": told}
    shown["pgTxId"] = charge.id
    if charge.captured:
        shown |= {"paidAt": data["asked_at"], "disputes": []}
    return shown | ({"cancellations": made, "cancelledAt": data["asked_at"]} if made else {})


def method_object(charge: Charge) -> dict[str, Any]:
    """How it is paid."""
    data = charge.data
    if not data.get("account"):
        return {"type": "PaymentMethodCard", "card": {"number": data["card"]["number"]}}
    return {
        "type": "PaymentMethodVirtualAccount",
        "bank": data["account"]["bank"],
        "accountNumber": data["number"],
        "accountType": "NORMAL",
        "remitteeName": "Sandbox shop",
        "remitterName": data["customer"].get("name", {}).get("full", ""),
        "expiredAt": data["until"],
        "issuedAt": data["asked_at"],
    }
