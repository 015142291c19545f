"""Braintree through its GraphQL API: cards, PayPal, slips and banks by a page.

Worth knowing:

- An amount has no currency: it is that of the merchant account. So every currency needs one, named
  in the account's `merchant_accounts` ("EUR=acme_eur, USD=acme_usd"); none is guessed.
- There are no idempotency keys. What was lost is looked for by its order id, which is our
  reference; a search is the way to find it, and nothing is ever sent again.
- A card is made into a token first, then charged. 3-D Secure needs Braintree's own script in the
  browser, so nobody is asked here: an issuer that insists declines (2099).
- PayPal's page gives a payment that has to be made into a token when the shopper is back, then
  charged. Of the local methods only those whose payment comes later can be begun by a server; their
  transaction is made by Braintree itself. All others want Braintree's script.
- A transaction is captured once; a void is a reversal of what is not settled. A refund is only
  possible of what is settled, which takes a day or so.
- Errors come with HTTP 200. Webhooks are a form: XML in Base64, signed with a hash of the private
  key; they tell of settlement, local payments and disputes.

Sources: braintree/graphql-api (schema); developer.paypal.com/braintree (making API calls,
processor responses, webhooks); braintree_python (MIT: the signature of webhooks).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Address,
    Ask,
    BadSignature,
    Call,
    Card,
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
from acquiring.connectors.vocabulary import braintree as words
from acquiring.core.money import Money

VERSION = "2019-01-01"
NO_SUCH_PAYMENT, NO_SUCH_OPERATION = "no_such_payment", "no_such_operation"
# Errors of the API itself, in Braintree's words: nothing was done, or nobody knows.
TURNED_AWAY = {
    "AUTHENTICATION": "credentials_refused",
    "AUTHORIZATION": "credentials_refused",
    "RESOURCE_LIMIT": "rate_limited",
    "UNSUPPORTED_CLIENT": "invalid_request",
}
BROKEN = frozenset({"INTERNAL", "SERVICE_AVAILABILITY"})


class Braintree(Driver):
    name = "braintree"
    title = "Braintree"
    live = "https://payments.braintree-api.com"
    credentials = ("public_key", "private_key", "merchant_accounts")
    secret_credentials = ("private_key",)
    challenges = False
    resendable = frozenset({"inquire"})
    missing = frozenset({NO_SUCH_PAYMENT, NO_SUCH_OPERATION})
    states = words.STATES
    strangers = frozenset({"AUTHENTICATION", "AUTHORIZATION"})
    declines = words.DECLINES
    scrub = frozenset(
        "cvv cardholdername givenname surname email payeremail addressline1 addressline2"
        " postalcode expirationmonth expirationyear firstname lastname".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.card:
            return call("tokenizeCreditCard", creditCard=card(ask, ask.card))
        pages = {"returnUrl": ask.return_url, "cancelUrl": left(ask.return_url)}
        if ask.code == "PAYPAL":
            return call(
                "createPayPalOneTimePayment",
                amount=money(ask.money),
                intent="SALE" if ask.capture == "automatic" else "AUTHORIZE",
                merchantAccountId=ask.money.currency,
                paypalExperienceProfile={"userAction": "COMMIT", "collectShippingAddress": False},
                **pages,
            )
        first, _, last = ask.customer.name.rpartition(" ")
        payer = said(givenName=first or last, surname=last, email=ask.customer.email)
        context = {
            "orderId": ask.reference,
            "amount": money(ask.money),
            "type": ask.code,
            "countryCode": ask.country,
            "merchantAccountId": ask.money.currency,
            "payerInfo": payer,
            **pages,
        }
        return call("createNonInstantLocalPaymentContext", paymentContext=context)

    def resume(self, ask: Ask) -> Call:
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        part = {"amount": ask.money.major()}
        return call("captureTransaction", transactionId=ask.provider_ref, transaction=part)

    def void(self, ask: Ask) -> Call:
        return call("reverseTransaction", transactionId=ask.provider_ref)

    def refund(self, ask: Ask) -> Call:
        part = {"amount": ask.money.major(), "orderId": ask.reference}
        return call("refundTransaction", transactionId=ask.provider_ref, refund=part)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            return found("refund", ask.operation_ref, ask.reference)
        reference = ask.reference if ask.target == "payment" else ask.attempt
        return found("transaction", ask.provider_ref, reference)

    def _pay(self, ask: Ask, token: str, kind: str) -> Call:
        """The call that moves money: of a card, or of PayPal's payment."""
        verb = "charge" if ask.capture == "automatic" else "authorize"
        sale = said(
            amount=ask.money.major(),
            merchantAccountId=ask.money.currency,
            orderId=ask.reference,
            paymentInitiator=initiator(ask),
        )
        options = {"options": kept(ask)} if ask.card and ask.agreement else {}
        return call(f"{verb}{kind}", paymentMethodId=token, transaction=sale, **options)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        body = named(call.body, merchant_accounts(account["merchant_accounts"]))
        return super().wire(replace(call, body=body), base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        known = basic(account["public_key"], account["private_key"])
        return {**known, "Braintree-Version": VERSION}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        faults = reply.body.get("errors")
        if faults or reply.status >= 400:
            return self._error(ask, next(iter(faults or ()), {}))
        ((name, answer),) = reply.body["data"].items()
        if name in ("node", "search"):
            return self._looked(ask, nodes(name, answer))
        if "paymentMethod" in answer:
            kind = "CreditCard" if ask.card else "PaymentMethod"
            return More("pay", self._pay(ask, answer["paymentMethod"]["id"], kind))
        if "transaction" in answer and ask.verb != "capture":
            return self._paid(answer["transaction"])
        if ask.verb in ("capture", "void", "refund"):
            return self._operated(ask, answer)
        page = answer.get("paymentContext", answer)
        step = actions.redirect(page["approvalUrl"])
        keep = said(action=step, payment=page.get("paymentId"))
        return Outcome("action", action=step, keep=keep)

    def _looked(self, ask: Ask, made: list[Mapping[str, Any]]) -> Outcome | More:
        """What a search or a look came to; of several tries the one that was not lost."""
        if ask.target == "refund":
            if not made:
                return Outcome("unknown", raw_code=NO_SUCH_OPERATION)
            return self._given_back(ask, made[0])
        if not made:
            return self._not_yet(ask)
        best = next((one for one in made if one.get("status") not in words.LOST), made[0])
        if ask.target == "payment":
            return self._paid(best)
        state = self.state(best.get("status", ""))
        done = state == {"capture": "captured", "void": "voided"}[ask.target]
        if done:
            return Outcome("succeeded", best["id"], best["id"])
        return Outcome("unknown", raw_code=NO_SUCH_OPERATION)

    def _not_yet(self, ask: Ask) -> Outcome | More:
        """There is no transaction: the shopper is away, or back with what makes one."""
        if ask.verb == "resume" and "canceled" in ask.returned:
            return Outcome("declined", decline="shopper_canceled", raw_code="canceled")
        if ask.verb == "resume" and ask.code == "PAYPAL" and "PayerID" in ask.returned:
            approved = {
                "payerId": ask.returned["PayerID"],
                "paymentId": ask.kept["payment"],  # ours, whatever the shopper came back with
                "paymentToken": ask.returned.get("token", ""),
            }
            query = "tokenizePayPalOneTimePayment"
            members = {"merchantAccountId": ask.money.currency, "paypalOneTimePayment": approved}
            return More("token", call(query, **members))
        step = ask.kept.get("action")
        if step and ask.target == "payment":
            return Outcome("action", action=step, keep=ask.kept)
        missing = NO_SUCH_PAYMENT if ask.target == "payment" else NO_SUCH_OPERATION
        return Outcome("unknown", raw_code=missing)

    def _paid(self, made: Mapping[str, Any]) -> Outcome:
        word = made.get("status", "")
        state = self.state(word)
        events = made.get("statusHistory") or ()
        heard: Mapping[str, Any] = next((one for one in events if len(one) > 1), {})
        answer = heard.get("processorResponse") or {}
        code = heard.get("gatewayRejectionReason") or answer.get("legacyCode") or ""
        decline = self.decline(code) if state == "declined" else ""
        told = made["amount"]
        taken = Money.from_major(told["value"], told["currencyCode"])
        network = (made.get("paymentMethodSnapshot") or {}).get("networkTransactionId")
        checks = {
            "cvc": answer.get("cvvResponse"),
            "avs": answer.get("avsPostalCodeResponse"),
        }
        known = said(network_reference=network, **checks)
        text = answer.get("message") or ""
        return Outcome(state, made["id"], "", decline, code or word, text, None, taken, known)

    def _operated(self, ask: Ask, answer: Mapping[str, Any]) -> Outcome:
        if ask.verb == "refund":
            return self._given_back(ask, answer["refund"])
        made = answer["transaction"] if ask.verb == "capture" else answer["reversal"]
        wanted = "captured" if ask.verb == "capture" else "voided"
        word = made.get("status", "")
        done = self.state(word) == wanted
        lost = {"decline": f"{ask.verb}_refused"} if word in words.LOST else {}
        state = "succeeded" if done else "failed" if lost else "unknown"
        return Outcome(state, made["id"], made["id"], lost.get("decline", ""), word)

    def _given_back(self, ask: Ask, made: Mapping[str, Any]) -> Outcome:
        word = made.get("status", "")
        state = words.GIVEN_BACK.get(word, "unknown")
        decline = "refund_refused" if state == "failed" else ""
        return Outcome(state, ask.provider_ref, made["id"], decline, word)

    def _error(self, ask: Ask, fault: Mapping[str, Any]) -> Outcome:
        """Nothing was done, unless Braintree itself broke."""
        extensions = fault.get("extensions") or {}
        kind = extensions.get("errorClass", "")
        code = extensions.get("legacyCode") or kind or "error"
        message = fault.get("message", "")
        if kind in BROKEN or ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code=code, raw_message=message)
        operates = ask.verb in ("capture", "void", "refund")
        decline = f"{ask.verb}_refused" if operates else "invalid_request"
        decline = TURNED_AWAY.get(kind) or self.declines.get(code, decline)
        return Outcome("refused", "", "", decline, code, message)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        form = inbound.form()
        given, payload = form.get("bt_signature", ""), form.get("bt_payload", "")
        if not signing.braintree_signed(
            account["public_key"], account["private_key"], payload, given
        ):
            raise BadSignature("the notification is not signed with this account's key")
        try:
            xml = base64.b64decode(payload).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadSignature("the notification cannot be read") from error
        kind = text(xml, "kind")
        if kind in words.PAYMENTS:
            hint = Outcome("unknown", raw_code=kind)
            return [News("payment", hint, text(xml, "order-id"))]
        if kind not in words.DISPUTES:
            return []
        amount, currency = text(xml, "amount-disputed"), text(xml, "currency-iso-code")
        sum_told = Money.from_major(amount, currency) if amount and currency else None
        told = said(reason=text(xml, "reason"), respond_by=text(xml, "reply-by-date"))
        outcome = Outcome(words.DISPUTES[kind], raw_code=kind, money=sum_told, facts=told)
        about = xml.partition("<transaction>")[2]
        dispute = text(xml, "id")
        return [News("dispute", outcome, text(about, "order-id"), text(about, "id"), dispute)]


# Braintree's members.


def call(query: str, **members: Any) -> Call:
    body = {"query": words.QUERIES[query], "variables": {"input": members}}
    return Call("POST", "/graphql", body)


def found(kind: str, known: str, reference: str) -> Call:
    """A look at a transaction or refund by its id, or a search for our reference."""
    if known:
        body = {"query": words.QUERIES[kind], "variables": {"id": known}}
    else:
        wanted = {"input": {"orderId": {"is": reference}}}
        body = {"query": words.QUERIES[f"{kind}s"], "variables": wanted}
    return Call("POST", "/graphql", body)


def nodes(name: str, answer: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if name == "node":
        return [answer] if answer else []
    ((_, page),) = (answer or {}).items()
    return [edge["node"] for edge in page["edges"]]


def merchant_accounts(told: str) -> dict[str, str]:
    """The merchant account of each currency; raises ValueError where that is not what it says."""
    pairs = [one.strip().partition("=") for one in told.split(",") if one.strip()]
    if not pairs or not all(sign for _, sign, _ in pairs):
        raise ValueError("merchant_accounts names accounts by currency: EUR=acme_eur, USD=acme_usd")
    return {currency.strip(): account.strip() for currency, _, account in pairs}


def named(body: Any, accounts: Mapping[str, str]) -> Any:
    """A body whose merchant accounts, which were currencies, are the account's; KeyError if none.

    Without this a sum would be charged in whatever currency the default account has.
    """
    if isinstance(body, dict):
        return {
            name: accounts[one] if name == "merchantAccountId" else named(one, accounts)
            for name, one in body.items()
        }
    return body


def money(one: Money) -> dict[str, str]:
    return {"value": one.major(), "currencyCode": one.currency}


def left(url: str) -> str:
    """The way back of a shopper who left."""
    return f"{url}{'&' if '?' in url else '?'}canceled=1" if url else ""


def card(ask: Ask, one: Card) -> dict[str, Any]:
    return said(
        number=one.number,
        expirationMonth=f"{one.exp_month:02d}",
        expirationYear=str(one.exp_year),
        cvv=one.cvc,
        cardholderName=one.holder or ask.customer.name,
        billingAddress=address(ask.billing),
    )


def address(place: Address | None) -> dict[str, str]:
    if place is None or not place.country:
        return {}
    return said(
        addressLine1=place.line1,
        addressLine2=place.line2,
        adminArea2=place.city,
        adminArea1=place.state,
        postalCode=place.postal_code,
        countryCode=place.country,
    )


def initiator(ask: Ask) -> str:
    if ask.initiator != "merchant":
        return "RECURRING_FIRST" if ask.extra.get("schedule") and ask.agreement == "first" else ""
    return "RECURRING" if ask.extra.get("schedule") else "UNSCHEDULED"


def kept(ask: Ask) -> dict[str, Any]:
    """That the card is kept by us, and by which payment it was proved."""
    status = "WILL_VAULT" if ask.agreement == "first" else "VAULTED"
    proof = said(verifyingNetworkTransactionId=ask.network_reference)
    return {"externalVault": {"status": status, **proof}}


def text(xml: str, name: str) -> str:
    """The text of the first element of a name, in XML whose sender is known."""
    match = re.search(rf"<{name}(?: [^>]*)?>([^<]*)</{name}>", xml)
    return unescape(match[1]) if match else ""
