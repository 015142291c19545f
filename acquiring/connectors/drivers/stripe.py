"""Stripe. Cards and local methods through PaymentIntents; bracketed form bodies, bearer key.

Quirks worth knowing
- One intent is one attempt, created and confirmed in one call. Raw card members of
  `payment_method_data[card]` and `mit_exemption` need Stripe's raw card data approval.
- Every POST carries our reference as its idempotency key: the first answer is stored for 24 h, a
  500 included. 409 and `idempotency_error` say nothing about the payment.
- An inquiry without Stripe's id searches by our reference in the metadata. The search lags by up
  to a minute, so finding nothing ("not_found") proves nothing.
- A capture has no id: it leaves our reference as a metadata key on the intent, and that is how an
  inquiry recognises it.
- `requires_payment_method` is a decline only with a `last_payment_error`; without one the intent
  has not been confirmed yet.
- The version is pinned: newer ones have no `payment_method_types` any more. Optional members added
  since (`final_capture`, later methods) are understood under the old version too.
- What Google Pay makes for Stripe is a token of Stripe's: the payment is then one by card.
- Card statement texts may only be suffixes. ISK and UGX are written with two decimals, MGA with
  none.

Sources: stripe/openapi (2022-11-15) and stripe-python 16.1 (2026-10-28.endive), both MIT;
docs.stripe.com on idempotent requests, webhook signatures, decline codes, error codes, currencies,
backward-compatible changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from acquiring.connectors.driver import (
    Address,
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
from acquiring.connectors.members import said
from acquiring.connectors.signing import hmac_sha256_hex, same
from acquiring.connectors.vocabulary.stripe import (
    DECLINES,
    DISPUTE_STATES,
    MANDATES,
    REFUND_STATES,
    STATES,
    TYPED,
    TYPED_OPTIONS,
    WALLETS,
    dispute_facts,
    error_facts,
    facts,
    next_action,
    wallet_token,
)
from acquiring.core.money import Money, exponent, rescale

INTENTS = "/v1/payment_intents"
REFUNDS = "/v1/refunds"
VERSION = "2022-11-15"
TOLERANCE_SECONDS = 300
EXPANDED = {"expand[0]": "latest_charge"}

REFUSALS = {"capture": "capture_refused", "void": "void_refused", "refund": "refund_refused"}


class Stripe(Driver):
    """Stripe, spoken as PaymentIntents and Refunds."""

    name = "stripe"
    title = "Stripe"
    live = "https://api.stripe.com"
    credentials = ("secret_key", "webhook_secret")
    missing = frozenset({"not_found"})
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    exponents = {"ISK": 2, "UGX": 2, "MGA": 0}
    scrub = frozenset({"name", "line1", "line2", "receipt_url", "fingerprint", "bsb_number"})
    states = STATES
    declines = DECLINES

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        """The secret key, and the version whose shapes are read here."""
        return {"Authorization": f"Bearer {account['secret_key']}", "Stripe-Version": VERSION}

    def may_resend(self, ask: Ask, reply: Reply | None) -> bool:
        """Stripe may forbid a repetition by a header of its answer."""
        forbidden = reply is not None and reply.headers.get("stripe-should-retry") == "false"
        return not forbidden and super().may_resend(ask, reply)

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        """An intent, confirmed at once: a charge or a hold, by card or by a local method."""
        code = ask.code or ask.method
        merchant_initiated = ask.initiator == "merchant"
        suffix = "_suffix" if code == "card" else ""
        return _post(
            ask,
            INTENTS,
            {
                "amount": self.amount(ask.money),
                "currency": ask.money.currency.lower(),
                "confirm": True,
                "capture_method": ask.capture,
                "payment_method_types": [code],
                "payment_method_data": _method(ask, code),
                "payment_method_options": {code: _options(ask, code)},
                "setup_future_usage": "off_session" if ask.agreement == "first" else None,
                "off_session": True if merchant_initiated else None,
                "mandate_data": _mandate(ask, code),
                "return_url": ask.return_url or None,
                "description": ask.description or None,
                f"statement_descriptor{suffix}": _descriptor(ask.descriptor),
                "shipping": _shipping(ask),
                "metadata": said(
                    reference=ask.reference, payment=ask.payment, order=ask.order_reference
                ),
                "expand": ["latest_charge"],
            },
        )

    def resume(self, ask: Ask) -> Call:
        """Stripe settles the challenge or redirect itself; the intent says how it went."""
        return Call("GET", _intent(ask), query=EXPANDED)

    def capture(self, ask: Ask) -> Call:
        """All or a part of a hold, with the mark by which an inquiry finds it."""
        # `final_capture` is only understood where several captures are possible.
        return _post(
            ask,
            f"{_intent(ask)}/capture",
            {
                "amount_to_capture": self.amount(ask.money),
                "final_capture": None if ask.final else False,
                "metadata": {ask.reference: ask.money.amount},
            },
        )

    def void(self, ask: Ask) -> Call:
        """The end of a hold, or of an intent the shopper has not finished."""
        return _post(ask, f"{_intent(ask)}/cancel", {})

    def refund(self, ask: Ask) -> Call:
        """All or a part of what was captured, back to where it came from."""
        return _post(
            ask,
            REFUNDS,
            {
                "payment_intent": ask.provider_ref,
                "amount": self.amount(ask.money),
                "metadata": {"reference": ask.reference, "payment": ask.payment},
            },
        )

    def inquire(self, ask: Ask) -> Call:
        """The subject itself, or the list in which our reference shows it."""
        if ask.target == "refund" and ask.operation_ref:
            return Call("GET", f"{REFUNDS}/{quote(ask.operation_ref, safe='')}")
        if ask.target == "refund":
            return Call("GET", REFUNDS, query={"payment_intent": _known(ask), "limit": "100"})
        if ask.target == "payment" and not ask.provider_ref:
            query = {"query": f"metadata['reference']:'{ask.reference}'"}
            return Call("GET", f"{INTENTS}/search", query=query)
        return Call("GET", _intent(ask), query=EXPANDED)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        """An error, a list to look through, or the intent or refund itself."""
        body = reply.body
        if "error" in body:
            return self.refusal(ask, reply.status, body["error"])
        if "data" in body:
            found = [one for one in body["data"] if _reference(one) == ask.reference]
            if not found:
                return Outcome("unknown", provider_ref=ask.provider_ref, raw_code="not_found")
            body = found[0]
        return self.about(ask, body, told=ask.verb != "inquire")

    def about(self, ask: Ask, subject: Mapping[str, Any], told: bool) -> Outcome:
        """What an intent or refund means for an ask; `told`: it answers the operation."""
        what = ask.target if ask.verb == "inquire" else ask.verb
        if what == "refund":
            return self.refunded(subject)
        if what == "capture":
            return self.captured(ask, subject, told)
        if what == "void":
            return _voided(subject)
        return self.payment(subject)

    def refusal(self, ask: Ask, status: int, error: Mapping[str, Any]) -> Outcome:
        """What an error means: 402 is somebody's no, most others were never tried."""
        code = error.get("decline_code") or error.get("code") or error.get("type", "")
        intent = error.get("payment_intent") or {}
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code="not_found" if status == 404 else code)
        if status == 409 or error.get("type") == "idempotency_error":
            return Outcome("unknown", raw_code=code)
        if ask.verb in ("capture", "void") and intent:
            # What was asked for may have been done by a call whose answer we never saw.
            done = self.about(ask, intent, told=False)
            if done.state == "succeeded":
                return done
        state = "declined" if status == 402 else "refused"
        fallback = "generic_decline" if status == 402 else "invalid_request"
        decline = self.declines.get(code, fallback)
        if ask.verb in REFUSALS:
            state, decline = "failed", _operation_decline(ask.verb, error, self.declines.get(code))
        return Outcome(
            state,
            provider_ref=intent.get("id", ask.provider_ref),
            decline=decline,
            raw_code=code,
            raw_message=error.get("message", ""),
            facts=error_facts(error),
        )

    def payment(self, intent: Mapping[str, Any]) -> Outcome:
        """What an intent says about the payment."""
        word = intent.get("status", "")
        error = intent.get("last_payment_error") or {}
        state = self.state(word)
        if word == "requires_payment_method" and not error:
            state = "unknown"
        if word == "canceled" and intent.get("cancellation_reason") in ("automatic", "expired"):
            state = "expired"
        code = ""
        if state == "declined":
            code = error.get("decline_code") or error.get("code") or error.get("type", "")
        return Outcome(
            state,
            provider_ref=intent.get("id", ""),
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code,
            raw_message=error.get("message", "") if code else "",
            action=next_action(intent) if state == "action" else None,
            money=self.sum(intent, state),
            facts=facts(intent) | (error_facts(error) if code else {}),
        )

    def captured(self, ask: Ask, intent: Mapping[str, Any], told: bool) -> Outcome:
        """What an intent says about one capture of it: only its mark tells whose a capture was."""
        word = intent.get("status", "")
        marked = ask.reference in (intent.get("metadata") or {})
        known = {"provider_ref": intent.get("id", "")}
        if word == "processing":
            return Outcome("pending", **known)
        if word in ("succeeded", "requires_capture") and (told or marked):
            return Outcome("succeeded", **known)
        if word == "canceled":
            return Outcome("failed", decline="authorization_expired", raw_code=word, **known)
        return Outcome("unknown", raw_code="not_found", **known)

    def refunded(self, refund: Mapping[str, Any]) -> Outcome:
        """What a refund says about itself."""
        state = REFUND_STATES.get(refund.get("status", ""), "unknown")
        code = refund.get("failure_reason") or ""
        return Outcome(
            state,
            **_references(refund),
            decline=self.declines.get(code, "refund_refused") if state == "failed" else "",
            raw_code=code,
        )

    def disputed(self, dispute: Mapping[str, Any]) -> Outcome:
        """What a dispute says about itself."""
        word = dispute.get("status", "")
        return Outcome(
            DISPUTE_STATES.get(word, "unknown"),
            raw_code=word,
            money=self.money(dispute["amount"], dispute["currency"]),
            facts=dispute_facts(dispute),
            **_references(dispute),
        )

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        """Intents, refunds and disputes as the event shows them; others say nothing new."""
        _must_be_signed(inbound, account["webhook_secret"])
        event = inbound.json()
        kind, subject = event.get("type", ""), event.get("data", {}).get("object", {})
        told: dict[str, Any] = {"event_id": event.get("id", ""), "reference": _reference(subject)}
        if kind.startswith("payment_intent.") and kind != "payment_intent.created":
            return [News("payment", self.payment(subject), provider_ref=subject["id"], **told)]
        if kind.startswith(("refund.", "charge.refund.")):
            return [News("refund", self.refunded(subject), **_references(subject), **told)]
        if kind.startswith("charge.dispute."):
            return [News("dispute", self.disputed(subject), **_references(subject), **told)]
        if kind == "charge.expired" and subject.get("payment_intent"):
            intent = subject["payment_intent"]
            return [News("payment", Outcome("expired", intent), provider_ref=intent, **told)]
        return []

    # Money: minor units, with three exceptions to ISO 4217.

    def amount(self, money: Money) -> int:
        """As Stripe counts it; raises ValueError where it cannot be expressed."""
        places = exponent(money.currency)
        return rescale(money.amount, places, self.exponents.get(money.currency, places))

    def sum(self, intent: Mapping[str, Any], state: str) -> Money | None:
        """What is held, or what was taken, as Stripe counts it."""
        received = intent.get("amount_received")
        if state not in ("authorized", "captured") or received is None:
            return None
        held = intent.get("amount_capturable", 0) if state == "authorized" else 0
        return self.money(received + held, intent["currency"])

    def money(self, amount: int, currency: str) -> Money:
        """Stripe's count in ours."""
        currency = currency.upper()
        places = exponent(currency)
        theirs = self.exponents.get(currency, places)
        return Money(rescale(amount, theirs, places), currency)


def _post(ask: Ask, path: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", path, body, {"Idempotency-Key": ask.reference}, encoding="form")


def _known(ask: Ask) -> str:
    if not ask.provider_ref:
        raise Unsupported("stripe needs the id of the intent")
    return ask.provider_ref


def _intent(ask: Ask) -> str:
    return f"{INTENTS}/{quote(_known(ask), safe='')}"


def _reference(subject: Mapping[str, Any]) -> str:
    return (subject.get("metadata") or {}).get("reference", "")


def _references(subject: Mapping[str, Any]) -> dict[str, Any]:
    """The intent a refund or dispute is about, and its own id."""
    return {
        "provider_ref": subject.get("payment_intent") or "",
        "operation_ref": subject.get("id", ""),
    }


def _method(ask: Ask, code: str) -> dict[str, Any]:
    data: dict[str, Any] = {"type": code}
    if ask.card:
        data["card"] = said(
            number=ask.card.number,
            exp_month=ask.card.exp_month,
            exp_year=ask.card.exp_year,
            cvc=ask.card.cvc,
        )
    if ask.method in WALLETS:
        data["card"] = {"token": wallet_token(ask.details.get("token", ""))}
    words = TYPED.get(code, {})
    typed = {words[name]: text for name, text in ask.details.items() if name in words}
    if code == "us_bank_account" and typed:
        typed["account_holder_type"] = ask.extra.get("account_holder_type", "individual")
    holder = ask.card.holder if ask.card else ""
    data["billing_details"] = said(
        name=holder or ask.customer.name,
        email=ask.customer.email,
        phone=ask.customer.phone,
        address=_address(ask.billing),
    )
    return data | ({code: typed} if typed else {})


def _options(ask: Ask, code: str) -> dict[str, Any]:
    typed = TYPED_OPTIONS.get(code, ())
    options = {**ask.extra, **{name: ask.details[name] for name in typed if name in ask.details}}
    if code != "card":
        return options
    if ask.three_ds == "required":
        options["request_three_d_secure"] = "any"
    if ask.initiator == "merchant" and ask.network_reference:
        options["mit_exemption"] = {"network_transaction_id": ask.network_reference}
    return options


def _mandate(ask: Ask, code: str) -> dict[str, Any] | None:
    """Consent to later debits, as far as the shopper was seen giving it."""
    consents = code in MANDATES or (ask.agreement == "first" and code != "card")
    if not consents or ask.initiator == "merchant":
        return None
    device = ask.device
    if not (device.ip and device.user_agent):
        return {"customer_acceptance": {"type": "offline"}}
    online = {"ip_address": device.ip, "user_agent": device.user_agent}
    return {"customer_acceptance": {"type": "online", "online": online}}


def _address(address: Address | None) -> dict[str, Any]:
    if address is None:
        return {}
    return said(
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
    )


def _shipping(ask: Ask) -> dict[str, Any] | None:
    if not (ask.shipping and ask.shipping.line1 and ask.customer.name):
        return None
    address = _address(ask.shipping)
    return said(name=ask.customer.name, phone=ask.customer.phone, address=address)


def _descriptor(text: str) -> str | None:
    """At most 22 characters, at least one letter, none of those that Stripe refuses."""
    allowed = re.sub(r"""[<>\\'"*]""", "", text).strip()[:22].strip()
    return allowed if re.search("[A-Za-z]", allowed) else None


def _operation_decline(verb: str, error: Mapping[str, Any], decline: str | None) -> str:
    """Why a capture, void or refund was turned down."""
    if verb != "void" and error.get("param") in ("amount", "amount_to_capture"):
        return f"{verb}_amount_exceeded"
    return REFUSALS[verb] if decline in (None, "invalid_transaction") else decline


def _voided(intent: Mapping[str, Any]) -> Outcome:
    word, known = intent.get("status", ""), intent.get("id", "")
    if word == "canceled":
        return Outcome("succeeded", known)
    if word == "succeeded":
        return Outcome("failed", known, decline="void_refused", raw_code=word)
    return Outcome("unknown", known, raw_code="not_found")


def _must_be_signed(inbound: Inbound, secret: str) -> None:
    """`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]` over `<t>.<body>`."""
    pairs = [part.split("=", 1) for part in inbound.headers.get("stripe-signature", "").split(",")]
    members = [(pair[0].strip(), pair[1].strip()) for pair in pairs if len(pair) == 2]
    moment = dict(members).get("t", "")
    if not moment.isdecimal() or inbound.now is None:
        raise BadSignature("no time in Stripe-Signature")
    if abs(int(inbound.now.timestamp()) - int(moment)) > TOLERANCE_SECONDS:
        raise BadSignature("the signature is more than 300 s old")
    right = hmac_sha256_hex(secret, f"{moment}.".encode() + inbound.body)
    if not any(name == "v1" and same(right, given) for name, given in members):
        raise BadSignature("no v1 signature is right")
