"""Checkout.com: cards and local methods behind one `POST /payments`. JSON, Bearer secret key.

Quirks worth knowing
- 201 is an answer of the issuer, yes or no; 202 is a page the shopper must see first.
- A payment with `capture: true` is answered "Authorized" all the same: the capture follows by
  itself and is told by `payment_captured` and the inquiry. Until then it is pending.
- `payment_approved` does not say whether the capture follows, so it is a reason to inquire.
- Captures, voids and refunds are only promised (202): their webhook or the payment's list of
  actions tells the outcome, found by their id or by our reference.
- What the payment's state forbids is HTTP 403, without a body; unknown payments are HTTP 404.
- `Cko-Idempotency-Key` repeats answers of 2xx for 24 hours. After a breakdown (5xx) nothing is kept
  and the call would be tried anew, so then we ask (`GET /payments?reference=`) and do not repeat.
- `3ds.enabled` sends every shopper to a page; `allow_upgrade` only those whose issuer insists.
- `previous_payment_id` takes the scheme's transaction id of a first payment made elsewhere.
- Amounts have at most nine digits. CLP has two decimals here.
- Accounts have their own host, {prefix}.api.checkout.com: the base URL of the account.

Sources: checkout.com/docs (request a payment, idempotency, get a list of payments, response codes,
webhook event types), checkout/checkout-sdk-python and activemerchant's recorded answers (MIT).
Methods of the previous platform only (boleto, oxxo, sofort …) are not spoken.
"""

from __future__ import annotations

import json
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
    News,
    Outcome,
    Reply,
    Wire,
)
from acquiring.connectors.members import said
from acquiring.connectors.vocabulary import checkout as words
from acquiring.core.money import Money, exponent, rescale

ACTIONS = {"capture": "Capture", "void": "Void", "refund": "Refund"}
CHANNELLED = ("/payments", "/captures")  # calls that name the account's processing channel


class Checkout(Driver):
    name = "checkout"
    title = "Checkout.com"
    live = "https://api.checkout.com"
    credentials = ("secret_key", "processing_channel_id", "webhook_key")
    secret_credentials = ("secret_key", "webhook_key")
    missing = frozenset({"no_such_payment", "no_such_action"})
    resendable = frozenset({"resume", "inquire"})
    turned_away = frozenset({401, 429})
    states = words.STATES
    declines = words.DECLINES
    exponents = {"CLP": 2}
    scrub = frozenset({"cko-signature", "account_holder_name", "account_holder_email", "zip"})

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body = {
            "source": source(ask),
            "amount": self.amount(ask.money),
            "currency": ask.money.currency,
            "reference": ask.reference,
            "capture": ask.capture == "automatic",
            "payment_type": payment_type(ask),
            "merchant_initiated": ask.initiator == "merchant",
            "previous_payment_id": ask.network_reference if ask.card else "",
            "3ds": three_ds(ask),
            "success_url": ask.return_url,
            "failure_url": ask.return_url,
            "customer": said(name=ask.customer.name, email=ask.customer.email),
            "description": ask.description[:100],
            "billing_descriptor": {"name": ask.descriptor[:25]} if ask.descriptor else {},
            "shipping": {"address": address(ask.shipping)} if ask.shipping else {},
            "payment_ip": ask.device.ip,
            "metadata": {**ask.metadata, "payment": ask.payment},
        }
        return post("/payments", ask, said(**body))

    def resume(self, ask: Ask) -> Call:
        # The page the shopper came back from proves nothing; the truth is asked for.
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        kind = "Final" if ask.final else "NonFinal"
        body = {"amount": self.amount(ask.money), "capture_type": kind, "reference": ask.reference}
        return post(f"/payments/{ask.provider_ref}/captures", ask, body)

    def void(self, ask: Ask) -> Call:
        return post(f"/payments/{ask.provider_ref}/voids", ask, {"reference": ask.reference})

    def refund(self, ask: Ask) -> Call:
        body = {"amount": self.amount(ask.money), "reference": ask.reference}
        return post(f"/payments/{ask.provider_ref}/refunds", ask, body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target != "payment":
            return Call("GET", f"/payments/{ask.provider_ref}/actions")
        if ask.provider_ref:
            return Call("GET", f"/payments/{ask.provider_ref}")
        query = {"limit": "10", "skip": "0", "reference": ask.reference}
        return Call("GET", "/payments", query=query)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.method == "POST" and call.path.endswith(CHANNELLED):
            channel = account["processing_channel_id"]
            call = replace(call, body={**call.body, "processing_channel_id": channel})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['secret_key']}"}

    def amount(self, money: Money) -> int:
        """As Checkout.com counts it; raises ValueError where it cannot be expressed."""
        places = exponent(money.currency)
        return rescale(money.amount, places, self.exponents.get(money.currency, places))

    def money(self, body: Mapping[str, Any]) -> Money | None:
        """The sum that is told, where one is."""
        if "amount" not in body:
            return None
        currency = body["currency"]
        places = exponent(currency)
        amount = body["amount"]
        if body.get("status") == "Partially Captured":
            amount = body["balances"]["total_captured"]
        minor = rescale(amount, self.exponents.get(currency, places), places)
        return Money(minor, currency)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        asked = ask.verb in ("inquire", "resume")
        if reply.status >= 400:
            return self._error(ask, reply)
        if asked and ask.target != "payment":
            return self._acted(ask, reply.body or json.loads(reply.text or "[]"))
        if asked and "data" in reply.body:
            found = reply.body["data"]
            return self._paid(ask, found[0]) if found else none_such("no_such_payment")
        if asked or ask.verb == "authorize":
            return self._paid(ask, reply.body)
        return Outcome("pending", ask.provider_ref, reply.body["action_id"])

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        given = inbound.headers.get("cko-signature", "")
        if not signing.same(signing.hmac_sha256_hex(account["webhook_key"], inbound.body), given):
            raise BadSignature("the event is not signed with this account's key")
        event = inbound.json()
        kind, data = event.get("type", ""), event.get("data", {})
        if kind in words.DISPUTES:
            told = self._dispute_news(kind, data)
        elif kind in words.OPERATIONS:
            told = self._operation_news(kind, data)
        elif kind in words.PAYMENTS:
            outcome = self._told(words.PAYMENTS[kind], data)
            told = News("payment", outcome, data.get("reference", ""), outcome.provider_ref)
        else:
            return []
        return [replace(told, event_id=event.get("id", ""))]

    def _paid(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a payment says about itself."""
        state = self.state(body.get("status", ""))
        link = body.get("_links", {}).get("redirect", {}).get("href", "")
        if state == "authorized" and ask.capture == "automatic":
            state = "pending"  # its capture follows by itself
        if state == "pending" and link and body["status"] == "Pending":
            step = actions.three_ds(link) if ask.card else actions.redirect(link)
            return replace(self._told("action", body), action=step, keep={"action": step})
        if state == "pending" and "action" in ask.kept and ask.verb == "inquire":
            step = ask.kept["action"]  # nothing has happened since: the step is still due
            return replace(self._told("action", body), action=step, keep=ask.kept)
        return self._told(state, body)

    def _told(self, state: str, body: Mapping[str, Any]) -> Outcome:
        """A payment in a state, with what else is said of it."""
        last: Mapping[str, Any] = next(iter(body.get("actions", ())), {})
        code = body.get("response_code") or last.get("response_code", "")
        message = body.get("response_summary") or last.get("response_summary", "")
        decline = self.decline(code) if state == "declined" else ""
        sum_told, known = self.money(body), facts(body)
        return Outcome(state, body.get("id", ""), "", decline, code, message, None, sum_told, known)

    def _acted(self, ask: Ask, found: Any) -> Outcome:
        """How a capture, void or refund stands, from the payment's list of actions."""
        for one in found:
            ours = one.get("reference") == ask.reference or one["id"] == ask.operation_ref
            if ours and one["type"] == ACTIONS[ask.target]:
                states = {True: "succeeded", False: "failed", None: "pending"}
                state = states.get(one.get("approved"), "unknown")
                return self._operated(ask.target, state, ask.provider_ref, one["id"], one)
        return none_such("no_such_action")

    def _operated(
        self, target: str, state: str, payment: str, action: str, said_of_it: Mapping[str, Any]
    ) -> Outcome:
        code, message = (said_of_it.get(f"response_{name}", "") for name in ("code", "summary"))
        decline = self.declines.get(code, f"{target}_refused") if state == "failed" else ""
        return Outcome(state, payment, action, decline, code, message)

    def _error(self, ask: Ask, reply: Reply) -> Outcome:
        """Nothing was done: what was sent is wrong, or comes at the wrong time."""
        codes = reply.body.get("error_codes") or [f"http_{reply.status}"]
        if ask.verb in ("inquire", "resume"):
            return Outcome("unknown", raw_code=codes[0])
        refused = f"{ask.verb}_refused" if ask.verb != "authorize" else "invalid_request"
        if reply.status == 403 and ask.verb == "authorize":
            refused = "credentials_refused"
        decline = self.declines.get(codes[0], refused)
        return Outcome("refused", "", "", decline, codes[0], reply.body.get("error_type", ""))

    def _operation_news(self, kind: str, data: Mapping[str, Any]) -> News:
        target, state = words.OPERATIONS[kind]
        reference, payment = data.get("reference", ""), data.get("id", "")
        if target != "refund" and not reference.startswith(f"{target[:3]}_"):
            # Not of our asking: Checkout.com's own capture, or a void at its dashboard.
            return News("payment", self._told(words.OWN.get(kind, "unknown"), data), "", payment)
        action = data.get("action_id", "")
        outcome = self._operated(target, state, payment, action, data)
        return News(target, outcome, reference, payment, action)  # type: ignore[arg-type]

    def _dispute_news(self, kind: str, data: Mapping[str, Any]) -> News:
        told = said(
            reason_code=data.get("reason_code"),
            reason=data.get("category"),
            respond_by=data.get("evidence_required_by"),
            arn=data.get("payment_arn"),
        )
        state, money = words.DISPUTES[kind], self.money(data)
        outcome = Outcome(state, raw_code=kind, money=money, facts=told)
        names = ("payment_reference", "payment_id", "id")
        return News("dispute", outcome, *(data.get(name, "") for name in names))


# Checkout.com's members.


def post(path: str, ask: Ask, body: Mapping[str, Any]) -> Call:
    return Call("POST", path, body, {"Cko-Idempotency-Key": ask.reference})


def payment_type(ask: Ask) -> str:
    kind = "Recurring" if ask.extra.get("schedule") else "Unscheduled"
    return kind if ask.agreement else "Regular"


def three_ds(ask: Ask) -> dict[str, Any]:
    if not ask.card:
        return {}
    if ask.initiator == "merchant" or ask.three_ds == "skip":
        return {"enabled": False}
    if ask.three_ds == "required":
        return {"enabled": True, "challenge_indicator": "challenge_requested_mandate"}
    return {"enabled": False, "allow_upgrade": True}


def address(place: Address | None) -> dict[str, Any]:
    if place is None:
        return {}
    return said(
        address_line1=place.line1,
        address_line2=place.line2,
        city=place.city,
        state=place.state,
        zip=place.postal_code,
        country=place.country,
    )


def source(ask: Ask) -> dict[str, Any]:
    """What pays: the card, or a method with the members its type insists on."""
    if ask.card:
        return said(
            type="card",
            number=ask.card.number,
            expiry_month=ask.card.exp_month,
            expiry_year=ask.card.exp_year,
            cvv=ask.card.cvc,
            name=ask.card.holder or ask.customer.name,
            billing_address=address(ask.billing),
            stored=True if ask.agreement == "subsequent" else None,
            store_for_future_use=True if ask.agreement == "first" else None,
        )
    everything = members(ask)
    wanted = ask.extra.get("members", ())
    return said(type=ask.code, **{name: everything[name] for name in wanted})


def members(ask: Ask) -> dict[str, Any]:
    """Every member a local method may ask for; a catalogue row names those of its type."""
    first, _, last = (ask.details.get("account_holder") or ask.customer.name).rpartition(" ")
    holder = {"type": "individual", "first_name": first or last, "last_name": last}
    about = ask.description or ask.order_reference or ask.reference
    product = {"product_id": ask.reference, "quantity": 1, "price": ask.money.amount}
    return {
        "description": about[:35],
        "purpose": about[:27],
        "language": ask.locale[:2],
        "quantity": 1,
        "payment_country": ask.country,
        "country": ask.country,
        "currency": ask.money.currency,
        "account_holder_name": ask.customer.name,
        "account_holder_email": ask.customer.email,
        "account_holder": said(**holder, billing_address=address(ask.billing)),
        "billing_address": address(ask.billing),
        "mobile_number": ask.customer.phone,
        "customer_mobile": ask.customer.phone,
        "customer_email": ask.customer.email,
        "products": [{**product, "description": about[:35]}],
        "account_type": "checking",
        "account_number": ask.details.get("iban") or ask.details.get("account_number", ""),
        "bank_code": ask.details.get("branch_number", ""),
        "mandate_id": ask.payment,
        "date_of_signature": ask.now.date().isoformat() if ask.now else "",
    }


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    used, secure = body.get("source") or {}, body.get("3ds") or {}
    return said(
        network_reference=body.get("scheme_id"),
        auth_code=body.get("auth_code"),
        avs=used.get("avs_check"),
        cvc=used.get("cvv_check"),
        eci=body.get("eci"),
        three_ds_version=secure.get("version"),
        arn=(body.get("processing") or {}).get("acquirer_reference_number"),
    )


def none_such(code: str) -> Outcome:
    return Outcome("unknown", raw_code=code)
