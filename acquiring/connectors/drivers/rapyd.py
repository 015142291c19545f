"""Rapyd Collect: cards, wallets, bank redirects and transfers, cash, by one kind of payment.

Quirks worth knowing
- A method's type begins with a country, `gb_visa_card`: a card's is that of its billing address,
  else of the shopper. Types and their fields differ by account; what an account has is listed by
  Rapyd's own call, and a type it has not is refused.
- Every call is signed over method, path, salt, time, keys and body, the hex digest in Base64; a
  webhook over the address it is sent to instead of method and path. The signature is at most 60
  seconds good. The salt is made of what is sent and when.
- Amounts go out as text, since a number's trailing zeros do not survive every parser on the way to
  the signature.
- ACT says that something is still to be done; `next_action` says what.
- A card's no comes as HTTP 400, with the network's code in brackets. Errors about the idempotency
  key say nothing of the payment.
- Payments of an agreement are tied together by the card network's reference.
- A hold is captured once, in whole or in part. A direct debit (us_ach_bank) pends for days.

Sources: docs.rapyd.net/en: request-signatures, webhook-authentication, create-payment,
payment-method-type, list-refunds-by-payment-id, card-network-errors, payment-failed-webhook,
dispute-created-webhook; Rapyd-Python-SDK 1.0.9; activemerchant (MIT) for fields of ACH and
network_reference_id; hyperswitch-prism (Apache-2.0) for amounts as text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from acquiring.catalogue.card_numbers import brand_of
from acquiring.connectors import actions, signing
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
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.numbers import money
from acquiring.connectors.vocabulary import rapyd as words

PAYMENTS = "/v1/payments"
STILL_HELD = "still_held"  # a capture or cancel that is inquired about never arrived


class Rapyd(Driver):
    name = "rapyd"
    title = "Rapyd"
    live = "https://api.rapyd.net"
    credentials = ("access_key", "secret_key")
    resendable = frozenset({"authorize", "resume", "capture", "refund", "inquire"})
    missing = frozenset({"nothing_found", STILL_HELD})
    states = {
        "ACT": "pending",
        "NEW": "pending",
        "CLO": "captured",
        "CAN": "voided",
        "ERR": "declined",
        "EXP": "expired",
        "REV": "voided",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        options = {"required": True, "skip": False}
        secure = {"3d_required": options[ask.three_ds]} if ask.three_ds in options else {}
        members = {
            "amount": ask.money.major(),
            "currency": ask.money.currency,
            "merchant_reference_id": ask.reference,
            "capture": ask.capture == "automatic" if ask.card else None,
            "payment_method": payment_method(ask),
            "payment_method_options": secure if ask.card else {},
            "complete_payment_url": ask.return_url,
            "error_payment_url": ask.return_url,
            "description": ask.description,
            "statement_descriptor": ask.descriptor[:22],
            "receipt_email": ask.customer.email,
            "initiation_type": "unscheduled" if ask.initiator == "merchant" else "",
            "metadata": dict(ask.metadata),
        }
        return call(ask, "POST", PAYMENTS, given(members))

    def resume(self, ask: Ask) -> Call:
        return self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        return call(ask, "POST", f"{payment_path(ask)}/capture", {"amount": ask.money.major()})

    def void(self, ask: Ask) -> Call:
        return call(ask, "DELETE", payment_path(ask))

    def refund(self, ask: Ask) -> Call:
        body = {
            "payment": ask.provider_ref,
            "amount": ask.money.major(),
            "currency": ask.money.currency,
            "merchant_reference_id": ask.reference,
        }
        return call(ask, "POST", "/v1/refunds", body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            if ask.operation_ref:
                return call(ask, "GET", f"/v1/refunds/{quote(ask.operation_ref, safe='')}")
            listing = {"payment": ask.provider_ref, "limit": "100"}
            return call(ask, "GET", "/v1/refunds", query=listing)
        if ask.provider_ref:
            return call(ask, "GET", payment_path(ask))
        return call(ask, "GET", PAYMENTS, query={"merchant_reference_id": ask.reference})

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        key, secret = account["access_key"], account["secret_key"]
        time = str(int(datetime.fromisoformat(account["sent_at"]).timestamp()))
        asked = f"{time} {wire.method} {wire.path} ".encode() + wire.body
        salt = hashlib.sha256(asked).hexdigest()[:12]
        signed = f"{wire.method.lower()}{wire.path}{salt}{time}{key}{secret}".encode() + wire.body
        signature = signing.hmac_sha256_hex_base64(secret, signed)
        return {"access_key": key, "salt": salt, "timestamp": time, "signature": signature}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        status, data = reply.body.get("status", {}), reply.body.get("data")
        if reply.status >= 400 or status.get("status") == "ERROR":
            return self._refused(ask, status, data)
        if status.get("status") != "SUCCESS":
            return Outcome("unknown", raw_code=status.get("status", ""))
        if isinstance(data, list):
            data = ours(ask, data)
        if not data:
            return Outcome("unknown", raw_code="nothing_found")
        if ask.verb == "refund" or ask.target == "refund":
            return refund_outcome(data)
        if ask.verb in ("capture", "void") or ask.target in ("capture", "void"):
            return self._operated(ask, data)
        return self._payment(data)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        be_signed(inbound, account)
        body = inbound.json()
        kind, data, event = body.get("type", ""), body.get("data") or {}, body.get("id", "")
        reference = data.get("merchant_reference_id") or ""
        if kind.startswith("PAYMENT_DISPUTE_"):
            return [dispute_news(data, event)]
        if "REFUND_" in kind:
            told = refund_outcome(data)
            return [News("refund", told, reference, told.provider_ref, told.operation_ref, event)]
        if not kind.startswith("PAYMENT_"):
            return []
        outcome = self._payment(data)
        if outcome.state == "captured" and data.get("capture") is False:
            # A capture of ours was done: how much of the hold it took is for an inquiry.
            outcome = Outcome("unknown", outcome.provider_ref, raw_code=kind)
        return [News("payment", outcome, reference, outcome.provider_ref, event_id=event)]

    def _payment(self, data: Mapping[str, Any]) -> Outcome:
        """A payment, as answered or told."""
        word, step = data.get("status", ""), data.get("next_action", "")
        state, action = self.state(word), None
        if word == "ACT" and step == "pending_capture":
            state = "authorized"
        elif word == "ACT" and step in ("3d_verification", "pending_confirmation"):
            action = next_action(data)
            state = "action" if action else "pending"
        failure = network(data.get("error_code") or "") or data.get("failure_code") or ""
        no = state == "declined"
        paid = data.get("amount") if state == "captured" else None
        return Outcome(
            state,
            data.get("id", ""),
            decline=self.decline(failure) if no else "",
            raw_code=failure if no and failure else word,
            raw_message=(data.get("failure_message") or "") if no else "",
            action=action,
            money=money(paid, data["currency_code"]) if paid else None,
            facts=facts(data),
        )

    def _operated(self, ask: Ask, data: Mapping[str, Any]) -> Outcome:
        """A payment after a capture or cancel, or asked for one that met silence."""
        word = data.get("status", "")
        target = ask.target if ask.verb == "inquire" else ask.verb
        if word == {"capture": "CLO", "void": "CAN"}[target]:
            return Outcome("succeeded", data.get("id", ""), raw_code=word)
        is_held = word == "ACT" and data.get("next_action") == "pending_capture"
        return Outcome("unknown", data.get("id", ""), raw_code=STILL_HELD if is_held else word)

    def _refused(self, ask: Ask, status: Mapping[str, Any], data: Any) -> Outcome:
        error, message = status.get("error_code", ""), status.get("message", "")
        code = network(error) or error
        if ask.verb in ("inquire", "resume") or "IDEMPOTENCY" in error:
            return Outcome("unknown", raw_code=code, raw_message=message)
        if ask.verb != "authorize":
            no = f"{ask.verb}_refused"
            return Outcome("refused", ask.provider_ref, "", no, code, message)
        payment = data.get("id", "") if isinstance(data, dict) else ""
        if code in self.declines:
            return Outcome("declined", payment, "", self.decline(code), code, message)
        if network(error):
            return Outcome("declined", payment, "", "generic_decline", code, message)
        return Outcome("refused", payment, "", "invalid_request", code, message)


# Rapyd's members in our words.


def call(
    ask: Ask, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None
) -> Call:
    """A call; one that makes something has our key."""
    headers = {"idempotency": ask.reference} if method == "POST" else {}
    return Call(method, path, body, headers, query or {})


def payment_path(ask: Ask) -> str:
    return f"{PAYMENTS}/{quote(ask.provider_ref, safe='')}"


def payment_method(ask: Ask) -> dict[str, Any]:
    if ask.card:
        return given({"type": card_type(ask), "fields": card_fields(ask), "address": address(ask)})
    return given({"type": ask.code, "fields": bank_fields(ask)})


def card_type(ask: Ask) -> str:
    """The type of a card: of its country and brand."""
    assert ask.card is not None
    known = brand_of(ask.card.number)
    brand = ask.card.brand or (known.code if known else "")
    country = (ask.billing.country if ask.billing else "") or ask.country
    return f"{country.lower()}_{brand}_card"


def card_fields(ask: Ask) -> dict[str, str]:
    card = ask.card
    assert card is not None
    return given(
        {
            "number": card.number,
            "expiration_month": f"{card.exp_month:02d}",
            "expiration_year": f"{card.exp_year % 100:02d}",
            "cvv": card.cvc,
            "name": card.holder or ask.customer.name,
            "network_reference_id": ask.network_reference,
        }
    )


def bank_fields(ask: Ask) -> dict[str, Any]:
    """What a direct debit wants of the account; other methods ask on their own pages."""
    if "account_number" not in ask.details:
        return {}
    first, _, last = ask.customer.name.partition(" ")
    return {
        "proof_of_authorization": True,
        "first_name": first,
        "last_name": last or first,
        "account_number": ask.details["account_number"],
        "routing_number": ask.details.get("branch_number", ""),
        "payment_purpose": ask.description or ask.payment,
    }


def address(ask: Ask) -> dict[str, str]:
    home = ask.billing or Address()
    members = {
        "name": ask.customer.name,
        "line_1": home.line1,
        "line_2": home.line2,
        "city": home.city,
        "state": home.state,
        "zip": home.postal_code,
        "country": home.country,
    }
    return given(members) if home.line1 else {}


def network(error: str) -> str:
    """A card network's code in an error code, "" where there is none."""
    found = re.fullmatch(r"ERROR_PROCESSING_CARD(?: -)? \[(\w+)\]", error)
    return found[1] if found else ""


def ours(ask: Ask, listed: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The newest of a list that carries our reference."""
    found = [one for one in listed if one.get("merchant_reference_id") == ask.reference]
    return max(found, key=lambda one: one.get("created_at") or 0, default=None)


def next_action(data: Mapping[str, Any]) -> dict | None:
    """What the shopper must do: open a page, scan or quote a code, or transfer."""
    page, step = data.get("redirect_url", ""), data.get("next_action")
    if page:
        return actions.three_ds(page) if step == "3d_verification" else actions.redirect(page)
    kind = data.get("payment_method_type") or ""
    codes = {name: str(text) for name, text in (data.get("textual_codes") or {}).items()}
    image = next(iter((data.get("visual_codes") or {}).values()), "")
    code, until = next(iter(codes.values()), ""), moment(data.get("expiration"))
    if kind.endswith("_cash") and code:
        return actions.voucher(code, until, url=image)
    if image:
        return actions.qr(code, until, image)
    if code:
        return actions.bank_details(codes, code, until)
    steps = (data.get("instructions") or {}).get("steps") or []
    hint = " ".join(str(text) for step in steps for text in step.values())
    return actions.wait("bank", hint, until) if hint else None


def moment(seconds: Any) -> str:
    """A time in seconds since 1970 as we write times; "" for none."""
    is_time = type(seconds) is int and seconds > 0
    return datetime.fromtimestamp(seconds, UTC).isoformat() if is_time else ""


def facts(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth showing, and what ties later payments to this one."""
    method = data.get("payment_method_data") or {}
    return given(
        {
            "network_reference": method.get("network_reference_id"),
            "authorization_code": data.get("auth_code"),
            "cvc": method.get("cvv_check"),
        }
    )


def refund_outcome(data: Mapping[str, Any]) -> Outcome:
    """A refund, as answered or told."""
    word, failure = data.get("status", ""), data.get("failure_reason") or ""
    state = words.REFUND_STATES.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    references = data.get("payment", ""), data.get("id", "")
    return Outcome(state, *references, no, word, failure)


def dispute_news(data: Mapping[str, Any], event: str) -> News:
    """A dispute that was opened, answered or judged."""
    word = data.get("status", "")
    told = given(
        {
            "reason": data.get("dispute_reason_description") or data.get("dispute_category"),
            "respond_by": moment(data.get("due_date")),
        }
    )
    total = money(data["amount"], data["currency"]) if "amount" in data else None
    outcome = Outcome(words.DISPUTES.get(word, "unknown"), raw_code=word, money=total, facts=told)
    payment, dispute = data.get("original_transaction_id", ""), data.get("token", "")
    return News("dispute", outcome, "", payment, dispute, event)


def be_signed(inbound: Inbound, account: Mapping[str, str]) -> None:
    """Raises BadSignature unless the account's own keys signed this webhook for this address."""
    names = ("salt", "timestamp", "signature")
    salt, time, signature = (inbound.headers.get(name, "") for name in names)
    key, secret = account["access_key"], account["secret_key"]
    signed = f"{inbound.url}{salt}{time}{key}{secret}".encode() + inbound.body
    # The guide says Base64 of the hash, its samples encode the hex digest: both prove the key.
    forms = (signing.hmac_sha256_hex_base64, signing.hmac_sha256_base64)
    if not any(signing.same(form(secret, signed), signature) for form in forms):
        raise BadSignature("the signature is not that of this account")
