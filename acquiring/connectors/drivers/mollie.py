"""Mollie: one payments resource for cards, banks, wallets and pay later; hosted pages. JSON, v2.

Quirks worth knowing
- A payment is opened, and the shopper goes to `_links.checkout`. Card numbers are typed on Mollie's
  own page (or into its fields, as a token we do not have), so a card is a redirect here.
- Webhooks are a form with the payment's id and no signature: they only make us inquire. The address
  we give carries our reference, so that a payment whose first answer was lost is found as well;
  failing that it is looked for among the latest 250.
- Captures and refunds are objects of their own under the payment, listed there and found by the
  reference we leave in `metadata`. A canceled refund vanishes from the list.
- Letting go takes another call for a hold (release-authorization, which only promises to try) than
  for a payment that is not paid yet (DELETE), so the payment is looked at first.
- Idempotency-Key is honoured for all POSTs; a key in use is 409, one used for something else 400.
- A canceled payment that was never authorized was left by the shopper; one that was is a void.
- A later payment needs a customer and a mandate: a first payment makes the customer before, a
  direct debit customer and mandate. Both ids together are our network reference. A first payment by
  iDEAL, Bancontact and the like leaves a SEPA mandate: the method is left to the mandate.
- Chargebacks change no status and are told as a change of the payment, so disputes are not heard.
- Pay later methods want order lines: the whole sum is one. Vouchers want a category of goods
  (`extra`); gift cards and vouchers may leave a rest that the shopper pays by another method.

Sources: docs.mollie.com (create payment, place a hold, idempotency, webhooks, gift cards), sample
replies of mollie/mollie-api-python (BSD).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from acquiring.connectors import actions
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
from acquiring.connectors.parts.mollie_members import (
    address,
    amount,
    holder,
    lines,
    locale,
    money,
    operation,
    parties,
    told_at,
)
from acquiring.connectors.vocabulary import mollie as words

PAYMENTS = "/v2/payments"
# These say that a key is taken, so that something was done under it before.
TAKEN = (400, 409)


class Mollie(Driver):
    """Mollie, API v2."""

    name = "mollie"
    title = "Mollie"
    live = "https://api.mollie.com"
    credentials = ("api_key",)
    signs_webhooks = False
    resendable = frozenset({"authorize", "resume", "capture", "refund", "inquire"})
    missing = frozenset({"not_listed"})
    states = {
        "open": "action",
        "pending": "pending",
        "authorized": "authorized",
        "paid": "captured",
        "canceled": "declined",
        "expired": "expired",
        "failed": "declined",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.agreement == "first" or (ask.code == "directdebit" and not ask.network_reference):
            named = {"name": holder(ask), "email": ask.customer.email}
            return post("/v2/customers", f"{ask.reference}-customer", given(named))
        return self._pay(ask, *parties(ask.network_reference))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self._look(ask)

    def capture(self, ask: Ask) -> Call:
        return post(f"{PAYMENTS}/{ask.provider_ref}/captures", ask.reference, operation(ask))

    def void(self, ask: Ask) -> Call:
        return self._look(ask)

    def refund(self, ask: Ask) -> Call:
        return post(f"{PAYMENTS}/{ask.provider_ref}/refunds", ask.reference, operation(ask))

    def inquire(self, ask: Ask) -> Call:
        if ask.target in ("capture", "refund"):
            return Call("GET", f"{PAYMENTS}/{ask.provider_ref}/{ask.target}s", query=words.ALL)
        return self._look(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['api_key']}"}

    def _look(self, ask: Ask) -> Call:
        """The payment itself, or the latest ones where nobody told us its id."""
        if ask.provider_ref:
            return Call("GET", f"{PAYMENTS}/{ask.provider_ref}")
        return Call("GET", PAYMENTS, query=words.ALL)

    def _pay(self, ask: Ask, customer: str = "", mandate: str = "") -> Call:
        later = ask.initiator == "merchant" or ask.code == "directdebit"
        sequence = "recurring" if later else "first" if ask.agreement == "first" else "oneoff"
        by_mandate = {"customerId": customer, "mandateId": mandate, "sequenceType": sequence}
        body = {
            "amount": amount(ask.money),
            "description": (ask.descriptor or ask.description or ask.payment)[:255],
            "method": "" if later else ask.code,
            "issuer": ask.extra.get("issuer"),
            "redirectUrl": "" if later else ask.return_url,
            "webhookUrl": told_at(ask),
            "captureMode": "manual" if ask.capture == "manual" else "",
            "locale": locale(ask),
            "billingAddress": address(ask, ask.billing),
            "shippingAddress": address(ask, ask.shipping) if ask.shipping else {},
            "lines": lines(ask),
            "metadata": {"reference": ask.reference, "payment": ask.payment},
            **by_mandate,
        }
        return post(PAYMENTS, ask.reference, given(body))

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status in TAKEN:
            return Outcome("unknown", **said(reply))
        if ask.verb in ("capture", "refund"):
            return self._operated(ask, reply)
        if ask.verb == "void":
            return self._let_go(ask, reply)
        if ask.verb == "inquire" and ask.target in ("capture", "refund"):
            return self._listed(ask, reply)
        if reply.status >= 400:
            return self._refused(ask, reply)
        if ask.verb == "inquire" and ask.target == "void":
            return voided(reply.body)
        if ask.verb == "authorize" and ask.step != "pay" and reply.body["resource"] != "payment":
            return self._introduced(ask, reply.body)
        if ask.verb != "authorize" and not ask.provider_ref:
            return self._searched(ask, reply.body)
        return self._stands(ask, reply.body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        payment = inbound.form().get("id", "")
        if not payment.startswith("tr_"):
            raise BadSignature("Mollie's webhooks name a payment")
        ours = dict(parse_qsl(urlsplit(inbound.url).query)).get("reference", "")
        hint = Outcome("unknown", provider_ref=payment)
        return [News("payment", hint, ours, provider_ref=payment)]

    def _introduced(self, ask: Ask, body: Mapping[str, Any]) -> More:
        """The customer is known, or the mandate is given: what comes next."""
        if body["resource"] == "mandate":
            return More("pay", self._pay(ask, ask.kept["customer"], body["id"]))
        customer = body["id"]
        if ask.code != "directdebit":
            return More("pay", self._pay(ask, customer))
        path, key = f"/v2/customers/{quote(customer)}/mandates", f"{ask.reference}-mandate"
        mandate = {
            "method": "directdebit",
            "consumerName": holder(ask),
            "consumerAccount": ask.details.get("iban", ""),
            "mandateReference": ask.payment,
        }
        return More("mandate", post(path, key, given(mandate)), {"customer": customer})

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a payment has come to."""
        state, word = self.state(body["status"]), body["status"]
        action = None
        if word == "open":
            action = next_action(body)
            state = "action" if action and ask.verb != "resume" else "pending"
        if word == "authorized" and ask.capture == "automatic":
            state = "pending"  # Mollie captures by itself
        if word == "canceled" and body.get("authorizedAt"):
            state = "voided"
        code = failure(body) or word
        decline = self.decline(code) if state == "declined" else ""
        return Outcome(
            state,
            body["id"],
            decline=decline,
            raw_code=code,
            raw_message=(body.get("details") or {}).get("failureMessage") or "",
            action=action if state == "action" else None,
            money=money(body["amount"]),
            facts=facts(body),
        )

    def _searched(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        for one in body["_embedded"]["payments"]:
            if reference(one) == ask.reference:
                return self._stands(ask, one)
        return Outcome("unknown", raw_code="not_among_the_latest")

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        if ask.verb != "authorize" or reply.status not in (404, 410, 422):
            return Outcome("unknown", ask.provider_ref, **said(reply))
        decline = self.declines.get(reply.body.get("field", ""), "invalid_request")
        if too_much(reply):
            decline = "amount_too_large"
        return Outcome("refused", decline=decline, **said(reply))

    def _operated(self, ask: Ask, reply: Reply) -> Outcome:
        """The answer to a capture or refund."""
        if reply.status < 400:
            return operated(ask.verb, reply.body)
        if reply.status not in (404, 422):
            return Outcome("unknown", ask.provider_ref, **said(reply))
        decline = f"{ask.verb}_amount_exceeded" if too_much(reply) else f"{ask.verb}_refused"
        return Outcome("refused", ask.provider_ref, decline=decline, **said(reply))

    def _listed(self, ask: Ask, reply: Reply) -> Outcome:
        if reply.status >= 400:
            return Outcome("unknown", ask.provider_ref, **said(reply))
        for one in reply.body["_embedded"][f"{ask.target}s"]:
            if ask.operation_ref == one["id"] or reference(one) == ask.reference:
                return operated(ask.target, one)
        return Outcome("unknown", ask.provider_ref, raw_code="not_listed")

    def _let_go(self, ask: Ask, reply: Reply) -> Outcome | More:
        """A void: the payment was looked at, or the call that lets go of it was answered."""
        if reply.status >= 400:
            sure = ask.step and reply.status in (404, 422)
            state, decline = ("refused", "void_refused") if sure else ("unknown", "")
            return Outcome(state, ask.provider_ref, decline=decline, **said(reply))
        if ask.step == "release":
            return Outcome("pending", ask.provider_ref)
        if not ask.step and reply.body["status"] == "authorized":
            path = f"{PAYMENTS}/{ask.provider_ref}/release-authorization"
            return More("release", post(path, ask.reference, None))
        if not ask.step and reply.body.get("isCancelable"):
            return More("cancel", Call("DELETE", f"{PAYMENTS}/{ask.provider_ref}"))
        return voided(reply.body)


# Mollie's members in our words, and ours in Mollie's.


def post(path: str, key: str, body: Any) -> Call:
    return Call("POST", path, body, headers={"Idempotency-Key": key})


def reference(one: Mapping[str, Any]) -> str:
    """Our own reference, as we left it in an object."""
    kept = one.get("metadata")
    return kept.get("reference", "") if isinstance(kept, dict) else ""


def said(reply: Reply) -> dict[str, Any]:
    body = reply.body
    code = body.get("field") or body.get("title") or f"http_{reply.status}"
    return {"raw_code": code, "raw_message": body.get("detail", "")}


def too_much(reply: Reply) -> bool:
    """Whether a refusal is about a sum above what may be asked; Mollie has only words for it."""
    about_sum = reply.body.get("field", "").startswith("amount")
    return about_sum and "higher than" in reply.body.get("detail", "")


def failure(body: Mapping[str, Any]) -> str:
    """Why a payment failed: a card's reason, a bank's, or a terminal's."""
    details, status = body.get("details") or {}, body.get("statusReason") or {}
    known = details.get("failureReason") or details.get("bankReasonCode") or status.get("code")
    return known if body["status"] == "failed" and known else ""


def next_action(body: Mapping[str, Any]) -> dict | None:
    """Where the shopper pays: by transfer to the account named, or on Mollie's page."""
    told = body.get("details") or {}
    if body.get("method") == "banktransfer" and told.get("bankAccount"):
        shown = {"iban": told["bankAccount"], "bic": told.get("bankBic", "")}
        fields = {"account_holder": told.get("bankName", ""), **shown}
        return actions.bank_details(fields, told["transferReference"], body.get("expiresAt", ""))
    page = body["_links"].get("checkout")
    return actions.redirect(page["href"]) if page else None


def operated(kind: str, body: Mapping[str, Any]) -> Outcome:
    """What a capture or refund has come to."""
    state = words.OPERATION_STATES.get(body.get("status", ""), "unknown")
    decline = f"{kind}_refused" if state == "failed" else ""
    total = money(body["amount"])
    return Outcome(
        state, body["paymentId"], body["id"], decline, body.get("status", ""), money=total
    )


def voided(body: Mapping[str, Any]) -> Outcome:
    """What became of a void, by what the payment has become."""
    word, code = body["status"], ""
    state = {"canceled": "succeeded", "expired": "succeeded"}.get(word, "unknown")
    if word in ("authorized", "open", "pending"):
        state = "pending"
    elif word == "paid":  # what was captured stays; the rest was let go
        taken = money(body.get("amountCaptured") or body["amount"])
        state = "succeeded" if taken.amount < money(body["amount"]).amount else "failed"
        code = "" if state == "succeeded" else "void_refused"
    return Outcome(state, body["id"], decline=code, raw_code=word)


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What Mollie tells about a payment beyond its status."""
    details = body.get("details") or {}
    told = {ours: details.get(theirs) for ours, theirs in words.FACTS.items()}
    agreed = [body.get("customerId"), body.get("mandateId")]
    told["network_reference"] = "/".join(one for one in agreed if one)
    return given(told)
