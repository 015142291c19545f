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
import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from acquiring.core.money import exponent, is_currency, rescale
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, Simulator, first_step, page_url
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import Fault, load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
MISSING = {
    "amount": ("100", "Required object 'amount' is not provided."),
    "reference": ("130", "Reference Missing"),
}
BRANDS = (("34", "amex"), ("37", "amex"), ("35", "jcb"), ("4", "visa"), ("6", "discover"))
SCHEMES = frozenset({"scheme", "card", "bcmc", "networkToken"})
PAID = frozenset({"authorized", "captured"})


@lru_cache(maxsize=1)
def results() -> dict[str, Any]:
    """The tables of `data/adyen_results.toml`."""
    path = Path(__file__).parents[1] / "data" / "adyen_results.toml"
    return tomllib.loads(path.read_text("utf-8"))


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
    )

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
            raise Refuse(_error(401, "000", "HTTP Status Response - Unauthorized", "security"))
        return account

    def idempotency_key(self, request: Request) -> str:
        """The caller's key, of 64 characters at most."""
        key = request.headers.get("idempotency-key", "")
        if len(key) > 64:
            raise Refuse(_error(400, "702", "Idempotency-Key is longer than 64 characters"))
        return key

    def fingerprint(self, request: Request) -> str:
        """The key alone: Adyen repeats its first answer whatever is asked under it."""
        return ""

    def busy(self, request: Request) -> Answer:
        """The same key is under way: it may be sent again later."""
        return _transient(_error(422, "704", "request already processed or in progress"))

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return _error(404, "000", "HTTP Status Response - Not Found", "internal")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return _error(400, "000", "Unable to parse message", "validation")

    def broken(self, request: Request) -> Answer:
        """Adyen's own trouble."""
        return _error(500, "000", "Internal error", "internal")

    def unavailable(self, request: Request) -> Answer:
        """Nobody at home."""
        return _error(503, "000", "Service Unavailable", "internal")

    # Payments.

    def payments(self, request: Request, book: Book) -> Answer:
        """`POST /payments`: a card, or a method with an action of its own."""
        body = _checked(request, book, "PaymentRequest")
        amount = _ours(body["amount"])
        wrong = _wrong(body, book)
        if wrong:
            return _keyed(request, wrong)
        charge = _charge(body, amount)
        asked = body.get("additionalData", {}).get("RequestedTestErrorResponseCode")
        if asked == "NO_CONNECTION_AVAILABLE":
            raise Refuse(_transient(_error(500, "000", "No connection available", "internal")))
        if asked == "IOEXCEPTION_RECEIVED":
            charge.data["refusal"], charge.state = 4, "pending"
            self.advance(book, book.open(charge), "decline")
            book.save(charge)
            return _keyed(request, _error(500, "000", "IO exception received", "internal"))
        self._begin(body, book, charge)
        return _keyed(request, Answer(200, _answer(charge)))

    def _begin(self, body: Mapping[str, Any], book: Book, charge: Charge) -> None:
        """The first step of a fresh charge: an answer at once, an action, or a wait."""
        is_card = charge.data["kind"] == "card"
        asks = charge.data["action"] not in ("", "nothing")
        step = "decline" if charge.data.get("refusal") else ""
        step = step or first_step(charge.plan, asks, is_card and _may_challenge(body))
        if is_card and step != "decline" and _must_challenge(body, charge):
            step = "action"
        if step == "action" and is_card:
            charge.page, charge.data["action"] = "three_ds", "redirect"
        if step != "action":
            charge.data["action"], charge.state = "", "pending"
        book.open(charge)
        if step in ("approve", "decline"):
            self.advance(book, charge, step, charge.plan.decline)
            book.save(charge)

    def details(self, request: Request, book: Book) -> Answer:
        """`POST /payments/details`: the result for a shopper who came back."""
        body = _checked(request, book, "PaymentDetailsRequest")
        brought = body["details"]
        token = next((brought[name] for name in ("redirectResult", "MD") if name in brought), "")
        found = book.charges_named(token) if token else []
        if not found or found[0].state == "action":
            return _keyed(request, _error(422, "702", "Invalid redirectResult"))
        return _keyed(request, Answer(200, _answer(found[0])))

    def returns(self, charge: Charge) -> str:
        """The shop's address with the token of the return."""
        url = charge.data["returnUrl"]
        if not url or charge.data["action"] not in ("", "redirect"):
            return ""
        token = quote(charge.data["token"], safe="")
        return f"{url}{'&' if '?' in url else '?'}redirectResult={token}"

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """Let something happen to a payment, and tell it."""
        waiting = charge.state in ("action", "pending")
        if event == "wait" and charge.state == "action":
            charge.state = "pending"
        elif event == "approve" and waiting:
            _approve(charge)
            self._tell(book, charge, "AUTHORISATION")
        elif event in ("decline", "cancel") and waiting:
            _refuse(charge, event, decline)
            reason = charge.data["result"]["refusalReason"]
            self._tell(book, charge, "AUTHORISATION", success=False, reason=reason)
        elif event == "expire" and waiting:
            charge.state = "expired"
            self._tell(book, charge, "OFFER_CLOSED")
        elif event == "expire" and charge.state == "authorized":
            charge.state = "expired"
            self._tell(book, charge, "EXPIRE")
        elif event == "dispute" and charge.captured and "dispute" not in charge.data:
            charge.data["dispute"] = _reference()
            self._dispute(book, charge)

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
        body, charge = self._original(request, book, "PaymentCaptureRequest", payment)
        if charge is None:
            return _keyed(request, _no_original())
        amount, failed = _ours(body["amount"]), charge.plan.capture == "fail"
        left = charge.amount - charge.captured if charge.state in PAID else 0
        reason = "" if 0 < amount <= left else "Insufficient balance on payment"
        if not reason and not failed:
            charge.captured, charge.state = charge.captured + amount, "captured"
        event = "CAPTURE_FAILED" if failed and not reason else "CAPTURE"
        return self._received(request, book, charge, body, event, reason)

    def cancels(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/cancels`: lets go of what was not captured."""
        body, charge = self._original(request, book, "PaymentCancelRequest", payment)
        if charge is None:
            return _keyed(request, _no_original())
        return self._received(request, book, charge, body, "CANCELLATION", _cancel(charge))

    def refunds(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/refunds`: up to what was captured."""
        body, charge = self._original(request, book, "PaymentRefundRequest", payment)
        if charge is None:
            return _keyed(request, _no_original())
        reason = _refund(charge, _ours(body["amount"]))
        failed = charge.plan.refund == "fail" and not reason
        event = "REFUND_FAILED" if failed else "REFUND"
        return self._received(request, book, charge, body, event, reason)

    def reversals(self, request: Request, book: Book, payment: str) -> Answer:
        """`POST /payments/{}/reversals`: a refund of what was captured, else a cancel."""
        body, charge = self._original(request, book, "PaymentReversalRequest", payment)
        if charge is None:
            return _keyed(request, _no_original())
        action = "refund" if charge.captured else "cancel"
        rest = charge.captured - charge.refunded
        reason = _refund(charge, rest) if charge.captured else _cancel(charge)
        data = {"modification.action": action}
        return self._received(request, book, charge, body, "CANCEL_OR_REFUND", reason, data)

    def technical_cancels(self, request: Request, book: Book) -> Answer:
        """`POST /cancels`: by the shop's own reference, for a payment whose answer was lost."""
        body = _checked(request, book, "StandalonePaymentCancelRequest")
        found = book.charges_named(body["paymentReference"])
        charge = book.charge(found[-1].id) if found else None
        if charge is not None:
            return self._received(request, book, charge, body, "TECHNICAL_CANCEL", _cancel(charge))
        return _keyed(request, Answer(201, _receipt(body, _reference(), "")))

    def _original(
        self, request: Request, book: Book, structure: str, payment: str
    ) -> tuple[dict, Charge | None]:
        return _checked(request, book, structure), book.charge(payment)

    def _received(
        self,
        request: Request,
        book: Book,
        charge: Charge,
        body: dict,
        event: str,
        reason: str,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        """Take a modification, and queue the webhook that says what became of it."""
        theirs = _reference()
        bad_news = event in ("CAPTURE_FAILED", "REFUND_FAILED")
        self._tell(
            book,
            charge,
            event,
            success=not reason,
            reason=event.replace("_", " ").capitalize() if bad_news else reason,
            pspReference=theirs,
            originalReference=charge.id,
            merchantReference=body.get("reference") or charge.reference,
            amount=body.get("amount") or charge.data["amount"],
            additionalData=dict(data or {}),
        )
        book.put("modification", theirs, {"event": event, "reason": reason}, charge.id)
        book.save(charge)
        return _keyed(request, Answer(201, _receipt(body, theirs, charge.id)))

    # Webhooks.

    def _tell(
        self, book: Book, charge: Charge, event: str, success: bool = True, **more: Any
    ) -> None:
        """Queue a notification item; what `more` names goes before what the payment says."""
        data = {**charge.data["metadata"]}
        if event == "AUTHORISATION" and success:
            data |= charge.data["result"].get("additionalData", {})
        item = {
            "eventCode": event,
            "success": "true" if success else "false",
            "eventDate": book.now.isoformat(timespec="seconds"),
            "pspReference": charge.id,
            "merchantAccountCode": book.account.credentials["merchant_account"],
            "merchantReference": charge.reference,
            "amount": charge.data["amount"],
            "paymentMethod": charge.data["brand"],
            "reason": charge.data.get("approval", "") if success else "",
            **more,
        }
        item["additionalData"] = data | more.get("additionalData", {})
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


# What is wrong with a call.


def _checked(request: Request, book: Book, structure: str) -> dict:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    faults = list(load("adyen").faults(structure, body))
    for kind in ("unknown", "type"):
        names = [fault for fault in faults if fault.kind == kind]
        if names:
            raise Refuse(_unfit(kind, names))
    account = book.account.credentials["merchant_account"]
    if structure != "PaymentDetailsRequest" and body.get("merchantAccount") != account:
        raise Refuse(_error(403, "901", "Invalid Merchant Account", "security"))
    away = body.get("shopperInteraction") == "ContAuth"
    for fault in faults:
        if not (away and fault.member == "returnUrl"):
            raise Refuse(_refused(fault, body))
    return body


def _unfit(kind: str, faults: list[Fault]) -> Answer:
    names = ", ".join(fault.member for fault in faults)
    what = "the following unknown fields" if kind == "unknown" else "invalid values for"
    return _error(400, "702", f"Structure of {faults[0].structure} contains {what}: [{names}]")


def _refused(fault: Fault, body: Mapping[str, Any]) -> Answer:
    if fault.kind == "missing":
        text = f"Required field '{fault.member}' is not provided."
        return _error(422, *MISSING.get(fault.member, ("702", text)))
    if fault.member == "paymentMethod":
        return _no_acquirer(body)
    return _error(422, "702", f"Invalid value for field '{fault.member}'")


def _no_acquirer(body: Mapping[str, Any]) -> Answer:
    variant, currency = body["paymentMethod"].get("type"), body["amount"]["currency"]
    return _error(
        422,
        "905_1",
        f"Could not find an acquirer account for the provided txvariant ({variant}), currency"
        f" ({currency}), and action (AUTH).",
        "configuration",
    )


def _wrong(body: Mapping[str, Any], book: Book) -> Answer | None:
    """What a well-formed payment request may still have wrong; the answer is kept under its key."""
    amount, method = body["amount"], body["paymentMethod"]
    number, code = method.get("number"), method.get("cvc", "")
    stored = method.get("storedPaymentMethodId")
    if not is_currency(amount["currency"]):
        return _error(422, "138", "Unsupported currency specified")
    if amount["value"] <= 0:
        return _error(422, "137", "Invalid amount specified")
    if stored:
        return None if book.get("token", stored) else _error(422, "803", "PaymentDetail not found")
    if method.get("type", "scheme") not in SCHEMES:
        return None
    if not number or not _luhn(number):
        return _error(422, "101", "Invalid card number")
    if code and not (code.isdigit() and len(code) == (4 if _brand(number) == "amex" else 3)):
        return _error(422, "103", "CVC is not the right length")
    month, year = method.get("expiryMonth", ""), method.get("expiryYear", "")
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):
        return _error(422, "141", "Expiry month should be between 1 and 12 inclusive")
    return None


def _luhn(number: str) -> bool:
    if not (number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2]]
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


# What a payment becomes.


def _ours(amount: Mapping[str, Any]) -> int:
    """Their minor units as ISO 4217's; an unknown currency is refused later."""
    if not is_currency(amount["currency"]):
        return 0
    places = exponent(amount["currency"])
    theirs = results()["exponents"].get(amount["currency"], places)
    return rescale(amount["value"], theirs, places)


def _charge(body: Mapping[str, Any], amount: int) -> Charge:
    """The fresh charge, with what later steps and webhooks need; never a whole card number."""
    method = body["paymentMethod"]
    code = method.get("type", "scheme")
    number, holder = method.get("number", ""), method.get("holderName", "")
    asked = body.get("additionalData", {}).get("RequestedTestAcquirerResponseCode", "")
    scenario, refusal = _wished(number, holder, asked)
    kind = "card" if code in SCHEMES else "local"
    token = secrets.token_urlsafe(32)
    brand = _brand(number) if number else code
    expiry = f"{int(method.get('expiryMonth', 0) or 0):02}/{method.get('expiryYear', '')}"
    data = {
        "kind": kind,
        "action": "" if kind == "card" else _action(code),
        "amount": body["amount"],
        "brand": brand,
        "card": {"bin": number[:6], "last": number[-4:], "expiry": expiry} if number else {},
        "cvc": bool(method.get("cvc")),
        "manual": body.get("additionalData", {}).get("manualCapture") == "true",
        "merchant": body["merchantAccount"],
        "metadata": {f"metadata.{key}": text for key, text in body.get("metadata", {}).items()},
        "method": code,
        "raw": holder.partition(":")[2].strip(),
        "refusal": refusal,
        "returnUrl": body.get("returnUrl", ""),
        "token": token,
    }
    return Charge(
        id=_reference(),
        amount=amount,
        currency=body["amount"]["currency"],
        method=code,
        state="action",
        scenario=scenario or by_amount(amount).name,
        reference=body["reference"],
        names=[body["reference"], token],
        page=_page(code, data["action"]),
        data=data,
    )
