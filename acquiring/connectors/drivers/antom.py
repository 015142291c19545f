"""Antom (Ant International): wallets of Alipay+, bank and code payments, cards. JSON, RSA-signed.

Quirks worth knowing
- Every answer is HTTP 200, signed by the gateway over the path of our request; what it means is
  `result.resultStatus`: S done, F failed, U open. A wrongly signed answer is nobody's word.
- On an inquiry `result` speaks of the inquiry only; the payment is in `paymentStatus`.
- A card that is SUCCESS is authorized, not paid. Antom's own (automatic) capture is told by
  notifyCapture and listed by the inquiry: until then the payment is pending, and a card's
  notifyPayment is only a reason to inquire. Everything but cards takes the money at once.
- The request ids are the idempotency keys of pay, capture and refund, the payment id that of
  cancel. Payments and refunds are found by our reference. Captures and cancels have no inquiry of
  their own: asking again is the inquiry, since a finished one repeats its answer.
- A client id that begins with SANDBOX_ moves /ams/api to /ams/sandbox/api, signature included.
- Amounts are strings of minor units by ISO 4217; IDR has its two decimals but no sen.
- No member goes on a card statement; `orderDescription` is what wallets list, so it carries the
  descriptor. Wallets are bound by authorizations/consult, which is not spoken here: a payment the
  merchant starts needs the wallet's `access_token` in `extra`.
- The live host is Asia's; Europe has open-de-global.alipay.com, North America open-na-global.

Sources: docs.antom.com and the official SDKs; pages and versions in `vocabulary/antom.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    News,
    Outcome,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.parts.antom_members import (
    amount,
    by_token,
    environment,
    given,
    method_type,
    order,
    payment_method,
    phone_system,
    post,
)
from acquiring.connectors.vocabulary import antom as words
from acquiring.core.money import Money


class Antom(Driver):
    name = "antom"
    title = "Antom"
    live = "https://open-sea-global.alipay.com"
    credentials = ("client_id", "private_key", "gateway_public_key")
    secret_credentials = ("private_key",)
    missing = frozenset({"ORDER_NOT_EXIST"})
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    states = {
        "S": "captured",
        "F": "declined",
        "U": "pending",
        "SUCCESS": "captured",
        "FAIL": "declined",
        "PROCESSING": "pending",
        "PENDING": "pending",
        "CANCELLED": "voided",
    }
    strangers = frozenset({"INVALID_CLIENT", "INVALID_SIGNATURE", "KEY_NOT_FOUND"})
    declines = words.ALL
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        holding = method_type(ask) in words.HOLDING
        if ask.capture == "manual" and not holding:
            raise Unsupported(f"Antom takes {ask.code} payments at once; only cards can be held")
        factor = {"isAuthorization": True, "captureMode": ask.capture.upper()}
        body = {
            "productCode": "AGREEMENT_PAYMENT" if by_token(ask) else "CASHIER_PAYMENT",
            "paymentRequestId": ask.reference,
            "order": order(ask),
            "paymentAmount": amount(ask.money),
            "paymentMethod": payment_method(ask),
            "paymentFactor": factor if holding else {},
            "paymentRedirectUrl": ask.return_url,
            "paymentNotifyUrl": ask.webhook_url,
            "settlementStrategy": {
                "settlementCurrency": ask.extra.get("settlement_currency", ask.money.currency)
            },
            "env": environment(ask.device),
            "userRegion": ask.country,
            "metadata": json.dumps(dict(ask.metadata)) if ask.metadata else "",
        }
        return post("pay", ask, body)

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self.inquire(replace(ask, verb="inquire", target="payment"))

    def capture(self, ask: Ask) -> Call:
        body = {
            "captureRequestId": ask.reference,
            "paymentId": ask.provider_ref,
            "captureAmount": amount(ask.money),
            "isLastCapture": ask.final,
        }
        return post("capture", ask, body)

    def void(self, ask: Ask) -> Call:
        return post("cancel", ask, {"paymentId": ask.provider_ref})

    def refund(self, ask: Ask) -> Call:
        body = {
            "refundRequestId": ask.reference,
            "paymentId": ask.provider_ref,
            "refundAmount": amount(ask.money),
            "refundReason": ask.description[:256],
            "refundNotifyUrl": ask.webhook_url,
        }
        return post("refund", ask, body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "capture":
            return self.capture(ask)
        if ask.target == "void":
            return self.void(ask)
        if ask.target == "refund":
            return post("inquiryRefund", ask, {"refundRequestId": ask.reference})
        known = {"paymentId": ask.provider_ref, "paymentRequestId": ask.reference}
        return post("inquiryPayment", ask, known)

    # Signing, both ways.

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if account["client_id"].startswith("SANDBOX_"):
            call = replace(call, path=call.path.replace("/ams/api", "/ams/sandbox/api", 1))
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        key, client = account["private_key"], account["client_id"]
        time = wire.headers["Request-Time"]
        signature = signing.antom_signature(key, wire.path, client, time, wire.body)
        return {"client-id": client, "Signature": signature}

    def authentic(self, account: Mapping[str, str], wire: Wire, reply: Reply) -> bool:
        time = reply.headers.get("response-time", "")
        return by_gateway(account, wire.path, reply.headers, time, reply.text.encode())

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if ask.verb == "authorize":
            return self._paid(ask, body)
        if ask.verb == "resume" or (ask.verb == "inquire" and ask.target == "payment"):
            return self._found(ask, body)
        if ask.verb == "inquire" and ask.target == "refund":
            word = body.get("refundStatus", "") if result(body)[0] == "S" else ""
            return operation_of("refund", body, words.REFUND_STATES.get(word, "unknown"))
        if ask.verb == "inquire":
            outcome = self._operated(ask.target, body)
            # A refusal of this call says nothing about the one it asks after.
            return replace(outcome, state="unknown") if outcome.state == "refused" else outcome
        return self._operated(ask.verb, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        path, time = urlsplit(inbound.url).path, inbound.headers.get("request-time", "")
        if not by_gateway(account, path, inbound.headers, time, inbound.body):
            raise BadSignature("the notification is not signed by Antom's gateway for this account")
        body = inbound.json()
        tell = {
            "PAYMENT_RESULT": self._payment_news,
            "PAYMENT_PENDING": self._payment_news,
            "CAPTURE_RESULT": self._capture_news,
            "REFUND_RESULT": self._refund_news,
        }.get(body.get("notifyType", ""))
        tell = dispute_news if "disputeNotificationType" in body else tell
        return [tell(body)] if tell else []

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        done = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
        return json.dumps({"result": done}).encode(), {"Content-Type": "application/json"}

    def _paid(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """The answer to `pay`."""
        status, code, _ = result(body)
        if status == "S":
            return outcome_of(body, success(ask, body))
        if status == "F":
            return self._failed(body, code, method_type(ask), asked=False)
        if status == "U" and code not in words.OPEN:
            action = next_action(body, ask)
            keep = {"action": action} if action else {}
            return outcome_of(body, "action" if action else "pending", action=action, keep=keep)
        return outcome_of(body, "unknown")

    def _found(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """The answer to an inquiry about a payment, also when the shopper has come back."""
        if result(body)[0] != "S":
            return outcome_of(body, "unknown")  # also when nobody has seen it: it may yet arrive
        word = body.get("paymentStatus", "")
        said = {"raw_code": body.get("paymentResultCode") or word}
        if message := body.get("paymentResultMessage"):
            said["raw_message"] = message
        if word == "FAIL":
            method = body.get("paymentMethodType", ask.code)
            return replace(self._failed(body, said["raw_code"], method, asked=True), **said)
        if word == "PROCESSING" and ask.verb == "inquire" and "action" in ask.kept:
            action = ask.kept["action"]  # nothing has happened since: the step is still due
            return outcome_of(body, "action", action=action, keep=ask.kept, **said)
        state = success(ask, body) if word == "SUCCESS" else self.state(word)
        return outcome_of(body, state, **said)

    def _failed(self, body: Mapping[str, Any], code: str, method: str, asked: bool) -> Outcome:
        """No payment; `asked` says that somebody was asked for it, whatever the code says."""
        state = words.FAILED.get(code, "declined")
        if state not in ("declined", "refused"):
            return outcome_of(body, state, raw_code=code)
        state = "declined" if asked else state
        ours = words.CARD.get(code) if method in words.HOLDING else None
        return outcome_of(body, state, decline=ours or self.decline(code), raw_code=code)

    def _operated(self, target: str, body: Mapping[str, Any]) -> Outcome:
        """The answer to a capture, cancel or refund, or the news of one."""
        status, code, _ = result(body)
        state = words.OPERATION_STATES.get(status, "unknown")
        if code in words.OPEN:
            state = "unknown"
        if status == "F" and words.FAILED.get(code) in ("refused", "unknown"):
            state = words.FAILED[code]
        return operation_of(target, body, state)

    def _payment_news(self, body: Mapping[str, Any]) -> News:
        status, code, _ = result(body)
        method = body.get("paymentMethodType", "")
        if body["notifyType"] == "PAYMENT_PENDING":
            outcome = outcome_of(body, "pending")
        elif status == "F":
            outcome = self._failed(body, code, method, asked=True)
        elif status == "S" and method and method not in words.HOLDING:
            outcome = outcome_of(body, "captured")
        else:
            outcome = outcome_of(body, "unknown")  # held, or taken too? an inquiry tells
        reference = body.get("paymentRequestId", "")
        return News("payment", outcome, reference, provider_ref=outcome.provider_ref)

    def _capture_news(self, body: Mapping[str, Any]) -> News:
        outcome = self._operated("capture", body)
        reference, payment = body.get("captureRequestId", ""), outcome.provider_ref
        if reference.startswith("cap_"):
            return News("capture", outcome, reference, payment, outcome.operation_ref)
        # Antom's own capture of a payment that was to be captured automatically.
        state = "captured" if outcome.state == "succeeded" else "unknown"
        return News("payment", replace(outcome, state=state, operation_ref=""), "", payment)

    def _refund_news(self, body: Mapping[str, Any]) -> News:
        told = words.REFUND_STATES.get(body.get("refundStatus", ""))
        state = told or words.OPERATION_STATES.get(result(body)[0], "unknown")
        outcome = operation_of("refund", body, state)
        reference = body.get("refundRequestId", "")
        return News("refund", outcome, reference, operation_ref=outcome.operation_ref)


# Antom's members in our words.


def result(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Status (S, F, U or "" where there is none), code and message."""
    said = body.get("result", {})
    return said.get("resultStatus", ""), said.get("resultCode", ""), said.get("resultMessage", "")


def money(value: Mapping[str, str] | None) -> Money | None:
    return Money(int(value["value"]), value["currency"]) if value else None


def outcome_of(body: Mapping[str, Any], state: str, **more: Any) -> Outcome:
    """What an answer or notification about a payment says beside its state."""
    _, code, message = result(body)
    said: dict[str, Any] = {"raw_code": code, "raw_message": message, **more}
    info = facts(body.get("paymentResultInfo", {}))
    reference, total = body.get("paymentId", ""), money(body.get("paymentAmount"))
    return Outcome(state, reference, money=total, facts=info, **said)


def operation_of(target: str, body: Mapping[str, Any], state: str) -> Outcome:
    """What an answer or notification about a capture, cancel or refund says beside its state."""
    _, code, message = result(body)
    no = words.AFTERWARDS.get(code, f"{target}_refused") if state in ("failed", "refused") else ""
    total = money(body.get(f"{target}Amount"))
    references = body.get("paymentId", ""), body.get(f"{target}Id", "")
    return Outcome(state, *references, no, code, message, money=total)


def dispute_news(body: Mapping[str, Any]) -> News:
    """A dispute that was opened, answered or judged."""
    kind = body["disputeNotificationType"]
    state = words.DISPUTES.get(body.get("disputeJudgedResult") or kind, "unknown")
    told = given({ours: body.get(theirs) for ours, theirs in words.DISPUTE_FACTS.items()})
    outcome = Outcome(state, raw_code=kind, money=money(body.get("disputeAmount")), facts=told)
    references = (body.get(name, "") for name in ("paymentRequestId", "paymentId", "disputeId"))
    return News("dispute", outcome, *references)


def success(ask: Ask, body: Mapping[str, Any]) -> str:
    """What a successful payment has come to: taken, held, or held and about to be taken."""
    if body.get("paymentMethodType", method_type(ask)) not in words.HOLDING:
        return "captured"
    if ask.capture == "manual":
        return "authorized"
    captures = [
        one["transactionStatus"]
        for one in body.get("transactions", [])
        if one["transactionType"] == "CAPTURE"
    ]
    return "captured" if "SUCCESS" in captures else "pending"


def next_action(body: Mapping[str, Any], ask: Ask) -> dict | None:
    """What the shopper must do: scan or quote a code, open the wallet's app, or follow a link."""
    page, form = body.get("normalUrl", ""), body.get("redirectActionForm")
    link = body.get("applinkUrl") or body.get("schemeUrl", "")
    if body.get("orderCodeForm"):
        return code_action(body["orderCodeForm"], link)
    if link and (phone_system(ask.device) or not page):
        return actions.app(link, page)
    if page:
        return actions.three_ds(page) if ask.card else actions.redirect(page)
    if form:
        fields = json.loads(form.get("parameters", "{}"))
        return actions.redirect(form["redirectUrl"], form["method"], fields)
    return None


def code_action(form: Mapping[str, Any], link: str) -> dict:
    """A code to scan, or one to quote at a counter; images come beside the text they show."""
    details = form["codeDetails"]
    text: Mapping[str, str] = next((one for one in details if one["displayType"] == "TEXT"), {})
    image = next((one["codeValue"] for one in details if "IMAGE" in one["displayType"]), "")
    expires = datetime.fromisoformat(form["expireTime"]).astimezone(UTC).isoformat()
    value = text.get("codeValue", "")
    if text.get("codeValueType") == "BARCODE":
        return actions.voucher(value, expires, barcode=value, url=image)
    return actions.qr(value, expires, image, link)


def facts(info: Mapping[str, Any]) -> dict[str, Any]:
    """What Antom tells about a card payment beyond yes and no."""
    secure = info.get("threeDSResult", {})
    told = {ours: info.get(theirs) for ours, theirs in words.FACTS.items()}
    told |= {ours: secure.get(theirs) for ours, theirs in words.THREE_DS_FACTS.items()}
    return given(told)


def by_gateway(
    account: Mapping[str, str], path: str, headers: Mapping[str, str], time: str, body: bytes
) -> bool:
    """Whether Antom's gateway signed this for this account; header names are in lower case."""
    key, client = account["gateway_public_key"], account["client_id"]
    signature = headers.get("signature", "")
    addressed = headers.get("client-id") == client
    return addressed and signing.antom_signed(key, path, client, time, body, signature)
