"""Xendit (ID, MY, PH, TH, VN): virtual accounts, wallets, counters, QR codes, bank pages, cards.

Quirks worth knowing
- One shape for all methods: a `channel_code` and its `channel_properties`; what the shopper must do
  comes back as `actions`, a page to open or a value to show.
- A payment request (pr-…) is what is asked for, a payment (py-…) is what came of it. Refunds
  name the request; capture and cancel name the payment, looked up where nobody kept it. A held
  request stays AUTHORIZED for ever: what became of the hold is told by its payment.
- A payment is found by our reference in the list of requests; `idempotency-key` is documented for
  the calls of the SDK and sent with every call that creates something.
- Captures have no reference, so one that met silence is never sent again: it is inquired about.
- Cards in a currency of no country of Xendit's are said to be of the shopper's country where
  Xendit works there, else of Indonesia.
- Saved details are a `payment_token_id`, given when the first payment was of type PAY_AND_SAVE.
- One-time codes of debit cards (API_POST_REQUEST actions) are not spoken: they pend.
- Webhooks carry a fixed token, no signature over the body.
- Names of channel properties that no stored page shows (`payer_name` at a counter,
  `account_mobile_number` of OVO) are those of Xendit's channel data finder.

Sources: docs.xendit.co/apidocs (version 2024-11-11), docs/migrate-payment-api-v2-to-v3,
docs/available-payment-methods, docs/cards-recurring-and-merchant-initiated-transactions; the
official SDK xendit-python 7 (MIT) for lists, refunds and the idempotency key.
"""

from __future__ import annotations

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
    Reply,
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.numbers import money, number
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import xendit as words

REQUESTS = "/v3/payment_requests"
PAYMENTS = "/v3/payments"


class Xendit(Driver):
    name = "xendit"
    title = "Xendit"
    live = "https://api.xendit.co"
    signs_bodies = False
    credentials = ("secret_key", "callback_token")
    resendable = frozenset({"authorize", "resume", "refund", "inquire"})
    turned_away = frozenset({401, 429})  # 403 says what a channel or an account does not allow
    missing = frozenset({"DATA_NOT_FOUND", "nothing_found"})
    states = {
        "ACCEPTING_PAYMENTS": "action",
        "REQUIRES_ACTION": "action",
        "PENDING": "pending",
        "AUTHORIZED": "authorized",
        "SUCCEEDED": "captured",
        "FAILED": "declined",
        "CANCELED": "voided",
        "EXPIRED": "expired",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        saves = ask.agreement == "first" and ask.initiator == "shopper"
        token = ask.network_reference if ask.agreement == "subsequent" else ""
        body: dict[str, Any] = {
            "reference_id": ask.reference,
            "type": "PAY_AND_SAVE" if saves else "PAY",
            "country": country(ask),
            "currency": ask.money.currency,
            "request_amount": number(ask.money),
            "capture_method": ask.capture.upper(),
            "channel_code": ask.code,
            "payment_token_id": token,
            "description": (ask.description or ask.order_reference or ask.payment)[:1000],
            "metadata": dict(ask.metadata),
        }
        if (saves or wants_customer(ask)) and not token:
            body["customer"] = customer(ask)
        if ask.code in words.LENDERS:
            body["items"] = [item(ask)]
        known = {"channel_properties": properties(ask, token)}  # must be there, if empty
        return post(REQUESTS, given(body) | known, ask.reference)

    def resume(self, ask: Ask) -> Call:
        return self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        return self._about_payment(ask)

    def void(self, ask: Ask) -> Call:
        return self._about_payment(ask)

    def refund(self, ask: Ask) -> Call:
        body = {
            "payment_request_id": ask.provider_ref,
            "reference_id": ask.reference,
            "currency": ask.money.currency,
            "amount": number(ask.money),
            "reason": "REQUESTED_BY_CUSTOMER",
        }
        return post("/refunds", body, ask.reference)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            if ask.operation_ref:
                return get(f"/refunds/{ask.operation_ref}")
            return get("/refunds", {"payment_request_id": ask.provider_ref})
        if ask.target in ("capture", "void") and "payment_id" in ask.kept:
            return get(f"{PAYMENTS}/{ask.kept['payment_id']}")
        if ask.provider_ref:
            return get(f"{REQUESTS}/{ask.provider_ref}")
        return get(REQUESTS, {"reference_id": ask.reference})

    def _about_payment(self, ask: Ask) -> Call:
        """A capture or cancel, or first the look-up of the payment it is about."""
        if "payment_id" in ask.kept:
            return afterwards(ask, ask.kept["payment_id"])
        return get(f"{REQUESTS}/{ask.provider_ref}")

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return basic(account["secret_key"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if ask.verb in ("capture", "void") and not ask.step and "payment_id" not in ask.kept:
            return self._looked_up(ask, reply)
        if ask.verb == "inquire" and ask.target == "refund":
            return self._refund_found(ask, reply)
        if reply.status >= 400:
            return self._refused(ask, body)
        if ask.verb == "refund":
            return refund_outcome(body)
        if ask.verb in ("capture", "void") or ask.target in ("capture", "void"):
            return self._operated(ask, body)
        if "data" in body:  # the list of requests with our reference
            found = [one for one in body["data"] if one.get("reference_id") == ask.reference]
            if not found:
                return Outcome("unknown", raw_code="nothing_found")
            body = found[-1]
        return self._payment(body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        token = inbound.headers.get("x-callback-token", "")
        if not signing.same(token, account["callback_token"]):
            raise BadSignature("x-callback-token is not that of this account")
        body = inbound.json()
        event, data = body.get("event", ""), body.get("data", {})
        reference, provider_ref = data.get("reference_id", ""), data.get("payment_request_id", "")
        event_id = inbound.headers.get("webhook-id", "")
        if event.startswith("dispute."):
            return [dispute_news(body, event_id)]
        if event.startswith("refund."):
            outcome = refund_outcome(data)
            references = reference, provider_ref, outcome.operation_ref
            return [News("refund", outcome, *references, event_id)]
        if event.startswith(("payment.", "payment_request.")):
            outcome = self._payment(data)
            if "captures" in data and data.get("capture_method") == "MANUAL":
                # A capture of ours was done: how much of the hold it took is for an inquiry.
                outcome = Outcome("unknown", provider_ref, raw_code=event, keep=outcome.keep)
            return [News("payment", outcome, reference, provider_ref, event_id=event_id)]
        return []

    def _payment(self, body: Mapping[str, Any]) -> Outcome:
        """A payment request, or the payment that came of one."""
        word, failure = body.get("status", ""), body.get("failure_code", "")
        state, action = self.state(word), None
        if state == "action":
            action = next_action(body)
            state = "action" if action else "pending"
        no = state in ("declined", "expired")
        payment = body.get("latest_payment_id") or body.get("payment_id", "")
        return Outcome(
            state,
            body.get("payment_request_id") or body.get("id", ""),
            decline=self.decline(failure) if state == "declined" else "",
            raw_code=failure if no and failure else word,
            action=action,
            facts=facts(body),
            keep={"payment_id": payment} if payment else {},
        )

    def _refused(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        code, message = body.get("error_code", ""), body.get("message", "")
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code=code, raw_message=message)
        if ask.verb == "authorize":
            return Outcome("refused", "", "", self.decline(code), code, message)
        no = words.AFTERWARDS.get(code, f"{ask.verb}_refused")
        return Outcome("refused", ask.provider_ref, "", no, code, message)

    def _looked_up(self, ask: Ask, reply: Reply) -> Outcome | More:
        payment = reply.body.get("latest_payment_id", "")
        if reply.status >= 400:
            return self._refused(ask, reply.body)
        if not payment:
            no = f"{ask.verb}_refused"
            return Outcome("refused", ask.provider_ref, "", no, reply.body.get("status", ""))
        return More(ask.verb, afterwards(ask, payment), {"payment_id": payment})

    def _operated(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """A payment after a capture or cancel, or asked for one that met silence."""
        target = ask.target if ask.verb == "inquire" else ask.verb
        done = {"capture": "SUCCEEDED", "void": "CANCELED"}[target]
        word, captures = body.get("status", ""), body.get("captures", [])
        state = "succeeded" if word == done or (target == "capture" and captures) else "unknown"
        no = f"{target}_refused" if word == "FAILED" else ""
        operation = captures[-1].get("capture_id", "") if captures else ""
        state = "failed" if no else state
        return Outcome(state, body.get("payment_request_id", ""), operation, no, word)

    def _refund_found(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if reply.status >= 400:
            return self._refused(ask, body)
        if "data" not in body:
            return refund_outcome(body)
        found = [one for one in body["data"] if one.get("reference_id") == ask.reference]
        return refund_outcome(found[-1]) if found else Outcome("unknown", raw_code="nothing_found")


# Xendit's members in our words.


def get(path: str, query: Mapping[str, str] | None = None) -> Call:
    return Call("GET", path, headers={"api-version": "2024-11-11"}, query=query or {})


def post(path: str, body: Any, key: str = "") -> Call:
    headers = {"api-version": "2024-11-11"} | ({"idempotency-key": key} if key else {})
    return Call("POST", path, body, headers)


def afterwards(ask: Ask, payment: str) -> Call:
    """The capture or cancel of a payment."""
    if ask.verb == "void":
        return post(f"{PAYMENTS}/{payment}/cancel", None)
    return post(f"{PAYMENTS}/{payment}/capture", {"capture_amount": number(ask.money)})


def country(ask: Ask) -> str:
    shopper = ask.country if ask.country in words.COUNTRIES.values() else "ID"
    return words.COUNTRIES.get(ask.money.currency, shopper)


def properties(ask: Ask, token: str) -> dict[str, Any]:
    """What the channel wants to know."""
    pages = {"success_return_url": ask.return_url, "failure_return_url": ask.return_url}
    if ask.card:
        return given(card_properties(ask, token) | pages)
    if ask.code.endswith("_VIRTUAL_ACCOUNT"):
        return {"display_name": (ask.customer.name or ask.payment)[:50]}
    if ask.code in words.COUNTERS:
        return {"payer_name": (ask.customer.name or ask.payment)[:50]}
    if ask.code in words.CODES:
        return {}
    if ask.code == "OVO":
        return given({"account_mobile_number": ask.customer.phone} | pages)
    return given(pages)


def card_properties(ask: Ask, token: str) -> dict[str, Any]:
    card = ask.card
    assert card is not None
    first, _, last = card.holder.partition(" ")
    details = {
        "card_number": card.number,
        "expiry_month": f"{card.exp_month:02d}",
        "expiry_year": str(card.exp_year),
        "cvn": card.cvc,
        "cardholder_first_name": first,
        "cardholder_last_name": last,
        "cardholder_email": ask.customer.email,
        "cardholder_phone_number": ask.customer.phone,
    }
    by_merchant = ask.initiator == "merchant"
    on_file = "MERCHANT_UNSCHEDULED" if by_merchant else "CUSTOMER_UNSCHEDULED"
    return {
        "card_details": {} if token else given(details),
        "skip_three_ds": by_merchant or ask.three_ds == "skip",
        "card_on_file_type": on_file if ask.agreement else "",
        "statement_descriptor": ask.descriptor,
        "billing_information": billing(ask),
    }


def billing(ask: Ask) -> dict[str, str]:
    home = ask.billing
    if home is None:
        return {}
    members = {
        "street_line1": home.line1,
        "street_line2": home.line2,
        "city": home.city,
        "province_state": home.state,
        "postal_code": home.postal_code,
        "country": home.country,
    }
    return given(members)


def wants_customer(ask: Ask) -> bool:
    return ask.code in words.LENDERS or "_DIRECT_DEBIT" in ask.code


def customer(ask: Ask) -> dict[str, Any]:
    """The shopper; the reference must be new and of letters and digits only."""
    first, _, last = (ask.customer.name or "Shopper").partition(" ")
    return given(
        {
            "type": "INDIVIDUAL",
            "reference_id": ask.reference.replace("_", ""),
            "email": ask.customer.email,
            "mobile_number": ask.customer.phone,
            "individual_detail": given({"given_names": first, "surname": last}),
        }
    )


def item(ask: Ask) -> dict[str, Any]:
    """The whole order as one item."""
    return {
        "reference_id": ask.order_reference or ask.payment,
        "type": "PHYSICAL_PRODUCT",
        "name": (ask.description or ask.order_reference or ask.payment)[:255],
        "category": "order",
        "net_unit_amount": number(ask.money),
        "quantity": 1,
        "currency": ask.money.currency,
    }


def next_action(body: Mapping[str, Any]) -> dict | None:
    """A page to open, an account, a counter's code or a QR code; None for what we do not speak."""
    values = {one.get("descriptor", ""): one.get("value", "") for one in body.get("actions", [])}
    known = body.get("channel_properties", {})
    expires, code = known.get("expires_at", ""), body.get("channel_code", "")
    if number := values.get("VIRTUAL_ACCOUNT_NUMBER"):
        fields = given({"bank": code.partition("_")[0], "account_number": number})
        return actions.bank_details(fields, number, expires)
    if text := values.get("QR_STRING"):
        return actions.qr(text, expires)
    if reference := values.get("PAYMENT_CODE"):
        return actions.voucher(reference, expires)
    page, link = values.get("WEB_URL", ""), values.get("DEEPLINK_URL", "")
    if page:
        return actions.three_ds(page) if code == "CARDS" else actions.redirect(page)
    return actions.app(link) if link else None


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth showing, and the token that later payments are made with."""
    details = body.get("payment_details") or {}
    bank, secure = details.get("authorization_data") or {}, details.get("authentication_data") or {}
    return given(
        {
            "network_reference": body.get("payment_token_id", ""),
            "authorization_code": bank.get("authorization_code", ""),
            "cvc": bank.get("cvn_verification_result", ""),
            "avs": bank.get("address_verification_result", ""),
            "eci": (secure.get("a_res") or {}).get("eci", ""),
        }
    )


REFUND_STATES = {
    "SUCCEEDED": "succeeded",
    "PENDING": "pending",
    "FAILED": "failed",
    "CANCELLED": "failed",
}


def refund_outcome(body: Mapping[str, Any]) -> Outcome:
    """A refund, as answered or told."""
    word, failure = body.get("status", ""), body.get("failure_code") or ""
    state = REFUND_STATES.get(word, "unknown")
    no = words.AFTERWARDS.get(failure, "refund_refused") if state == "failed" else ""
    references = body.get("payment_request_id", ""), body.get("id", "")
    return Outcome(state, *references, no, failure or word)


DISPUTES = {
    "ACTION_REQUIRED": "chargeback_open",
    "UNDER_REVIEW": "defended",
    "WON": "won",
    "LOST": "lost",
}


def dispute_news(body: Mapping[str, Any], event_id: str) -> News:
    """A dispute that was opened, answered or judged; its members stand beside `event`."""
    word, sums = body.get("status", ""), body.get("amount") or {}
    total = money(sums["initial"], body["currency"]) if "initial" in sums else None
    reason = (body.get("category") or {}).get("name", "")
    told = given({"respond_by": body.get("due_date", ""), "reason": reason})
    outcome = Outcome(DISPUTES.get(word, "unknown"), raw_code=word, money=total, facts=told)
    reference, dispute = body.get("reference_id", ""), body.get("id", "")
    return News("dispute", outcome, reference, operation_ref=dispute, event_id=event_id)
