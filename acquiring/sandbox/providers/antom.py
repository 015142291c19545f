"""Antom's sandbox: pay, capture, cancel, refund, the two inquiries, and signed notifications.

Every answer is HTTP 200, signed by the gateway over the path of the request, refusals included;
header names are in lower case, the signature is URL-encoded, null is never said. Numbers and
booleans may come as they are or as text. A request id is an idempotency key: once it came to S or F
it says the same again, with other parameters it is REPEAT_REQ_INCONSISTENT.

The keys are those of the dashboard: the merchant tells its `public_key`, or is given a pair and
shown the private key; one gateway pair serves the whole environment. Bindings of wallets are not
simulated: any token is good for an AGREEMENT_PAYMENT.

Sources: docs.antom.com (ac/ams: api_fund, digital_signature, idempotency, payment_cashier, capture,
refund, paymentri_online, paymentrn_online, notify_capture, notify_dispute; ac/cashierpay: cancel,
capture; ac/ref: card, key_config) and the models of the official SDKs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from acquiring.core import clock
from acquiring.sandbox import rsa, settlements
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, Simulator, first_step
from acquiring.sandbox.parts.antom_answers import (
    answer_to_capture,
    answer_to_pay,
    answer_to_refund,
    notify_dispute,
    notify_payment,
    notify_refund,
    number,
    refund_members,
    refuse,
    said,
    shown,
    standing,
    tables,
)
from acquiring.sandbox.parts.antom_gateway import content, gateway, signature
from acquiring.sandbox.parts.antom_payment import (
    cancel,
    captured,
    check_payment,
    check_refund,
    checked,
    existing,
    fresh,
    is_true,
    minor,
    named,
    repeated,
    take,
    why_declined,
)
from acquiring.sandbox.wire import Answer, Request

PATH = "/ams/sandbox/api/v1/payments"
EXPIRY = timedelta(minutes=14)


class Antom(Simulator):
    """Antom, as far as a payment needs it."""

    name = "antom"
    title = "Antom"
    key_credential = "client_id"
    routes = (
        ("POST", f"{PATH}/pay", "pay"),
        ("POST", f"{PATH}/inquiryPayment", "inquire_payment"),
        ("POST", f"{PATH}/cancel", "cancel"),
        ("POST", f"{PATH}/capture", "capture"),
        ("POST", f"{PATH}/refund", "refund"),
        ("POST", f"{PATH}/inquiryRefund", "inquire_refund"),
    )

    # The account, and who is who.

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards, and the amount that risk control rejects."""
        tests = tables()["tests"]
        cards = [(f"card `{number}`", "declined") for number in tests["declined_cards"]]
        return [*cards, (f"amount `{tests['risk_amount']}`", "`RISK_REJECT`")]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A client id and the gateway's public key; a private key where no public one was told."""
        issued = {
            "client_id": f"SANDBOX_5Y{secrets.token_hex(8).upper()}",
            "gateway_public_key": gateway().public,
        }
        if facts.get("public_key"):
            return issued
        pair = rsa.new_pair()
        return issued | {"private_key": pair.private, "_public_key": pair.public}

    def authenticate(self, request: Request) -> Account:
        """By client id and signature."""
        client = request.headers.get("client-id", "")
        account = account_by_key(self.name, client)
        if account is None:
            refuse("INVALID_CLIENT")
        key = account.facts.get("public_key") or account.credentials.get("_public_key")
        if not key:
            refuse("KEY_NOT_FOUND")
        time, header = (request.headers.get(name, "") for name in ("request-time", "signature"))
        given = re.search(r"signature=([^,\s]+)", header)
        signed = content(request.path, client, time, request.body)
        if not given or not rsa.is_signed(key, signed, unquote(given[1])):
            refuse("INVALID_SIGNATURE")
        if "application/json" not in request.headers.get("content-type", "").lower():
            refuse("MEDIA_TYPE_NOT_ACCEPTABLE")
        return account

    def serve(self, request: Request) -> Answer:
        """The answer, signed over the request's own path."""
        answer = super().serve(request)
        if answer.status != 200 or settlements.is_asked(request):
            return answer  # files are not signed, and during an outage the gateway itself is away
        client, body = request.headers.get("client-id", ""), answer.content()
        time = clock.now().astimezone(UTC).isoformat(timespec="seconds")
        headers = {
            "content-type": "application/json; charset=UTF-8",
            "client-id": client,
            "response-time": time,
            "signature": signature(gateway().private, request.path, client, time, body),
        }
        return Answer(200, body, headers)

    def not_found(self, request: Request) -> Answer:
        """No such API, or not by POST."""
        return said("NO_INTERFACE_DEF" if request.method == "POST" else "METHOD_NOT_SUPPORTED")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return said("PARAM_ILLEGAL")

    def broken(self, request: Request) -> Answer:
        """Antom's own trouble; HTTP stays 200."""
        return said("UNKNOWN_EXCEPTION")

    # Payments.

    def pay(self, request: Request, book: Book) -> Answer:
        """`pay`: a first call opens the payment, a repeated one says how it stands."""
        body = checked(request, "AlipayPayRequest")
        reference = body["paymentRequestId"]
        if not book.claim(f"pay {reference}"):
            return said("PAYMENT_IN_PROCESS")
        known = book.charges_named(reference)
        if known:
            method = body["paymentMethod"]
            same = (body["paymentAmount"], method.get("paymentMethodId", ""))
            if same != (known[0].data["amount"], known[0].data["token"]):
                refuse("REPEAT_REQ_INCONSISTENT")
            return answer_to_pay(known[0])
        check_payment(body, book.now)
        charge = fresh(body, book)
        decline = why_declined(body, charge) if charge.data["kind"] == "card" else ""
        step = "decline" if decline else first(body, charge)
        charge.state = "action" if step == "action" else "pending"
        if step == "action":
            charge.due, charge.due_at = "expire", book.now + EXPIRY
        book.open(charge)
        if step in ("approve", "decline"):
            self.advance(book, charge, step, decline or charge.plan.decline)  # type: ignore[arg-type]
            book.save(charge)
        return answer_to_pay(charge)

    def inquire_payment(self, request: Request, book: Book) -> Answer:
        """`inquiryPayment`: by Antom's id before the merchant's."""
        charge = named(checked(request, "AlipayPayQueryRequest"), book)
        return said("SUCCESS", **standing(book, charge))

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given."""
        return str(charge.data["redirectUrl"])

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """Let something happen to a payment, and notify it."""
        waiting = charge.state in ("action", "pending")
        if event == "approve" and waiting:
            self._approve(book, charge)
        elif event == "wait" and charge.state == "action":
            charge.state, charge.data["waiting"] = "pending", True
            notify_payment(book, charge, "PAYMENT_PENDING", "SUCCESS")
        elif event in ("decline", "cancel") and waiting:
            code = tables()["declines"].get(decline, "PROCESS_FAIL")
            charge.state, charge.data["code"] = "declined", code
            notify_payment(book, charge, "PAYMENT_RESULT", code)
        elif event == "expire" and waiting:
            charge.state, charge.data["code"] = "expired", "ORDER_IS_CLOSED"
            notify_payment(book, charge, "PAYMENT_RESULT", "ORDER_IS_CLOSED")
        elif event in ("expire", "cancel") and charge.state == "authorized":
            charge.state = "expired" if event == "expire" else "canceled"
        elif event == "dispute" and charge.captured and "dispute" not in charge.data:
            notify_dispute(book, charge)

    def _approve(self, book: Book, charge: Charge) -> None:
        if charge.state == "action" and charge.data["kind"] == "card":
            charge.data["authenticated"] = True
        charge.data |= {"code": "SUCCESS", "paidAt": shown(book.now)}
        is_card = charge.data["kind"] == "card"
        charge.state = "authorized" if is_card else "captured"
        charge.captured = 0 if is_card else charge.amount
        notify_payment(book, charge, "PAYMENT_RESULT", "SUCCESS")
        if is_card and not charge.data["manual"]:
            take(book, charge, f"AUTO{charge.id}", charge.amount, last=True)

    # Afterwards.

    def capture(self, request: Request, book: Book) -> Answer:
        """`capture`: several may share one authorization."""
        body = checked(request, "AlipayCaptureRequest")
        known = repeated(book, "capture", body["captureRequestId"], body["captureAmount"])
        if known:
            return answer_to_capture(known)
        charge = existing(body["paymentId"], book)
        amount = minor(body["captureAmount"], charge.currency)
        if charge.state != "authorized":
            refuse("ORDER_STATUS_INVALID")
        if charge.plan.capture == "fail" or amount > charge.amount - charge.captured:
            failed = captured(book, charge, body["captureRequestId"], amount, "FAIL")
            return answer_to_capture(failed)
        last = is_true(body, "isLastCapture")
        made = take(book, charge, body["captureRequestId"], amount, last)
        book.save(charge, {"id": made["captureId"], "reference": body["captureRequestId"]})
        return answer_to_capture(made)

    def cancel(self, request: Request, book: Book) -> Answer:
        """`cancel`: lets go of what is held or unpaid, gives back what was paid the same day."""
        charge = named(checked(request, "AlipayPayCancelRequest"), book)
        if charge.state in ("declined", "expired"):
            refuse("ORDER_IS_CLOSED")
        if charge.state != "canceled":
            cancel(book, charge)
        references = {"paymentId": charge.id, "paymentRequestId": charge.reference}
        return said("SUCCESS", **references, cancelTime=charge.data["canceledAt"])

    def refund(self, request: Request, book: Book) -> Answer:
        """`refund`: at once; one that is to fail fails afterwards for a card."""
        body = checked(request, "AlipayRefundRequest")
        known = repeated(book, "refund", body["refundRequestId"], body["refundAmount"])
        if known:
            return answer_to_refund(known)
        charge = existing(body["paymentId"], book)
        amount = minor(body["refundAmount"], charge.currency)
        check_refund(charge, amount, book.now)
        fails = charge.plan.refund == "fail"
        if fails and charge.data["kind"] != "card":
            refuse("PROCESS_FAIL")
        charge.refunded += 0 if fails else amount
        made = {
            "refundRequestId": body["refundRequestId"],
            "refundId": number(book.now, "0870"),
            "paymentId": charge.id,
            "amount": body["refundAmount"],
            "status": "FAIL" if fails else "SUCCESS",
            "time": shown(book.now),
        }
        if charge.plan.refund == "pending":
            made |= {"status": "PROCESSING", "later": "SUCCESS", "later_at": book.later()}
        book.put("refund", body["refundRequestId"], made, charge.id)
        book.save(charge, {"id": made["refundId"], "reference": body["refundRequestId"]})
        ended = {**made, "status": made.get("later", made["status"])}
        with book.delayed(bool(made.get("later"))):
            notify_refund(book, charge, ended, body.get("refundNotifyUrl", ""))
        return answer_to_refund(made)

    def inquire_refund(self, request: Request, book: Book) -> Answer:
        """`inquiryRefund`: by Antom's id before the merchant's."""
        body = checked(request, "AlipayInquiryRefundRequest")
        if body.get("refundId"):
            made = next(iter(book.find("refund", refundId=body["refundId"])), None)
        elif body.get("refundRequestId"):
            made = book.get("refund", body["refundRequestId"])
        else:
            refuse("PARAM_ILLEGAL", "refundId and refundRequestId are both missing.")
        if made is None:
            refuse("ORDER_NOT_EXIST")
        return said("SUCCESS", refundStatus=made["status"], **refund_members(made))

    # Notifications.

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The notification, signed over the path of the merchant's address."""
        url = delivery.message["url"] or account.webhook_url
        body = orjson.dumps(delivery.message["body"])
        # A stranger who forges has another's credentials and no key of the gateway's.
        genuine = account.credentials["client_id"] == account.key
        key = gateway().private if genuine else rsa.new_pair().private
        client, time = account.key, shown(now)
        headers = {
            "content-type": "application/json; charset=UTF-8",
            "client-id": client,
            "request-time": time,
            "signature": signature(key, urlsplit(url).path, client, time, body),
        }
        return Post(headers, body, expects="SUCCESS", url=url)


def first(body: Mapping[str, Any], charge: Charge) -> str:
    """What a payment does first that nothing speaks against yet."""
    if charge.data["kind"] != "card":
        return first_step(charge.plan, asks_shopper=body["productCode"] == "CASHIER_PAYMENT")
    data = body["paymentMethod"]["paymentMethodMetaData"]
    silent = charge.plan.authentication == "frictionless"
    asked = is_true(data, "is3DSAuthentication")
    charge.data["authenticated"] = silent and (
        asked or is_true(data, "enableAuthenticationUpgrade")
    )
    return first_step(charge.plan, asks_shopper=asked and not silent, is_card=True)
