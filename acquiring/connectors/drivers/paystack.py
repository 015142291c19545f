"""Paystack (Nigeria, Ghana, Kenya, South Africa): its page, M-PESA, transfers, saved cards.

Quirks worth knowing
- Cards, banks, USSD, EFT and Ghana's mobile money are chosen on Paystack's page: they ask for a
  PIN, a birthday or a one-time code in the middle. M-PESA and transfers are charged directly.
- A reference may have no underscore: ours is sent with a dash. It is taken once. Everything about
  a payment is asked by it, so it stands for the provider's own id.
- A page that was asked for and never opened reads `abandoned`, and can still be paid. Its link is
  told once: of a page whose answer was lost only the state can be asked.
- A no has no code: `gateway_response` is a text, read as the words banks use.
- A card that may be charged again comes as an `authorization_code`; it wants the same e-mail.
- Refunds are queued; they carry our reference as the merchant's note, by which one that met silence
  is found. Their webhooks do not name the refund, so that they are asked for instead.
- Webhooks are signed with the API's secret key. Only payments that succeeded are told.
- Holds (preauthorization) are for South Africa on request, and not spoken here.

Sources: the OpenAPI document PaystackOSS/openapi (MIT); PaystackOSS/doc-code-snippets for charges
by transfer and M-PESA; paystack.com/docs: payments/verify-payments, payments/refunds, webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
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
    Reply,
    Wire,
)
from acquiring.connectors.vocabulary import paystack as words
from acquiring.core.money import Money

NOT_FOUND = "transaction_not_found"
TRANSFER_TIME = timedelta(hours=8)  # the longest an account stays open
DIRECT = frozenset({"mpesa", "bank_transfer"})


class Paystack(Driver):
    name = "paystack"
    title = "Paystack"
    live = "https://api.paystack.co"
    credentials = ("secret_key",)
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = frozenset({"authorize", "resume", "inquire"})
    missing = frozenset({NOT_FOUND})
    states = {
        "success": "captured",
        "failed": "declined",
        "abandoned": "pending",
        "ongoing": "pending",
        "open_url": "pending",
        "pay_offline": "pending",
        "pending": "pending",
        "pending_bank_transfer": "pending",
        "processing": "pending",
        "queued": "pending",
        "send_otp": "pending",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body = {
            "email": ask.customer.email,
            "amount": ask.money.amount,
            "currency": ask.money.currency,
            "reference": theirs(ask.reference),
        }
        if ask.network_reference and ask.agreement == "subsequent":
            body["authorization_code"] = ask.network_reference
            return Call("POST", "/transaction/charge_authorization", body)
        if ask.metadata:
            body["metadata"] = dict(ask.metadata)
        if ask.code in DIRECT:
            return Call("POST", "/charge", body | instrument(ask))
        page = {"channels": [ask.code], "callback_url": ask.return_url}
        return Call("POST", "/transaction/initialize", body | page)

    def resume(self, ask: Ask) -> Call:
        return verify(ask)

    def refund(self, ask: Ask) -> Call:
        body = {
            "transaction": ask.provider_ref,
            "amount": ask.money.amount,
            "currency": ask.money.currency,
            "merchant_note": ask.reference,
        }
        return Call("POST", "/refund", body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target != "refund":
            return verify(ask)
        if ask.operation_ref:
            return Call("GET", f"/refund/{quote(ask.operation_ref, safe='')}")
        return Call("GET", "/refund", query={"perPage": "100"})

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['secret_key']}"}

    def may_resend(self, ask: Ask, reply: Reply | None) -> bool:
        """A charge is not sent again at once: two under one reference could race each other."""
        return ask.verb != "authorize" and super().may_resend(ask, reply)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400 or body.get("status") is False:
            return self._refused(ask, body)
        if body.get("status") is not True:
            return Outcome("unknown", raw_code="no_status")
        if ask.verb == "refund" or ask.target == "refund":
            return refund_found(ask, body.get("data"))
        return self._payment(ask, body.get("data") or {})

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        wanted = signing.hmac_sha512_hex(account["secret_key"], inbound.body)
        if not signing.same(wanted, inbound.headers.get("x-paystack-signature", "")):
            raise BadSignature("x-paystack-signature is not made with the account's key")
        body = inbound.json()
        event, data = body.get("event", ""), body.get("data") or {}
        if event.startswith("charge.dispute."):
            return [dispute_news(data)]
        if event != "charge.success":
            return []
        outcome = self._transaction(data)
        return [News("payment", outcome, ours(outcome.provider_ref), outcome.provider_ref)]

    def _payment(self, ask: Ask, data: Mapping[str, Any]) -> Outcome:
        """A page's link, a charge's next step, or a transaction that was asked for."""
        if "authorization_url" in data:
            link = actions.redirect(data["authorization_url"])
            return Outcome("action", data["reference"], action=link, keep={"action": link})
        found = self._transaction(data)
        if found.state != "pending":
            return found
        action = next_action(data) or ask.kept.get("action")
        return replace(
            found,
            state="action" if action else "pending",
            action=action,
            keep={"action": action} if action else {},
        )

    def _transaction(self, data: Mapping[str, Any]) -> Outcome:
        """A transaction, as answered or told."""
        word = data.get("status", "")
        state = self.state(word)
        response = data.get("gateway_response") or data.get("message") or ""
        reason = "_".join(re.findall("[a-z0-9]+", response.lower()))
        no, paid = state == "declined", state == "captured"
        card = data.get("authorization") or {}
        token = card.get("authorization_code", "") if card.get("reusable") else ""
        return Outcome(
            state,
            data.get("reference", ""),
            decline=self.decline(reason) if no else "",
            raw_code=reason if no and reason else word,
            raw_message=response if no else "",
            money=Money(data["amount"], data["currency"]) if paid else None,
            facts={"network_reference": token} if token and paid else {},
        )

    def _refused(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        code, message = body.get("code", ""), body.get("message", "")
        code = code or message.lower()[:80]
        if ask.verb == "authorize" and not ask.step and is_duplicate(code, message):
            return More("found", verify(replace(ask, provider_ref="")))
        if ask.verb in ("inquire", "resume") or ask.step:
            is_missing = code == NOT_FOUND or "reference not found" in message.lower()
            return Outcome("unknown", raw_code=NOT_FOUND if is_missing else code)
        if ask.verb == "authorize":
            no = words.ERRORS.get(code, "invalid_request")
            return Outcome("refused", "", "", no, code, message)
        return Outcome("refused", ask.provider_ref, "", "refund_refused", code, message)


# Paystack's members in our words.


def theirs(reference: str) -> str:
    """Our reference in the letters that Paystack takes."""
    return reference.replace("_", "-", 1)


def ours(reference: str) -> str:
    return reference.replace("-", "_", 1)


def verify(ask: Ask) -> Call:
    reference = ask.provider_ref or theirs(ask.reference)
    return Call("GET", f"/transaction/verify/{quote(reference, safe='')}")


def instrument(ask: Ask) -> dict[str, Any]:
    """What a direct charge is paid with."""
    if ask.code == "mpesa":
        phone = "+" + "".join(filter(str.isdigit, ask.customer.phone))
        return {"mobile_money": {"phone": phone, "provider": "mpesa"}}
    if ask.now is None:
        return {"bank_transfer": {}}
    until = (ask.now + TRANSFER_TIME).isoformat(timespec="milliseconds")
    return {"bank_transfer": {"account_expires_at": until.replace("+00:00", "Z")}}


def is_duplicate(code: str, message: str) -> bool:
    return code == "duplicate_reference" or "duplicate transaction reference" in message.lower()


def next_action(data: Mapping[str, Any]) -> dict | None:
    """What the shopper must do; None for what we do not speak."""
    word, hint = data.get("status", ""), data.get("display_text") or ""
    if word == "pending_bank_transfer":
        account = {
            "bank": (data.get("bank") or {}).get("name", ""),
            "account_name": data.get("account_name", ""),
            "account_number": data.get("account_number", ""),
        }
        number, until = account["account_number"], data.get("account_expires_at") or ""
        return actions.bank_details(account, number, until)
    if word == "open_url":
        return actions.redirect(data["url"])
    return actions.wait("phone", hint) if word == "pay_offline" else None


def refund_found(ask: Ask, data: Any) -> Outcome:
    """A refund, or the one of a list that carries our reference."""
    if isinstance(data, list):
        data = next((one for one in data if one.get("merchant_note") == ask.reference), None)
    if not data:
        return Outcome("unknown", ask.provider_ref, raw_code="not_listed")
    word = data.get("status", "")
    state = words.REFUND_STATES.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, ask.provider_ref, str(data.get("id", "")), no, word)


def dispute_news(data: Mapping[str, Any]) -> News:
    """A dispute that was opened, reminded of or resolved."""
    transaction = data.get("transaction") or {}
    reference = transaction.get("reference", "")
    word = data.get("resolution") or data.get("status", "")
    sum_of = data.get("refund_amount") or transaction.get("amount")
    currency = data.get("currency") or transaction.get("currency")
    told = {"reason": data.get("category"), "respond_by": data.get("dueAt")}
    outcome = Outcome(
        words.DISPUTES.get(word, "unknown"),
        raw_code=word,
        money=Money(sum_of, currency) if sum_of and currency else None,
        facts={name: value for name, value in told.items() if value},
    )
    return News("dispute", outcome, ours(reference), reference, str(data.get("id", "")))
