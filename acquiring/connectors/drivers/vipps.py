"""Vipps MobilePay: the wallets of Norway, Denmark and Finland, and cards beside them. ePayment v1.

Quirks worth knowing
- A payment is named by our reference; Vipps allows letters, digits and hyphens in it, so the
  attempt's underscore becomes a hyphen. What Vipps calls pspReference names single operations.
- The shopper's yes only holds the money (AUTHORIZED, for good: captures, cancellations and refunds
  change sums, not the state). An automatic payment is captured when the shopper is back, or by the
  inquiry that the webhook of the approval causes, under a key of its own.
- Every operation is in the payment's event log with its idempotency key, which is how a capture,
  cancellation or refund is found whose answer was lost.
- A key that comes with another body is 409, and so is a reference that exists: neither says what
  was done, so both are looked up.
- A wallet payment whose card is refused may be tried again with another card in the app; all that
  we hear in the end is ABORTED or EXPIRED.
- What a last, partial capture leaves is not released here: it would take a second call after money
  has moved. Vipps lets go of it by itself.
- Push messages and codes on a screen need Vipps' permission for each sales unit and are left out.

Sources: vippsas/vipps-epayment-api (OpenAPI 1.4.1, MIT; operations, errors), vippsas/webhooks-api
(events, request authentication), developer.vippsmobilepay.com (access tokens).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
    Pass,
    Reply,
    Wire,
)
from acquiring.core.money import Money

PAYMENTS = "/epayment/v1/payments"
EVENTS = "created aborted expired cancelled captured refunded authorized terminated"
NO_SUCH_PAYMENT, NO_SUCH_EVENT = "no_such_payment", "no_such_event"
OF_OPERATIONS = {
    "CAPTURED": ("capture", "cap_"),
    "REFUNDED": ("refund", "ref_"),
    "CANCELLED": ("void", "voi_"),
    "TERMINATED": ("void", "voi_"),
}
ADJUSTMENTS = {"capture": "capture", "void": "cancel", "refund": "refund"}


class Vipps(Driver):
    """Vipps MobilePay, ePayment API v1."""

    name = "vipps"
    title = "Vipps MobilePay"
    live = "https://api.vipps.no"
    credentials = (
        "client_id",
        "client_secret",
        "subscription_key",
        "merchant_serial_number",
        "webhook_secret",
    )
    secret_credentials = ("client_secret", "subscription_key", "webhook_secret")
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({NO_SUCH_PAYMENT, NO_SUCH_EVENT})
    states = {
        "CREATED": "action",
        "ABORTED": "declined",
        "EXPIRED": "expired",
        "AUTHORIZED": "authorized",
        "TERMINATED": "voided",
    }
    declines = {
        "4040": "invalid_amount",
        "4070": "invalid_details",
        "6080": "capture_refused",
        "ABORTED": "shopper_canceled",
        "Amount too small": "amount_too_small",
        "Amount invalid": "invalid_amount",
        "Invalid amount": "invalid_amount",
        "No cards": "wallet_refused",
        "Payment limit exceeded": "merchant_limit_exceeded",
        "Operation not supported": "invalid_transaction",
        "Invalid phone number": "invalid_details",
        "Customer not found": "wallet_account_not_found",
        "Direct capture not allowed": "method_not_enabled",
        "Reserve capture not allowed": "method_not_enabled",
        "Skip landing page not allowed": "method_not_enabled",
        "Long-living payment not allowed": "method_not_enabled",
        "Payment cannot be created": "invalid_transaction",
        "Capture amount too high": "capture_amount_exceeded",
        "Cannot capture before reservation": "capture_refused",
        "Cannot capture a cancelled payment": "capture_refused",
        "Payment cannot be captured": "capture_refused",
        "Capture period expired": "authorization_expired",
        "Cannot cancel a captured payment": "void_refused",
        "Cannot cancel a non-reserved payment": "void_refused",
        "Cannot cancel pending": "void_refused",
        "Payment cannot be cancelled": "void_refused",
        "Cancel period expired": "authorization_expired",
        "Payment already refunded": "refund_amount_exceeded",
        "Not enough refundable": "refund_amount_exceeded",
        "Refund period expired": "refund_window_closed",
        "Attempted refund before reservation": "refund_refused",
        "Payment cannot be refunded": "refund_refused",
    }
    scrub = frozenset(
        "access_token client_secret ocp-apim-subscription-key secret phonenumber sub".split()
    )

    # Being let in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        who = {"client_id": account["client_id"], "client_secret": account["client_secret"]}
        return Call("POST", "/accesstoken/get", headers=who | unit(account), signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["access_token"], int(reply.body["expires_in"]))

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['access_token']}", **unit(account)}

    def subscribe(self, webhook_url: str) -> Call:
        events = [f"epayments.payment.{name}.v1" for name in EVENTS.split()]
        return Call("POST", "/webhooks/v1/webhooks", {"url": webhook_url, "events": events})

    def subscribed(self, reply: Reply) -> dict[str, str]:
        return {"webhook_secret": reply.body["secret"]}

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        told = ask.descriptor or ask.description
        body = {
            "amount": amount(ask.money),
            "paymentMethod": {"type": ask.code},
            "reference": name_of(ask.reference),
            "userFlow": "WEB_REDIRECT",
            "returnUrl": ask.return_url,
            "paymentDescription": told[:100] if len(told) >= 3 else ask.payment,
            "metadata": {"payment": ask.payment},
        }
        return Call("POST", PAYMENTS, body, {"Idempotency-Key": ask.reference})

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return look(ask)

    def capture(self, ask: Ask) -> Call:
        return adjust(ask, ask.reference)

    def void(self, ask: Ask) -> Call:
        return adjust(ask, ask.reference)

    def refund(self, ask: Ask) -> Call:
        return adjust(ask, ask.reference)

    def inquire(self, ask: Ask) -> Call:
        return look(ask) if ask.target == "payment" else look(ask, "/events")

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return self._refused(ask, reply)
        if ask.verb == "authorize":
            return opened(ask, reply.body)
        if ask.verb in ADJUSTMENTS:
            return adjusted(ask.verb, reply.body)
        if ask.step == "take":
            return taken(reply.body)
        if ask.target == "payment":
            return self._stands(ask, reply.body)
        return self._logged(ask, json.loads(reply.text))

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """What a payment has come to; one that is to be captured at once is captured now."""
        word, payment = body["state"], body["reference"]
        sums = body["aggregate"]
        if word == "AUTHORIZED" and not value(sums, "captured") and value(sums, "cancelled"):
            return Outcome("voided", payment, raw_code=word)
        if word == "AUTHORIZED" and value(sums, "captured"):
            return taken(body)
        if word == "AUTHORIZED" and ask.capture == "automatic":
            return More("take", adjust(ask, own_key(ask.reference), "capture"))
        state, step = self.state(word), ask.kept.get("action")
        if state == "action":
            step = actions.redirect(body["redirectUrl"]) if body.get("redirectUrl") else step
            if ask.verb == "resume" or not step:
                return Outcome("pending", payment, raw_code=word)
            return Outcome(state, payment, raw_code=word, action=step, keep={"action": step})
        decline = self.decline(word) if state == "declined" else ""
        return Outcome(state, payment, decline=decline, raw_code=word)

    def _logged(self, ask: Ask, events: list[Mapping[str, Any]]) -> Outcome:
        """The event that a capture, void or refund left in the payment's log."""
        for one in events:
            kind, _ = OF_OPERATIONS.get(one["name"], ("", ""))
            if kind == ask.target and one.get("idempotencyKey") == ask.reference:
                return happened(kind, one)
        return Outcome("unknown", raw_code=NO_SUCH_EVENT)

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        """Nothing was done, unless it had been done under the same name or key before."""
        body = reply.body
        details = {one.get("name"): one.get("reason") for one in body.get("extraDetails") or ()}
        title = body.get("title") or f"http_{reply.status}"
        code = details.get("ErrorCode", "")
        raw = code if code in self.declines else title
        message = body.get("detail", "")
        looked = ask.verb in ("resume", "inquire")
        if reply.status == 404 and looked and not ask.step:
            return Outcome("unknown", raw_code=NO_SUCH_PAYMENT, raw_message=message)
        if reply.status == 409 or looked:
            return Outcome("unknown", raw_code=raw, raw_message=message)
        fallback = "invalid_request" if ask.verb == "authorize" else f"{ask.verb}_refused"
        decline = self.declines.get(raw, fallback)
        return Outcome("refused", decline=decline, raw_code=raw, raw_message=message)

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        date, given = (inbound.headers.get(name, "") for name in ("x-ms-date", "authorization"))
        wanted = signing.vipps_authorization(
            account["webhook_secret"], inbound.url, date, inbound.body
        )
        if not signing.same(given, wanted):
            raise BadSignature("the event is not signed with the webhook's secret")
        told = inbound.json()
        name, key = told["name"], told.get("idempotencyKey") or ""
        event = f"{told['pspReference']}:{name}:{told['timestamp']}"
        ours, payment = told["reference"].replace("-", "_", 1), told["reference"]
        kind, prefix = OF_OPERATIONS.get(name, ("", ""))
        if kind and key.startswith(prefix):
            outcome = happened(kind, told)
            psp = outcome.operation_ref
            return [News(kind, outcome, key, payment, psp, event)]  # type: ignore[arg-type]
        if name == "CREATED":
            return []
        return [News("payment", self._told(told, ours, key), ours, payment, event_id=event)]

    def _told(self, told: Mapping[str, Any], ours: str, key: str) -> Outcome:
        """An event of the payment itself; what leaves a doubt makes us inquire."""
        name, payment = told["name"], told["reference"]
        if told["success"] is True and name == "CAPTURED" and key == own_key(ours):
            return Outcome("captured", payment, raw_code=name, money=money(told["amount"]))
        sure = told["success"] is True and name in ("ABORTED", "EXPIRED", "TERMINATED")
        state = self.state(name) if sure else "unknown"
        decline = self.decline(name) if state == "declined" else ""
        return Outcome(state, payment, decline=decline, raw_code=name)


# Vipps' members in our words, and ours in Vipps'.


def unit(account: Mapping[str, str]) -> dict[str, str]:
    """The headers that name the sales unit."""
    return {
        "Ocp-Apim-Subscription-Key": account["subscription_key"],
        "Merchant-Serial-Number": account["merchant_serial_number"],
    }


def name_of(reference: str) -> str:
    return reference.replace("_", "-")


def own_key(reference: str) -> str:
    """The key of the capture that an automatic payment ends with."""
    return f"{reference}-capture"


def look(ask: Ask, part: str = "") -> Call:
    return Call("GET", f"{PAYMENTS}/{ask.provider_ref or name_of(ask.reference)}{part}")


def adjust(ask: Ask, key: str, verb: str = "") -> Call:
    """A capture, cancellation or refund of a payment."""
    verb = verb or ADJUSTMENTS[ask.verb]
    body = None if verb == "cancel" else {"modificationAmount": amount(ask.money)}
    path = f"{PAYMENTS}/{ask.provider_ref or name_of(ask.reference)}/{verb}"
    return Call("POST", path, body, {"Idempotency-Key": key})


def amount(sum_: Money) -> dict[str, Any]:
    return {"currency": sum_.currency, "value": sum_.amount}


def money(told: Mapping[str, Any]) -> Money:
    return Money(told["value"], told["currency"])


def value(sums: Mapping[str, Any], name: str) -> int:
    found: int = sums[f"{name}Amount"]["value"]
    return found


def opened(ask: Ask, body: Mapping[str, Any]) -> Outcome:
    step = actions.redirect(body["redirectUrl"])
    return Outcome("action", body["reference"], action=step, keep={"action": step})


def taken(body: Mapping[str, Any]) -> Outcome:
    """A payment of which something was captured."""
    sums, payment = body["aggregate"], body["reference"]
    if body["state"] != "AUTHORIZED" or not value(sums, "captured"):
        return Outcome("unknown", payment, raw_code=body["state"])
    total = money(sums["capturedAmount"])
    return Outcome("captured", payment, raw_code=body["state"], money=total)


def adjusted(verb: str, body: Mapping[str, Any]) -> Outcome:
    """The answer to a capture, cancellation or refund, which is done at once."""
    word, sums = body["state"], body["aggregate"]
    done = value(sums, {"capture": "captured", "void": "cancelled", "refund": "refunded"}[verb])
    known = word == "AUTHORIZED" or (verb == "void" and word == "TERMINATED")
    state = "succeeded" if known and done else "unknown"
    return Outcome(state, body["reference"], body["pspReference"], raw_code=word)


def happened(kind: str, event: Mapping[str, Any]) -> Outcome:
    """What an event says about the operation that caused it."""
    done = event["success"] is True
    decline = "" if done else f"{kind}_refused"
    state, total = "succeeded" if done else "failed", money(event["amount"])
    references = event["reference"], event["pspReference"]
    return Outcome(state, *references, decline, event["name"], money=total)
