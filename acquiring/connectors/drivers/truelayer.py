"""TrueLayer: payments from bank to bank by open banking, on its hosted page. Payments v3.

Quirks worth knowing
- Calls that change something are signed: a detached JWS (ES512) over path, idempotency key and
  body; so are webhooks, with TrueLayer's own key, which is a credential (PEM).
- Access tokens come from another host than everything else.
- Money goes to a merchant account at TrueLayer, one a currency: `merchant_accounts` names them
  ("GBP=…, EUR=…"). Only then are payments settled, and refunds possible.
- `executed` is the bank's yes, `settled` the money: the first is pending here, the second captured.
  A failed try is not the end where the page offers another (`attempt_failed`).
- A payment is canceled by a call that only promises to: it is failed then, reason "canceled", which
  is what the shopper's no is as well. A payment nobody authorized expires after 15 minutes.
- Shoppers are sent back only to addresses that were entered in TrueLayer's Console, with the
  payment's id in the query (`payment_id`): all payments of an account share one.
- Our reference is in `metadata`, which webhooks repeat. A payment whose first answer was lost is
  asked for again under its key; nothing is paid by that.
- Variable recurring payments (mandates) are not spoken here.

Sources: TrueLayer/truelayer-java stub answers (MIT), truelayer-signing (MIT or Apache-2.0);
docs.truelayer.com (statuses, cancel a payment, sign your requests, hosted page, application
settings); the hosted page's members of a payment in TrueLayer/truelayer-dotnet (HostedPageRequest,
HostedPageResponse) and truelayer-java (HostedPageParameters); one return address for all payments
as TrueLayer/truelayer-woocommerce has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from acquiring.connectors import actions
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    News,
    Outcome,
    Pass,
    Reply,
    Wire,
)
from acquiring.connectors.parts import truelayer_signatures as signatures
from acquiring.core.money import Money

PAYMENTS = "/v3/payments"
TOKEN = "/connect/token"  # noqa: S105 (a path)
NOT_LISTED = "not_listed"
KEYS = frozenset({"idempotency-key-reuse", "idempotency-key-concurrency-conflict"})
EXPIRED = frozenset({"expired", "provider_expired"})
REFUNDS = {
    "pending": "pending",
    "authorized": "pending",
    "executed": "succeeded",
    "failed": "failed",
}


class Truelayer(Driver):
    """TrueLayer, Payments API v3."""

    name = "truelayer"
    title = "TrueLayer"
    live = "https://api.truelayer.com"
    credentials = (
        "client_id",
        "client_secret",
        "signing_key_id",
        "signing_private_key",
        "merchant_accounts",
        "webhook_public_key",
    )
    secret_credentials = ("client_secret", "signing_private_key")
    verbs = frozenset({"authorize", "resume", "void", "refund", "inquire"})
    resendable = verbs
    missing = frozenset({NOT_LISTED, "not-found"})
    returns_named = "payment_id"
    states = {
        "authorization_required": "action",
        "authorizing": "pending",
        "attempt_failed": "pending",
        "authorized": "pending",
        "executed": "pending",
        "settled": "captured",
        "failed": "declined",
    }
    declines = {
        "authorization_failed": "authentication_failed",
        "blocked": "provider_risk_rejected",
        "canceled": "shopper_canceled",
        "constraint_violation": "debit_not_authorized",
        "expired": "payment_expired",
        "provider_expired": "payment_expired",
        "insufficient_funds": "bank_insufficient_funds",
        "internal_server_error": "processing_error",
        "invalid_account_details": "bank_account_invalid",
        "invalid_account_holder_name": "incorrect_name",
        "invalid_beneficiary_account": "invalid_merchant",
        "invalid_credentials": "authentication_failed",
        "invalid_mandate_state": "mandate_missing",
        "invalid_otp": "incorrect_code",
        "invalid_remitter_account": "bank_account_invalid",
        "invalid_request": "invalid_request",
        "invalid_sort_code": "bank_account_invalid",
        "mandate_revoked": "mandate_revoked",
        "not_authorized": "authentication_rejected",
        "payment_limit_exceeded": "bank_limit_exceeded",
        "provider_error": "bank_unavailable",
        "provider_rejected": "bank_refused",
        "rejected": "bank_refused",
        "scheme_unavailable": "network_unavailable",
        "unknown_error": "generic_decline",
        "user_canceled_at_provider": "shopper_canceled",
        "verification_declined": "provider_refused",
    }
    scrub = frozenset(
        "access_token client_secret resource_token name email phone account_holder_name iban nrb"
        " account_number sort_code date_of_birth address".split()
    )

    # Being let in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        body = {
            "grant_type": "client_credentials",
            "client_id": account["client_id"],
            "client_secret": account["client_secret"],
            "scope": "payments",
        }
        return Call("POST", TOKEN, body, signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["access_token"], reply.body["expires_in"])

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == TOKEN:
            base = base.replace("//api.", "//auth.", 1)
        if call.path == PAYMENTS and call.body:
            known = merchant_accounts(account["merchant_accounts"])
            call = replace(call, body=paid_into(call.body, known))
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        let_in = {"Authorization": f"Bearer {account['access_token']}"}
        if wire.method != "POST":
            return let_in
        signed = {"Idempotency-Key": wire.headers["Idempotency-Key"]}
        key, key_id = account["signing_private_key"], account["signing_key_id"]
        value = signatures.signature(key, key_id, "POST", wire.path, signed, wire.body)
        return {**let_in, "Tl-Signature": value}

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        selection: dict[str, Any] = {"type": "user_selected"}
        if ask.country:
            selection["filter"] = {"countries": [ask.country]}
        statement = plain(ask.descriptor or ask.description)[:18]
        page = {
            "return_uri": ask.return_url,
            "country_code": ask.country,
            "language_code": ask.locale[:2],
        }
        shopper = {
            "name": ask.customer.name,
            "email": ask.customer.email,
            "phone": ask.customer.phone,
        }
        beneficiary = {"type": "merchant_account", "reference": statement}
        body = {
            "amount_in_minor": ask.money.amount,
            "currency": ask.money.currency,
            "payment_method": {
                "type": ask.code,
                "provider_selection": selection,
                "beneficiary": given(beneficiary),
            },
            "user": given(shopper),
            "hosted_page": given(page),
            "metadata": {"reference": ask.reference},
        }
        return post(PAYMENTS, body, ask.reference)

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return Call("GET", f"{PAYMENTS}/{ask.provider_ref}")

    def void(self, ask: Ask) -> Call:
        return post(f"{PAYMENTS}/{ask.provider_ref}/actions/cancel", None, ask.reference)

    def refund(self, ask: Ask) -> Call:
        body = {
            "amount_in_minor": ask.money.amount,
            "reference": plain(ask.reference)[-18:],
            "metadata": {"reference": ask.reference},
        }
        return post(f"{PAYMENTS}/{ask.provider_ref}/refunds", body, ask.reference)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            refund = f"/{ask.operation_ref}" if ask.operation_ref else ""
            return Call("GET", f"{PAYMENTS}/{ask.provider_ref}/refunds{refund}")
        return self.resume(ask) if ask.provider_ref else self.authorize(ask)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if reply.status >= 400:
            return self._refused(ask, reply)
        if ask.verb == "void":
            return Outcome("pending", ask.provider_ref)
        if ask.verb == "refund":
            return Outcome("pending", ask.provider_ref, body["id"])
        if ask.target == "refund":
            return self._refunded(ask, body.get("items", [body]))
        if ask.target == "void":
            return self._let_go(body)
        return self._stands(ask, body)

    def _let_go(self, body: Mapping[str, Any]) -> Outcome:
        """Whether a payment was canceled: a failed one, for whatever reason, takes nothing."""
        word, known = body["status"], body["id"]
        if word in ("authorized", "executed", "settled"):
            return Outcome("failed", known, decline="void_refused", raw_code=word)
        return Outcome("succeeded" if word == "failed" else "unknown", known, raw_code=word)

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word, known = body["status"], body["id"]
        if word == "failed":
            return replace(self._failed(body), provider_ref=known)
        page = body.get("hosted_page", {}).get("uri", "")
        step = actions.redirect(page) if page else ask.kept.get("action")
        state, keep = self.state(word), {"action": step} if step else {}
        if state == "action" and (ask.verb == "resume" or not step):
            state = "pending"
        step = step if state == "action" else None
        total = None
        if "amount_in_minor" in body:
            total = Money(body["amount_in_minor"], body["currency"])
        return Outcome(state, known, raw_code=word, action=step, money=total, keep=keep)

    def _failed(self, body: Mapping[str, Any]) -> Outcome:
        reason = body.get("failure_reason", "")
        stage = body.get("failure_stage", "")
        if reason in EXPIRED:
            return Outcome("expired", raw_code=reason, raw_message=stage)
        return Outcome("declined", decline=self.decline(reason), raw_code=reason, raw_message=stage)

    def _refunded(self, ask: Ask, found: list[Mapping[str, Any]]) -> Outcome:
        for one in found:
            ours = one.get("metadata", {}).get("reference") == ask.reference
            if ours or one["id"] == ask.operation_ref:
                state = REFUNDS.get(one["status"], "unknown")
                reason = one.get("failure_reason", "")
                decline = refusal(reason) if state == "failed" else ""
                raw = reason or one["status"]
                return Outcome(state, ask.provider_ref, one["id"], decline, raw)
        return Outcome("unknown", ask.provider_ref, raw_code=NOT_LISTED)

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        """Nothing was done, unless the key was used before."""
        code = reply.body.get("type", "").rpartition("#")[2] or f"http_{reply.status}"
        message = reply.body.get("detail", "")
        errors = reply.body.get("errors") or {}
        message = f"{message} {', '.join(errors)}".strip() if errors else message
        if ask.verb in ("resume", "inquire") or code in KEYS or reply.status == 409:
            return Outcome("unknown", ask.provider_ref, raw_code=code, raw_message=message)
        decline = "invalid_request" if ask.verb == "authorize" else f"{ask.verb}_refused"
        return Outcome(
            "refused", ask.provider_ref, decline=decline, raw_code=code, raw_message=message
        )

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        value, path = inbound.headers.get("tl-signature", ""), urlsplit(inbound.url).path
        key = account["webhook_public_key"]
        signed = (inbound.method, path, inbound.headers, inbound.body)
        if not (signatures.of_truelayer(value) and signatures.is_signed(key, *signed, value)):
            raise BadSignature("the event is not signed with TrueLayer's key")
        event = inbound.json()
        kind, _, what = event["type"].partition("_")
        ours = (event.get("metadata") or {}).get("reference", "")
        known = {"provider_ref": event.get("payment_id", ""), "event_id": event["event_id"]}
        if kind == "payment" and what == "failed":
            return [News("payment", self._failed(event), ours, **known)]
        if kind == "payment" and what in ("authorized", "executed", "settled"):
            return [News("payment", Outcome(self.state(what), raw_code=what), ours, **known)]
        if kind == "refund" and what in ("executed", "failed"):
            reason = event.get("failure_reason", "")
            decline = refusal(reason) if what == "failed" else ""
            outcome = Outcome(REFUNDS[what], "", event["refund_id"], decline, reason or what)
            return [News("refund", outcome, ours, operation_ref=event["refund_id"], **known)]
        return []


# TrueLayer's members.


def post(path: str, body: Any, key: str) -> Call:
    return Call("POST", path, body, {"Idempotency-Key": key})


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in members.items() if one}


def plain(text: str) -> str:
    """Letters, digits and blanks: what every bank's statement can show."""
    return re.sub(r"[^A-Za-z0-9 ]", "", text)


def refusal(reason: str) -> str:
    return "merchant_balance_low" if reason == "insufficient_funds" else "refund_refused"


def merchant_accounts(told: str) -> dict[str, str]:
    """The merchant accounts by currency; raises ValueError where that is not what is written."""
    pairs = [one.strip().partition("=") for one in told.split(",") if one.strip()]
    if not all(currency and known for currency, _, known in pairs):
        raise ValueError("merchant_accounts names accounts by currency: GBP=…, EUR=…")
    return {currency.strip(): known.strip() for currency, _, known in pairs}


def paid_into(body: Mapping[str, Any], accounts: Mapping[str, str]) -> dict[str, Any]:
    """A payment into the merchant account of its currency; raises ValueError without one."""
    known = accounts.get(body["currency"])
    if known is None:
        raise ValueError(f"merchant_accounts names no account for {body['currency']}")
    method = body["payment_method"]
    beneficiary = {**method["beneficiary"], "merchant_account_id": known}
    return {**body, "payment_method": {**method, "beneficiary": beneficiary}}
