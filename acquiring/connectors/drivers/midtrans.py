"""Midtrans (Indonesia), Core API: virtual accounts, QRIS, wallets, counters, bank pages, cards.

Quirks worth knowing
- What an answer means is its `status_code`, a text in the body, whatever the HTTP status.
- Sums are whole rupiah when asked and texts with two decimals when told.
- An order id is good for one transaction (406); it finds the transaction, as its own id does.
- A card is exchanged for a token first, with the client key in the query; a saved card is a token
  already (`saved_token_id`), given when the first payment asked for it.
- A card that may be fraud is captured and `challenge`: pending until a person has decided.
- A refund carries our key and is listed by the transaction's status; captures and voids have an
  idempotency key for five minutes, later the transaction's state tells.
- After 3-D Secure the shopper is sent to the address set in Midtrans' dashboard.
- Notifications carry a plain SHA-512 over order id, code, sum and server key; they go to the
  address of the call (`X-Override-Notification`).
- Times are Jakarta's, seven hours ahead of UTC.

Sources: docs.midtrans.com (reference and docs); midtrans-client for node and python (MIT) for
paths; mcp-midtrans 2.0.0, a digest, for DANA, OVO and idempotency keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
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
from acquiring.connectors.members import given
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import midtrans as words
from acquiring.core.money import Money

TOKEN = "/v2/token"  # noqa: S105 (a path)


class Midtrans(Driver):
    name = "midtrans"
    title = "Midtrans"
    live = "https://api.midtrans.com"
    credentials = ("server_key", "client_key")
    secret_credentials = ("server_key",)
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({"404", "nothing_found"})
    exponents = {"IDR": 0}
    states = {
        "pending": "pending",
        "authorize": "authorized",
        "capture": "captured",
        "settlement": "captured",
        "deny": "declined",
        "failure": "declined",
        "cancel": "voided",
        "expire": "expired",
        "refund": "captured",
        "partial_refund": "captured",
        "chargeback": "captured",
        "partial_chargeback": "captured",
    }
    declines = {**words.ERRORS, **words.BANKS}
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.capture == "manual" and not ask.card:
            raise Unsupported(f"Midtrans takes {ask.code} payments at once; only cards are held")
        if not ask.card:
            return charge(ask, "")
        if ask.agreement == "subsequent" and ask.network_reference:
            return charge(ask, ask.network_reference)
        card = {
            "card_number": ask.card.number,
            "card_exp_month": f"{ask.card.exp_month:02d}",
            "card_exp_year": str(ask.card.exp_year),
            "card_cvv": ask.card.cvc,
        }
        return Call("GET", TOKEN, query=given(card))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        body = {"transaction_id": ask.provider_ref, "gross_amount": rupiah(ask.money)}
        return keyed(ask, "/v2/capture", body)

    def void(self, ask: Ask) -> Call:
        return keyed(ask, f"/v2/{ask.provider_ref}/cancel", None)

    def refund(self, ask: Ask) -> Call:
        body = {
            "refund_key": ask.reference,
            "amount": rupiah(ask.money),
            "reason": (ask.description or "requested by customer")[:255],
        }
        way = "refund/online/direct" if ask.code in words.DIRECT else "refund"
        return keyed(ask, f"/v2/{ask.provider_ref}/{way}", body)

    def inquire(self, ask: Ask) -> Call:
        return Call("GET", f"/v2/{ask.provider_ref or ask.reference}/status")

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == TOKEN:
            call = replace(call, query={"client_key": account["client_key"], **call.query})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return basic(account["server_key"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        code = str(body.get("status_code", reply.status))
        if ask.verb == "authorize":
            return self._paid(ask, code, body)
        if code not in ("200", "201", "202", "407"):
            return self._refused(ask, code, body)
        if ask.verb == "refund":
            return Outcome("succeeded", ask.provider_ref, ask.reference, raw_code=code)
        if ask.verb == "inquire" and ask.target == "refund":
            return refund_found(ask, body)
        if ask.verb in ("capture", "void") or ask.target in ("capture", "void"):
            return self._operated(ask, body)
        return self._transaction(body)

    def _paid(self, ask: Ask, code: str, body: Mapping[str, Any]) -> Outcome | More:
        """The answers on the way to a payment: a card's token, the charge, or the one before."""
        if code == words.DUPLICATE and ask.step != "look":
            return More("look", Call("GET", f"/v2/{ask.reference}/status"))
        if ask.step == "look" and code == "404":
            return Outcome("unknown", raw_code=code)
        if "transaction_status" in body:
            return self._transaction(body)
        if code != "200" or "token_id" not in body:
            return self._refused(ask, code, body)
        return More("charge", charge(ask, body["token_id"]))

    def _transaction(self, body: Mapping[str, Any]) -> Outcome:
        """What a transaction is, as answered or told."""
        word, fraud = body.get("transaction_status", ""), body.get("fraud_status", "")
        state, bank = self.state(word), body.get("channel_response_code", "")
        if word == "capture":
            state = {"accept": "captured", "challenge": "pending", "deny": "declined"}.get(
                fraud, "unknown"
            )
        action = next_action(body) if state == "pending" and word == "pending" else None
        no = ""
        if state == "declined":
            by_risk = fraud == "deny" and bank in ("", "00")
            no = "provider_risk_rejected" if by_risk else self.decline(bank)
        code = bank if state == "declined" and bank else word
        return Outcome(
            "action" if action else state,
            body.get("transaction_id", ""),
            decline=no,
            raw_code=code,
            raw_message=body.get("status_message", ""),
            action=action,
            money=told(body.get("gross_amount"), body.get("currency", "IDR")),
            facts=facts(body),
        )

    def _refused(self, ask: Ask, code: str, body: Mapping[str, Any]) -> Outcome:
        message = body.get("status_message", "")
        if ask.verb in ("resume", "inquire") or code not in words.ERRORS:
            return Outcome("unknown", raw_code=code, raw_message=message)
        if ask.verb == "authorize":
            return Outcome("refused", "", "", self.decline(code), code, message)
        return Outcome("refused", ask.provider_ref, "", f"{ask.verb}_refused", code, message)

    def _operated(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """A transaction after a capture or cancel, or asked for one that met silence."""
        target = ask.target if ask.verb == "inquire" else ask.verb
        word = body.get("transaction_status", "")
        done = {"capture": ("capture", "settlement"), "void": ("cancel",)}[target]
        failed = target == "capture" and word in ("deny", "failure")
        state = "failed" if failed else "succeeded" if word in done else "unknown"
        no = "capture_refused" if failed else ""
        code = "nothing_found" if ask.verb == "inquire" and word == "authorize" else word
        return Outcome(state, ask.provider_ref, "", no, code, body.get("status_message", ""))

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        body = inbound.json()
        names = ("order_id", "status_code", "gross_amount")
        content = "".join(str(body.get(name, "")) for name in names) + account["server_key"]
        made = hashlib.sha512(content.encode()).hexdigest()
        if not signing.same(made, str(body.get("signature_key", ""))):
            raise BadSignature("signature_key is not made with this account's server key")
        word, order = body.get("transaction_status", ""), body.get("order_id", "")
        payment = body.get("transaction_id", "")
        if word in ("refund", "partial_refund"):
            return [refund_news(one, payment) for one in body.get("refunds", [])]
        if word in ("chargeback", "partial_chargeback"):
            total = told(body.get("gross_amount"), body.get("currency", "IDR"))
            outcome = Outcome("chargeback_open", payment, raw_code=word, money=total)
            return [News("dispute", outcome, order, payment, payment)]
        outcome = self._transaction(body)
        if outcome.state in ("pending", "action"):
            return []
        return [News("payment", outcome, order, payment)]


# Midtrans' members in our words.


def keyed(ask: Ask, path: str, body: Any) -> Call:
    return Call("POST", path, body, {"Idempotency-Key": ask.reference})


def rupiah(money: Money) -> int:
    """Whole rupiah; raises ValueError where a sum has sen, or is in another currency."""
    if money.currency != "IDR" or money.amount % 100:
        raise ValueError("Midtrans takes whole rupiah")
    return money.amount // 100


def told(text: Any, currency: str) -> Money | None:
    """A sum as Midtrans tells it: "100000.00"."""
    return Money.from_major(str(text), currency) if text else None


def charge(ask: Ask, token: str) -> Call:
    """The call that pays, by a card's token where there is one."""
    amount = rupiah(ask.money)
    body = {
        "payment_type": ask.code,
        "transaction_details": {"order_id": ask.reference, "gross_amount": amount},
        "customer_details": customer(ask),
        "item_details": [item(ask, amount)] if ask.code in ("akulaku", "kredivo") else None,
        **of_type(ask, token),
    }
    override = {"X-Override-Notification": ask.webhook_url} if ask.webhook_url else {}
    return Call("POST", "/v2/charge", given(body), override)


def of_type(ask: Ask, token: str) -> dict[str, Any]:
    """The member that goes with the payment type."""
    about = (ask.description or ask.order_reference or ask.payment)[:100]
    back = {"callback_url": ask.return_url}
    members: dict[str, dict[str, Any]] = {
        "bank_transfer": {"bank": ask.extra.get("bank", "")},
        "echannel": {"bill_info1": "Payment for:", "bill_info2": about[:30]},
        "cstore": {"store": ask.extra.get("store", ""), "message": about[:20]},
        "gopay": {"enable_callback": True, **back},
        "qris": {"acquirer": "gopay"},
        "shopeepay": back,
        "dana": back,
        "bca_klikpay": {"description": about[:60]},
        "cimb_clicks": {"description": about},
    }
    if ask.code == "credit_card":
        by_shopper = ask.initiator == "shopper"
        card = {"token_id": token, "authentication": by_shopper and ask.three_ds != "skip"}
        card |= {"type": "authorize"} if ask.capture == "manual" else {}
        card |= {"save_token_id": True} if ask.agreement == "first" else {}
        return {"credit_card": card}
    known = given(members.get(ask.code, {}))
    return {ask.code: known} if known else {}


def customer(ask: Ask) -> dict[str, Any]:
    first, _, last = ask.customer.name.partition(" ")
    members = {"first_name": first, "last_name": last}
    return given({**members, "email": ask.customer.email, "phone": ask.customer.phone})


def item(ask: Ask, amount: int) -> dict[str, Any]:
    """The whole order as one item."""
    name = (ask.description or ask.order_reference or ask.payment)[:50]
    return {"id": ask.payment[:50], "price": amount, "quantity": 1, "name": name}


def next_action(body: Mapping[str, Any]) -> dict | None:
    """An account, a counter's code, a QR code, an app or a page; None for a push to a phone."""
    until = utc(body.get("expiry_time", ""))
    if numbers := body.get("va_numbers"):
        number = numbers[0]["va_number"]
        fields = {"bank": numbers[0]["bank"], "account_number": number}
        return actions.bank_details(fields, number, until)
    if number := body.get("permata_va_number"):
        fields = {"bank": "permata", "account_number": number}
        return actions.bank_details(fields, number, until)
    if key := body.get("bill_key"):
        fields = {"biller_code": body.get("biller_code", ""), "bill_key": key}
        return actions.bank_details(fields, key, until)
    if code := body.get("payment_code"):
        return actions.voucher(code, until)
    steps = {one.get("name", ""): one.get("url", "") for one in body.get("actions", [])}
    image, link = steps.get("generate-qr-code", ""), steps.get("deeplink-redirect", "")
    if text := body.get("qr_string"):
        return actions.qr(text, until, image, link)
    if link:
        return actions.app(link, image)
    if form := body.get("redirect_data"):
        return actions.redirect(form["url"], form.get("method", "POST"), form.get("params"))
    page = body.get("redirect_url", "")
    if not page:
        return None
    is_card = body.get("payment_type") == "credit_card"
    return actions.three_ds(page) if is_card else actions.redirect(page)


def utc(text: str) -> str:
    """Jakarta's wall clock as RFC 3339 UTC."""
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC).isoformat() if text else ""


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        "network_reference": body.get("saved_token_id", ""),
        "authorization_code": body.get("approval_code", ""),
        "eci": body.get("eci", ""),
    }
    return given(known)


def refund_found(ask: Ask, body: Mapping[str, Any]) -> Outcome:
    """Our refund in the list that a transaction's status shows."""
    keys = [one.get("refund_key") for one in body.get("refunds", [])]
    if ask.reference in keys:
        return Outcome("succeeded", ask.provider_ref, ask.reference, raw_code="200")
    return Outcome("unknown", ask.provider_ref, raw_code="nothing_found")


def refund_news(one: Mapping[str, Any], payment: str) -> News:
    key = one.get("refund_key", "")
    total = told(one.get("refund_amount"), "IDR")
    return News("refund", Outcome("succeeded", payment, key, money=total), key, payment, key)
