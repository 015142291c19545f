"""Airwallex: cards, and local methods of Asia, Europe and Australia on one intent.

Quirks worth knowing
- A payment takes two calls: an intent is created, then confirmed with a payment method. A
  `request_id` is good for one call: a second is `duplicate_request`, so that nothing happens twice,
  and we look at what the first has come to.
- The intent is found by our reference, `merchant_order_id`.
- A decline is HTTP 400 with `issuer_declined` and the scheme's own code; the intent goes back to
  REQUIRES_PAYMENT_METHOD, and what became of the try is its `latest_payment_attempt`.
- A merchant's later charge quotes the scheme's transaction id of the first payment
  (`external_recurring_data`), so that cards need no consent of Airwallex's.
- Amounts are JSON numbers in major units.
- Counters, kiosks and transfers lead to a page of Airwallex's, which shows the code.
- Tokens are lent for half an hour by client id and API key.
- For Canadian debits the branch number is the nine digits of the electronic format: a zero, three
  of the institution, five of the branch.

Sources: @airwallex/node-sdk 2.0.0-beta.4 (MIT); airwallex.com/docs (native API, 3-D Secure for
versions from 2024-06-14, error and issuer response codes, webhooks, payment statuses).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

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
    Unsupported,
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.numbers import money, number
from acquiring.connectors.parts.airwallex_members import (
    customer,
    device,
    method,
    options,
    recurring,
)
from acquiring.connectors.vocabulary import airwallex as words

INTENTS = "/api/v1/pa/payment_intents"
REFUNDS = "/api/v1/pa/refunds"
DUPLICATE = "duplicate_request"
FAILED = frozenset({"FAILED", "CANCELLED", "EXPIRED"})


class Airwallex(Driver):
    name = "airwallex"
    title = "Airwallex"
    live = "https://api.airwallex.com"
    credentials = ("client_id", "api_key", "webhook_secret")
    secret_credentials = ("api_key", "webhook_secret")
    # A repetition is refused as a duplicate, so it never does anything a second time.
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({"nothing_found", "not_confirmed"})
    states = {
        "REQUIRES_CUSTOMER_ACTION": "action",
        "PENDING": "pending",
        "REQUIRES_CAPTURE": "authorized",
        "SUCCEEDED": "captured",
        "CANCELLED": "voided",
    }
    declines = {**words.ERRORS, **words.ISSUERS}
    scrub = frozenset(words.SCRUB.split())

    # Being let in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        keys = {"x-client-id": account["client_id"], "x-api-key": account["api_key"]}
        return Call("POST", "/api/v1/authentication/login", headers=keys, signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["token"], 25 * 60)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        token = account["access_token"]
        return {"Authorization": f"Bearer {token}", "x-api-version": "2024-06-14"}

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.capture == "manual" and ask.code != "card":
            raise Unsupported(f"Airwallex takes {ask.code} payments at once; only cards are held")
        body = {
            "request_id": ask.reference,
            "amount": number(ask.money),
            "currency": ask.money.currency,
            "merchant_order_id": ask.reference,
            "descriptor": ask.descriptor,
            "return_url": ask.return_url,
            "customer": customer(ask),
            "metadata": dict(ask.metadata),
        }
        return Call("POST", f"{INTENTS}/create", given(body))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        body = {"request_id": ask.reference, "amount": number(ask.money)}
        return Call("POST", f"{INTENTS}/{ask.provider_ref}/capture", body)

    def void(self, ask: Ask) -> Call:
        body = {"request_id": ask.reference, "cancellation_reason": "requested_by_merchant"}
        return Call("POST", f"{INTENTS}/{ask.provider_ref}/cancel", body)

    def refund(self, ask: Ask) -> Call:
        body = {
            "request_id": ask.reference,
            "payment_intent_id": ask.provider_ref,
            "amount": number(ask.money),
            "reason": (ask.description or "requested_by_customer")[:128],
        }
        return Call("POST", f"{REFUNDS}/create", body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund" and ask.operation_ref:
            return Call("GET", f"{REFUNDS}/{ask.operation_ref}")
        if ask.target == "refund":
            return Call("GET", REFUNDS, query={"payment_intent_id": ask.provider_ref})
        if ask.provider_ref:
            return Call("GET", f"{INTENTS}/{ask.provider_ref}")
        return by_reference(ask)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if ask.verb == "authorize":
            return self._paid(ask, reply)
        if ask.verb in ("resume", "inquire") and ask.target == "payment":
            return self._found(ask, reply)
        if ask.verb == "refund" or ask.target == "refund":
            return self._refunded(ask, reply)
        return self._operated(ask, reply)

    def _paid(self, ask: Ask, reply: Reply) -> Outcome | More:
        """The answers on the way to a payment: created, found again, confirmed, looked at."""
        code = reply.body.get("code", "")
        if code == DUPLICATE and ask.step == "":
            return More("found", by_reference(ask))
        if code == DUPLICATE:
            return More("look", Call("GET", f"{INTENTS}/{ask.kept['intent']}"))
        if ask.step == "look":
            return self._found(ask, reply)
        if ask.step == "found" and reply.status < 400:
            found = listed(ask, reply.body)
            if not found:
                return Outcome("unknown", raw_code="nothing_found")
            if found.get("status") != "REQUIRES_PAYMENT_METHOD":
                return self._intent(found)
            return self._confirm(ask, found["id"])
        if reply.status >= 400:
            return self._refused(ask, reply.body)
        if ask.step == "confirm":
            return self._intent(reply.body)
        return self._confirm(ask, reply.body["id"])

    def _confirm(self, ask: Ask, intent: str) -> More:
        body = {
            "request_id": f"{ask.reference}-confirm",
            "payment_method": {"type": ask.code, ask.code: method(ask)},
            "payment_method_options": options(ask),
            "external_recurring_data": recurring(ask),
            "device_data": device(ask),
            "return_url": ask.return_url,
        }
        call = Call("POST", f"{INTENTS}/{quote(intent)}/confirm", given(body))
        return More("confirm", call, {"intent": intent})

    def _refused(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        code, message = body.get("code", ""), body.get("message", "")
        if code not in words.DECLINED:
            return Outcome("refused", "", "", self.decline(code), code, message)
        details = body.get("details") or {}
        issuer = body.get("provider_original_response_code") or details.get(
            "original_response_code", ""
        )
        intent = ask.kept.get("intent", "")
        no = words.ISSUERS.get(issuer) or self.decline(code)
        return Outcome("declined", intent, "", no, issuer or code, message)

    def _found(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return Outcome("unknown", raw_code=reply.body.get("code", ""))
        if "items" not in reply.body:
            return self._intent(reply.body)
        found = listed(ask, reply.body)
        if not found:
            return Outcome("unknown", raw_code="nothing_found")
        # In a list an intent names its attempt and does not show it.
        return More("look", Call("GET", f"{INTENTS}/{found['id']}"))

    def _intent(self, body: Mapping[str, Any]) -> Outcome:
        """What an intent says."""
        word, intent = body.get("status", ""), body.get("id", "")
        tried = body.get("latest_payment_attempt") or {}
        if word == "REQUIRES_PAYMENT_METHOD":
            if tried.get("status") in FAILED:
                return self._attempt(tried, intent)
            return Outcome("unknown", intent, raw_code="not_confirmed")
        state, action = self.state(word), None
        if state == "action":
            action = next_action(body)
            state = "action" if action else "pending"
        return Outcome(state, intent, raw_code=word, action=action, facts=facts(tried))

    def _attempt(self, tried: Mapping[str, Any], intent: str) -> Outcome:
        """A try that came to nothing."""
        code = tried.get("failure_code", "")
        issuer = tried.get("provider_original_response_code", "")
        no = words.ISSUERS.get(issuer) or (self.decline(code) if code else "generic_decline")
        if not code and tried.get("status") == "CANCELLED":
            no = "shopper_canceled"
        if tried.get("status") == "EXPIRED":
            return Outcome("expired", intent, raw_code=code or "EXPIRED")
        return Outcome("declined", intent, "", no, issuer or code, facts=facts(tried))

    def _operated(self, ask: Ask, reply: Reply) -> Outcome:
        """The answer to a capture or cancel, or a look at the intent after one met silence."""
        target = ask.target if ask.verb == "inquire" else ask.verb
        code, word = reply.body.get("code", ""), reply.body.get("status", "")
        if reply.status >= 400:
            if ask.verb == "inquire" or code == DUPLICATE:
                return Outcome("unknown", ask.provider_ref, raw_code=code)
            no, message = f"{target}_refused", reply.body.get("message", "")
            if code == "amount_above_limit":
                no = f"{target}_amount_exceeded"
            return Outcome("refused", ask.provider_ref, "", no, code, message)
        done = {"capture": "SUCCEEDED", "void": "CANCELLED"}[target]
        return Outcome("succeeded" if word == done else "unknown", ask.provider_ref, raw_code=word)

    def _refunded(self, ask: Ask, reply: Reply) -> Outcome:
        code, body = reply.body.get("code", ""), reply.body
        if reply.status >= 400:
            if ask.verb == "inquire" or code == DUPLICATE:
                return Outcome("unknown", ask.provider_ref, raw_code=code)
            exceeded = code == "amount_above_limit"
            no = "refund_amount_exceeded" if exceeded else "refund_refused"
            return Outcome("refused", ask.provider_ref, "", no, code, body.get("message", ""))
        if "items" in body:
            ours = [one for one in body["items"] if one.get("request_id") == ask.reference]
            return refund(ours[-1]) if ours else Outcome("unknown", raw_code="nothing_found")
        return refund(body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        time = inbound.headers.get("x-timestamp", "").encode()
        made = signing.hmac_sha256_hex(account["webhook_secret"], time + inbound.body)
        if not signing.same(made, inbound.headers.get("x-signature", "")):
            raise BadSignature("x-signature is not that of this account")
        body = inbound.json()
        kind = body.get("name", "").partition(".")[0]
        subject = (body.get("data") or {}).get("object") or {}
        tell: Callable[[Mapping[str, Any], str], News | None] | None = {
            "payment_intent": self._intent_news,
            "payment_attempt": self._attempt_news,
            "refund": refund_news,
            "payment_dispute": dispute_news,
        }.get(kind)
        told = tell(subject, body.get("id", "")) if tell else None
        return [told] if told else []

    def _intent_news(self, intent: Mapping[str, Any], event_id: str) -> News | None:
        outcome = self._intent(intent)
        if outcome.state in ("unknown", "action", "pending"):
            return None
        chosen = (intent.get("latest_payment_attempt") or {}).get("payment_method_options") or {}
        held = (chosen.get("card") or {}).get("auto_capture") is False
        if held and outcome.state == "captured":
            # A capture of ours was done: how much of the hold it took is for an inquiry.
            outcome = Outcome("unknown", outcome.provider_ref, raw_code=outcome.raw_code)
        reference = intent.get("merchant_order_id", "")
        return News("payment", outcome, reference, outcome.provider_ref, event_id=event_id)

    def _attempt_news(self, tried: Mapping[str, Any], event_id: str) -> News | None:
        if tried.get("status") not in FAILED:
            return None
        outcome = self._attempt(tried, tried.get("payment_intent_id", ""))
        reference = tried.get("merchant_order_id", "")
        return News("payment", outcome, reference, outcome.provider_ref, event_id=event_id)


# Airwallex's members in our words.


def by_reference(ask: Ask) -> Call:
    return Call("GET", INTENTS, query={"merchant_order_id": ask.reference})


def listed(ask: Ask, body: Mapping[str, Any]) -> dict[str, Any]:
    """The intent of our reference in a list of them."""
    ours = [one for one in body["items"] if one.get("merchant_order_id") == ask.reference]
    return dict(ours[-1]) if ours else {}


def next_action(body: Mapping[str, Any]) -> dict | None:
    """A page to open, with a form where it wants one, or a code to scan."""
    told = body.get("next_action") or {}
    url, code = told.get("url", ""), told.get("qrcode", "")
    if code:
        return actions.qr(code, app_url=url)
    if not url:
        return None
    tried = body.get("latest_payment_attempt") or {}
    is_card = (tried.get("payment_method") or {}).get("type") == "card"
    fields = {name: str(value) for name, value in (told.get("data") or {}).items()}
    page = actions.three_ds if is_card else actions.redirect
    return page(url, told.get("method") or "GET", fields)


def facts(tried: Mapping[str, Any]) -> dict[str, Any]:
    checks = tried.get("authentication_data") or {}
    return given(
        {
            "network_reference": tried.get("payment_method_transaction_id", ""),
            "authorization_code": tried.get("authorization_code", ""),
            "avs": checks.get("avs_result", ""),
            "cvc": checks.get("cvc_result", ""),
            "eci": (checks.get("ds_data") or {}).get("eci", ""),
        }
    )


def refund(body: Mapping[str, Any]) -> Outcome:
    word = body.get("status", "")
    state = words.REFUNDS.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, body.get("payment_intent_id", ""), body.get("id", ""), no, word)


def refund_news(body: Mapping[str, Any], event_id: str) -> News:
    outcome = refund(body)
    references = outcome.provider_ref, outcome.operation_ref
    return News("refund", outcome, body.get("request_id", ""), *references, event_id)


def dispute_news(body: Mapping[str, Any], event_id: str) -> News:
    """A dispute, whose stage may be no more than a question."""
    word, reason = body.get("status", ""), body.get("reason") or {}
    state = words.DISPUTES.get(word, "unknown")
    if body.get("stage") == "RFI" and state == "chargeback_open":
        state = "inquiry_open"
    total = money(body["amount"], body["currency"]) if "amount" in body else None
    told = {"respond_by": body.get("due_at", ""), "reason": reason.get("description", "")}
    told |= {"reason_code": reason.get("original_code", ""), "stage": body.get("stage", "")}
    outcome = Outcome(state, raw_code=word, money=total, facts=given(told))
    ours, intent = body.get("merchant_order_id", ""), body.get("payment_intent_id", "")
    return News("dispute", outcome, ours, intent, body.get("id", ""), event_id)
