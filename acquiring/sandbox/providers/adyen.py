"""Adyen's test system: Checkout v72 payments, details, modifications, and standard webhooks.

Strict as the document is: a member it does not know, a missing key, a foreign merchant account and
a reference nobody issued get Adyen's own errors. Answers are kept under the `Idempotency-Key`,
errors too, but for those that say `Transient-Error: true`. Captures, cancels and refunds are only
received; what became of them is told by webhook, signed item by item.

Sources: Adyen/adyen-openapi CheckoutService-v72 and Webhooks-v1 (MIT); docs.adyen.com pages on API
idempotency, error codes, testing result codes, redirects, capture, cancel, refund and HMAC
signatures. The status and code of the two test errors are ours: the document names only what they
mean.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, Simulator, first_step
from acquiring.sandbox.parts import adyen_payment, adyen_settlement
from acquiring.sandbox.parts.adyen_checks import checked, error, transient, wrong
from acquiring.sandbox.parts.adyen_payment import minor_units, reference
from acquiring.sandbox.settling import statements
from acquiring.sandbox.wire import Answer, Refuse, Request

REPORTS = "/reports/download/MerchantAccount"
ACQUIRER_ERROR = "4"  # a refusalReasonCode


class Adyen(Simulator):
    """Adyen, as far as a payment needs it."""

    name = "adyen"
    title = "Adyen"
    key_credential = "api_key"
    routes = (
        ("POST", "/v72/payments", "payments"),
        ("POST", "/v72/payments/details", "details"),
        ("POST", "/v72/payments/{payment}/captures", "captures"),
        ("POST", "/v72/payments/{payment}/cancels", "cancels"),
        ("POST", "/v72/payments/{payment}/refunds", "refunds"),
        ("POST", "/v72/payments/{payment}/reversals", "reversals"),
        ("POST", "/v72/cancels", "technical_cancels"),
        ("GET", f"{REPORTS}/{{merchant}}/{{name}}", "report"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """Card numbers, and what a holder's name or a requested acquirer response asks for."""
        tables = adyen_payment.tables()
        cards = [
            (f"card `{number}`", "refused" if mood == "refused" else f"3-D Secure {mood}")
            for number, mood in tables["cards"].items()
        ]
        results = [
            (f"holder `{name}` or response code `{code}`", " · ".join(filter(None, (word, reason))))
            for code, (name, word, reason) in tables["results"].items()
        ]
        holders = [(f"holder `{name}`", f"`{mood}`") for name, mood in tables["holders"].items()]
        return cards + results + holders

    # The account.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An API key, a merchant account and the key its webhooks are signed with."""
        return {
            "api_key": "AQE" + secrets.token_urlsafe(48),
            "merchant_account": f"Simulated{secrets.token_hex(4)}ECOM",
            "hmac_key": secrets.token_hex(32).upper(),
        }

    def authenticate(self, request: Request) -> Account:
        """By the header `X-API-Key`."""
        account = account_by_key(self.name, request.headers.get("x-api-key", ""))
        if account is None:
            raise Refuse(error(401, "000", "HTTP Status Response - Unauthorized", "security"))
        return account

    def idempotency_key(self, request: Request) -> str:
        """The caller's key, of 64 characters at most."""
        key = request.headers.get("idempotency-key", "")
        if len(key) > 64:
            raise Refuse(error(400, "702", "Idempotency-Key is longer than 64 characters"))
        return key

    def fingerprint(self, request: Request) -> str:
        """The key alone: Adyen repeats its first answer whatever is asked under it."""
        return ""

    def busy(self, request: Request) -> Answer:
        """The same key is under way: it may be sent again later."""
        return transient(error(422, "704", "request already processed or in progress"))

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "000", "HTTP Status Response - Not Found", "internal")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(400, "000", "Unable to parse message", "validation")

    def broken(self, request: Request) -> Answer:
        """Adyen's own trouble."""
        return error(500, "000", "Internal error", "internal")

    def unavailable(self, request: Request) -> Answer:
        """Nobody at home."""
        return error(503, "000", "Service Unavailable", "internal")

    # Payments.

    def payments(self, request: Request, book: Book) -> Answer:
        """`POST /payments`: a card, or a method with an action of its own."""
        body = checked(request, book, "PaymentRequest")
        fault = wrong(body, book)
        if fault:
            return _keyed(request, fault)
        charge = adyen_payment.fresh(body, book.now)
        asked = body.get("additionalData", {}).get("RequestedTestErrorResponseCode")
        if asked == "NO_CONNECTION_AVAILABLE":
            raise Refuse(transient(error(500, "000", "No connection available", "internal")))
        if asked == "IOEXCEPTION_RECEIVED":
            charge.data["refusal"] = ACQUIRER_ERROR
        self._begin(book, charge)
        if asked == "IOEXCEPTION_RECEIVED":
            return _keyed(request, error(500, "000", "IO exception received", "internal"))
        return _keyed(request, Answer(200, adyen_payment.answer(charge)))

    def _begin(self, book: Book, charge: Charge) -> None:
        """The first step of a fresh charge: an answer at once, an action, or a wait."""
        data, plan = charge.data, charge.plan
        is_card = data["kind"] == "card"
        asked = data["three_ds"] == "challenge" and plan.authentication != "frictionless"
        may_ask = is_card and data["three_ds"] == ""
        step = first_step(plan, bool(data["action"]) or asked, may_ask)
        if data["refusal"]:
            step = "decline"
        if step != "action":
            charge.state = "pending"
        elif is_card:
            charge.page, data["action"] = "three_ds", "redirect"
        book.open(charge)
        if step in ("approve", "decline"):
            self.advance(book, charge, step, plan.decline)
            book.save(charge)

    def details(self, request: Request, book: Book) -> Answer:
        """`POST /payments/details`: the result for a shopper who came back."""
        brought = checked(request, book, "PaymentDetailsRequest")["details"]
        token = brought.get("redirectResult") or brought.get("MD", "")
        found = [one for one in book.charges_named(token) if one.data["token"] == token]
        if not found or found[0].state == "action":
            return _keyed(request, error(422, "702", "Invalid redirectResult"))
        return _keyed(request, Answer(200, adyen_payment.answer(found[0])))

    def returns(self, charge: Charge) -> str:
        """The shop's address with the token of the return, where the shopper was sent away."""
        url = charge.data["returnUrl"]
        if not url or charge.data["action"] != "redirect":
            return ""
        token = quote(charge.data["token"], safe="")
        return f"{url}{'&' if '?' in url else '?'}redirectResult={token}"

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """Let something happen to a payment, and tell it."""
        waiting = charge.state in ("action", "pending")
        if charge.page == "counter" and decline == "payment_expired":
            event = "expire"  # nobody refuses a voucher: it lapses
        if event == "wait" and charge.state == "action":
            charge.state = "pending"
        elif event == "approve" and waiting:
            self._approve(book, charge)
        elif event in ("decline", "cancel") and waiting:
            adyen_payment.refuse(charge, event, decline)
            reason = charge.data["result"]["refusalReason"]
            self._tell(book, charge, "AUTHORISATION", success=False, reason=reason)
        elif event == "expire" and waiting:
            charge.state = "expired"
            self._tell(book, charge, "OFFER_CLOSED")
        elif event == "expire" and charge.state == "authorized":
            charge.state = "expired"
            self._tell(book, charge, "EXPIRE")
        elif event == "dispute" and charge.captured and "dispute" not in charge.data:
            charge.data["dispute"] = reference()
            book.charge_back(charge, charge.data["dispute"])
            self._dispute(book, charge)

    def _approve(self, book: Book, charge: Charge) -> None:
        adyen_payment.approve(charge)
        data, card = charge.data["result"]["additionalData"], charge.data["card"]
        stored = data.get("tokenization.storedPaymentMethodId")
        if stored:
            book.put("token", stored, {"shopper": charge.data["stores"]}, charge.id)
        reason = f"{data['authCode']}:{card['last']}:{card['expiry']}" if card else ""
        self._tell(book, charge, "AUTHORISATION", reason=reason, additionalData=data)

    def _dispute(self, book: Book, charge: Charge) -> None:
        ends = (book.now + timedelta(days=18)).isoformat(timespec="seconds")
        more = {
            "pspReference": charge.data["dispute"],
            "originalReference": charge.id,
            "reason": "Cardholder Dispute",
            "additionalData": {
                "chargebackReasonCode": "13.1",
                "chargebackSchemeCode": charge.data["brand"],
                "defendable": "true",
                "defensePeriodEndsAt": ends,
                "disputeStatus": "Undefended",
            },
        }
        self._tell(book, charge, "NOTIFICATION_OF_CHARGEBACK", **more)
        self._tell(book, charge, "CHARGEBACK", **more)

    # Modifications.

    def captures(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/captures`: several may share one authorisation."""
        body, charge = _original(request, book, "PaymentCaptureRequest", payment)
        reason = adyen_payment.capture(charge, _value(charge, body))
        failed = charge.plan.capture == "fail" and not reason
        return self._received(
            request, book, charge, body, "CAPTURE_FAILED" if failed else "CAPTURE", reason
        )

    def cancels(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/cancels`: lets go of what was not captured."""
        body, charge = _original(request, book, "PaymentCancelRequest", payment)
        reason = adyen_payment.cancel(charge)
        return self._received(request, book, charge, body, "CANCELLATION", reason)

    def refunds(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/refunds`: up to what was captured."""
        body, charge = _original(request, book, "PaymentRefundRequest", payment)
        reason = adyen_payment.refund(charge, _value(charge, body))
        failed = charge.plan.refund == "fail" and not reason
        return self._received(
            request, book, charge, body, "REFUND_FAILED" if failed else "REFUND", reason
        )

    def reversals(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/reversals`: a refund of what was captured, else a cancel."""
        body, charge = _original(request, book, "PaymentReversalRequest", payment)
        action = "refund" if charge.captured else "cancel"
        if charge.captured:
            reason = adyen_payment.refund(charge, charge.captured - charge.refunded)
        else:
            reason = adyen_payment.cancel(charge)
        data = {"modification.action": action}
        return self._received(request, book, charge, body, "CANCEL_OR_REFUND", reason, data)

    def technical_cancels(self, request: Request, book: Book) -> Answer:
        """`POST /cancels`: by the shop's own reference, for a payment whose answer was lost."""
        body = checked(request, book, "StandalonePaymentCancelRequest")
        found = book.charges_named(body["paymentReference"])
        charge = book.charge(found[-1].id) if found else None
        if charge is None:
            return _keyed(request, Answer(201, adyen_payment.receipt(body, reference(), "")))
        reason = adyen_payment.cancel(charge)
        return self._received(request, book, charge, body, "TECHNICAL_CANCEL", reason)

    def _received(
        self,
        request: Request,
        book: Book,
        charge: Charge,
        body: dict[str, Any],
        event: str,
        reason: str,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        """Take a modification, and queue the webhook that says what became of it."""
        theirs = reference()
        failed_later = event in ("CAPTURE_FAILED", "REFUND_FAILED")
        self._tell(
            book,
            charge,
            event,
            success=not reason,
            reason=event.replace("_", " ").title() if failed_later else reason,
            pspReference=theirs,
            originalReference=charge.id,
            merchantReference=body.get("reference") or charge.reference,
            amount=body.get("amount") or charge.data["amount"],
            additionalData=dict(data or {}),
        )
        book.save(charge, {"id": theirs, "reference": body.get("reference", "")})
        return _keyed(request, Answer(201, adyen_payment.receipt(body, theirs, charge.id)))

    # Reports.

    def report(self, request: Request, book: Book, merchant: str, name: str) -> Answer:
        """The settlement details report of a batch."""
        batch = re.fullmatch(r"settlement_detail_report_batch_(\d+)\.csv", name)
        own = merchant == book.account.credentials["merchant_account"]
        made = statements(book, self) if batch and own else []
        found = [one for one in made if batch and one.number == int(batch[1])]
        if not found:
            raise Refuse(self.not_found(request))
        return Answer(
            200, adyen_settlement.report(found[0], merchant), {"Content-Type": "text/csv"}
        )

    # Webhooks.

    def _tell(
        self, book: Book, charge: Charge, event: str, success: bool = True, **more: Any
    ) -> None:
        """Queue a notification item; what `more` names goes before what the payment says."""
        item = {
            "eventCode": event,
            "success": "true" if success else "false",
            "eventDate": book.now.isoformat(timespec="seconds"),
            "pspReference": charge.id,
            "merchantAccountCode": charge.data["merchant"],
            "merchantReference": charge.reference,
            "amount": charge.data["amount"],
            "paymentMethod": charge.data["brand"],
            "reason": "",
            **more,
        }
        item["additionalData"] = charge.data["metadata"] | more.get("additionalData", {})
        if event == "AUTHORISATION":
            later = charge.data["kind"] == "card" or charge.data["manual"]
            item["operations"] = ["CANCEL", "CAPTURE", "REFUND"] if later else ["REFUND"]
        book.tell(charge, event, item)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The item with its signature, in the envelope of the standard webhook."""
        item = dict(delivery.message)
        amount = item["amount"]
        parts = [item["pspReference"], item.get("originalReference", "")]
        parts += [item["merchantAccountCode"], item["merchantReference"]]
        parts += [amount["value"], amount["currency"], item["eventCode"], item["success"]]
        key = bytes.fromhex(account.credentials["hmac_key"])
        digest = hmac.new(key, ":".join(map(str, parts)).encode(), hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        item["additionalData"] = {**item["additionalData"], "hmacSignature": signature}
        body = {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}
        return Post({"Content-Type": "application/json"}, orjson.dumps(body), "[accepted]")


def _keyed(request: Request, answer: Answer) -> Answer:
    """The answer with the key it is kept under, if the caller gave one."""
    key = request.headers.get("idempotency-key")
    headers = {**answer.headers, "Idempotency-Key": key} if key else answer.headers
    return Answer(answer.status, answer.body, headers)


def _original(
    request: Request, book: Book, structure: str, payment: str
) -> tuple[dict[str, Any], Charge]:
    """The body of a modification and the payment it is about; raises Refuse for an unknown one."""
    body, charge = checked(request, book, structure), book.charge(payment)
    if charge is None:
        raise Refuse(error(422, "167", "Original pspReference required for this operation"))
    return body, charge


def _value(charge: Charge, body: Mapping[str, Any]) -> int:
    """The sum of a modification; 0, which nothing allows, in any other currency."""
    same = body["amount"]["currency"] == charge.currency
    return minor_units(body["amount"]) if same else 0
