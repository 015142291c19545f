"""EBANX (Latin America): cards, Pix, boleto, OXXO, PSE, bank pages, counters, wallets. Direct API.

Quirks worth knowing
- The integration key travels inside every body. /ws/direct takes JSON, the other calls a form.
- Everything is HTTP 200. A declined card is `status` SUCCESS around a payment that is CA.
- There can be one payment only under a merchant_payment_code: a second one is refused (BP-DR-0),
  so the first is looked up. It is found by that code as well when an answer was lost.
- PE with `capture_available` is a held card; any other PE waits for the shopper or the bank.
- CA is a no, a hold that was let go, or a slip nobody paid: `transaction_status` tells which.
- A capture may be refused in part where the acquirer cannot (BP-CAP-11).
- Refund codes are not unique, so a refund is never sent again: it is looked for in the payment.
- An agreement begins with a token of the card (/ws/token), which is our network reference.
- Notifications are signed (RSA over SHA-1; the certificate is downloaded from EBANX) but name the
  payment only, so they make us inquire. A chargeback has a type of its own, and no more to say.
- 3-D Secure is up to the issuer unless it is forced.
- Members of the answers for slips and codes have the method's name (boleto_url, oxxo_barcode …).

Sources: docs.ebanx.com (Direct API, error codes, refunds, notifications, Pix), ebanx/benjamin
(MIT), answers recorded by activemerchant/active_merchant (MIT).
"""

from __future__ import annotations

import re
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
from acquiring.connectors.members import given
from acquiring.connectors.vocabulary import ebanx as words

TAKEN = "BP-DR-0"


class Ebanx(Driver):
    name = "ebanx"
    title = "EBANX"
    live = "https://api.ebanxpay.com"
    credentials = ("integration_key", "notification_public_key")
    secret_credentials = ("integration_key",)
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({"not_found", "not_captured", "not_cancelled", "not_listed"})
    states = {
        "OP": "action",
        "PE": "pending",
        "CO": "captured",
        "CA": "declined",
    }
    strangers = frozenset({"DA-1"})
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.card and ask.agreement == "first":
            body = {"payment_type_code": ask.code, "country": country(ask)}
            return Call("POST", "/ws/token", body | {"creditcard": card(ask)})
        return direct(ask, ask.network_reference if ask.agreement == "subsequent" else "")

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return query(ask)

    def capture(self, ask: Ask) -> Call:
        return form("capture", {"hash": ask.provider_ref, "amount": ask.money.major()})

    def void(self, ask: Ask) -> Call:
        return form("cancel", {"hash": ask.provider_ref})

    def refund(self, ask: Ask) -> Call:
        body = {
            "operation": "request",
            "hash": ask.provider_ref,
            "amount": ask.money.major(),
            "description": ask.description or ask.reference,
            "merchant_refund_code": ask.reference,
        }
        return form("refund", body)

    def inquire(self, ask: Ask) -> Call:
        return query(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {}

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        """The call with the integration key in its body, where EBANX wants it."""
        body = {"integration_key": account["integration_key"], **call.body}
        return super().wire(replace(call, body=body), base, account)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if body.get("status") == "ERROR":
            return self._refused(ask, body)
        if ask.verb == "authorize" and "token" in body:
            token = body["token"]
            return More("pay", direct(ask, token), {"token": token})
        payment = body["payment"]
        if ask.verb == "refund":
            return refunded(payment, body["refund"])
        if ask.target == "refund":
            return found_refund(ask, payment)
        if "capture" in (ask.verb, ask.target):
            return captured(payment)
        if "void" in (ask.verb, ask.target):
            return voided(payment)
        return self._stands(ask, body, payment)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        headers = inbound.headers
        signature = headers.get("x-signature-content") or headers.get("x-signaturecontent", "")
        if not signing.rsa_sha1_verify(account["notification_public_key"], inbound.body, signature):
            raise BadSignature("the signature is not EBANX's")
        told = inbound.form()
        hashes = [one for one in told.get("hash_codes", "").split(",") if one]
        if told.get("notification_type") == "chargeback":
            lost = [Outcome("chargeback_open", one, raw_code="chargeback") for one in hashes]
            return [News("dispute", one, provider_ref=one.provider_ref) for one in lost]
        return [
            News("payment", Outcome("unknown", provider_ref=one), provider_ref=one)
            for one in hashes
        ]

    def _stands(self, ask: Ask, body: Mapping[str, Any], payment: Mapping[str, Any]) -> Outcome:
        """What a payment has come to."""
        word, why = payment["status"], reason(payment)
        state, action = self.state(word), None
        if word == "PE" and payment.get("capture_available"):
            state = "authorized"
        elif state in ("action", "pending"):
            action = next_action(ask, body, payment) if ask.verb != "resume" else None
            state = "action" if action else "pending"
        elif word == "CA":
            state = ended(why)
        token = ask.kept.get("token") or ask.network_reference
        status = payment.get("transaction_status") or {}
        facts = {"network_reference": token, "authorization_code": status.get("authcode")}
        return Outcome(
            state,
            payment["hash"],
            decline=self.decline(why) if state == "declined" else "",
            raw_code=why if state == "declined" and why else word,
            raw_message=status.get("description") or "",
            action=action,
            facts=given(facts),
        )

    def _refused(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        code, message = body.get("status_code", ""), body.get("status_message", "")
        if ask.verb == "authorize" and code == TAKEN:
            return More("find", query(replace(ask, provider_ref="")))
        if ask.verb in ("inquire", "resume") or ask.step == "find":
            found = "not_found" if message.startswith("Payment not found") else code
            return Outcome("unknown", ask.provider_ref, raw_code=found, raw_message=message)
        other = "invalid_request" if ask.verb == "authorize" else f"{ask.verb}_refused"
        no = words.REFUSALS.get(code, other)
        return Outcome("refused", ask.provider_ref, "", no, code, message)


# Our members in EBANX's words.


def form(operation: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", f"/ws/{operation}", body, encoding="form")


def query(ask: Ask) -> Call:
    if ask.provider_ref:
        return form("query", {"hash": ask.provider_ref})
    return form("query", {"merchant_payment_code": ask.reference})


def country(ask: Ask) -> str:
    return (ask.country or (ask.billing.country if ask.billing else "")).lower()


def direct(ask: Ask, token: str = "") -> Call:
    payment: dict[str, Any] = {
        "name": (ask.card.holder if ask.card else "") or ask.customer.name,
        "email": ask.customer.email,
        "document": ask.details.get("tax_id", ""),
        "birth_date": birth_date(ask),
        "phone_number": ask.customer.phone,
        "customer_ip": ask.device.ip,
        "country": country(ask),
        "payment_type_code": ask.code,
        "merchant_payment_code": ask.reference,
        "order_number": ask.order_reference[:40],
        "currency_code": ask.money.currency,
        "amount_total": ask.money.major(),
        "notification_url": ask.webhook_url,
        "redirect_url": ask.return_url,
        "note": ask.description[:255],
        **home(ask.billing),
    }
    if ask.card:
        payment["instalments"] = int(ask.details.get("plan") or 1)
        payment["creditcard"] = card(ask, token)
        payment["cof_info"] = on_file(ask)
    if ask.code == "eft":
        payment["eft_code"] = ask.details.get("bank", "")
    return Call("POST", "/ws/direct", {"operation": "request", "payment": given(payment)})


def card(ask: Ask, token: str = "") -> dict[str, Any]:
    """The card, or the token it goes by; whether to hold and to authenticate is said beside it."""
    number = ask.card
    assert number is not None
    plain = {
        "card_number": number.number,
        "card_name": number.holder or ask.customer.name,
        "card_due_date": f"{number.exp_month:02d}/{number.exp_year}",
        "card_cvv": number.cvc,
    }
    if ask.agreement == "first" and not token:
        return given(plain)
    how = {
        "auto_capture": ask.capture == "automatic",
        "threeds_force": True if ask.three_ds == "required" else None,
        "soft_descriptor": ask.descriptor,
    }
    return given(({"token": token} if token else plain) | how)


def on_file(ask: Ask) -> dict[str, str]:
    """Who asks for a payment of an agreement, and whether it is its first."""
    if not ask.agreement:
        return {}
    by_merchant = ask.initiator == "merchant"
    return {
        "cof_type": "initial" if ask.agreement == "first" else "stored",
        "initiator": "MIT" if by_merchant else "CIT",
        "trans_type": "MERCHANT_COF" if by_merchant else "CUSTOMER_COF",
    }


def birth_date(ask: Ask) -> str:
    """A date of birth as EBANX writes it, day first."""
    return "/".join(reversed(ask.details.get("birth_date", "").split("-")))


def home(address: Address | None) -> dict[str, str]:
    """An address; the house's number is the last one of its first line, S/N where there is none."""
    if address is None:
        return {}
    house = re.findall(r"\d+\w*", address.line1)
    return {
        "address": address.line1,
        "street_number": house[-1] if house else "S/N",
        "street_complement": address.line2,
        "city": address.city,
        "state": address.state,
        "zipcode": address.postal_code,
    }


# EBANX's members in our words.


def reason(payment: Mapping[str, Any]) -> str:
    """Why a payment was turned down: a code, or the text that stands for one."""
    status = payment.get("transaction_status") or {}
    text = str(status.get("description") or "")
    return str(status.get("description_code") or text.rpartition("declined reason ")[2])


def ended(why: str) -> str:
    """What a cancelled payment was: let go, turned down, or left until it was too late."""
    if why == "CANCELED_BY_MERCHANT" or why.endswith("transaction cancelled"):
        return "voided"
    return "declined" if why else "expired"


def next_action(
    ask: Ask, body: Mapping[str, Any], payment: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What the shopper has to see: a code, a slip, a page, or nothing but the phone."""
    url = body.get("redirect_url") or payment.get("redirect_url") or ""
    if ask.card:
        return actions.three_ds(url) if url else None
    pix = payment.get("pix") or {}
    if code := pix.get("qr_code_value") or pix.get("qrcode"):
        return actions.qr(code, pix.get("expires_at") or "")
    printed = member(payment, "_url") or url
    if ask.code in words.SLIPS:
        bars = member(payment, "_barcode")
        due = payment.get("due_date") or ""
        expires = f"{due}T23:59:59Z" if due else ""
        return actions.voucher(bars or payment.get("pin") or "", expires, bars, printed)
    if ask.code == "nequi" and not printed:
        return actions.wait("phone")
    return actions.redirect(url or printed) if url or printed else None


def member(payment: Mapping[str, Any], ending: str) -> str:
    """The member that has the method's own name and this ending."""
    ours = ("redirect_url", "notification_url")
    named = [name for name in payment if name.endswith(ending) and name not in ours]
    return str(payment[named[0]]) if named else ""


def captured(payment: Mapping[str, Any]) -> Outcome:
    word, told = payment["status"], {"provider_ref": payment["hash"]}
    if word == "CO":
        return Outcome("succeeded", raw_code=word, **told)
    if word == "CA":
        return Outcome("failed", decline="capture_refused", raw_code=word, **told)
    return Outcome("unknown", raw_code="not_captured", **told)


def voided(payment: Mapping[str, Any]) -> Outcome:
    word, told = payment["status"], {"provider_ref": payment["hash"]}
    if word == "CA":
        return Outcome("succeeded", raw_code=word, **told)
    if word == "CO":
        return Outcome("failed", decline="void_refused", raw_code=word, **told)
    return Outcome("unknown", raw_code="not_cancelled", **told)


def refunded(payment: Mapping[str, Any], refund: Mapping[str, Any]) -> Outcome:
    word = refund.get("status") or ""
    state = words.REFUND_STATES.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, payment["hash"], str(refund["id"]), no, word)


def found_refund(ask: Ask, payment: Mapping[str, Any]) -> Outcome:
    for one in payment.get("refunds") or ():
        if ask.operation_ref == str(one["id"]) or one["merchant_refund_code"] == ask.reference:
            return refunded(payment, one)
    return Outcome("unknown", payment["hash"], raw_code="not_listed")
