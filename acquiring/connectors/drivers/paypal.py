"""PayPal: wallet, cards and European bank methods through orders v2, payments v2 and webhooks.

Worth knowing:

- Every payment is an order: made bare (nothing is paid by that), then confirmed with what pays,
  then completed (captured or authorized). Only the last call moves money. An order made again under
  the same `PayPal-Request-Id` is the same order, which is how one whose answer was lost is found;
  PayPal keeps those keys for 6 hours, and those of captures and refunds for 45 days.
- The shopper's yes on PayPal's page moves nothing: the order is then APPROVED, and completed when
  the shopper is back, or, when they never come, by the inquiry that the approval's webhook causes.
  Bank methods are completed by PayPal itself (`ORDER_COMPLETE_ON_PAYMENT_APPROVAL`).
- A completed order says nothing about money: the state is that of its captures or authorization.
- `custom_id` is the attempt's reference, on everything that comes of it; `invoice_id` is that of
  the attempt, capture or refund itself, and by default PayPal takes each only once.
- Refunds are made of captures, and captures are not told with the order's id alone: where we were
  not told the capture, the order is asked for it first.
- Forints, new Taiwan dollars and yen have no decimals. Amounts are decimal strings.
- Webhooks are signed with PayPal's key over id, time, webhook id and CRC 32 of the body. The
  certificate behind `PAYPAL-CERT-URL` (or its public key) is a credential; PayPal renews it.
- A wallet that is kept (`vault`) is charged later by its id. Apple Pay and Google Pay want payloads
  that somebody else has decrypted, and are left out; so is Pay upon Invoice.

Sources: paypal/paypal-rest-api-specifications and PayPal's Postman flows (Apache-2.0);
developer.paypal.com (3D Secure, webhooks, processing instruction).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
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
    Pass,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.members import said
from acquiring.connectors.parts.paypal_members import facts, source
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import paypal as words
from acquiring.core.money import Money, exponent, rescale

ORDERS = "/v2/checkout/orders"
PAYMENTS = "/v2/payments"
WALLETS = frozenset({"paypal", "venmo"})
NO_SUCH_PAYMENT, NO_SUCH_OPERATION = "no_such_payment", "no_such_operation"
# 3-D Secure that shifts no liability is still passed where the card is not enrolled.
NOT_ENROLLED = frozenset({"N", "U", "B"})


class Paypal(Driver):
    name = "paypal"
    title = "PayPal"
    live = "https://api-m.paypal.com"
    credentials = ("client_id", "client_secret", "webhook_id", "webhook_public_key")
    secret_credentials = ("client_secret",)
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({NO_SUCH_PAYMENT, NO_SUCH_OPERATION, "RESOURCE_NOT_FOUND"})
    states = words.STATES
    declines = words.DECLINES
    exponents = {"HUF": 0, "TWD": 0}
    scrub = frozenset(
        "name full_name given_name surname email email_address national_number security_code"
        " expiry admin_area_1 admin_area_2 postal_code access_token".split()
    )

    # Signing in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        headers = basic(account["client_id"], account["client_secret"])
        body = {"grant_type": "client_credentials"}
        return Call("POST", "/v1/oauth2/token", body, headers, encoding="form", signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["access_token"], reply.body["expires_in"])

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['access_token']}"}

    def subscribe(self, webhook_url: str) -> Call:
        body = {"url": webhook_url, "event_types": [{"name": "*"}]}
        return Call("POST", "/v1/notifications/webhooks", body)

    def subscribed(self, reply: Reply) -> dict[str, str]:
        return {"webhook_id": reply.body["id"]}

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        unit = said(
            custom_id=ask.reference,
            invoice_id=ask.reference,
            description=ask.description[:127],
            soft_descriptor=ask.descriptor[:22],
            amount=self.amount(ask.money),
        )
        intent = "CAPTURE" if ask.capture == "automatic" else "AUTHORIZE"
        body: dict[str, Any] = {"intent": intent, "purchase_units": [unit]}
        if is_kept_wallet(ask):
            body["payment_source"] = {ask.code: {"vault_id": ask.network_reference}}
        return post(ORDERS, ask.reference, body)

    def resume(self, ask: Ask) -> Call:
        return look(ask.provider_ref)

    def capture(self, ask: Ask) -> Call:
        known = ask.kept.get("authorization")
        return self._operation(ask, known) if known else look(ask.provider_ref)

    def void(self, ask: Ask) -> Call:
        return self.capture(ask)

    def refund(self, ask: Ask) -> Call:
        known = ask.kept.get("capture")
        return self._operation(ask, known) if known else look(ask.provider_ref)

    def inquire(self, ask: Ask) -> Call:
        if ask.provider_ref:
            return look(ask.provider_ref)
        if ask.target != "payment" or is_kept_wallet(ask):
            raise Unsupported("PayPal finds an order by its own id")
        return self.authorize(ask)

    def _operation(self, ask: Ask, about: str) -> Call:
        """The call for a capture or void of an authorization, or a refund of a capture."""
        if ask.verb == "void":
            return post(f"{PAYMENTS}/authorizations/{about}/void", ask.reference, None)
        body: dict[str, Any] = {"amount": self.amount(ask.money), "invoice_id": ask.reference}
        if ask.verb == "refund":
            return post(f"{PAYMENTS}/captures/{about}/refund", ask.reference, body)
        body["final_capture"] = ask.final
        return post(f"{PAYMENTS}/authorizations/{about}/capture", ask.reference, body)

    def _confirm(self, ask: Ask, order: str) -> Call:
        body: dict[str, Any] = {"payment_source": source(ask)}
        if not ask.card and ask.code not in WALLETS:
            body["processing_instruction"] = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"
        return Call("POST", f"{ORDERS}/{order}/confirm-payment-source", body)

    def amount(self, money: Money) -> dict[str, str]:
        """A sum as PayPal writes it; raises ValueError where it has more decimals than PayPal."""
        places = self.exponents.get(money.currency)
        value = money.major()
        if places is not None:
            value = str(rescale(money.amount, exponent(money.currency), places))
        return {"currency_code": money.currency, "value": value}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return self._error(ask, reply)
        body = reply.body
        if ask.verb == "inquire" and ask.target != "payment":
            return self._found(ask, body)
        if ask.verb in ("capture", "void", "refund"):
            if "purchase_units" in body:  # the order, asked for what the operation is about
                return self._located(ask, body)
            return self._operated(ask.verb, ask.provider_ref, body)
        if not ask.step and not ask.provider_ref:
            return self._made(ask, body)
        return self._order(ask, body)

    def _made(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """The order exists: now, or already before when its key was known."""
        if body["status"] == "CREATED" and ask.verb == "authorize" and not is_kept_wallet(ask):
            return More("confirm", self._confirm(ask, body["id"]), {"order": body["id"]})
        if body.get("purchase_units", [{}])[0].get("payments"):
            return self._order(ask, body)
        return More("look", look(body["id"]), {"order": body["id"]})

    def _order(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        order, status = body["id"], body.get("status", "")
        if status == "COMPLETED":
            return self._paid(ask, body)
        if status == "APPROVED":
            return self._complete(ask, body)
        state = self.state(f"order.{status}")
        if state != "action":
            return Outcome(state, order, raw_code=status)
        if "canceled" in ask.returned:
            return Outcome("declined", order, "", "shopper_canceled", "canceled")
        proof = body.get("payment_source", {}).get("card", {}).get("authentication_result")
        if proof and ask.step != "confirm":
            return self._authenticated(ask, body, proof)
        links = {one.get("rel"): one["href"] for one in body.get("links", ())}
        step = ask.kept.get("action")
        if link := links.get("payer-action"):
            step = actions.three_ds(link) if ask.code == "card" else actions.redirect(link)
        if step:
            return Outcome("action", order, action=step, keep={"order": order, "action": step})
        if status == "CREATED" and ask.verb == "inquire":
            return Outcome("unknown", raw_code=NO_SUCH_PAYMENT)  # nobody confirmed it
        return Outcome("unknown", order, raw_code=status)

    def _authenticated(
        self, ask: Ask, body: Mapping[str, Any], proof: Mapping[str, Any]
    ) -> Outcome | More:
        shift = proof.get("liability_shift", "")
        enrolled = proof.get("three_d_secure", {}).get("enrollment_status", "")
        if shift == "POSSIBLE" or (shift == "NO" and enrolled in NOT_ENROLLED):
            return self._complete(ask, body)
        if shift == "NO":
            return Outcome("declined", body["id"], "", "authentication_failed", shift)
        if shift == "UNKNOWN":
            return Outcome("declined", body["id"], "", "authentication_unavailable", shift)
        return Outcome("unknown", body["id"], raw_code=shift)

    def _complete(self, ask: Ask, body: Mapping[str, Any]) -> More:
        """The shopper agreed: what is left is the call that moves money."""
        verb = "capture" if ask.capture == "automatic" else "authorize"
        call = post(f"{ORDERS}/{body['id']}/{verb}", f"{ask.reference}-{verb}", None)
        return More("complete", call, {"order": body["id"]})

    def _paid(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a completed order's authorization, or else its capture, came to."""
        payments = body["purchase_units"][0]["payments"]
        held, taken = payments.get("authorizations", ()), payments.get("captures", ())
        made = (held or taken)[0]
        state = self.state(f"{'authorization' if held else 'capture'}.{made.get('status')}")
        keep = {"authorization": held[0]["id"]} if held else {"capture": made["id"]}
        known = facts(ask, body, made)
        code = made.get("processor_response", {}).get("response_code", "")
        decline = self.decline(code) if state == "declined" else ""
        raw = code or made.get("status_details", {}).get("reason", "")
        sums = [self.sum(one) for one in taken if one.get("status") in words.TAKEN]
        money = Money(sum(one.amount for one in sums), sums[0].currency) if sums else None
        if not held or state != "captured":
            money = self.sum(made)
        return Outcome(state, body["id"], "", decline, raw, "", None, money, known, keep)

    def sum(self, made: Mapping[str, Any]) -> Money:
        """The sum of a capture, authorization or refund."""
        told = made["amount"]
        return Money.from_major(told["value"], told["currency_code"])

    def _located(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """An order that was asked which of its payments a capture, void or refund is about."""
        payments = body["purchase_units"][0].get("payments", {})
        found = payments.get("captures" if ask.verb == "refund" else "authorizations", ())
        if ask.verb == "refund":
            taken = [one for one in found if one.get("status") in words.TAKEN]
            found = [one for one in taken if self.sum(one).amount >= ask.money.amount] or taken
        if not found:
            decline = f"{ask.verb}_refused"
            return Outcome("refused", ask.provider_ref, "", decline, body.get("status", ""))
        return More("operate", self._operation(ask, found[0]["id"]))

    def _found(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """How a capture, void or refund stands, by the order it belongs to."""
        payments = body["purchase_units"][0].get("payments", {})
        if ask.target == "void":
            for one in payments.get("authorizations", ()):
                if one.get("status") == "VOIDED":
                    return Outcome("succeeded", body["id"])
            return Outcome("unknown", raw_code=NO_SUCH_OPERATION)
        for one in payments.get(f"{ask.target}s", ()):
            if one.get("invoice_id") == ask.reference or one["id"] == ask.operation_ref:
                return self._operated(ask.target, body["id"], one)
        return Outcome("unknown", raw_code=NO_SUCH_OPERATION)

    def _operated(self, kind: str, payment: str, one: Mapping[str, Any]) -> Outcome:
        if kind == "void":  # answered with no body, or with the authorization
            return Outcome("succeeded" if one.get("status", "VOIDED") == "VOIDED" else "unknown")
        state = words.OPERATIONS[kind].get(one.get("status", ""), "unknown")
        code = one.get("processor_response", {}).get("response_code", "")
        code = code or one.get("status_details", {}).get("reason", "")
        decline = self.declines.get(code, f"{kind}_refused") if state == "failed" else ""
        return Outcome(state, payment, one.get("id", ""), decline, code)

    def _error(self, ask: Ask, reply: Reply) -> Outcome | More:
        """Nothing was done, unless the order is further than we thought; then it is looked at."""
        details = reply.body.get("details") or [{}]
        code = details[0].get("issue") or reply.body.get("name") or f"http_{reply.status}"
        message = details[0].get("description") or reply.body.get("message", "")
        about_payment = ask.verb in ("authorize", "resume", "inquire")
        if about_payment and code in words.FURTHER and ask.step in ("confirm", "complete"):
            return More("look", look(ask.kept["order"]))
        if ask.verb in ("resume", "inquire") and ask.step != "complete":
            return Outcome("unknown", raw_code=code, raw_message=message)
        if reply.status == 409:  # the same call is on its way
            return Outcome("unknown", raw_code=code, raw_message=message)
        order = ask.kept.get("order", ask.provider_ref)
        if about_payment and code in words.NOES:
            return Outcome("declined", order, "", self.decline(code), code, message)
        decline = "invalid_request" if about_payment else f"{ask.verb}_refused"
        decline = self.declines.get(code, decline)
        return Outcome("refused", order if about_payment else "", "", decline, code, message)

    # Webhooks.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        if not is_signed(inbound, account):
            raise BadSignature("the event is not signed by PayPal for this webhook")
        event = inbound.json()
        kind, resource, event_id = event.get("event_type", ""), event["resource"], event["id"]
        if kind.startswith("CUSTOMER.DISPUTE."):
            return [self._dispute_news(resource, event_id)]
        if kind in words.ORDERS:
            order = resource.get("id") or resource.get("order_id", "")
            reference = resource["purchase_units"][0].get("custom_id", "")
            outcome = Outcome("unknown", order, raw_code=kind)
            return [News("payment", outcome, reference, order, event_id=event_id)]
        if kind not in words.MONEY:
            return []
        return [self._money_news(words.MONEY[kind], resource, event_id)]

    def _money_news(self, made: str, one: Mapping[str, Any], event_id: str) -> News:
        """A capture or refund of our asking, or what became of the payment itself."""
        order = one.get("supplementary_data", {}).get("related_ids", {}).get("order_id", "")
        attempt, own = one.get("custom_id", ""), one.get("invoice_id", "")
        if made == "refund" or (made == "capture" and own != attempt):
            outcome = self._operated(made, order, one)
            return News(made, outcome, own, order, one["id"], event_id)  # type: ignore[arg-type]
        state = self.state(f"{made}.{one.get('status')}")
        code = one.get("processor_response", {}).get("response_code", "")
        decline = self.decline(code) if state == "declined" else ""
        keep = {made: one["id"]}
        outcome = Outcome(state, order, "", decline, code, money=self.sum(one), keep=keep)
        return News("payment", outcome, attempt, order, event_id=event_id)

    def _dispute_news(self, dispute: Mapping[str, Any], event_id: str) -> News:
        about = dispute["disputed_transactions"][0]
        status = dispute.get("status", "")
        status = dispute.get("dispute_outcome", {}).get("outcome_code") or status
        told = said(
            reason=dispute.get("reason"),
            reason_code=dispute.get("external_reason_code"),
            respond_by=dispute.get("seller_response_due_date"),
        )
        state, money = words.DISPUTES.get(status, "unknown"), None
        if "dispute_amount" in dispute:
            money = self.sum({"amount": dispute["dispute_amount"]})
        outcome = Outcome(state, raw_code=status, money=money, facts=told)
        reference = about.get("custom", "")
        return News("dispute", outcome, reference, "", dispute["dispute_id"], event_id)


# PayPal's members.


def post(path: str, key: str, body: Mapping[str, Any] | None) -> Call:
    return Call("POST", path, body, {"PayPal-Request-Id": key, "Prefer": "return=representation"})


def look(order: str) -> Call:
    return Call("GET", f"{ORDERS}/{order}")


def is_kept_wallet(ask: Ask) -> bool:
    return ask.code in WALLETS and ask.initiator == "merchant" and bool(ask.network_reference)


def is_signed(inbound: Inbound, account: Mapping[str, str]) -> bool:
    """Whether PayPal's key signed the transmission of these bytes to this webhook."""
    told = {
        name: inbound.headers.get(f"paypal-transmission-{name}", "")
        for name in ("id", "time", "sig")
    }
    check = zlib.crc32(inbound.body)
    content = f"{told['id']}|{told['time']}|{account['webhook_id']}|{check}"
    key = account["webhook_public_key"]
    return signing.rsa_sha256_verify(key, content.encode(), told["sig"])
