"""HiPay Enterprise: cards by token, and what is paid on other pages, as orders. Forms in, JSON out.

Quirks worth knowing
- A card number goes to the vault, on a host of its own, and comes back as a token with its brand,
  which is the payment product of the order. Only cards and IBANs are charged directly.
- An order's transaction is found by our `orderid`. There is no idempotency key: an order id may
  have several attempts, so an order is never sent again.
- A status speaks of the transaction, 118 even when several calls captured it. A capture or refund
  has no inquiry of its own: its notification carries our `operation_id`, and an inquiry tells only
  what the sums leave no doubt about.
- 116 of a sale is a capture to come. A notification does not say whether it was one, so it makes us
  inquire.
- Notifications are forms with the header X-Allopass-Signature: a hash of body and passphrase, by
  SHA-1 unless the account says SHA-256 or SHA-512; its length tells which.
- A later payment needs payment product and token, or the debit agreement; both together are our
  network reference.
- A cancellation that was never authorized is a shopper who left.
- Amounts are decimal strings. Answers give numbers as text.

Sources: HiPay's OpenAPI documents (gateway 1.2.3, tokenization), hipay-fullservice-sdk-php (status
codes, signatures), recorded answers of activemerchant (MIT); developer.hipay.com (notifications:
their members; error messages) and HiPay's own Hi-Media/reST-test (doc: the same tables).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import hipay as words
from acquiring.core.money import Money

TOKEN = "/v2/token/create"  # noqa: S105 (a path)
HASHES = {40: hashlib.sha1, 64: hashlib.sha256, 128: hashlib.sha512}


class HiPay(Driver):
    """HiPay Enterprise, gateway v1 and vault v2."""

    name = "hipay"
    title = "HiPay"
    live = "https://secure-gateway.hipay-tpp.com/rest"
    credentials = ("username", "password", "passphrase")
    secret_credentials = ("password", "passphrase")
    resendable = frozenset({"resume", "inquire"})
    missing = words.UNKNOWN | {
        "nothing_found",
        "nothing_captured",
        "nothing_refunded",
        "nothing_canceled",
    }
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.card and not ask.network_reference:
            card = {
                "card_number": ask.card.number,
                "card_expiry_month": f"{ask.card.exp_month:02d}",
                "card_expiry_year": str(ask.card.exp_year),
                "card_holder": ask.card.holder or ask.customer.name,
                "cvc": ask.card.cvc,
                "multi_use": "1" if ask.agreement == "first" else "0",
            }
            return form(TOKEN, card)
        product, _, kept = ask.network_reference.partition("/")
        return self._order(ask, product or ask.code, kept)

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self._look(ask)

    def capture(self, ask: Ask) -> Call:
        return self._maintain(ask, "capture")

    def void(self, ask: Ask) -> Call:
        return form(f"/v1/maintenance/transaction/{ask.provider_ref}", {"operation": "cancel"})

    def refund(self, ask: Ask) -> Call:
        return self._maintain(ask, "refund")

    def inquire(self, ask: Ask) -> Call:
        return self._look(ask)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == TOKEN:
            base = base.replace("secure-gateway.", "secure2-vault.", 1)
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return basic(account["username"], account["password"])

    def _look(self, ask: Ask) -> Call:
        if ask.provider_ref:
            return Call("GET", f"/v1/transaction/{quote(ask.provider_ref)}")
        return Call("GET", "/v1/transaction", query={"orderid": ask.reference})

    def _maintain(self, ask: Ask, operation: str) -> Call:
        body = {
            "operation": operation,
            "amount": ask.money.major(),
            "currency": ask.money.currency,
            "operation_id": ask.reference,
        }
        return form(f"/v1/maintenance/transaction/{ask.provider_ref}", body)

    def _order(self, ask: Ask, product: str, kept: str = "") -> Call:
        """The order; `kept` is the token of a card, or the number of a debit agreement."""
        again = ask.initiator == "merchant"
        body = {
            "orderid": ask.reference,
            "operation": "Authorization" if ask.capture == "manual" else "Sale",
            "payment_product": product,
            "description": (ask.description or ask.payment)[:255],
            "currency": ask.money.currency,
            "amount": ask.money.major(),
            "notify_url": ask.webhook_url,
            **dict.fromkeys(returning(), "" if again else ask.return_url),
            "soft_descriptor": ask.descriptor,
            "ipaddr": ask.device.ip,
            "http_accept": ask.device.accept,
            "http_user_agent": ask.device.user_agent,
            "cid": ask.customer.id,
            **person(ask),
        }
        if product == "sdd":
            body |= debit(ask, kept)
        elif ask.card or kept:
            demand = {"automatic": "1", "required": "2", "skip": "0"}[ask.three_ds]
            body |= {"cardtoken": kept, "eci": "9" if again else "7"}
            body |= {"authentication_indicator": "0" if again else demand}
            body |= {"recurring_payment": "1"} if ask.agreement else {}
        return form("/v1/order", body)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._refused(ask, reply)
        if ask.verb == "authorize" and not ask.step and "transactionReference" not in body:
            brand = str(body["brand"]).upper()
            product = words.PRODUCTS.get(brand, brand.lower().replace(" ", "-"))
            return More("order", self._order(ask, product, body["token"]))
        if ask.verb in ("capture", "refund", "void"):
            return self._maintained(ask, body)
        found = body.get("transaction", body)
        found = found[-1] if isinstance(found, list) and found else found
        if not found:
            return Outcome("unknown", ask.provider_ref, raw_code="nothing_found")
        if ask.verb == "inquire" and ask.target != "payment":
            return operated(ask, found)
        return self._stands(ask, found)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        if not genuine(inbound, account["passphrase"]):
            raise BadSignature("the notification is not signed with this account's passphrase")
        told = inbound.form()
        key, status = told.get("transaction_reference", ""), told.get("status", "")
        order, operation = told.get("order[id]", ""), told.get("operation[id]", "")
        kind = {"cap_": "capture", "ref_": "refund"}.get(operation[:4], "")
        state = (words.CAPTURES if kind == "capture" else words.REFUNDS).get(status)
        if kind and state:
            no = f"{kind}_refused" if state == "failed" else ""
            outcome = Outcome(state, key, "", no, status, told.get("message", ""))
            return [News(kind, outcome, operation, provider_ref=key)]  # type: ignore[arg-type]
        if status == words.CHARGED_BACK:
            return [News("dispute", Outcome("unknown", key, raw_code=status), order, key)]
        state = self.state(status)
        if state in ("authorized", "captured", "voided") and status not in ("118", "131"):
            state = "unknown"  # a sale's first half, or a word about captures and refunds
        code = told.get("reason[code]") or status
        decline = self.decline(code) if state == "declined" else ""
        outcome = Outcome(state, key, "", decline, code, told.get("message", ""))
        return [News("payment", outcome, order, key)]

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a transaction has come to."""
        status, page = str(body["status"]), body.get("forwardUrl") or ""
        state, action = self.state(status), None
        if state == "authorized" and ask.capture == "automatic":
            state = "pending"
        if status in words.PARTLY and ask.capture == "manual":
            state = "authorized"  # captures are told of on their own
        if state == "voided" and not body.get("dateAuthorized"):
            state = "declined"
        if state == "pending" and page and ask.verb != "resume":
            action = actions.three_ds(page) if ask.card else actions.redirect(page)
        elif state == "pending" and ask.code == "mbway" and ask.verb == "authorize":
            action = actions.wait("app", "MB WAY")
        code, message = reason(body)
        decline = ""
        if state == "declined":
            decline = "shopper_canceled" if status == "115" else self.decline(code or status)
        return Outcome(
            "action" if action else state,
            str(body["transactionReference"]),
            decline=decline,
            raw_code=code or status,
            raw_message=message or body.get("message") or "",
            action=action,
            money=charged(body, state),
            facts=facts(body),
        )

    def _maintained(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """The answer to a capture, refund or cancellation."""
        known = {"capture": words.CAPTURES, "refund": words.REFUNDS, "void": words.VOIDS}
        status = str(body.get("status", ""))
        state = known[ask.verb].get(status, "unknown")
        no = f"{ask.verb}_refused" if state == "failed" else ""
        return Outcome(state, ask.provider_ref, "", no, status, body.get("message") or "")

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        code = str(reply.body.get("code", ""))
        message = reply.body.get("description") or reply.body.get("message") or ""
        said: dict[str, Any] = {"raw_code": code, "raw_message": message}
        if ask.verb in ("inquire", "resume") or not code:
            return Outcome("unknown", ask.provider_ref, **said)
        decline = self.declines.get(code, "invalid_request")
        if ask.verb != "authorize":
            decline = words.OPERATIONS.get(code, f"{ask.verb}_refused")
        return Outcome("refused", ask.provider_ref, decline=decline, **said)


# HiPay's members in our words, and ours in HiPay's.


def form(path: str, body: Mapping[str, Any]) -> Call:
    """A form with only the members that say something."""
    told = {name: value for name, value in body.items() if value not in ("", None)}
    return Call("POST", path, told, encoding="form")


def returning() -> tuple[str, ...]:
    """The members that say where the shopper goes, by what has happened."""
    return ("accept_url", "decline_url", "pending_url", "exception_url", "cancel_url")


def person(ask: Ask) -> dict[str, str]:
    """The shopper, their address, and where the goods go."""
    first, _, last = ask.customer.name.partition(" ")
    name = {"firstname": first, "lastname": last or first}
    told = {**name, "email": ask.customer.email, "phone": ask.customer.phone}
    for prefix, place in (("", ask.billing), ("shipto_", ask.shipping)):
        if place is None:
            continue
        told |= {
            f"{prefix}streetaddress": place.line1,
            f"{prefix}streetaddress2": place.line2,
            f"{prefix}city": place.city,
            f"{prefix}zipcode": place.postal_code,
            f"{prefix}country": place.country,
        }
    told["country"] = told.get("country") or ask.country
    return told


def debit(ask: Ask, agreement: str) -> dict[str, str]:
    """A SEPA direct debit: of an account that was typed here, or by an agreement."""
    if agreement:
        return {"debit_agreement_id": agreement, "eci": "9", "recurring_payment": "1"}
    many = {"recurring_payment": "1" if ask.agreement == "first" else "0"}
    iban = ask.details.get("iban", "")
    return {"iban": iban, "eci": "7", "authentication_indicator": "0", **many}


def reason(body: Mapping[str, Any]) -> tuple[str, str]:
    """Code and words of a refusal; an order without one has an empty text there."""
    told = body.get("reason")
    if not isinstance(told, Mapping):
        return "", ""
    return str(told.get("code") or ""), told.get("message") or ""


def sum_of(body: Mapping[str, Any], member: str) -> Money:
    """A sum of a transaction; HiPay leaves out what is nothing."""
    return Money.from_major(body.get(member) or "0", body["currency"])


def charged(body: Mapping[str, Any], state: str) -> Money | None:
    """The sum of the order, or what was taken of it where that is less."""
    if state == "captured" and str(body["status"]) in words.PARTLY:
        return sum_of(body, "capturedAmount")
    order = body.get("order") or {}
    return Money.from_major(order["amount"], body["currency"]) if "amount" in order else None


def operated(ask: Ask, body: Mapping[str, Any]) -> Outcome:
    """What became of a capture, refund or void, as far as the transaction tells."""
    status = str(body["status"])
    if ask.target == "void" and status == "116":
        return Outcome("unknown", ask.provider_ref, raw_code="nothing_canceled")
    if ask.target == "void":
        state = words.VOIDS.get(status, "unknown")
        no = "void_refused" if state == "failed" else ""
        return Outcome(state, ask.provider_ref, "", no, status)
    member = "capturedAmount" if ask.target == "capture" else "refundedAmount"
    done = sum_of(body, member)
    if done.amount == 0 and status not in ("117", "124"):
        return Outcome("unknown", ask.provider_ref, raw_code=f"nothing_{member[:-6]}")
    # Another operation of the same sum cannot be told from this one.
    state = "succeeded" if done == ask.money else "unknown"
    state = "pending" if status in ("117", "124") else state
    return Outcome(state, ask.provider_ref, raw_code=status)


def facts(body: Mapping[str, Any]) -> dict[str, str]:
    """What a transaction tells beyond its status."""
    method, secure = body.get("paymentMethod") or {}, body.get("threeDSecure") or {}
    told = {
        "authorization_code": body.get("authorizationCode"),
        "avs": body.get("avsResult"),
        "cvc": body.get("cvcResult"),
        "eci": secure.get("eci") if isinstance(secure, Mapping) else "",
        "card_country": method.get("country") if isinstance(method, Mapping) else "",
    }
    product, agreement = body.get("paymentProduct") or "", body.get("debitAgreement") or {}
    if isinstance(method, Mapping) and method.get("token"):
        told["network_reference"] = f"{product}/{method['token']}"
    elif isinstance(agreement, Mapping) and agreement.get("id"):
        told["network_reference"] = f"{product}/{agreement['id']}"
    return {name: str(value) for name, value in told.items() if value}


def genuine(inbound: Inbound, passphrase: str) -> bool:
    """Whether a notification was signed with the passphrase."""
    signature = inbound.headers.get("x-allopass-signature", "")
    made = HASHES.get(len(signature))
    body = inbound.body + passphrase.encode()
    return made is not None and signing.same(made(body).hexdigest(), signature)
