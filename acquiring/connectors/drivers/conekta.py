"""Conekta (Mexico): cards, cash at OXXO, SPEI, pay later, BBVA pay by bank. Orders API 2.3.0.

Quirks worth knowing
- A payment is an order with one line and one charge. A declined card is HTTP 402 whose body is an
  error or the order itself; both name the reason by the last part of a dotted code.
- No call has an idempotency key, so none that moves money is ever sent again. Orders are searched
  for by the reference we leave in the charge and in the order's metadata.
- A refund carries nothing of ours, and a negative amount. When the answer to one was lost, all
  that is certain is that nothing was refunded as long as no refund stands in the order.
- A refund without a status is done.
- A hold is let go by canceling its order.
- 3-D Secure happens before there is a charge: the order shows a page (`next_action`).
- A cardholder's name has at least two words, and a phone is wanted of everybody.
- Lenders, and wallets on Conekta's own page, want addresses to come back to.
- Webhooks are signed with RSA; the key is asked for once (POST /webhook_keys) and typed in here.
- Cards want their security code every time, so payments without the shopper are not offered.

Sources: conekta/openapi 2.3.0 and its mock server (MIT); developers.conekta.com (webhook
signatures).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
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
from acquiring.connectors.vocabulary import conekta as words
from acquiring.core.money import Money

ORDERS = "/orders"


class Conekta(Driver):
    name = "conekta"
    title = "Conekta"
    live = "https://api.conekta.io"
    credentials = ("private_key", "webhook_public_key")
    secret_credentials = ("private_key",)
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({"no_such_reference", "not_captured", "not_canceled", "not_refunded"})
    states = {
        "pending_payment": "pending",
        "partially_paid": "pending",
        "pending_confirmation": "pending",
        "under_fraud_review": "pending",
        "pre_authorized": "authorized",
        "paid": "captured",
        "partially_refunded": "captured",
        "refunded": "captured",
        "charged_back": "captured",
        "declined": "declined",
        "expired": "expired",
        "canceled": "voided",
        "voided": "voided",
        "reversed": "voided",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body: dict[str, Any] = {
            "currency": ask.money.currency,
            "customer_info": {
                "name": ask.customer.name or (ask.card.holder if ask.card else ""),
                "email": ask.customer.email,
                "phone": ask.customer.phone,
            },
            "line_items": [
                {
                    "name": (ask.description or ask.order_reference or ask.payment)[:250],
                    "quantity": 1,
                    "unit_price": ask.money.amount,
                }
            ],
            "metadata": {"reference": ask.reference, "payment": ask.payment},
        }
        if ask.code in words.HOSTED:
            body["checkout"] = page(ask)
        else:
            method = card(ask) if ask.card else other(ask)
            charge = {"amount": ask.money.amount, "payment_method": method}
            body["charges"] = [charge | {"reference_id": ask.reference}]
        if ask.card:
            body |= {"pre_authorize": ask.capture == "manual"}
            mode = {"required": "strict", "automatic": "smart"}.get(ask.three_ds, "")
            body |= given({"three_ds_mode": mode, "return_url": ask.return_url if mode else ""})
        return Call("POST", ORDERS, body)

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return look(ask)

    def capture(self, ask: Ask) -> Call:
        return Call("POST", f"{ORDERS}/{ask.provider_ref}/capture", {"amount": ask.money.amount})

    def void(self, ask: Ask) -> Call:
        return Call("POST", f"{ORDERS}/{ask.provider_ref}/cancel")

    def refund(self, ask: Ask) -> Call:
        body = {"amount": ask.money.amount, "reason": "requested_by_client"}
        return Call("POST", f"{ORDERS}/{ask.provider_ref}/refunds", body)

    def inquire(self, ask: Ask) -> Call:
        return look(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {account['private_key']}",
            "Accept": "application/vnd.conekta-v2.3.0+json",
            "Accept-Language": "en",
        }

    def subscribe(self, webhook_url: str) -> Call | None:
        body = {"url": webhook_url, "subscribed_events": words.EVENTS.split()}
        return Call("POST", "/webhooks", body)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if reply.status >= 400 and body.get("object") != "order":
            return self._refused(ask, reply)
        if body.get("object") == "list":
            found = [one for one in body["data"] if reference(one) == ask.reference]
            if not found:
                return Outcome("unknown", raw_code="no_such_reference")
            body = found[0]
        if "refund" in (ask.verb, ask.target):
            return asked_refund(ask, body)
        if "capture" in (ask.verb, ask.target):
            return captured(body)
        if "void" in (ask.verb, ask.target):
            return voided(body)
        return self._stands(body, comes_back=ask.verb == "resume")

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        digest = inbound.headers.get("digest", "")
        if not signing.rsa_sha256_verify(account["webhook_public_key"], inbound.body, digest):
            raise BadSignature("the digest is not Conekta's")
        event = inbound.json()
        subject, told = event.get("data", {}).get("object") or {}, event.get("id", "")
        if not isinstance(subject, dict) or subject.get("object") not in ("order", "charge"):
            return []
        if subject["object"] == "order":
            order, charges = subject["id"], charges_of(subject)
            news = [News("payment", self._stands(subject), reference(subject), order, "", told)]
        else:
            order, charges = subject.get("order_id", ""), [subject]
            hint = Outcome("unknown", order, raw_code=event.get("type", ""))
            news = [News("payment", hint, provider_ref=order, event_id=told)]
        for charge in charges:
            for one in listed(charge.get("refunds")):
                outcome = refunded(order, one)
                news.append(News("refund", outcome, "", order, outcome.operation_ref, told))
            if charge.get("chargeback"):
                news.append(disputed(order, charge, told))
        return news

    def _stands(self, order: Mapping[str, Any], comes_back: bool = False) -> Outcome:
        """What an order has come to."""
        charges = charges_of(order)
        last = charges[-1] if charges else {}
        word = order.get("payment_status") or last.get("status") or ""
        state, action = self.state(word), None
        if (state == "pending" or not word) and not comes_back:
            action = next_action(order, last)
            state = "action" if action else "pending"
        failure = last.get("failure_code") or ""
        code = failure.rpartition(".")[2]
        method = last.get("payment_method") or {}
        return Outcome(
            state,
            order["id"],
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code if state == "declined" and code else word,
            raw_message=last.get("failure_message") or "",
            action=action,
            facts=given({"authorization_code": str(method.get("auth_code") or "")}),
        )

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        """An error; 402 is the issuer's no, what is about the money afterwards may be 4xx too."""
        detail = (reply.body.get("details") or [{}])[0]
        code, message = str(detail.get("code") or ""), detail.get("message") or ""
        last = code.rpartition(".")[2]
        told: dict[str, Any] = {"raw_code": last or f"http_{reply.status}", "raw_message": message}
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", ask.provider_ref, **told)
        if reply.status == 402 and ask.verb == "authorize":
            return Outcome("declined", decline=self.decline(last), **told)
        if reply.status not in (402, 404, 422, 428):
            return Outcome("unknown", ask.provider_ref, **told)
        other = "invalid_request" if ask.verb == "authorize" else f"{ask.verb}_refused"
        no = words.DECLINES.get(last, other) if ask.verb == "authorize" else other
        return Outcome("refused", ask.provider_ref, decline=no, **told)


# Our members in Conekta's words.


def look(ask: Ask) -> Call:
    if ask.provider_ref:
        return Call("GET", f"{ORDERS}/{ask.provider_ref}")
    return Call("GET", ORDERS, query={"search": ask.reference, "limit": "20"})


def card(ask: Ask) -> dict[str, Any]:
    number = ask.card
    assert number is not None
    members = {
        "type": "card",
        "number": number.number,
        "exp_month": f"{number.exp_month:02d}",
        "exp_year": str(number.exp_year),
        "cvc": number.cvc,
        "name": number.holder or ask.customer.name,
        "customer_ip_address": ask.device.ip,
    }
    return given(members)


def other(ask: Ask) -> dict[str, Any]:
    if ask.code in words.BANKS:
        return {"type": "pay_by_bank", "product_type": ask.code}
    if not ask.code.endswith("_bnpl"):
        return {"type": ask.code}
    pages = dict.fromkeys(("success_url", "failure_url", "cancel_url"), ask.return_url)
    return {"type": "bnpl", "product_type": ask.code, **pages}


def page(ask: Ask) -> dict[str, Any]:
    """Conekta's own page, for one way of paying."""
    return {
        "type": "HostedPayment",
        "name": (ask.description or ask.order_reference or ask.payment)[:50],
        "allowed_payment_methods": [ask.code],
        "success_url": ask.return_url,
        "failure_url": ask.return_url,
    }


# Conekta's members in our words.


def listed(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, newest or oldest first as they come; none where there is no list."""
    found = value.get("data") if isinstance(value, dict) else value
    return found if isinstance(found, list) else []


def charges_of(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return listed(order.get("charges"))


def refunds_of(order: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for charge in charges_of(order):
        yield from listed(charge.get("refunds"))


def reference(order: Mapping[str, Any]) -> str:
    """Our own reference, as we left it in an order."""
    kept = order.get("metadata")
    return str(kept.get("reference", "")) if isinstance(kept, dict) else ""


def next_action(order: Mapping[str, Any], charge: Mapping[str, Any]) -> dict[str, Any] | None:
    """The issuer's page, an account, a slip, a lender's page, a bank's app or Conekta's page."""
    asked = order.get("next_action") or {}
    if asked.get("type") == "redirect_to_url":
        return actions.three_ds(asked["redirect_to_url"]["url"])
    method = charge.get("payment_method") or {}
    expires = moment(method.get("expires_at"))
    if method.get("clabe"):
        fields = {"clabe": method["clabe"], "bank": method.get("bank") or ""}
        return actions.bank_details(fields, method.get("reference_number") or "", expires)
    if method.get("deep_link"):
        return actions.app(method["deep_link"], method.get("redirect_url") or "")
    if method.get("reference"):
        bars = method.get("barcode_url") or ""
        return actions.voucher(method["reference"], expires, method["reference"], bars)
    url = method.get("redirect_url") or (order.get("checkout") or {}).get("url")
    return actions.redirect(url) if url else None


def moment(seconds: int | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def captured(order: Mapping[str, Any]) -> Outcome:
    word, told = order.get("payment_status") or "", {"provider_ref": order["id"]}
    if word in ("paid", "refunded", "partially_refunded", "charged_back"):
        return Outcome("succeeded", raw_code=word, **told)
    if word in ("canceled", "voided", "reversed", "expired", "declined"):
        return Outcome("failed", decline="capture_refused", raw_code=word, **told)
    return Outcome("unknown", raw_code="not_captured" if word == "pre_authorized" else word, **told)


def voided(order: Mapping[str, Any]) -> Outcome:
    word, told = order.get("payment_status") or "", {"provider_ref": order["id"]}
    if word in ("canceled", "voided", "reversed", "expired", "declined"):
        return Outcome("succeeded", raw_code=word, **told)
    if word in ("paid", "refunded", "partially_refunded", "charged_back"):
        return Outcome("failed", decline="void_refused", raw_code=word, **told)
    waits = word in ("pre_authorized", "pending_payment")
    return Outcome("unknown", raw_code="not_canceled" if waits else word, **told)


def asked_refund(ask: Ask, order: Mapping[str, Any]) -> Outcome:
    """The refund that was asked for: by its id, or the newest in the answer to the asking."""
    found = list(refunds_of(order))
    if ask.operation_ref:
        found = [one for one in found if one["id"] == ask.operation_ref]
    elif ask.verb == "inquire":
        return Outcome("unknown", order["id"], raw_code="unnamed" if found else "not_refunded")
    newest = sorted(found, key=lambda one: int(one.get("created_at") or 0))
    return refunded(order["id"], newest[-1]) if newest else Outcome("unknown", order["id"])


def refunded(order: str, refund: Mapping[str, Any]) -> Outcome:
    word = refund.get("status") or "refunded"
    state = words.REFUND_STATES.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, order, refund["id"], no, word)


def disputed(order: str, charge: Mapping[str, Any], event: str) -> News:
    """A chargeback, as it stands in its charge."""
    told = charge["chargeback"]
    facts = {"reason": told.get("reason"), "respond_by": moment(told.get("evidence_due_by"))}
    total = Money(charge["amount"], charge["currency"]) if charge.get("amount") else None
    word, known = told.get("status") or "", told.get("id") or ""
    state = words.DISPUTES.get(word, "unknown")
    outcome = Outcome(state, order, known, raw_code=word, money=total, facts=given(facts))
    return News("dispute", outcome, "", order, known, event)
