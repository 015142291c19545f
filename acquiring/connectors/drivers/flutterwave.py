"""Flutterwave, API v3 (Africa): its own page, mobile money, bank transfer, USSD, bank accounts.

Quirks worth knowing
- Cards are typed on Flutterwave's page: a direct card charge asks for the shopper's PIN, address
  or one-time code in the middle, and wants the body encrypted with 3DES.
- A page has no transaction until the shopper tries to pay, and a transfer none until it arrives:
  until then an inquiry finds nothing and the step stays due. That the browser comes back with
  `status=cancelled` is nobody's word, since the page can still be paid.
- `tx_ref` is our reference and is taken once: a direct charge that is sent again is refused as a
  duplicate, and then looked up; a page that is asked for again is a new link to the same payment.
- A no has no code: `processor_response` is a text, read as the words of the issuer responses.
- Refunds carry our reference as their comment, by which one that met silence is found.
- Webhooks carry the account's fixed secret hash, no signature over the body.
- A card paid with `agreement` first leaves a token in the transaction; later payments need the
  same e-mail address.
- Holds (`preauthorize`) exist for direct card charges only; chargebacks are not told by webhook.

Sources: the official SDK Node-v3 (MIT): its documentation of charges, transactions, tokens and
their sample answers; developer.flutterwave.com: docs/collecting-payments/standard, /refunds,
docs/transaction-verification, reference/endpoints/charge, docs/integration-guides/webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
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
from acquiring.connectors.members import given
from acquiring.connectors.numbers import money, number
from acquiring.connectors.vocabulary import flutterwave as words

NO_TRANSACTION = "no_transaction"


class Flutterwave(Driver):
    name = "flutterwave"
    title = "Flutterwave"
    live = "https://api.flutterwave.com"
    signs_bodies = False
    credentials = ("secret_key", "secret_hash")
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = frozenset({"authorize", "resume", "inquire"})
    missing = frozenset({NO_TRANSACTION})
    states = {
        "successful": "captured",
        "pending": "pending",
        "success-pending-validation": "pending",
        "failed": "declined",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.network_reference and ask.agreement == "subsequent":
            return Call("POST", "/v3/tokenized-charges", given(token_charge(ask)))
        if ask.code in words.HOSTED:
            return Call("POST", "/v3/payments", given(page(ask)))
        return Call("POST", "/v3/charges", given(charge(ask)), query={"type": ask.code})

    def resume(self, ask: Ask) -> Call:
        return self.inquire(ask)

    def refund(self, ask: Ask) -> Call:
        body = {"amount": number(ask.money), "comments": ask.reference}
        return Call("POST", f"/v3/transactions/{quote(ask.provider_ref, safe='')}/refund", body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            if ask.operation_ref:
                return Call("GET", f"/v3/refunds/{quote(ask.operation_ref, safe='')}")
            return Call("GET", "/v3/refunds", query={"id": ask.provider_ref})
        if ask.provider_ref:
            return Call("GET", f"/v3/transactions/{quote(ask.provider_ref, safe='')}/verify")
        return by_reference(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['secret_key']}"}

    def may_resend(self, ask: Ask, reply: Reply | None) -> bool:
        """A charge is not sent again at once: two under one reference could race each other."""
        return ask.verb != "authorize" and super().may_resend(ask, reply)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400 or body.get("status") == "error":
            return self._refused(ask, body.get("message", ""))
        if body.get("status") != "success":
            return Outcome("unknown", raw_code=body.get("status", ""))
        if ask.verb == "refund" or ask.target == "refund":
            return refund_found(ask, body.get("data"))
        return self._payment(ask, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        if not signing.same(inbound.headers.get("verif-hash", ""), account["secret_hash"]):
            raise BadSignature("verif-hash is not that of this account")
        body = inbound.json()
        data = body.get("data", {})
        if body.get("event") != "charge.completed":
            return []
        outcome = self._transaction(data)
        return [News("payment", outcome, data.get("tx_ref", ""), outcome.provider_ref)]

    def _payment(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """A page's link, a charge's next step, or a transaction that was asked for."""
        data = body.get("data") or {}
        if "link" in data:
            link = actions.redirect(data["link"])
            return Outcome("action", action=link, keep={"action": link})
        found = self._transaction(data)
        if data and found.state != "pending":
            return found
        action = next_action(body.get("meta") or data.get("meta")) or ask.kept.get("action")
        if not (action or data):
            return Outcome("unknown", raw_code="no_transaction_shown")
        if not action and ask.verb == "authorize" and ask.code not in words.HOSTED:
            action = actions.wait("phone")
        return replace(
            found,
            state="action" if action else "pending",
            action=action,
            keep={"action": action} if action else {},
        )

    def _transaction(self, data: Mapping[str, Any]) -> Outcome:
        """A transaction, as answered or told."""
        word, response = data.get("status", ""), data.get("processor_response") or ""
        state = self.state(word)
        reason = "_".join(re.findall("[a-z0-9]+", response.lower()))
        no = state == "declined"
        token = (data.get("card") or {}).get("token", "")
        return Outcome(
            state,
            str(data.get("id", "")),
            decline=self.decline(reason) if no else "",
            raw_code=reason if no and reason else word,
            raw_message=response if no else "",
            money=money(data["amount"], data["currency"]) if state == "captured" else None,
            facts={"network_reference": token} if token and state == "captured" else {},
        )

    def _refused(self, ask: Ask, message: str) -> Outcome | More:
        text = message.lower()
        if ask.verb == "authorize" and not ask.step and "duplicate" in text:
            return More("found", by_reference(ask))
        if ask.verb in ("inquire", "resume") or ask.step:
            missing = "no transaction" in text
            action = ask.kept.get("action")
            if missing and action:  # nobody has paid yet: the step is still due
                return Outcome("action", action=action, keep=ask.kept)
            return Outcome("unknown", raw_code=NO_TRANSACTION if missing else text[:80])
        if ask.verb == "authorize":
            no = words.ERRORS.get(text, "invalid_request")
            return Outcome("refused", "", "", no, text[:80], message)
        return Outcome("refused", ask.provider_ref, "", "refund_refused", text[:80], message)


# Flutterwave's members in our words.


def by_reference(ask: Ask) -> Call:
    return Call("GET", "/v3/transactions/verify_by_reference", query={"tx_ref": ask.reference})


def digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


def page(ask: Ask) -> dict[str, Any]:
    """What Flutterwave's own page is made of."""
    shopper = {
        "email": ask.customer.email,
        "name": ask.customer.name,
        "phonenumber": digits(ask.customer.phone),
    }
    return {
        "tx_ref": ask.reference,
        "amount": number(ask.money),
        "currency": ask.money.currency,
        "redirect_url": ask.return_url,
        "payment_options": ask.code,
        "customer": given(shopper),
        "customizations": given({"description": ask.description}),
        "meta": dict(ask.metadata),
    }


def charge(ask: Ask) -> dict[str, Any]:
    """A direct charge; `extra` names the operator's `network` or `country`, as the type wants."""
    return {
        "tx_ref": ask.reference,
        "amount": number(ask.money),
        "currency": ask.money.currency,
        "email": ask.customer.email,
        "phone_number": digits(ask.customer.phone),
        "fullname": ask.customer.name,
        "client_ip": ask.device.ip,
        "redirect_url": ask.return_url,
        "account_bank": ask.details.get("bank", ""),
        "order_id": ask.payment if ask.code in words.ORDERED else "",
        "meta": dict(ask.metadata),
        **ask.extra,
    }


def token_charge(ask: Ask) -> dict[str, Any]:
    first, _, last = ask.customer.name.partition(" ")
    return {
        "token": ask.network_reference,
        "tx_ref": ask.reference,
        "amount": number(ask.money),
        "currency": ask.money.currency,
        "country": ask.country,
        "email": ask.customer.email,
        "first_name": first,
        "last_name": last,
        "narration": ask.descriptor or ask.description,
    }


def next_action(meta: Mapping[str, Any] | None) -> dict | None:
    """What the shopper must do, by the mode of authorization; None for what we do not speak."""
    due = (meta or {}).get("authorization") or {}
    mode, url = due.get("mode", ""), due.get("redirect") or due.get("redirect_url")
    if mode == "banktransfer":
        fields = {
            "bank": due.get("transfer_bank", ""),
            "account_number": due.get("transfer_account", ""),
            "amount": str(due.get("transfer_amount", "")),
        }
        return actions.bank_details(given(fields), due.get("transfer_reference", ""), until(due))
    if mode == "ussd":
        return actions.wait("phone", hint=due.get("note", ""))
    if mode in ("redirect", "callback") and url:
        return actions.redirect(url)
    return actions.wait("phone") if mode == "callback" else None


def until(due: Mapping[str, Any]) -> str:
    """When the account to transfer to closes; it is told in milliseconds since 1970."""
    expires = due.get("account_expiration")
    return datetime.fromtimestamp(expires // 1000, UTC).isoformat() if type(expires) is int else ""


REFUND_STATES = {"completed": "succeeded", "pending": "pending", "failed": "failed"}


def refund_found(ask: Ask, data: Any) -> Outcome:
    """A refund, or the one of a list that carries our reference."""
    if isinstance(data, list):
        data = next((one for one in data if one.get("comment") == ask.reference), None)
    if not data:
        return Outcome("unknown", ask.provider_ref, raw_code="not_listed")
    word = data.get("status", "")  # such as completed-mpgs: how it was paid follows
    state = REFUND_STATES.get(word.partition("-")[0], "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, ask.provider_ref, str(data.get("id", "")), no, word)
