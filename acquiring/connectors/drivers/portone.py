"""PortOne (Korea): keyed-in cards, cards kept under a billing key, virtual accounts. API V2, JSON.

Quirks worth knowing
- A payment's id is ours: the attempt's reference, so that it is always found.
- PortOne stands before a company of the merchant's (a channel: Toss Payments, Inicis, KCP …), whose
  no comes as HTTP 502 with `PG_PROVIDER`. What it came to is then asked of the payment itself,
  which also has that company's own code; only Toss Payments' are known here.
- An issued virtual account is not in the answer to the call: the payment has it.
- An idempotency key has 16 characters at least, and repeats the first answer.
- A refund carries our reference as its reason. Money that came to a virtual account goes back to an
  account of the shopper's, which this call does not ask for: so it is not offered.
- A webhook names what happened and is signed (Standard Webhooks); why a payment failed is asked.
- Left out: everything that PortOne's own script opens in the shopper's browser (KakaoPay, NaverPay,
  Toss Pay, card windows, bank transfers, mobile phones): no call of the API opens it.

Sources: portone-io/server-sdk (MIT or Apache-2.0): OpenAPI document of V2, webhook types;
developers.portone.io (idempotency keys); error codes of Toss Payments.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    More,
    News,
    Outcome,
    Reply,
    Wire,
)
from acquiring.connectors.members import said
from acquiring.core.money import Money

REFUNDS = {"SUCCEEDED": "succeeded", "REQUESTED": "pending", "FAILED": "failed"}
TOLERANCE = timedelta(minutes=5)
DAYS_TO_PAY = 3
EVENTS = {
    "Transaction.Paid": "captured",
    "Transaction.VirtualAccountIssued": "pending",
    "Transaction.PayPending": "pending",
    "Transaction.Failed": "unknown",
}
CANCELLATIONS = {
    "Transaction.Cancelled": "succeeded",
    "Transaction.PartialCancelled": "succeeded",
    "Transaction.CancelPending": "pending",
}


class PortOne(Driver):
    name = "portone"
    title = "PortOne"
    live = "https://api.portone.io"
    credentials = ("api_secret", "channel_key", "webhook_secret")
    secret_credentials = ("api_secret", "webhook_secret")
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = frozenset({"authorize", "resume", "refund", "inquire"})
    missing = frozenset({"PAYMENT_NOT_FOUND", "no_such_refund"})
    states = {
        "READY": "pending",
        "PENDING": "pending",
        "PAY_PENDING": "pending",
        "VIRTUAL_ACCOUNT_ISSUED": "pending",
        "PAID": "captured",
        "PARTIAL_CANCELLED": "captured",
        "CANCELLED": "captured",
        "FAILED": "declined",
    }
    declines = {
        # What PortOne refuses.
        "BILLING_KEY_ALREADY_DELETED": "token_invalid",
        "BILLING_KEY_NOT_FOUND": "token_invalid",
        "CHANNEL_NOT_FOUND": "method_not_enabled",
        "DISCOUNT_AMOUNT_EXCEEDS_TOTAL_AMOUNT": "invalid_amount",
        "INVALID_REQUEST": "invalid_request",
        "MAX_TRANSACTION_COUNT_REACHED": "too_many_attempts",
        "PAYMENT_SCHEDULE_ALREADY_EXISTS": "duplicate_transaction",
        "PG_PROVIDER": "generic_decline",
        "PROMOTION_PAY_METHOD_DOES_NOT_MATCH": "invalid_request",
        "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT": "invalid_amount",
        # What Toss Payments says.
        "EXCEED_MAX_AMOUNT": "amount_limit_exceeded",
        "EXCEED_MAX_AUTH_COUNT": "too_many_attempts",
        "INVALID_CARD_EXPIRATION": "invalid_expiry",
        "REJECT_ACCOUNT_PAYMENT": "bank_insufficient_funds",
        "REJECT_CARD_PAYMENT": "insufficient_funds",
        "UNKNOWN_PAYMENT_ERROR": "processing_error",
        "FAILED_INTERNAL_SYSTEM_PROCESSING": "provider_unavailable",
    }
    scrub = frozenset(
        "webhook-signature apisecret number expiryyear expirymonth passwordtwodigits"
        " birthorbusinessregistrationnumber billingkey email phonenumber full accountnumber"
        " remitteename remittername holdername".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.network_reference and ask.agreement == "subsequent":
            return self._by_billing_key(ask, ask.network_reference)
        if ask.card is None:
            issued = {
                "bank": ask.details.get("bank", "").upper() or ask.extra["bank"],
                "expiry": {"validHours": DAYS_TO_PAY * 24},
                "option": {"type": "NORMAL"},
            }
            return self._instant(ask, {"virtualAccount": issued})
        credential = said(
            number=ask.card.number,
            expiryYear=f"{ask.card.exp_year % 100:02d}",
            expiryMonth=f"{ask.card.exp_month:02d}",
            birthOrBusinessRegistrationNumber=born(ask.details.get("birth_date", "")),
        )
        card = {"card": {"credential": credential}}
        if ask.agreement == "first":
            body = said(method=card, customer=customer(ask))
            return post("/billing-keys", f"{ask.reference}-card", body)
        return self._instant(ask, card)

    def resume(self, ask: Ask) -> Call:
        return self.inquire(replace(ask, target="payment"))

    def refund(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "reason": ask.reference}
        return post(f"/payments/{ask.provider_ref}/cancel", ask.reference, body)

    def inquire(self, ask: Ask) -> Call:
        return Call("GET", f"/payments/{ask.provider_ref or ask.reference}")

    def _instant(self, ask: Ask, method: Mapping[str, Any]) -> Call:
        body = {"method": method, **order(ask)}
        return post(f"/payments/{ask.reference}/instant", ask.reference, body)

    def _by_billing_key(self, ask: Ask, billing_key: str) -> Call:
        body = {"billingKey": billing_key, **order(ask)}
        return post(f"/payments/{ask.reference}/billing-key", ask.reference, body)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path.endswith(("/instant", "/billing-key", "/billing-keys")):
            call = replace(call, body={"channelKey": account["channel_key"], **call.body})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"PortOne {account['api_secret']}"}

    # Reading.

    def broke_down(self, reply: Reply) -> bool:
        refusal = reply.status == 502 and reply.body.get("type") == "PG_PROVIDER"
        return super().broke_down(reply) and not refusal

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, body)
        if "billingKeyInfo" in body:
            key = body["billingKeyInfo"]["billingKey"]
            return More("charge", self._by_billing_key(ask, key), {"billing_key": key})
        if "cancellation" in body:
            return refunded(ask, body["cancellation"])
        if ask.verb == "authorize" and "payment" in body:
            if ask.card or ask.network_reference:
                return self._taken(ask, body["payment"])
            return More("account", self.inquire(ask))
        if ask.verb == "inquire" and ask.target == "refund":
            ours = [one for one in body.get("cancellations", ()) if is_of(ask, one)]
            return refunded(ask, ours[0]) if ours else Outcome("unknown", raw_code="no_such_refund")
        return self._paid(ask, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        name = inbound.headers.get("webhook-id", "")
        check(inbound, name, account["webhook_secret"])
        event = inbound.json()
        kind, data = event.get("type", ""), event.get("data", {})
        payment = data.get("paymentId", "")
        names = {"provider_ref": payment, "event_id": name}
        if kind in EVENTS:
            return [
                News("payment", Outcome(EVENTS[kind], payment, raw_code=kind), payment, **names)
            ]
        if kind in CANCELLATIONS and data.get("cancellationId"):
            names["operation_ref"] = data["cancellationId"]
            outcome = Outcome(CANCELLATIONS[kind], payment, data["cancellationId"], raw_code=kind)
            return [News("refund", outcome, **names)]
        if kind == "Transaction.DisputeCreated":
            return [News("dispute", Outcome("chargeback_open", payment, raw_code=kind), **names)]
        return []

    def _taken(self, ask: Ask, summary: Mapping[str, Any]) -> Outcome:
        """A card that was charged at once."""
        key = ask.kept.get("billing_key") or ask.network_reference
        facts = said(network_reference=key, transaction=summary["pgTxId"])
        state = "captured" if summary.get("paidAt") else "unknown"
        return Outcome(state, ask.reference, raw_code="PAID", facts=facts)

    def _paid(self, ask: Ask, payment: Mapping[str, Any]) -> Outcome:
        """A payment as it stands."""
        word, method = payment.get("status", ""), payment.get("method") or {}
        state, failure = self.state(word), payment.get("failure") or {}
        code = failure.get("pgCode", "") if state == "declined" else ""
        action = None
        if word == "VIRTUAL_ACCOUNT_ISSUED":
            fields = said(
                bank=method.get("bank"),
                account_number=method["accountNumber"],
                account_holder=method.get("remitteeName"),
            )
            until = method.get("expiredAt", "")
            action = actions.bank_details(fields, method.get("remitterName") or "", until)
        return Outcome(
            "action" if action else state,
            payment["id"],
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code or word,
            raw_message=failure.get("pgMessage", "") if state == "declined" else "",
            action=action,
            facts=said(
                network_reference=payment.get("billingKey"),
                transaction=payment.get("pgTxId"),
            ),
        )

    def _error(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        kind, message = body.get("type", ""), body.get("message", "")
        if kind == "PG_PROVIDER":
            if ask.verb == "authorize" and ask.step != "failure":
                return More("failure", self.inquire(ask))
            kind, message = body["pgCode"], body["pgMessage"]
        told = {"raw_code": kind, "raw_message": message}
        if ask.verb in ("inquire", "resume") or ask.step in ("account", "failure"):
            return Outcome("unknown", **told)
        if kind == "ALREADY_PAID":
            return Outcome("unknown", ask.reference, **told)
        refusal = self.declines.get(kind, "invalid_request")
        if ask.verb == "refund":
            refusal = REFUSED.get(kind, "refund_refused")
        return Outcome("refused", decline=refusal, **told)


REFUSED = {
    "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT": "refund_amount_exceeded",
    "PAYMENT_ALREADY_CANCELLED": "refund_amount_exceeded",
}

# PortOne's members.


def post(path: str, key: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", path, body, {"Idempotency-Key": f"idempotency-{key}"})


def born(date: str) -> str:
    """A date of birth as Korean cards know it: yyMMdd."""
    return date.replace("-", "")[2:]


def customer(ask: Ask) -> dict[str, Any]:
    party = ask.customer
    name = {"full": party.name} if party.name else {}
    return said(id=party.id, name=name, email=party.email, phoneNumber=party.phone)


def order(ask: Ask) -> dict[str, Any]:
    """What every payment says of itself."""
    return said(
        orderName=ask.description or ask.order_reference or ask.payment,
        customer=customer(ask),
        customData=ask.payment,
        amount={"total": ask.money.amount},
        currency=ask.money.currency,
        noticeUrls=[ask.webhook_url] if ask.webhook_url else [],
    )


def is_of(ask: Ask, cancellation: Mapping[str, Any]) -> bool:
    return ask.operation_ref == cancellation["id"] or ask.reference == cancellation["reason"]


def refunded(ask: Ask, cancellation: Mapping[str, Any]) -> Outcome:
    word = cancellation.get("status", "")
    state = REFUNDS.get(word, "unknown")
    decline = "refund_refused" if state == "failed" else ""
    money = Money(cancellation["totalAmount"], ask.money.currency)
    names = ask.provider_ref, cancellation["id"], decline, word
    return Outcome(state, *names, money=money)


def check(inbound: Inbound, name: str, secret: str) -> None:
    """Raises BadSignature, unless one of the signatures is this account's and fresh."""
    time = inbound.headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = signing.hmac_sha256_base64(key, f"{name}.{time}.".encode() + inbound.body)
    given = inbound.headers.get("webhook-signature", "").split()
    if not any(signing.same(f"v1,{wanted}", one) for one in given):
        raise BadSignature("the webhook is not signed with this account's secret")
    if inbound.now and abs(inbound.now.timestamp() - int(time)) > TOLERANCE.total_seconds():
        raise BadSignature("the webhook is too old")
