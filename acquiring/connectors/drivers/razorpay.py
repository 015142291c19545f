"""Razorpay: cards, UPI, net banking and wallets of India. JSON, Basic key id and secret.

Quirks worth knowing
- Money moves on an order, and there is no idempotency key: our reference is the order's receipt,
  by which its payments are found after silence. Nothing that moves money is sent again, but refunds
  would be safe: they have a key.
- A payment that nobody has to see a page for is answered without a status: it is asked for.
- A declined payment is HTTP 400 with its id in `error.metadata`; an error without one is a call
  that was refused. The reason is `error.reason`.
- Payments are authorized first, whatever the method, and captured by the order's own rule; a
  capture is whole. `payment.authorized` does not tell the rule, so it is a reason to inquire.
- There is no void: what is not captured goes back by itself, after days.
- A failed payment may still be authorized later: news are believed whenever they come.
- UPI opens an app by link. Collect requests are being withdrawn by NPCI and are not spoken; nor are
  mandates (e-mandate, recurring cards), which want terms that no payment has.

Sources: razorpay/razorpay-python (MIT): recorded answers, signatures; razorpay.com/docs (S2S JSON
v2, orders, refunds, webhooks, error reasons).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    Unsupported,
    Wire,
)
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import razorpay as words
from acquiring.core.money import Money


class Razorpay(Driver):
    name = "razorpay"
    title = "Razorpay"
    live = "https://api.razorpay.com"
    credentials = ("key_id", "key_secret", "webhook_secret")
    secret_credentials = ("key_secret", "webhook_secret")
    verbs = frozenset({"authorize", "resume", "capture", "refund", "inquire"})
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({"no_such_order", "no_such_payment", "no_such_refund"})
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset("contact vpa name cvv expiry_month expiry_year last4 user_agent".split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.initiator == "merchant":
            raise Unsupported(
                "Razorpay's recurring payments need a mandate that is not spoken here"
            )
        body = {
            "amount": ask.money.amount,
            "currency": ask.money.currency,
            "receipt": ask.reference,
            "payment_capture": 1 if ask.capture == "automatic" else 0,
            "notes": notes(ask),
        }
        return Call("POST", "/v1/orders", body)

    def resume(self, ask: Ask) -> Call:
        # What the shopper comes back with is signed, but says no more than an inquiry.
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "currency": ask.money.currency}
        return Call("POST", f"/v1/payments/{ask.provider_ref}/capture", body)

    def refund(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "speed": "normal", "receipt": ask.reference}
        headers = {"X-Refund-Idempotency": ask.reference}
        return Call("POST", f"/v1/payments/{ask.provider_ref}/refund", body, headers)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            path = f"/v1/payments/{ask.provider_ref}/refunds"
            return Call("GET", path, query={"count": "100"})
        if ask.provider_ref:
            return Call("GET", f"/v1/payments/{ask.provider_ref}")
        return Call("GET", "/v1/orders", query={"receipt": ask.reference})

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return basic(account["key_id"], account["key_secret"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, body.get("error", {}))
        if ask.target == "refund" and ask.verb == "inquire":
            return refunded_of(ask, body["items"])
        if ask.verb == "refund":
            return refunded(body)
        if ask.verb == "capture" or ask.target == "capture":
            return captured(body)
        if ask.verb == "authorize" and ask.step == "":
            return More("pay", payment(ask, body["id"]))
        if ask.step == "pay":
            return self._paying(ask, body)
        if "items" in body:
            return self._tried(ask, body["items"]) if ask.step else ordered(body["items"])
        return self._paid(ask, body)

    def _tried(self, ask: Ask, payments: Sequence[Mapping[str, Any]]) -> Outcome:
        """The payments of our order: the one that has come furthest is ours."""
        if not payments:
            return Outcome("unknown", raw_code="no_such_payment")
        ranks = {"failed": 0, "created": 1, "authorized": 2}
        return self._paid(ask, max(payments, key=lambda one: ranks.get(one["status"], 3)))

    def _paying(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """The answer to a payment: where the shopper goes, or nothing but its id."""
        reference = body["razorpay_payment_id"]
        steps = {one["action"]: one.get("url", "") for one in body.get("next") or ()}
        if not steps:
            return More("paid", Call("GET", f"/v1/payments/{reference}"))
        if "redirect" in steps:
            step = (actions.three_ds if ask.card else actions.redirect)(steps["redirect"])
        elif "intent" in steps:
            step = actions.app(steps["intent"])
        else:
            step = actions.wait("app")
        return Outcome("action", reference, action=step, keep={"action": step})

    def _paid(self, ask: Ask, found: Mapping[str, Any]) -> Outcome:
        """What a payment says about itself."""
        state = self.state(found.get("status", ""))
        if state == "authorized" and ask.capture == "automatic":
            state = "pending"  # its order captures it
        outcome = self._told(state, found)
        if found.get("status") == "created" and "action" in ask.kept and ask.verb == "inquire":
            step = ask.kept["action"]  # nothing has happened since: the step is still due
            return replace(outcome, state="action", action=step, keep=ask.kept)
        return outcome

    def _told(self, state: str, found: Mapping[str, Any]) -> Outcome:
        code = found.get("error_reason") or found.get("error_code") or ""
        acquirer = found.get("acquirer_data") or {}
        names = ("auth_code", "rrn", "bank_transaction_id", "upi_transaction_id")
        return Outcome(
            state,
            found["id"],
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code or found.get("status", ""),
            raw_message=found.get("error_description") or "",
            money=Money(found["amount"], found["currency"]),
            facts={name: acquirer[name] for name in names if acquirer.get(name)},
        )

    def _error(self, ask: Ask, error: Mapping[str, Any]) -> Outcome:
        """No; a payment that came to be and failed has its id in the error."""
        code = error.get("reason") or error.get("code", "")
        made = (error.get("metadata") or {}).get("payment_id", "")
        said = {"raw_code": code, "raw_message": error.get("description", "")}
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", made, **said)
        if ask.verb != "authorize":
            return Outcome("refused", decline=f"{ask.verb}_refused", **said)
        if made:
            return Outcome("declined", made, decline=self.decline(code), **said)
        return Outcome("refused", decline=self.declines.get(code, "invalid_request"), **said)

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        wanted = signing.hmac_sha256_hex(account["webhook_secret"], inbound.body)
        if not signing.same(wanted, inbound.headers.get("x-razorpay-signature", "")):
            raise BadSignature("the event is not signed with this account's webhook secret")
        event = inbound.json()
        kind, event_id = event.get("event", ""), inbound.headers.get("x-razorpay-event-id", "")
        things = {name: one["entity"] for name, one in event.get("payload", {}).items()}
        if kind.startswith("refund."):
            told = refunded(things["refund"])
            names = things["refund"].get("receipt") or "", told.provider_ref, told.operation_ref
            return [News("refund", told, *names, event_id)]
        if kind.startswith("payment.dispute."):
            dispute = things["dispute"]
            names = reference(things.get("payment", {})), dispute["payment_id"], dispute["id"]
            return [News("dispute", disputed(dispute), *names, event_id)]
        if kind in words.PAYMENT_EVENTS:
            found = things["payment"]
            outcome = self._told(words.PAYMENT_EVENTS[kind], found)
            return [News("payment", outcome, reference(found), found["id"], "", event_id)]
        return []


# Razorpay's members.


def ordered(orders: Sequence[Mapping[str, Any]]) -> Outcome | More:
    """The order of our reference: its payments tell more."""
    if not orders:
        return Outcome("unknown", raw_code="no_such_order")
    return More("tried", Call("GET", f"/v1/orders/{orders[0]['id']}/payments"))


def notes(ask: Ask) -> dict[str, str]:
    return {**ask.metadata, "reference": ask.reference, "payment": ask.payment}


def payment(ask: Ask, order: str) -> Call:
    """The call that pays an order."""
    body = {
        "amount": ask.money.amount,
        "currency": ask.money.currency,
        "order_id": order,
        "email": ask.customer.email,
        "contact": ask.customer.phone,
        **method(ask),
        "description": ask.description,
        "callback_url": ask.return_url,
        "ip": ask.device.ip,
        "user_agent": ask.device.user_agent,
        "notes": notes(ask),
    }
    given = {name: value for name, value in body.items() if value not in ("", {})}
    return Call("POST", "/v1/payments/create/json", given)


def method(ask: Ask) -> dict[str, Any]:
    """How is paid: a code names the method, and behind a colon the wallet or provider."""
    kind, _, which = ask.code.partition(":")
    if kind == "upi":
        return {"method": "upi", "upi": {"flow": "intent"}}
    if kind == "netbanking":
        return {"method": "netbanking", "bank": ask.details.get("bank", "")}
    if kind == "wallet":
        return {"method": "wallet", "wallet": which}
    if kind != "card" and kind != "emi":
        return {"method": kind, "provider": which or ask.details.get("bank", "")}
    if ask.card is None:
        raise ValueError("a card payment without a card")
    card = {
        "number": ask.card.number,
        "name": ask.card.holder or ask.customer.name,
        "expiry_month": f"{ask.card.exp_month:02}",
        "expiry_year": f"{ask.card.exp_year % 100:02}",
        "cvv": ask.card.cvc,
    }
    months = {"emi_duration": int(ask.details["plan"])} if kind == "emi" else {}
    screen = ask.device
    browser = {
        "java_enabled": screen.java_enabled,
        "javascript_enabled": True,
        "timezone_offset": screen.time_zone_offset_minutes,
        "color_depth": screen.color_depth,
        "screen_width": screen.screen_width,
        "screen_height": screen.screen_height,
    }
    channel = {"authentication_channel": "browser"}
    shown = {"authentication": channel, "browser": browser}
    return {"method": kind, "card": card, **months, **shown}


def reference(found: Mapping[str, Any]) -> str:
    """Our reference among a payment's notes, which are a list when there are none."""
    told = found.get("notes")
    return str(told.get("reference", "")) if isinstance(told, dict) else ""


def captured(found: Mapping[str, Any]) -> Outcome:
    """How a capture stands, which is in the payment itself."""
    is_done = found.get("captured") is True or found.get("status") == "captured"
    state = "succeeded" if is_done else "unknown"
    return Outcome(state, found["id"], raw_code=found.get("status", ""))


def refunded(found: Mapping[str, Any]) -> Outcome:
    word = found.get("status", "")
    state = words.REFUND_STATES.get(word, "unknown")
    return Outcome(
        state,
        found["payment_id"],
        found["id"],
        "refund_refused" if state == "failed" else "",
        word,
        money=Money(found["amount"], found["currency"]),
    )


def refunded_of(ask: Ask, found: Sequence[Mapping[str, Any]]) -> Outcome:
    for one in found:
        if one["id"] == ask.operation_ref or one.get("receipt") == ask.reference:
            return refunded(one)
    return Outcome("unknown", raw_code="no_such_refund")


def disputed(found: Mapping[str, Any]) -> Outcome:
    word = found.get("status", "")
    told = {"reason_code": found.get("reason_code"), "respond_by": found.get("respond_by")}
    return Outcome(
        words.DISPUTES.get(word, "unknown"),
        raw_code=word,
        money=Money(found["amount"], found["currency"]),
        facts={name: value for name, value in told.items() if value},
    )
