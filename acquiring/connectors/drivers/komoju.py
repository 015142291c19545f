"""KOMOJU: cards, konbini, transfers and wallets of Japan, Korea and their neighbours. JSON, Basic.

Quirks worth knowing
- 3-D Secure goes before the payment: a card becomes a secure token, whose page the shopper may have
  to see, and the token pays. For an agreement a customer holds the card: a token is made of the
  customer, and the customer's id is what later payments name.
- "authorized" is held money only with a card. With cash and transfers it says that KOMOJU waits.
- Declines are errors, and come with HTTP 502 (the company behind KOMOJU said no); what is wrong
  with the call itself is 422. A payment that failed may be "pending" in old versions of the API.
- POSTs take an idempotency key for 24 hours, and each retry must repeat the body. A card's token
  differs from try to try; so after silence we ask: the list of payments can be filtered by
  `external_order_num`, where our reference is. A refund carries it as its description.
- Transfers and Pay-easy want the payer's name in kana: what the shopper typed as account holder.
- Cash and transfers cannot be refunded by this call (a request with a bank account is another).
- Left out: hosted sessions, subscriptions, numbers of prepaid cards.

Sources: doc.komoju.com (payment details, 3-D Secure, idempotent requests, errors, webhooks, test
inputs), the documents of komoju/komoju-ruby-sdk, recorded payments of docs.komoju.com; error codes
also of activemerchant/active_merchant (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from acquiring.connectors.members import said
from acquiring.connectors.signing import basic
from acquiring.core.money import Money

VERSION = "2025-01-28"
DONE = {"capture": frozenset({"captured", "refunded"}), "void": frozenset({"cancelled"})}
ACCOUNT = ("bank_name", "account_branch_name", "account_type", "account_number", "account_name")


class Komoju(Driver):
    name = "komoju"
    title = "KOMOJU"
    live = "https://komoju.com/api/v1"
    credentials = ("secret_key", "webhook_secret")
    resendable = frozenset({"capture", "void", "refund", "inquire"})
    missing = frozenset({"no_such_payment", "no_such_refund"})
    states = {
        "pending": "pending",
        "authorized": "authorized",
        "captured": "captured",
        "refunded": "captured",
        "cancelled": "voided",
        "expired": "expired",
        "failed": "declined",
    }
    declines = {
        # The payer's side said no.
        "insufficient_funds": "insufficient_funds",
        "exceeds_limit": "amount_limit_exceeded",
        "bad_verification_value": "incorrect_cvc",
        "card_expired": "expired_card",
        "card_declined": "do_not_honor",
        "invalid_number": "invalid_number",
        "invalid_account": "invalid_account",
        "invalid_password": "incorrect_pin",
        "invalid_user_key": "invalid_details",
        "restricted_account": "restricted_card",
        "used_number": "prepaid_balance_low",
        "fraudulent": "provider_risk_rejected",
        "request_failed": "generic_decline",
        "other_invalid": "invalid_details",
        "other_error": "processing_error",
        # The call was wrong.
        "bad_request": "invalid_request",
        "invalid_currency": "currency_not_supported",
        "invalid_parameter": "invalid_details",
        "invalid_payment_type": "method_not_enabled",
        "invalid_token": "token_invalid",
        "missing_parameter": "missing_details",
        "unprocessable_entity": "invalid_request",
    }
    scrub = frozenset(
        "x-komoju-signature number month year verification_value name email phone given_name"
        " family_name given_name_kana family_name_kana customer_name birthday cpf customer_ip"
        " last_four_digits".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.network_reference and ask.agreement == "subsequent":
            return self._pay(ask, customer=ask.network_reference)
        if ask.card is None:
            return self._pay(ask, payment_details=details(ask))
        card = said(
            type="credit_card",
            number=ask.card.number,
            month=ask.card.exp_month,
            year=ask.card.exp_year,
            verification_value=ask.card.cvc,
            name=ask.card.holder or ask.customer.name,
            email=ask.customer.email,
        )
        if ask.agreement == "first":
            body = said(email=ask.customer.email, payment_details=card)
            return post("/customers", f"{ask.reference}-customer", body)
        return self._secure(ask, payment_details=card)

    def resume(self, ask: Ask) -> Call:
        # The page the shopper came back from proves nothing; the truth is asked for.
        if "token" in ask.kept and not ask.provider_ref:
            return Call("GET", f"/secure_tokens/{ask.kept['token']}")
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        path = f"/payments/{ask.provider_ref}/capture"
        return post(path, ask.reference, {"amount": ask.money.amount})

    def void(self, ask: Ask) -> Call:
        return post(f"/payments/{ask.provider_ref}/cancel", ask.reference, None)

    def refund(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "description": ask.reference}
        return post(f"/payments/{ask.provider_ref}/refund", ask.reference, body)

    def inquire(self, ask: Ask) -> Call:
        if ask.provider_ref:
            return Call("GET", f"/payments/{ask.provider_ref}")
        return Call("GET", "/payments", query={"external_order_num": ask.reference})

    def _secure(self, ask: Ask, **payer: Any) -> Call:
        """The token that 3-D Secure is done with; it takes no money."""
        body = said(**sum_of(ask.money), **payer, return_url=ask.return_url)
        return post("/secure_tokens", f"{ask.reference}-token", body)

    def _pay(self, ask: Ask, **payer: Any) -> Call:
        body = said(
            **sum_of(ask.money),
            tax=0,
            **payer,
            capture=ask.capture == "automatic",
            external_order_num=ask.reference,
            description=ask.description or ask.order_reference,
            return_url=ask.return_url,
            fraud_details=said(customer_ip=ask.device.ip),
            metadata={"payment": ask.payment},
        )
        return post("/payments", ask.reference, body)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {**basic(account["secret_key"]), "X-KOMOJU-API-VERSION": VERSION}

    # Reading.

    def broke_down(self, reply: Reply) -> bool:
        refusal = reply.status == 502 and "error" in reply.body
        return super().broke_down(reply) and not refusal

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, reply.status, body["error"])
        if "verification_status" in body:
            return self._verified(ask, body)
        if body.get("resource") == "customer":
            keep = {"customer": body["id"]}
            return More("token", self._secure(ask, customer=body["id"]), keep)
        if body.get("resource") == "list":
            found = [one for one in body["data"] if one["external_order_num"] == ask.reference]
            return self._paid(ask, found[0]) if found else self._not_paid(ask)
        about = ask.target if ask.verb == "inquire" else ask.verb
        if about == "refund":
            ours = [one for one in body["refunds"] if is_of(ask, one)]
            return refunded(body, ours[0]) if ours else none_such("no_such_refund")
        return operated(about, body) if about in DONE else self._paid(ask, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        wanted = signing.hmac_sha256_hex(account["webhook_secret"], inbound.body)
        if not signing.same(wanted, inbound.headers.get("x-komoju-signature", "")):
            raise BadSignature("the event is not signed with this account's secret")
        event = inbound.json()
        kind, payment = event.get("type", ""), event.get("data", {})
        if not kind.startswith("payment."):
            return []
        names = {"provider_ref": payment["id"], "event_id": event.get("id", "")}
        if kind in ("payment.refund.created", "payment.refunded"):
            return [told_of(payment, one, names) for one in payment["refunds"]]
        outcome = self._standing(payment)
        if kind == "payment.failed":
            reason = event.get("reason") or ""
            decline = self.decline(reason)
            outcome = replace(outcome, state="declined", decline=decline, raw_code=reason)
        return [News("payment", outcome, payment["external_order_num"] or "", **names)]

    def _verified(self, ask: Ask, token: Mapping[str, Any]) -> Outcome | More:
        """A secure token: it pays, or waits for the shopper, or is of no use."""
        word, name = token["verification_status"], token.get("id") or token["secure_token"]
        keep = {**ask.kept, "token": name}
        if word == "NEEDS_VERIFY":
            action = actions.three_ds(token["authentication_url"])
            return Outcome("action", raw_code=word, action=action, keep=keep)
        if word == "ERRORED":
            return Outcome("declined", decline="authentication_failed", raw_code=word)
        if word == "SKIPPED" and ask.three_ds == "required":
            return Outcome("declined", decline="authentication_unavailable", raw_code=word)
        if word not in ("OK", "SKIPPED"):
            return Outcome("unknown", raw_code=word, keep=keep)
        if ask.verb == "inquire":
            return Outcome("pending", raw_code=word, keep=keep)
        return More("payment", self._pay(ask, payment_details=name), keep)

    def _not_paid(self, ask: Ask) -> Outcome | More:
        """There is no payment; perhaps because the shopper is still at the issuer's page."""
        if "token" in ask.kept:
            return More("verification", Call("GET", f"/secure_tokens/{ask.kept['token']}"))
        return none_such("no_such_payment")

    def _paid(self, ask: Ask, payment: Mapping[str, Any]) -> Outcome:
        """A payment, with the shopper's next step while there is one."""
        outcome = self._standing(payment)
        customer = ask.kept.get("customer") or payment.get("customer")
        outcome = replace(outcome, facts=said(network_reference=customer))
        step = next_step(payment) if outcome.state == "pending" else None
        return replace(outcome, state="action", action=step) if step else outcome

    def _standing(self, payment: Mapping[str, Any]) -> Outcome:
        word = payment["status"]
        state = self.state(word)
        if state == "authorized" and payment["payment_details"]["type"] != "credit_card":
            state = "pending"
        decline = "generic_decline" if state == "declined" else ""
        return Outcome(state, payment["id"], decline=decline, raw_code=word)

    def _error(self, ask: Ask, status: int, error: Mapping[str, Any]) -> Outcome:
        code, message = error.get("code", ""), error.get("message", "")
        told = {"raw_code": code, "raw_message": message}
        last = ask.verb == "authorize" or ask.step == "payment"
        if ask.verb in ("inquire", "resume") and not last:
            return Outcome("unknown", **told)
        if status in (402, 502) or code in PAYER:
            if code not in self.declines:
                return Outcome("unknown", **told)
            if last:
                return Outcome("declined", decline=self.declines[code], **told)
        refusal = self.declines.get(code, "invalid_request") if last else f"{ask.verb}_refused"
        return Outcome("refused", decline=refusal, **told)


# The codes that are a no wherever they come.
PAYER = frozenset({"insufficient_funds", "fraudulent", "card_declined", "card_expired"})

# KOMOJU's members.


def post(path: str, key: str, body: Mapping[str, Any] | None) -> Call:
    return Call("POST", path, body, {"X-KOMOJU-IDEMPOTENCY": key})


def sum_of(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}


def none_such(code: str) -> Outcome:
    return Outcome("unknown", raw_code=code)


def parted(name: str) -> tuple[str, str]:
    """Given and family name; of one word both."""
    given, _, family = name.partition(" ")
    return given, family or given


def details(ask: Ask) -> dict[str, Any]:
    """The method, with the members its type insists on: a catalogue row names them."""
    given, family = parted(ask.customer.name)
    given_kana, family_kana = parted(ask.details.get("account_holder", ""))
    everything = {
        "store": ask.extra.get("store", ""),
        "email": ask.customer.email,
        "phone": ask.customer.phone,
        "name": ask.customer.name,
        "customer_name": ask.customer.name,
        "given_name": given,
        "family_name": family,
        "given_name_kana": given_kana,
        "family_name_kana": family_kana,
        "birthday": ask.details.get("birth_date", "").replace("-", "")[2:],
        "cpf": ask.details.get("tax_id", ""),
        "customer_ip": ask.device.ip,
    }
    return said(type=ask.code, **{name: everything[name] for name in ask.extra.get("members", ())})


def next_step(payment: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the shopper must do: pay at a counter, transfer, see a page."""
    used, until = payment["payment_details"], payment.get("payment_deadline") or ""
    page = used.get("redirect_url") or used.get("instructions_url") or ""
    if used.get("store") and used.get("receipt"):
        chain = {"store": used["store"], "code": used["receipt"]}
        confirmation = used.get("confirmation_code") or ""
        stores = [chain | ({"confirmation": confirmation} if confirmation else {})]
        return actions.voucher(used["receipt"], until, url=page, stores=stores)
    if used.get("customer_id") and used.get("bank_id"):
        return actions.voucher(used["customer_id"], until, url=page, entity=used["bank_id"])
    if used.get("account_number"):
        fields = said(**{name: used.get(name) for name in ACCOUNT})
        return actions.bank_details(fields, used.get("order_id") or "", until)
    return actions.redirect(page) if page else None


def operated(about: str, payment: Mapping[str, Any]) -> Outcome:
    """How a capture or a cancellation stands, which is in the payment itself."""
    word = payment["status"]
    state = "succeeded" if word in DONE[about] else "unknown"
    return Outcome(state, payment["id"], payment["id"], raw_code=word)


def is_of(ask: Ask, refund: Mapping[str, Any]) -> bool:
    return refund["id"] == ask.operation_ref or refund["description"] == ask.reference


def refunded(payment: Mapping[str, Any], refund: Mapping[str, Any]) -> Outcome:
    """A refund, which is in its payment as soon as it is done."""
    money = Money(refund["amount"], payment["currency"])
    return Outcome("succeeded", payment["id"], refund["id"], money=money)


def told_of(
    payment: Mapping[str, Any], refund: Mapping[str, Any], names: Mapping[str, str]
) -> News:
    """One refund of an event; one that the cardholder's bank made is a chargeback."""
    outcome = refunded(payment, refund)
    if refund.get("chargeback"):
        lost = replace(outcome, state="chargeback_open", raw_code="chargeback")
        return News("dispute", lost, operation_ref=refund["id"], **names)
    return News("refund", outcome, refund["description"] or "", operation_ref=refund["id"], **names)
