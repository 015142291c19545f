"""dLocal: cards and local methods of Latin America, Africa and Asia.

Quirks worth knowing
- Raw cards go to /secure_payments, everything else to /payments; all but cards are asked for in the
  flow REDIRECT: dLocal's page shows the voucher, the code or the account.
- A decline is HTTP 200 with REJECTED and a `status_code` from 300 on.
- A capture makes another payment with an id of its own, which a refund has to name. Its order id is
  the hold's id with `-capture` behind it: so it is found again, and a hold is captured once.
- An order id is good for one payment (error 5009); what it came to is found by it.
- Refunds are not found by a reference of ours; they are sent again under the same key.
- A saved card is a `card_id`, given when the first payment asked for it.
- Every call is signed over its time, the login and the body; so are notifications.
- The shopper's document is a must in AR, BR, CL, CO, PE, PY and UY.
- Amounts are JSON numbers in major units.

Sources: docs.dlocal.com/reference (payins security, status codes), the copy of the documents of
2019 (fmazzoli-dlocal/documentation), recorded sandbox answers in the tests of ActiveMerchant.
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
    Unsupported,
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.numbers import number
from acquiring.connectors.vocabulary import dlocal as words

SCHEME = "V2-HMAC-SHA256, Signature: "
CAPTURE = "-capture"


class DLocal(Driver):
    name = "dlocal"
    title = "dLocal"
    live = "https://api.dlocal.com"
    credentials = ("login", "trans_key", "secret_key")
    resendable = frozenset({"authorize", "resume", "capture", "void", "refund", "inquire"})
    missing = frozenset({"4000"})
    states = {
        "PENDING": "pending",
        "AUTHORIZED": "authorized",
        "PAID": "captured",
        "VERIFIED": "captured",  # a payment of nothing: there is no more to it
        "REJECTED": "declined",
        "CANCELLED": "voided",
        "EXPIRED": "expired",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.capture == "manual" and not ask.card:
            raise Unsupported(f"dLocal takes {ask.code} payments at once; only cards can be held")
        saved = ask.network_reference if ask.agreement == "subsequent" else ""
        body = {
            "amount": number(ask.money),
            "currency": ask.money.currency,
            "country": ask.country,
            "payment_method_id": ask.code,
            "payment_method_flow": "DIRECT" if ask.card else "REDIRECT",
            "payer": payer(ask),
            "card": card(ask, saved),
            "order_id": ask.reference,
            "description": ask.description[:100],
            "notification_url": ask.webhook_url,
            "callback_url": ask.return_url,
        }
        if ask.card and ask.three_ds == "required" and ask.initiator == "shopper":
            body["three_dsecure"] = {"force": True}
        path = "/secure_payments" if ask.card and not saved else "/payments"
        return send(ask, path, given(body))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        body = {
            "authorization_id": ask.provider_ref,
            "amount": number(ask.money),
            "currency": ask.money.currency,
            "order_id": f"{ask.provider_ref}{CAPTURE}",
            "notification_url": ask.webhook_url,
        }
        return send(ask, "/payments", given(body))

    def void(self, ask: Ask) -> Call:
        return send(ask, f"/payments/{ask.provider_ref}/cancel", None)

    def refund(self, ask: Ask) -> Call:
        if ask.capture == "manual":
            return look(ask, f"/orders/{ask.provider_ref}{CAPTURE}")
        return self._refund_of(ask, ask.provider_ref)

    def _refund_of(self, ask: Ask, payment: str) -> Call:
        body = {
            "payment_id": payment,
            "amount": number(ask.money),
            "currency": ask.money.currency,
            "notification_url": ask.webhook_url,
            "description": ask.description[:100],
        }
        return send(ask, "/refunds", given(body))

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            if not ask.operation_ref:
                raise Unsupported("dLocal finds no refund by a reference of ours")
            return look(ask, f"/refunds/{ask.operation_ref}")
        if ask.target == "capture":
            return look(ask, f"/orders/{ask.provider_ref}{CAPTURE}")
        if ask.provider_ref:
            return look(ask, f"/payments/{ask.provider_ref}")
        return look(ask, f"/orders/{ask.reference}")

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        login, time = account["login"], wire.headers["X-Date"]
        return {
            "X-Login": login,
            "X-Trans-Key": account["trans_key"],
            "X-Version": "2.1",
            "User-Agent": "Caravel",
            "Authorization": signed(account, time, wire.body),
        }

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body, code = reply.body, str(reply.body.get("code", ""))
        if ask.verb == "refund" and ask.capture == "manual" and not ask.step:
            return self._captured_payment(ask, reply)
        if reply.status >= 400:
            if code == words.DUPLICATE and ask.verb == "authorize":
                return More("look", look(ask, f"/orders/{ask.reference}"))
            return self._refused(ask, code, body.get("message", ""))
        if ask.verb == "refund" or ask.target == "refund":
            return replace(refunded(body), provider_ref=ask.provider_ref)
        if ask.verb in ("capture", "void") or ask.target in ("capture", "void"):
            return self._operated(ask, body)
        return self._payment(body)

    def _captured_payment(self, ask: Ask, reply: Reply) -> Outcome | More:
        """The payment that a capture made, which a refund is of."""
        if reply.status >= 400:
            code, message = str(reply.body.get("code", "")), reply.body.get("message", "")
            return self._refused(ask, code, message)
        return More("refund", self._refund_of(ask, reply.body["payment_id"]))

    def _payment(self, body: Mapping[str, Any]) -> Outcome:
        word, code = body.get("status", ""), str(body.get("status_code", ""))
        state, action = self.state(word), None
        if state == "pending":
            action = next_action(body)
            state = "action" if action else "pending"
        no = self.decline(code) if state == "declined" else ""
        payment = body.get("payment_id") or body.get("id", "")
        message = body.get("status_detail", "")
        return Outcome(state, payment, "", no, code, message, action, facts=facts(body))

    def _refused(self, ask: Ask, code: str, message: str) -> Outcome:
        if ask.verb in ("resume", "inquire") or ask.step == "look":
            return Outcome("unknown", raw_code=code, raw_message=message)
        if ask.verb == "authorize":
            return Outcome("refused", "", "", self.decline(code), code, message)
        if code == words.DUPLICATE:  # the capture was made before: an inquiry tells
            return Outcome("unknown", ask.provider_ref, raw_code=code, raw_message=message)
        no = f"{ask.verb}_refused"
        if code == "5007" and ask.verb in ("capture", "refund"):
            no = f"{ask.verb}_amount_exceeded"
        return Outcome("refused", ask.provider_ref, "", no, code, message)

    def _operated(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """A capture's own payment, or a payment after it was cancelled."""
        target = ask.target if ask.verb == "inquire" else ask.verb
        word, code = body.get("status", ""), str(body.get("status_code", ""))
        done = {"capture": "PAID", "void": "CANCELLED"}[target]
        state = "succeeded" if word == done else "pending" if word == "PENDING" else "unknown"
        if target == "capture" and word == "REJECTED":
            state = "failed"
        no = f"{target}_refused" if state == "failed" else ""
        operation = (body.get("payment_id") or body.get("id", "")) if target == "capture" else ""
        message = body.get("status_detail", "")
        return Outcome(state, ask.provider_ref, operation, no, code, message)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        made = signed(account, inbound.headers.get("x-date", ""), inbound.body)
        if not signing.same(made, inbound.headers.get("authorization", "")):
            raise BadSignature("the notification is not signed with this account's secret key")
        body = inbound.json()
        order, payment = body.get("order_id", ""), body.get("payment_id", "")
        if payment and not order:
            outcome = refunded(body)
            return [News("refund", outcome, "", payment, outcome.operation_ref)]
        if order.endswith(CAPTURE):
            hold = order.removesuffix(CAPTURE)
            return [News("payment", Outcome("unknown", hold), provider_ref=hold)]
        outcome = self._payment(body)
        if outcome.state in ("pending", "action"):
            return []
        return [News("payment", outcome, order, outcome.provider_ref)]


# dLocal's members in our words.


def stamped(ask: Ask) -> dict[str, str]:
    assert ask.now is not None
    return {"X-Date": ask.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def send(ask: Ask, path: str, body: Any) -> Call:
    headers = {**stamped(ask), "X-Idempotency-Key": ask.reference}
    return Call("POST", path, body, headers)


def look(ask: Ask, path: str) -> Call:
    return Call("GET", path, headers=stamped(ask))


def signed(account: Mapping[str, str], time: str, body: bytes) -> str:
    content = f"{account['login']}{time}".encode() + body
    return SCHEME + signing.hmac_sha256_hex(account["secret_key"], content)


def payer(ask: Ask) -> dict[str, Any]:
    shopper, home = ask.customer, ask.billing
    address = home and {
        "state": home.state,
        "city": home.city,
        "zip_code": home.postal_code,
        "street": " ".join(filter(None, (home.line1, home.line2))),
    }
    members = {
        "name": (ask.card.holder if ask.card else "") or shopper.name,
        "email": shopper.email,
        "document": ask.details.get("tax_id", ""),
        "user_reference": shopper.id,
        "phone": shopper.phone,
        "birth_date": ask.details.get("birth_date", ""),
        "address": given(address or {}),
        "ip": ask.device.ip,
    }
    return given(members)


def card(ask: Ask, saved: str) -> dict[str, Any]:
    if ask.card is None:
        return {}
    raw = {
        "holder_name": ask.card.holder,
        "number": ask.card.number,
        "cvv": ask.card.cvc,
        "expiration_month": ask.card.exp_month,
        "expiration_year": ask.card.exp_year,
    }
    members = {"card_id": saved} if saved else raw
    members |= {"capture": ask.capture == "automatic", "descriptor": ask.descriptor}
    if ask.agreement:
        by_merchant = ask.initiator == "merchant"
        kind = "UNSCHEDULED_CARD_ON_FILE" if by_merchant else "CARD_ON_FILE"
        usage = "FIRST" if ask.agreement == "first" else "USED"
        members |= {"stored_credential_type": kind, "stored_credential_usage": usage}
    if ask.agreement == "first":
        members["save"] = True
    return given(members)


def next_action(body: Mapping[str, Any]) -> dict | None:
    """The page of dLocal, of the bank or of the issuer."""
    secure = (body.get("three_dsecure") or {}).get("redirect_url", "")
    page = secure or body.get("redirect_url", "")
    if not page:
        return None
    is_card = bool(secure) or body.get("payment_method_type") == "CARD"
    return actions.three_ds(page) if is_card else actions.redirect(page)


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    return given({"network_reference": (body.get("card") or {}).get("card_id", "")})


def refunded(body: Mapping[str, Any]) -> Outcome:
    word, code = body.get("status", ""), str(body.get("status_code", ""))
    state = words.REFUNDS.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    references = body.get("payment_id", ""), body.get("id", "")
    return Outcome(state, *references, no, code, body.get("status_detail", ""))
