"""Klarna: its hosted payment page, and the order it comes to.

Worth knowing:

- A payment is three things at Klarna: a payment session (what is bought), a hosted page (where the
  shopper agrees) and, once they did, an order, which Klarna places itself (`place_order_mode`):
  held, or captured at once. Our provider reference is the page's id; the order's is kept.
- Neither session nor page has an idempotency key. Asked again, Klarna opens another page; the
  shopper is sent to the last one only, so nothing is paid twice. What follows has keys, which count
  whatever the body says.
- A page's words (CANCELLED, FAILED, ERROR) are final; BACK is not: the shopper may come again.
- A page calls back without a signature; so each call back only makes us ask. The address carries
  our reference, and Klarna fills in the page's id.
- What a final capture leaves is not released by it: it lapses with the order (28 days by default).
- 403 is said for a wrong credential and for what an order's state forbids.
- Accounts of North America and Oceania have hosts of their own: the account's base URL.
- Captures and refunds are answered with an id in a header, and no body.

Sources: APIs.guru's Klarna Payments v1 (CC0); the OpenAPI documents of the Hosted Payment Page and
of Order Management; docs.klarna.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from acquiring.connectors import actions
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
    Party,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.members import said
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import klarna as words
from acquiring.core.money import Money

SESSIONS = "/payments/v1/sessions"
PAGES = "/hpp/v1/sessions"
ORDERS = "/ordermanagement/v1/orders"
NO_SUCH_OPERATION = "no_such_operation"


class Klarna(Driver):
    name = "klarna"
    title = "Klarna"
    live = "https://api.klarna.com"
    credentials = ("username", "password")
    secret_credentials = ("password",)
    signs_webhooks = False
    opens_anew = True
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({NO_SUCH_OPERATION})
    turned_away = frozenset({401, 429})
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset(
        "given_name family_name email phone street_address street_address2 date_of_birth"
        " national_identification_number client_token authorization_token".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        line = {
            "name": (ask.description or ask.order_reference or ask.reference)[:255],
            "quantity": 1,
            "unit_price": ask.money.amount,
            "total_amount": ask.money.amount,
        }
        body = {
            "purchase_country": ask.country,
            "purchase_currency": ask.money.currency,
            "locale": locale(ask),
            "order_amount": ask.money.amount,
            "order_lines": [line],
            "merchant_reference1": (ask.order_reference or ask.reference)[:255],
            "merchant_reference2": ask.reference,
            "billing_address": address(ask.billing, ask.customer),
            "shipping_address": address(ask.shipping, ask.customer),
        }
        return Call("POST", SESSIONS, said(**body))

    def resume(self, ask: Ask) -> Call:
        return look(ask)

    def capture(self, ask: Ask) -> Call:
        order = ask.kept.get("order")
        return operation(ask, order) if order else look(ask)

    def void(self, ask: Ask) -> Call:
        return self.capture(ask)

    def refund(self, ask: Ask) -> Call:
        return self.capture(ask)

    def inquire(self, ask: Ask) -> Call:
        if not ask.provider_ref:
            raise Unsupported("Klarna finds a page by its own id")
        return look(ask)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path == PAGES:  # the session is named by its whole address
            url = base.rstrip("/") + call.body["payment_session_url"]
            call = replace(call, body={**call.body, "payment_session_url": url})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return basic(account["username"], account["password"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return self._error(ask, reply)
        body = reply.body
        if ask.verb == "authorize":
            return self._opened(ask, body)
        if ask.verb in ("capture", "void", "refund"):
            if ask.step == "operate" or "order" in ask.kept:
                return done(ask, reply)
            return self._located(ask, body.get("order_id", ""), body.get("status", ""))
        if ask.step == "order" or "order" in ask.kept:
            return self._order(ask, body) if ask.target == "payment" else found(ask, body)
        if order := body.get("order_id"):
            return More("order", Call("GET", f"{ORDERS}/{order}"), {"order": order})
        return self._page(ask, body)

    def _opened(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        if ask.step == "page":
            step = actions.redirect(body["redirect_url"])
            return Outcome("action", body["session_id"], action=step, keep={"action": step})
        return More("page", page(ask, body["session_id"]))

    def _page(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """A page that has no order yet, or never will."""
        word = body.get("status", "")
        state = self.state(f"page.{word}")
        if ask.target != "payment":
            gone = ask.target == "void" and state == "voided"
            return Outcome("succeeded") if gone else Outcome("unknown", raw_code=NO_SUCH_OPERATION)
        if state == "action" and "action" in ask.kept:
            step = ask.kept["action"]
            return Outcome(state, ask.provider_ref, action=step, keep=ask.kept)
        if state == "action":
            return Outcome("pending", ask.provider_ref, raw_code=word)
        decline = self.decline(word) if state == "declined" else ""
        return Outcome(state, ask.provider_ref, "", decline, word)

    def _order(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word, review = body.get("status", ""), body.get("fraud_status", "ACCEPTED")
        state, taken = self.state(f"order.{word}"), body.get("captured_amount", 0)
        if state == "captured" and not taken:
            state = "voided"  # closed with nothing captured
        if state == "authorized" and ask.capture == "automatic":
            state = "pending"  # its capture follows by itself
        if state in ("authorized", "pending") and review != "ACCEPTED":
            state = {"PENDING": "pending", "REJECTED": "declined"}.get(review, "unknown")
            word = review
        decline = self.decline(word) if state == "declined" else ""
        amount = taken if state == "captured" else body["order_amount"]
        money = Money(amount, body["purchase_currency"].upper())
        told = said(klarna_reference=body.get("klarna_reference"))
        keep = {"order": body["order_id"]}
        return Outcome(state, ask.provider_ref, "", decline, word, "", None, money, told, keep)

    def _located(self, ask: Ask, order: str, word: str) -> Outcome | More:
        """The page was asked for the order that an operation is about."""
        if order:
            return More("operate", operation(ask, order), {"order": order})
        if ask.verb == "void" and self.state(f"page.{word}") == "action":
            return More("operate", Call("DELETE", f"{PAGES}/{ask.provider_ref}"))
        return Outcome("refused", ask.provider_ref, "", f"{ask.verb}_refused", word)

    def _error(self, ask: Ask, reply: Reply) -> Outcome:
        """Nothing was done."""
        code = reply.body.get("error_code") or f"http_{reply.status}"
        message = "; ".join(reply.body.get("error_messages") or ())
        if ask.verb in ("inquire", "resume") or reply.status == 409:
            return Outcome("unknown", raw_code=code, raw_message=message)
        decline = f"{ask.verb}_refused"
        if ask.verb == "authorize":
            decline = "credentials_refused" if reply.status == 403 else "invalid_request"
        return Outcome("refused", "", "", self.declines.get(code, decline), code, message)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        told = dict(parse_qsl(urlsplit(inbound.url).query)) | dict(inbound.query)
        found = told.get("page", "")
        if not found:
            raise BadSignature("Klarna's call back names a page")
        hint = Outcome("unknown", found)
        return [News("payment", hint, told.get("reference", ""), found)]


# Klarna's members.


def look(ask: Ask) -> Call:
    """The order, once it is known; before, the page."""
    order = ask.kept.get("order")
    return Call("GET", f"{ORDERS}/{order}" if order else f"{PAGES}/{ask.provider_ref}")


def operation(ask: Ask, order: str) -> Call:
    headers = {"Klarna-Idempotency-Key": ask.reference}
    if ask.verb == "void":
        return Call("POST", f"{ORDERS}/{order}/cancel", None, headers)
    member = "captured_amount" if ask.verb == "capture" else "refunded_amount"
    body = {member: ask.money.amount, "reference": ask.reference}
    return Call("POST", f"{ORDERS}/{order}/{ask.verb}s", body, headers)


def found(ask: Ask, order: Mapping[str, Any]) -> Outcome:
    """How a capture, void or refund stands, by the order: Klarna lists what was done only."""
    if ask.target == "void" and order.get("status") == "CANCELLED":
        return Outcome("succeeded", ask.provider_ref)
    for one in order.get(f"{ask.target}s", ()):
        its_id = one.get(f"{ask.target}_id", "")
        if one.get("reference") == ask.reference or its_id == ask.operation_ref != "":
            return Outcome("succeeded", ask.provider_ref, its_id)
    return Outcome("unknown", raw_code=NO_SUCH_OPERATION)


def done(ask: Ask, reply: Reply) -> Outcome:
    """An operation that Klarna did; its id is in a header."""
    found = reply.headers.get(f"{ask.verb}-id", "")
    return Outcome("succeeded", ask.provider_ref, found, keep=said(**ask.kept))


def page(ask: Ask, session: str) -> Call:
    """A hosted page for a payment session."""
    mode = "CAPTURE_ORDER" if ask.capture == "automatic" else "PLACE_ORDER"
    back = said(**dict.fromkeys(("success", "cancel", "back", "failure", "error"), ask.return_url))
    if ask.webhook_url:
        mark = "&" if "?" in ask.webhook_url else "?"
        ours = urlencode({"reference": ask.reference})
        back["status_update"] = f"{ask.webhook_url}{mark}{ours}&page={{{{session_id}}}}"
    category = ask.code if ask.code != "klarna" else ""
    body = {
        "payment_session_url": f"{SESSIONS}/{session}",
        "merchant_urls": back,
        "options": said(place_order_mode=mode, payment_method_category=category),
    }
    return Call("POST", PAGES, said(**body))


def locale(ask: Ask) -> str:
    """The shopper's language in their country, or English where Klarna does not speak it there."""
    language = {"no": "nb"}.get(ask.locale[:2], ask.locale[:2])
    known = words.LANGUAGES.get(ask.country, "").split()
    return f"{language if language in known else 'en'}-{ask.country}"


def address(place: Address | None, party: Party) -> dict[str, str]:
    if place is None or not place.country:
        return {}
    first, _, last = party.name.rpartition(" ")
    return said(
        given_name=first,
        family_name=last,
        email=party.email,
        phone=party.phone,
        street_address=place.line1,
        street_address2=place.line2,
        postal_code=place.postal_code,
        city=place.city,
        region=place.state,
        country=place.country,
    )
