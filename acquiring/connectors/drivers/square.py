"""Square: its hosted checkout (payment links), refunds, signed webhooks.

Worth knowing:

- Square takes no card numbers from a server: cards are typed on Square's page, or into its own
  fields in the shop. So everything here is paid on the page of a payment link; the link names which
  wallets it offers besides cards. A link takes money at once, nothing is held.
- Our provider reference is the order behind the link. The payment is found by the order's tender;
  its id is kept, since refunds are made of it.
- Idempotency keys are members of the body. A link or refund whose answer was lost is asked for
  again under its key, and answered as it was: that is how it is found.
- A failed try on the page is not the end of the order: the shopper may try again. A webhook of one
  only makes us ask.
- The currency is that of the location's country; others are refused.
- Webhooks are signed over their address and their bytes.

Sources: square/connect-api-specification (Apache-2.0), square/square-python-sdk (MIT: the webhook
helper and its vectors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Address,
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
from acquiring.connectors.vocabulary import square as words
from acquiring.core.money import Money

LINKS = "/v2/online-checkout/payment-links"
VERSION = "2025-08-20"
EVENTS = (
    "payment.created",
    "payment.updated",
    "refund.created",
    "refund.updated",
    "dispute.created",
    "dispute.state.updated",
)
OFFERS = ("apple_pay", "google_pay", "cash_app_pay", "afterpay_clearpay")


class Square(Driver):
    name = "square"
    title = "Square"
    live = "https://connect.squareup.com"
    credentials = ("access_token", "location_id", "webhook_signature_key")
    secret_credentials = ("access_token", "webhook_signature_key")
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = frozenset({"authorize", "resume", "refund", "inquire"})
    missing = frozenset({"NOT_FOUND"})
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset(
        "buyer_email buyer_email_address buyer_phone_number address_line_1 address_line_2"
        " first_name last_name cardholder_name postal_code".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        about = ask.description or ask.order_reference or ask.reference
        line = {"name": about[:512], "quantity": "1", "base_price_money": money(ask.money)}
        offered = {name: name == ask.code for name in OFFERS}
        filled = said(
            buyer_email=ask.customer.email,
            buyer_phone_number=ask.customer.phone,
            buyer_address=address(ask.billing),
        )
        body = {
            "idempotency_key": ask.reference,
            "order": {"reference_id": ask.reference, "line_items": [line]},
            "checkout_options": said(redirect_url=ask.return_url, accepted_payment_methods=offered),
            "pre_populated_data": filled,
            "payment_note": ask.reference,
        }
        return Call("POST", LINKS, said(**body))

    def resume(self, ask: Ask) -> Call:
        return look(ask)

    def refund(self, ask: Ask) -> Call:
        known = ask.kept.get("payment")
        return give_back(ask, known) if known else look(ask)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            if ask.operation_ref:
                return Call("GET", f"/v2/refunds/{ask.operation_ref}")
            return self.refund(ask)
        return look(ask) if ask.provider_ref else self.authorize(ask)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == LINKS:  # the order belongs to the account's location
            order = {"location_id": account["location_id"], **call.body["order"]}
            call = replace(call, body={**call.body, "order": order})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        bearer = f"Bearer {account['access_token']}"
        return {"Authorization": bearer, "Square-Version": VERSION}

    def subscribe(self, webhook_url: str) -> Call:
        told = {
            "name": "Payments",
            "event_types": list(EVENTS),
            "notification_url": webhook_url,
            "api_version": VERSION,
        }
        return Call("POST", "/v2/webhooks/subscriptions", {"subscription": told})

    def subscribed(self, reply: Reply) -> dict[str, str]:
        return {"webhook_signature_key": reply.body["subscription"]["signature_key"]}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, reply)
        if "refund" in body:
            return self._refunded(ask.provider_ref, body["refund"])
        if "payment_link" in body:
            return self._linked(ask, body["payment_link"])
        if "payment" in body:
            return self._paid(ask.provider_ref or ask.kept["order"], body["payment"])
        return self._ordered(ask, body["order"])

    def _linked(self, ask: Ask, link: Mapping[str, Any]) -> Outcome | More:
        order, step = link["order_id"], actions.redirect(link["url"])
        keep = {"order": order, "link": link["id"], "action": step}
        if ask.verb == "inquire":
            return More("order", Call("GET", f"/v2/orders/{order}"), keep)
        return Outcome("action", order, action=step, keep=keep)

    def _ordered(self, ask: Ask, order: Mapping[str, Any]) -> Outcome | More:
        """An order has a tender once it is paid, or once somebody tried."""
        tenders = [one for one in order.get("tenders", ()) if one.get("payment_id")]
        good = [one for one in tenders if not has_failed(one)] or tenders
        if good and (ask.verb == "refund" or ask.target == "refund"):
            return More("refund", give_back(ask, good[-1]["payment_id"]))
        if good:
            return More("payment", Call("GET", f"/v2/payments/{good[-1]['payment_id']}"))
        word = order.get("state", "")
        if ask.verb == "refund":
            return Outcome("refused", order["id"], "", "refund_refused", word)
        if ask.target == "refund":
            return Outcome("unknown", order["id"], raw_code=word)
        state, step = self.state(f"order.{word}"), ask.kept.get("action")
        if state == "action" and not step:
            state = "pending"
        shown = step if state == "action" else None
        return Outcome(state, order["id"], "", "", word, action=shown, keep=ask.kept)

    def _paid(self, order: str, payment: Mapping[str, Any]) -> Outcome:
        word = payment.get("status", "")
        state = self.state(f"payment.{word}")
        card = payment.get("card_details") or {}
        fault: Mapping[str, Any] = next(iter(card.get("errors") or ()), {})
        code = fault.get("code", "")
        decline = self.decline(code) if state == "declined" else ""
        known = said(
            avs=card.get("avs_status"),
            cvc=card.get("cvv_status"),
            auth_code=card.get("auth_result_code"),
        )
        told = amount(payment.get("amount_money"))
        keep = {"payment": payment["id"]}
        detail = fault.get("detail", "")
        return Outcome(state, order, "", decline, code or word, detail, None, told, known, keep)

    def _refunded(self, payment: str, refund: Mapping[str, Any]) -> Outcome:
        word = refund.get("status", "")
        state = words.REFUNDS.get(word, "unknown")
        decline = "refund_refused" if state == "failed" else ""
        return Outcome(state, payment, refund["id"], decline, word)

    def _error(self, ask: Ask, reply: Reply) -> Outcome:
        """Nothing was done."""
        fault: Mapping[str, Any] = next(iter(reply.body.get("errors") or ()), {})
        code, detail = fault.get("code", f"http_{reply.status}"), fault.get("detail", "")
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code=code, raw_message=detail)
        decline = "refund_refused" if ask.verb == "refund" else "invalid_request"
        return Outcome("refused", "", "", self.declines.get(code, decline), code, detail)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        key, given = account["webhook_signature_key"], inbound.headers.get(SIGNATURE, "")
        content = inbound.url.encode() + inbound.body
        if not signing.same(signing.hmac_sha256_base64(key, content), given):
            raise BadSignature("the event is not signed with this subscription's key")
        event = inbound.json()
        thing, found = event.get("data", {}).get("object", {}), event.get("event_id", "")
        if payment := thing.get("payment"):
            outcome = self._paid(payment.get("order_id", ""), payment)
            if outcome.state != "captured":
                outcome = Outcome("unknown", outcome.provider_ref, raw_code=outcome.raw_code)
            return [News("payment", outcome, "", outcome.provider_ref, event_id=found)]
        if refund := thing.get("refund"):
            outcome = self._refunded("", refund)
            return [News("refund", outcome, "", "", outcome.operation_ref, found)]
        if dispute := thing.get("dispute"):
            return [self._disputed(dispute, found)]
        return []

    def _disputed(self, dispute: Mapping[str, Any], event_id: str) -> News:
        word = dispute.get("state", "")
        told = said(
            reason=dispute.get("reason"),
            respond_by=dispute.get("due_at"),
            payment=dispute.get("disputed_payment", {}).get("payment_id"),
        )
        state, taken = words.DISPUTES.get(word, "unknown"), amount(dispute.get("amount_money"))
        outcome = Outcome(state, raw_code=word, money=taken, facts=told)
        named = dispute.get("id") or dispute.get("dispute_id", "")
        return News("dispute", outcome, "", "", named, event_id)


SIGNATURE = "x-square-hmacsha256-signature"

# Square's members.


def look(ask: Ask) -> Call:
    return Call("GET", f"/v2/orders/{ask.provider_ref}")


def give_back(ask: Ask, payment: str) -> Call:
    body = {
        "idempotency_key": ask.reference,
        "amount_money": money(ask.money),
        "payment_id": payment,
    }
    return Call("POST", "/v2/refunds", body)


def money(one: Money) -> dict[str, Any]:
    return {"amount": one.amount, "currency": one.currency}


def amount(told: Mapping[str, Any] | None) -> Money | None:
    return Money(told["amount"], told["currency"]) if told else None


def has_failed(tender: Mapping[str, Any]) -> bool:
    return tender.get("card_details", {}).get("status") == "FAILED"


def address(place: Address | None) -> dict[str, str]:
    if place is None or not place.country:
        return {}
    return said(
        address_line_1=place.line1,
        address_line_2=place.line2,
        locality=place.city,
        administrative_district_level_1=place.state,
        postal_code=place.postal_code,
        country=place.country,
    )
