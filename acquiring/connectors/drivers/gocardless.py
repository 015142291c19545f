"""GoCardless: bank debits of eight schemes and instant bank payments, by billing requests.

Quirks worth knowing
- Everything a shopper agrees to begins as a billing request and a page for it. Account details are
  typed on that page, since pages of one's own want an upgrade of the account.
- An instant payment is made by the request itself once it is fulfilled. For a debit the request
  makes a mandate only; the payment is the call that follows, when the shopper is back or by the
  inquiry that the webhook of the fulfilment causes. Later payments name the mandate (MD…), which is
  our network reference.
- A debit takes days: `confirmed` is what we call captured, and a failure may come after it. Why a
  payment failed stands in its events only, which are asked for it.
- Our provider reference is the billing request's id (BRQ…), or the payment's (PM…) where there was
  none; the payment's is kept.
- An idempotency key that was used is 409 and names what it made: that is looked at instead.
- A refund wants the sum of all refunds confirmed, so the payment is looked at first. Refunds have
  to be allowed by GoCardless for the account.
- Webhooks carry many events and no objects; our reference is in the metadata of what they are
  about. A chargeback is an event of the payment.
- Whoever leaves the page can still come back to it, so that a shopper's no cancels the request.

Sources: gocardless/gocardless-pro-python fixtures and webhook test (MIT); gocardless-nodejs types
(MIT: schemes, outcome of pages); developer.gocardless.com (billing requests, events, causes).
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
from acquiring.connectors.vocabulary import gocardless as words
from acquiring.core.money import Money

REQUESTS, FLOWS, PAYMENTS, REFUNDS = (
    "/billing_requests",
    "/billing_request_flows",
    "/payments",
    "/refunds",
)
VERSION = {"GoCardless-Version": "2015-07-06"}
INSTANT = frozenset({"faster_payments", "sepa_credit_transfer"})
EXIT = "left_page"
NOT_LISTED = "not_listed"


class Gocardless(Driver):
    """GoCardless, API version 2015-07-06."""

    name = "gocardless"
    title = "GoCardless"
    live = "https://api.gocardless.com"
    credentials = ("api_token", "webhook_secret")
    verbs = frozenset({"authorize", "resume", "void", "refund", "inquire"})
    resendable = verbs
    missing = frozenset({NOT_LISTED, "resource_not_found"})
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if by_mandate(ask):
            return charge(ask, ask.network_reference, ask.reference)
        told = {"reference": ask.reference}
        wish: dict[str, Any] = {"currency": ask.money.currency, "scheme": ask.code}
        if ask.code in INSTANT:
            text = (ask.descriptor or ask.description or ask.payment)[:255]
            wish |= {"amount": ask.money.amount, "description": text, "metadata": told}
            body = {"payment_request": wish, "metadata": told}
        else:
            body = {"mandate_request": {**wish, "metadata": told}, "metadata": told}
        return post(REQUESTS, {"billing_requests": body}, ask.reference)

    def resume(self, ask: Ask) -> Call:
        return self._look(ask)

    def void(self, ask: Ask) -> Call:
        known = payment_of(ask)
        path = f"{PAYMENTS}/{known}" if known else f"{REQUESTS}/{ask.provider_ref}"
        return post(f"{path}/actions/cancel", {"data": {}})

    def refund(self, ask: Ask) -> Call:
        return self._look(ask)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund" and ask.operation_ref:
            return get(f"{REFUNDS}/{ask.operation_ref}")
        if ask.target == "refund":
            known = payment_of(ask)
            return get(REFUNDS, payment=known) if known else self._look(ask)
        if ask.provider_ref:
            return self._look(ask)
        if by_mandate(ask):
            return get(PAYMENTS, mandate=ask.network_reference, limit="100")
        return self.authorize(ask)  # a request under its key is the same request; nothing is paid

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['api_token']}", **VERSION}

    def _look(self, ask: Ask) -> Call:
        known = payment_of(ask)
        return get(f"{PAYMENTS}/{known}" if known else f"{REQUESTS}/{ask.provider_ref}")

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, reply)
        if "billing_request_flows" in body:
            step = actions.redirect(body["billing_request_flows"]["authorisation_url"])
            request = body["billing_request_flows"]["links"]["billing_request"]
            return Outcome("action", request, action=step, keep={"action": step})
        if "billing_requests" in body:
            return self._request(ask, body["billing_requests"])
        if "events" in body:
            return self._why(ask, body["events"])
        if "refunds" in body:
            return self._refunded(ask, body["refunds"])
        if isinstance(body["payments"], list):
            return self._listed(ask, body["payments"])
        return self._payment(ask, body["payments"])

    def _request(self, ask: Ask, request: Mapping[str, Any]) -> Outcome | More:
        """What a billing request has come to, and what its payment is asked for next."""
        known, word, links = request["id"], request["status"], request["links"]
        payment = links.get("payment_request_payment")
        if payment and ask.verb != "void":
            return More("payment", self._about(ask, payment), kept(known, payment))
        if ask.verb == "void" or ask.target == "void":
            state = "succeeded" if word == "cancelled" else "unknown"
            return Outcome(state, known, raw_code=word)
        if ask.verb == "refund" or ask.target == "refund":
            return self._without_payment(ask, word)
        if mandate := links.get("mandate_request_mandate"):
            keep = kept(known) | {"mandate": mandate}
            return More("payment", charge(ask, mandate, f"{ask.reference}-payment"), keep)
        if word == "cancelled":
            decline = "shopper_canceled" if EXIT in ask.returned else "payment_expired"
            return Outcome("declined", known, decline=decline, raw_code=word)
        if word not in words.OPEN:
            return Outcome("unknown", known, raw_code=word)
        if word == "pending" and EXIT in ask.returned:
            return More("cancel", post(f"{REQUESTS}/{known}/actions/cancel", {"data": {}}))
        if ask.verb == "authorize" or (word == "pending" and not ask.provider_ref):
            return More("page", page(ask, known))
        step = ask.kept.get("action")
        if word == "pending" and step and ask.verb == "inquire":
            return Outcome("action", known, raw_code=word, action=step, keep=ask.kept)
        return Outcome("pending", known, raw_code=word)

    def _about(self, ask: Ask, payment: str) -> Call:
        """What is asked of a payment that a billing request names."""
        if ask.verb == "inquire" and ask.target == "refund":
            return get(REFUNDS, payment=payment)
        return get(f"{PAYMENTS}/{payment}")

    def _without_payment(self, ask: Ask, word: str) -> Outcome:
        """A refund of what has no payment yet, or the inquiry about one."""
        if ask.verb == "inquire":
            return Outcome("unknown", ask.provider_ref, raw_code=NOT_LISTED)
        return Outcome("refused", ask.provider_ref, decline="refund_refused", raw_code=word)

    def _listed(self, ask: Ask, payments: list[Mapping[str, Any]]) -> Outcome | More:
        """The latest payments by a mandate, among which ours may be."""
        for one in payments:
            if one.get("metadata", {}).get("reference") == ask.reference:
                return self._payment(ask, one)
        return Outcome("unknown", raw_code=NOT_LISTED)

    def _payment(self, ask: Ask, payment: Mapping[str, Any]) -> Outcome | More:
        """What a payment has come to."""
        word, known = payment["status"], payment["id"]
        if ask.verb == "refund":
            return More("refund", self._give_back(ask, payment), {"payment": known})
        ours = ask.provider_ref or ask.kept.get("request") or known
        if ask.verb == "void" or ask.target == "void":
            state = "succeeded" if word == "cancelled" else "unknown"
            return Outcome(state, ours, raw_code=word)
        state, mandate = self.state(word), payment["links"].get("mandate", "")
        told = {"network_reference": mandate} if mandate else {}
        keep = kept(ask.kept.get("request", ""), known)
        if state == "declined" and word == "failed":
            return More("why", get("/events", payment=known, action="failed"), keep)
        decline = self.decline(word) if state == "declined" else ""
        total = Money(payment["amount"], payment["currency"])
        return Outcome(
            state, ours, decline=decline, raw_code=word, money=total, facts=told, keep=keep
        )

    def _why(self, ask: Ask, events: list[Mapping[str, Any]]) -> Outcome:
        """A payment failed; its latest event says why, and whether it is tried again."""
        ours = ask.provider_ref or ask.kept.get("request") or ask.kept["payment"]
        if not events:
            return Outcome("declined", ours, decline="bank_refused", raw_code="failed")
        return replace(self._failed(events[0]["details"]), provider_ref=ours)

    def _failed(self, details: Mapping[str, Any]) -> Outcome:
        cause, text = details.get("cause", ""), details.get("description", "")
        if details.get("will_attempt_retry"):
            return Outcome("pending", raw_code=cause, raw_message=text)
        return Outcome("declined", "", "", self.decline(cause), cause, text)

    def _give_back(self, ask: Ask, payment: Mapping[str, Any]) -> Call:
        total = payment["amount_refunded"] + ask.money.amount
        body = {
            "amount": ask.money.amount,
            "total_amount_confirmation": total,
            "metadata": {"reference": ask.reference},
            "links": {"payment": payment["id"]},
        }
        return post(REFUNDS, {"refunds": body}, ask.reference)

    def _refunded(self, ask: Ask, found: Any) -> Outcome:
        """A refund, or those of a payment among which ours may be."""
        listed = found if isinstance(found, list) else [found]
        for one in listed:
            if one is found or one.get("metadata", {}).get("reference") == ask.reference:
                state = words.REFUNDS.get(one["status"], "unknown")
                decline = "refund_refused" if state == "failed" else ""
                return Outcome(state, ask.provider_ref, one["id"], decline, one["status"])
        return Outcome("unknown", ask.provider_ref, raw_code=NOT_LISTED)

    def _error(self, ask: Ask, reply: Reply) -> Outcome | More:
        """Nothing was done, unless it had been done under this key before."""
        error = reply.body.get("error", {})
        first = (error.get("errors") or [{}])[0]
        code = first.get("reason") or first.get("field") or error.get("type", "")
        message = first.get("message") or error.get("message", "")
        before = first.get("links", {}).get("conflicting_resource_id")
        if reply.status == 409 and before and ask.step != "before":
            kind = words.KINDS.get(before[:2])
            if kind:
                return More("before", get(f"/{kind}/{before}"))
        said = {"raw_code": code or f"http_{reply.status}", "raw_message": message}
        looked = ask.verb in ("resume", "inquire")
        if looked and ask.step == "payment" and reply.status == 422:
            request = ask.provider_ref or ask.kept["request"]
            return Outcome("declined", request, "", self.decline(code), **said)
        if looked or reply.status in (404, 409) or ask.step == "before":
            return Outcome("unknown", ask.provider_ref, **said)
        if ask.verb in ("void", "refund"):
            if code == "total_amount_confirmation":  # somebody else refunded at the same moment
                return Outcome("unknown", ask.provider_ref, **said)
            decline = words.AFTERWARDS.get(code, f"{ask.verb}_refused")
            return Outcome("refused", ask.provider_ref, decline=decline, **said)
        decline = self.declines.get(code, "invalid_request")
        return Outcome("refused", ask.provider_ref, decline=decline, **said)

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        wanted = signing.hmac_sha256_hex(account["webhook_secret"], inbound.body)
        if not signing.same(inbound.headers.get("webhook-signature", ""), wanted):
            raise BadSignature("the events are not signed with the webhook's secret")
        told = (self._told(one) for one in inbound.json()["events"])
        return [one for one in told if one]

    def _told(self, event: Mapping[str, Any]) -> News | None:
        kind, action, links = event["resource_type"], event["action"], event["links"]
        ours = (event.get("resource_metadata") or {}).get("reference", "")
        known = {"reference": ours, "event_id": event["id"]}
        if kind == "billing_requests" and action in ("fulfilled", "cancelled"):
            request = links["billing_request"]
            return News("payment", Outcome("unknown", request), provider_ref=request, **known)
        if kind == "refunds" and action in words.REFUND_EVENTS:
            state = words.REFUND_EVENTS[action]
            decline = "refund_refused" if state == "failed" else ""
            outcome = Outcome(state, "", links["refund"], decline, action)
            return News("refund", outcome, operation_ref=links["refund"], **known)
        if kind == "payments" and action in words.DISPUTES:
            outcome = Outcome(words.DISPUTES[action], raw_code=event["details"].get("cause", ""))
            return News("dispute", outcome, provider_ref=links["payment"], **known)
        if kind == "payments" and action in words.PAYMENT_EVENTS:
            outcome = Outcome(words.PAYMENT_EVENTS[action], raw_code=action)
            if action == "failed":
                outcome = self._failed(event["details"])
            if action == "customer_approval_denied":
                outcome = replace(outcome, decline=self.decline(action))
            outcome = replace(outcome, keep={"payment": links["payment"]})
            return News("payment", outcome, provider_ref=links["payment"], **known)
        return None


# GoCardless' members.


def post(path: str, body: Mapping[str, Any], key: str = "") -> Call:
    return Call("POST", path, body, {"Idempotency-Key": key} if key else {})


def get(path: str, **query: str) -> Call:
    return Call("GET", path, query=query)


def by_mandate(ask: Ask) -> bool:
    return bool(ask.network_reference) and ask.initiator == "merchant"


def kept(request: str, payment: str = "") -> dict[str, str]:
    known = {"request": request, "payment": payment}
    return {name: one for name, one in known.items() if one}


def payment_of(ask: Ask) -> str:
    """The payment's id as far as we know it."""
    ours = ask.provider_ref if ask.provider_ref.startswith("PM") else ""
    return ask.kept.get("payment") or ours


def charge(ask: Ask, mandate: str, key: str) -> Call:
    """A payment by a mandate."""
    body = {
        "amount": ask.money.amount,
        "currency": ask.money.currency,
        "description": (ask.description or ask.descriptor or ask.payment)[:100],
        "metadata": {"reference": ask.reference},
        "links": {"mandate": mandate},
    }
    return post(PAYMENTS, {"payments": body}, key)


def page(ask: Ask, request: str) -> Call:
    """The page where the shopper agrees; leaving it is told apart from agreeing."""
    mark = "&" if "?" in ask.return_url else "?"
    given, _, family = ask.customer.name.partition(" ")
    home = ask.billing
    shopper = {
        "given_name": given if family else "",
        "family_name": family,
        "email": ask.customer.email,
        "address_line1": home.line1 if home else "",
        "address_line2": home.line2 if home else "",
        "city": home.city if home else "",
        "postal_code": home.postal_code if home else "",
        "country_code": home.country if home else ask.country,
    }
    body: dict[str, Any] = {
        "redirect_uri": ask.return_url,
        "exit_uri": f"{ask.return_url}{mark}{EXIT}=1",
        "links": {"billing_request": request},
    }
    if ask.locale[:2] in words.LANGUAGES:
        body["language"] = ask.locale[:2]
    prefilled = {name: one for name, one in shopper.items() if one}
    body |= {"prefilled_customer": prefilled} if prefilled else {}
    return post(FLOWS, {"billing_request_flows": body})
