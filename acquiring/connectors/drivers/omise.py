"""Omise (Opn Payments): cards, banks, wallets and counters of TH, JP, SG and MY. JSON, Basic.

Quirks worth knowing
- A card becomes a token at the vault's host with the public key; the charge takes the token. For an
  agreement a customer holds the card: the customer's id is what later payments name.
- A charge is one object from hold to refund: `status` "pending" with `authorized` is held money.
  Only a hold of `authorization_type` "pre_auth" can be captured in part, and once.
- The idempotency key covers a call, and a charge's token differs from try to try; so after silence
  we ask: the search looks through metadata, where our reference is. Refunds carry it there too;
  captures and reversals have no object of their own and are read from the charge.
- Declines of cards and sources come as HTTP 200 with `failure_code`; what is wrong with the call
  itself is HTTP 400 with `code`.
- Webhooks are signed over `timestamp.body` with the Base64-decoded secret; while a secret is being
  changed the header lists two signatures.
- Which payments see 3-D Secure is a setting of the account.

Sources: docs.omise.co (charges, sources, search query and filters, webhooks, api-errors),
omise/omise-go (MIT) with its recorded answers; the signature agrees with third-party integrations.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Address,
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
from acquiring.connectors.signing import basic
from acquiring.core.money import Money

VERSION = "2019-05-29"
REFUND_STATES = {"closed": "succeeded", "pending": "pending", "failed": "failed"}
DISPUTES = {"open": "chargeback_open", "pending": "defended", "won": "won", "lost": "lost"}


class Omise(Driver):
    name = "omise"
    title = "Omise"
    live = "https://api.omise.co"
    credentials = ("public_key", "secret_key", "webhook_secret")
    secret_credentials = ("secret_key", "webhook_secret")
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({"no_such_charge", "no_such_refund"})
    states = {
        "pending": "pending",
        "successful": "captured",
        "failed": "declined",
        "expired": "expired",
        "reversed": "voided",
    }
    declines = {
        # Why a charge failed.
        "insufficient_fund": "insufficient_funds",
        "insufficient_balance": "wallet_balance_low",
        "stolen_or_lost_card": "pickup_card",
        "failed_processing": "processing_error",
        "payment_rejected": "do_not_honor",
        "invalid_security_code": "incorrect_cvc",
        "failed_fraud_check": "suspected_fraud",
        "invalid_account_number": "invalid_number",
        "invalid_account": "invalid_account",
        "payment_cancelled": "shopper_canceled",
        "payment_expired": "payment_expired",
        "timeout": "payment_expired",
        "confirmed_amount_mismatch": "invalid_amount",
        "duplicate_reference_number": "duplicate_transaction",
        "internal_error": "processing_error",
        # Why a call was refused.
        "bad_request": "invalid_request",
        "backend_error": "provider_unavailable",
        "brand_not_supported": "card_not_supported",
        "expired_charge": "authorization_expired",
        "invalid_amount": "invalid_amount",
        "invalid_bank_account": "bank_account_invalid",
        "invalid_card": "invalid_details",
        "invalid_card_token": "token_invalid",
        "invalid_charge": "invalid_transaction",
        "missing_card": "missing_details",
        "not_found": "invalid_request",
        "used_token": "token_invalid",
    }
    scrub = frozenset(
        "omise-signature name phone_number security_code expiration_month expiration_year"
        " street1 street2 postal_code fingerprint last_digits".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.network_reference.startswith("cust_"):
            return self._charge(ask, customer=ask.network_reference)
        if ask.card is None:
            return self._charge(ask, source=source(ask))
        card = said(
            name=ask.card.holder or ask.customer.name or "Cardholder",
            number=ask.card.number,
            expiration_month=ask.card.exp_month,
            expiration_year=ask.card.exp_year,
            security_code=ask.card.cvc,
            **address(ask.billing),
        )
        return Call("POST", "/tokens", {"card": card})

    def resume(self, ask: Ask) -> Call:
        # The page the shopper came back from proves nothing; the truth is asked for.
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        path = f"/charges/{ask.provider_ref}/capture"
        return post(path, ask, {"capture_amount": ask.money.amount})

    def void(self, ask: Ask) -> Call:
        return post(f"/charges/{ask.provider_ref}/reverse", ask, None)

    def refund(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "metadata": {"reference": ask.reference}}
        return post(f"/charges/{ask.provider_ref}/refunds", ask, body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            query = {"limit": "100", "order": "reverse_chronological"}
            return Call("GET", f"/charges/{ask.provider_ref}/refunds", query=query)
        if ask.provider_ref:
            return Call("GET", f"/charges/{ask.provider_ref}")
        return Call("GET", "/search", query={"scope": "charge", "query": ask.reference})

    def _charge(self, ask: Ask, **payer: Any) -> Call:
        held = ask.capture == "manual"
        body = said(
            amount=ask.money.amount,
            currency=ask.money.currency,
            **payer,
            capture=not held,
            authorization_type="pre_auth" if held else "",
            return_uri=ask.return_url,
            description=ask.description or ask.order_reference,
            ip=ask.device.ip,
            recurring_reason="unscheduled" if ask.agreement else "",
            transaction_indicator="MIT" if ask.initiator == "merchant" else "",
            metadata={**ask.metadata, "reference": ask.reference, "payment": ask.payment},
        )
        return post("/charges", ask, body)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == "/tokens":
            base = base.replace("https://api.", "https://vault.", 1)
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        key = account["public_key" if wire.path == "/tokens" else "secret_key"]
        return {**basic(key), "Omise-Version": VERSION}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return self._error(ask, reply.body)
        body = reply.body
        if ask.verb == "authorize" and body["object"] == "token":
            if ask.agreement == "first":
                customer = said(email=ask.customer.email, description=ask.payment, card=body["id"])
                return More("customer", post("/customers", ask, customer))
            return More("charge", self._charge(ask, card=body["id"]))
        if ask.verb == "authorize" and body["object"] == "customer":
            return More("charge", self._charge(ask, customer=body["id"]))
        if ask.verb == "refund":
            return self._refunded(body)
        if ask.verb == "inquire" and ask.target == "refund":
            found = [one for one in body["data"] if is_of(ask, one)]
            return self._refunded(found[0]) if found else none_such("no_such_refund")
        if body["object"] == "search":
            charges = [one for one in body["data"] if reference(one) == ask.reference]
            return self._paid(ask, charges[0]) if charges else none_such("no_such_charge")
        about = ask.target if ask.verb == "inquire" else ask.verb
        return operated(about, body) if about in ("capture", "void") else self._paid(ask, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        given = inbound.headers.get("omise-signature", "").split(",")
        time = inbound.headers.get("omise-signature-timestamp", "")
        key = base64.b64decode(account["webhook_secret"])
        wanted = signing.hmac_sha256_hex(key, f"{time}.".encode() + inbound.body)
        if not any(signing.same(wanted, one.strip()) for one in given):
            raise BadSignature("the event is not signed with this account's secret")
        event = inbound.json()
        subject, event_id = event.get("data", {}), event.get("id", "")
        kind = subject.get("object")
        if kind == "charge":
            names = reference(subject), subject["id"], ""
            return [News("payment", self._standing(subject), *names, event_id)]
        if kind == "refund":
            names = reference(subject), subject["charge"], subject["id"]
            return [News("refund", self._refunded(subject), *names, event_id)]
        if kind == "dispute":
            names = "", subject["charge"], subject["id"]
            return [News("dispute", disputed(subject), *names, event_id)]
        return []

    def _paid(self, ask: Ask, charge: Mapping[str, Any]) -> Outcome:
        """A charge, with the shopper's next step while there is one."""
        outcome = self._standing(charge)
        step = next_step(ask, charge) if outcome.state == "pending" else None
        return replace(outcome, state="action", action=step) if step else outcome

    def _standing(self, charge: Mapping[str, Any]) -> Outcome:
        """What a charge says about itself."""
        state = self.state(charge.get("status", ""))
        held = charge.get("authorized") is True and charge.get("capture") is False
        if state == "pending" and held:
            state = "authorized"
        code, message = charge.get("failure_code") or "", charge.get("failure_message") or ""
        return Outcome(
            state,
            charge["id"],
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code or charge.get("status", ""),
            raw_message=message,
            money=money(charge, "captured_amount" if state == "captured" else ""),
            facts=said(
                network_reference=charge.get("customer"),
                approval_code=charge.get("approval_code"),
                transaction=charge.get("transaction"),
            ),
        )

    def _refunded(self, refund: Mapping[str, Any]) -> Outcome:
        # Before 2019 a refund had no status: it was done, or it was refused.
        word = refund.get("status", "closed")
        state = REFUND_STATES.get(word, "unknown")
        decline = "refund_refused" if state == "failed" else ""
        names = refund["charge"], refund["id"], decline, word
        return Outcome(state, *names, money=money(refund))

    def _error(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """Nothing was done: what was sent is wrong, or comes at the wrong time."""
        code, message = body.get("code", ""), body.get("message", "")
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code=code, raw_message=message)
        afterwards = {
            "expired_charge": self.declines["expired_charge"],
            "insufficient_balance": "merchant_balance_low",
        }
        decline = self.declines.get(code, "invalid_request")
        if ask.verb != "authorize":
            decline = afterwards.get(code, f"{ask.verb}_refused")
        return Outcome("refused", decline=decline, raw_code=code, raw_message=message)


# Omise's members.


def post(path: str, ask: Ask, body: Mapping[str, Any] | None) -> Call:
    key = f"{ask.reference}-customer" if path == "/customers" else ask.reference
    return Call("POST", path, body, {"Idempotency-Key": key})


def money(thing: Mapping[str, Any], taken: str = "") -> Money:
    amount = thing.get(taken) or thing["amount"]
    return Money(amount, thing["currency"].upper())


def reference(thing: Mapping[str, Any]) -> str:
    return str((thing.get("metadata") or {}).get("reference", ""))


def is_of(ask: Ask, refund: Mapping[str, Any]) -> bool:
    return refund["id"] == ask.operation_ref or reference(refund) == ask.reference


def none_such(code: str) -> Outcome:
    return Outcome("unknown", raw_code=code)


def address(place: Address | None) -> dict[str, str]:
    if place is None:
        return {}
    return said(
        street1=place.line1,
        street2=place.line2,
        city=place.city,
        state=place.state,
        country=place.country,
        postal_code=place.postal_code,
    )


def source(ask: Ask) -> dict[str, Any]:
    """The method, with the members its type insists on: a catalogue row names them."""
    item = {"amount": ask.money.amount, "name": ask.description or ask.payment, "quantity": 1}
    everything = {
        "bank": ask.details.get("bank", ""),
        "email": ask.customer.email,
        "name": ask.customer.name,
        "phone_number": ask.customer.phone,
        "installment_term": int(ask.details.get("plan", "0")) or "",
        "items": [{**item, "sku": ask.order_reference or ask.payment}],
        "shipping": address(ask.shipping),
        "platform_type": "WEB",
    }
    return said(type=ask.code, **{name: everything[name] for name in ask.extra.get("members", ())})


def next_step(ask: Ask, charge: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the shopper must do: see a page, open an app, scan a code, pay at a counter."""
    used, link = charge.get("source") or {}, charge.get("authorize_uri") or ""
    expires = charge.get("expires_at") or ""
    if code := used.get("scannable_code"):
        return actions.qr("", expires, code["image"]["download_uri"], link)
    if told := used.get("references"):
        number = told.get("payment_code") or told.get("reference_number_1") or ""
        until = told.get("expires_at") or expires
        return actions.voucher(number, until, url=told.get("barcode") or "")
    if not link:
        return None
    if used.get("flow") == "app_redirect":
        return actions.app(link)
    return actions.three_ds(link) if ask.card else actions.redirect(link)


def operated(target: str, charge: Mapping[str, Any]) -> Outcome:
    """How a capture or a reversal stands, which is in the charge itself."""
    done = charge.get("paid") if target == "capture" else charge.get("reversed")
    names = charge["id"], charge.get("transaction") or ""
    if done is not True:
        return Outcome("unknown", *names, raw_code=charge.get("status", ""))
    taken = money(charge, "captured_amount") if target == "capture" else None
    return Outcome("succeeded", *names, money=taken)


def disputed(dispute: Mapping[str, Any]) -> Outcome:
    word = dispute.get("status", "")
    told = said(
        reason_code=dispute.get("reason_code"),
        reason=dispute.get("reason_message"),
    )
    state = DISPUTES.get(word, "unknown")
    return Outcome(state, raw_code=word, money=money(dispute), facts=told)
