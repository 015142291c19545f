"""MultiSafepay: one order resource; cards and direct debits directly, the rest on its pages. JSON.

Quirks worth knowing
- An order is known by our own `order_id`, at which everything later is asked too, so our reference
  is the provider's reference. There is no idempotency key: an `order_id` that was used is refused
  (1006), and then the order is looked at instead.
- A capture and a refund are orders of their own, under ids that we give them (`new_order_id`,
  `refund_order_id`): they are inquired about by our reference.
- A held card is `reserved`. Pay later orders are `completed` when the shopper has agreed, and taken
  when they are set to `shipped`, whole; both look the same to us: authorized, then captured.
- A card that needs 3-D Secure comes back `initialized` with a `payment_url`.
- Letting go of a held card (PATCH /capture/…) is another call than calling back an order that is
  not paid yet (PATCH /orders/…).
- A token is good only with the customer reference it was made with; both together are our network
  reference, and `var1` keeps the customer's in the order. The members of an agreement are those of
  the document's samples and of the SDK (`recurring_model`, `recurring_id`), not of its schema.
- Webhooks carry the whole order and the header Auth: Base64 of "time:signature", the signature
  being the HMAC-SHA512 of "time:body" under the API key. They may be ten minutes old. An order that
  is `chargedback` is a dispute.
- Refusals are mostly HTTP 404 with an `error_code`.

Sources: MultiSafepay/docs and /openapi (MIT), MultiSafepay/php-sdk (MIT; webhooks, API key header).
"""

from __future__ import annotations

import base64
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
from acquiring.connectors.members import given
from acquiring.connectors.parts.multisafepay_members import order
from acquiring.connectors.vocabulary import multisafepay as words
from acquiring.core.money import Money

USED = "1006"  # nobody knows this order id; of a new order: it was used before
PATIENCE_SECONDS = 600
KINDS = {"cap_": "capture", "ref_": "refund"}


class MultiSafepay(Driver):
    """MultiSafepay, JSON API v1."""

    name = "multisafepay"
    title = "MultiSafepay"
    live = "https://api.multisafepay.com/v1/json"
    credentials = ("api_key",)
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({USED})
    states = {
        "initialized": "pending",
        "uncleared": "pending",
        "reserved": "authorized",
        "completed": "captured",
        "shipped": "captured",
        "partial_refunded": "captured",
        "refunded": "captured",
        "chargedback": "captured",
        "chargeback": "captured",
        "declined": "declined",
        "cancelled": "declined",
        "void": "voided",
        "expired": "expired",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        return Call("POST", "/orders", order(ask))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return look(ask.provider_ref or ask.reference)

    def capture(self, ask: Ask) -> Call:
        if ask.code in words.SHIPPED_FIRST:
            return Call("PATCH", path(ask), {"status": "shipped"})
        body = {
            "amount": ask.money.amount,
            "new_order_id": ask.reference,
            "new_order_status": "completed",
            "reason": ask.description,
        }
        return Call("POST", f"{path(ask)}/capture", given(body))

    def void(self, ask: Ask) -> Call:
        if ask.capture == "manual" and ask.code not in words.SHIPPED_FIRST:
            body = {"status": "cancelled", "reason": ask.description or ask.payment}
            return Call("PATCH", path(ask, "/capture"), body)
        return Call("PATCH", path(ask), {"status": "cancelled", "exclude_order": True})

    def refund(self, ask: Ask) -> Call:
        body = {
            "currency": ask.money.currency,
            "amount": ask.money.amount,
            "refund_order_id": ask.reference,
            "description": (ask.description or ask.payment)[:200],
        }
        return Call("POST", f"{path(ask)}/refunds", body)

    def inquire(self, ask: Ask) -> Call:
        shipped = ask.target == "capture" and ask.code in words.SHIPPED_FIRST
        if ask.target in ("payment", "void") or shipped:
            return look(ask.provider_ref or ask.reference)
        return look(ask.reference)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"api_key": account["api_key"]}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        data = reply.body.get("data") or {}
        if not reply.body.get("success"):
            return self._refused(ask, reply)
        if ask.verb == "authorize" and not ask.step:
            return self._opened(ask, data)
        if ask.verb in ("capture", "refund"):
            return taken_up(ask, data)
        if ask.verb == "void":
            return Outcome("succeeded", ask.provider_ref)
        if ask.verb == "inquire" and ask.target != "payment":
            return operated(ask, data)
        return self._stands(ask, data)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        if not genuine(inbound, account["api_key"]):
            raise BadSignature("the notification is not signed with this account's key")
        data = inbound.json()
        named = str(data["order_id"])
        kind = KINDS.get(named[:4])
        if kind:
            state = words.OPERATION_STATES.get(data["status"], "unknown")
            decline = f"{kind}_refused" if state == "failed" else ""
            outcome = Outcome(state, "", named, decline, data["status"], money=money(data))
            return [News(kind, outcome, named, operation_ref=named)]  # type: ignore[arg-type]
        told = [News("payment", self._standing(data, ""), named, provider_ref=named)]
        if data["status"] in ("chargedback", "chargeback"):
            dispute = Outcome("unknown", named, raw_code=data["status"], money=money(data))
            told.append(News("dispute", dispute, named, provider_ref=named))
        return told

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        return b"OK", {"Content-Type": "text/plain"}

    def _opened(self, ask: Ask, data: Mapping[str, Any]) -> Outcome:
        """The answer to a new order: what it has come to, or where the shopper goes."""
        page = data.get("payment_url", "")
        if page and data.get("status", "initialized") == "initialized":
            action = actions.three_ds(page) if ask.card else actions.redirect(page)
            facts = {"transaction_id": data.get("transaction_id")}
            ours = ask.reference
            return Outcome(
                "action", ours, action=action, facts=given(facts), keep={"action": action}
            )
        return self._stands(ask, data)

    def _stands(self, ask: Ask, data: Mapping[str, Any]) -> Outcome:
        outcome = self._standing(data, ask.code)
        waits = outcome.state == "pending" and ask.verb == "inquire" and "action" in ask.kept
        if waits and data["status"] == "initialized":  # the step is still due
            known = {"action": ask.kept["action"], "keep": ask.kept}
            return Outcome("action", outcome.provider_ref, raw_code="initialized", **known)
        return outcome

    def _standing(self, data: Mapping[str, Any], gateway: str) -> Outcome:
        """What an order has come to."""
        word, details = data["status"], data.get("payment_details") or {}
        state = self.state(word)
        gateway = gateway or details.get("type", "")
        if word == "completed" and gateway in words.SHIPPED_FIRST:
            state = "authorized"
        code = reason(data) or word
        decline = self.decline(code) if state == "declined" else ""
        if word == "cancelled":
            decline = self.decline(word)
        named = str(data["order_id"])
        return Outcome(
            state,
            named,
            decline=decline,
            raw_code=code,
            raw_message=data.get("reason") or "",
            money=money(data),
            facts=facts(data),
        )

    def _refused(self, ask: Ask, reply: Reply) -> Outcome | More:
        code = str(reply.body.get("error_code", ""))
        said: dict[str, Any] = {"raw_code": code, "raw_message": reply.body.get("error_info", "")}
        asking = ask.verb in ("resume", "inquire") or bool(ask.step)
        if asking or not code:
            return Outcome("unknown", ask.provider_ref, **said)
        if ask.verb == "authorize" and code == USED:
            return More("look", look(ask.reference))
        if ask.verb in ("capture", "refund") and code == USED:  # it may have been us, before
            return Outcome("unknown", ask.provider_ref, raw_code="order_id_used")
        decline = self.declines.get(code, "invalid_request")
        if ask.verb != "authorize":
            decline = "credentials_refused" if code == "1032" else f"{ask.verb}_refused"
        return Outcome("refused", ask.provider_ref, decline=decline, **said)


# MultiSafepay's members in our words.


def look(order_id: str) -> Call:
    """The order itself."""
    return Call("GET", f"/orders/{quote(order_id, safe='')}")


def path(ask: Ask, root: str = "/orders") -> str:
    """Where an operation on the order goes."""
    return f"{root}/{quote(ask.provider_ref, safe='')}"


def money(data: Mapping[str, Any]) -> Money | None:
    """The sum of an order."""
    known = "amount" in data and "currency" in data
    return Money(int(data["amount"]), data["currency"]) if known else None


def reason(data: Mapping[str, Any]) -> str:
    """The code of a decline: MultiSafepay's own, else the issuer's."""
    issuer = (data.get("payment_details") or {}).get("response_code")
    own = str(data.get("reason_code") or "")
    return own or (str(issuer) if issuer not in (None, "", "00") else "")


def taken_up(ask: Ask, data: Mapping[str, Any]) -> Outcome:
    """The answer to a capture, which is done, or to a refund, which is only taken up."""
    shipped = ask.verb == "capture" and ask.code in words.SHIPPED_FIRST
    own = "" if shipped else ask.reference
    number = str(data.get("refund_id") or data.get("transaction_id") or "")
    state = "succeeded" if ask.verb == "capture" else "pending"
    return Outcome(
        state, ask.provider_ref, own, money=ask.money, facts=given({"transaction_id": number})
    )


def operated(ask: Ask, data: Mapping[str, Any]) -> Outcome:
    """What became of a capture, void or refund, by the order that tells."""
    word = data["status"]
    if ask.target == "void":
        gone = {"void": "succeeded", "cancelled": "succeeded", "expired": "succeeded"}
        held = {"reserved": "pending", "initialized": "pending", "completed": "failed"}
        state = (gone | held).get(word, "unknown")
    elif ask.target == "capture" and ask.code in words.SHIPPED_FIRST:
        state = {"shipped": "succeeded", "completed": "pending"}.get(word, "unknown")
    else:
        state = words.OPERATION_STATES.get(word, "unknown")
    decline = f"{ask.target}_refused" if state == "failed" else ""
    own = str(data["order_id"]) if data["order_id"] != ask.provider_ref else ""
    return Outcome(state, ask.provider_ref, own, decline, word)


def facts(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an order tells beyond its status."""
    details = data.get("payment_details") or {}
    secure = details.get("card_authentication_result") or {}
    told = {ours: details.get(theirs) for ours, theirs in words.FACTS.items()}
    told |= {"eci": secure.get("eci"), "transaction_id": data.get("transaction_id")}
    if data.get("var1") and details.get("recurring_id"):
        told["network_reference"] = f"{data['var1']}/{details['recurring_id']}"
    return given(told)


def genuine(inbound: Inbound, key: str) -> bool:
    """Whether the Auth header was made with our key, lately."""
    try:
        told = base64.b64decode(inbound.headers.get("auth", ""), validate=True).decode()
    except ValueError:
        return False
    time, _, signature = told.partition(":")
    if not time.isdigit():
        return False
    if inbound.now and int(inbound.now.timestamp()) - int(time) > PATIENCE_SECONDS:
        return False
    signed = f"{time}:".encode() + inbound.body
    return signing.same(signing.hmac_sha512_hex(key, signed), signature)
