"""Fiuu (once MOLPay, Razer Merchant Services): cards, banks, wallets and counters of Malaysia.

Quirks worth knowing
- Calls are forms; answers are JSON, or lines of `Name: value` or `Name=value`. All is signed with
  MD5 over joined members: with the verify key, but cancelling and refunding with the secret key.
- Amounts are decimal strings. A status can be asked for only with the amount of the payment; the
  answer carries a `VrfKey` of the secret key, and one that does not fit is nobody's word.
- Payments are found by Fiuu's id, or by our reference for seven days. What it says of a reference
  it never heard of is not documented, so silence stays unknown until somebody is told.
- `ReferenceNo` is no idempotency key: nothing that moves money is sent again.
- `non_3DS` is 1 only where the merchant wishes so; Fiuu lets few merchants do it.
- A callback tells that a card was accepted, not whether it was held or taken: then we ask.
- Captures and cancellations have no object of their own: the payment's status tells.
- A refund of a bank payment needs the shopper's account, so only cards and wallets are refunded.
- The reasons of declined payments are the acquirers' own: there is no table of them.
- A card's token (`extraP.token`) charges it again through another door, which cannot hold money.
- Callbacks are answered with CBTOKEN:MPSTATOK.

Sources: juspay/hyperswitch and hyperswitch-prism (Apache-2.0): members, signatures, status words;
FiuuPayment/Mobile-XDK-Fiuu_Examples: channels (the endpoint label is the channel of a direct
payment); queries by order agree between several public integrations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from acquiring.connectors import actions
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
from acquiring.connectors.parts.fiuu_signatures import (
    CANCEL,
    CAPTURE,
    PAID_AT_ONCE,
    PAY,
    RECUR,
    REFUND,
    REFUNDS,
    SIGNED,
    STATUS,
    STATUS_BY_ORDER,
)
from acquiring.connectors.signing import md5_hex, same
from acquiring.core.money import Money

CARD = "CREDITAN"
STORED = "token:"  # how a token is told from a scheme's transaction id
OPERATIONS = {"00": "succeeded", "11": "failed", "22": "pending"}
REFUNDED = {
    "success": "succeeded",
    "rejected": "failed",
    "pending": "pending",
    "processing": "pending",
}
# With which codes and names a payment says that this was done. A canceled one also failed.
DONE = {
    "capture": ({"00"}, {"captured", "settled"}),
    "void": ({"00", "11"}, {"cancelled", "reqcancel", "release"}),
}
_LINE = re.compile(r"^[ \t]*(\w+)[ \t]*[:=][ \t]*(.*?)[ \t\r]*$", re.MULTILINE)


class Fiuu(Driver):
    name = "fiuu"
    title = "Fiuu"
    live = "https://pay.fiuu.com"
    credentials = ("merchant_id", "verify_key", "secret_key")
    secret_credentials = ("verify_key", "secret_key")
    resendable = frozenset({"resume", "inquire"})
    replies = "text"
    states = {
        "captured": "captured",
        "settled": "captured",
        "chargeback": "captured",
        "reqchargeback": "captured",
        "authorized": "authorized",
        "failed": "declined",
        "blocked": "declined",
        "reject/hold": "declined",
        "cancelled": "voided",
        "reqcancel": "voided",
        "release": "voided",
        "pending": "pending",
    }
    # Why a capture or a cancellation was refused.
    strangers = frozenset({"P03", "P10"})  # signature, merchant
    declines = {
        "11": "provider_refused",
        "12": "credentials_refused",
        "13": "invalid_transaction",
        "15": "try_again_later",
        "16": "transaction_not_permitted",
        "17": "invalid_transaction",
        "18": "invalid_request",
        "19": "credentials_refused",
        "20": "provider_unavailable",
        "21": "authorization_expired",
        "23": "partial_amount_refused",
        "24": "capture_refused",
        "25": "capture_amount_exceeded",
        "99": "processing_error",
    }
    scrub = frozenset(
        "cc_pan cc_cvv2 cc_month cc_year custname custemail custcontact skey signature vrfkey token"
        " 0".split()
    )

    # Asking. What the account adds, names and signatures, is added on the way out.

    def authorize(self, ask: Ask) -> Call:
        token = ask.network_reference.removeprefix(STORED)
        is_token = token != ask.network_reference
        if is_token and ask.initiator == "merchant" and ask.capture == "automatic":
            return Call("POST", RECUR, {"0": recurring(ask, token)}, encoding="form")
        body = {
            "ReferenceNo": ask.reference,
            "TxnType": "SALS" if ask.capture == "automatic" else "AUTS",
            "TxnCurrency": ask.money.currency,
            "TxnAmount": ask.money.major(),
            "TxnChannel": CARD if ask.card else ask.code,
            "ReturnURL": ask.return_url,
            "NotificationURL": ask.webhook_url,
            "CustName": ask.customer.name,
            "CustEmail": ask.customer.email,
            "CustContact": ask.customer.phone,
            "CustDesc": ask.description or ask.order_reference,
            **card(ask, "" if is_token else ask.network_reference),
        }
        return form(PAY, {name: value for name, value in body.items() if value != ""})

    def resume(self, ask: Ask) -> Call:
        # What the shopper comes back with is signed, but says no more than an inquiry.
        return self.inquire(replace(ask, target="payment"))

    def capture(self, ask: Ask) -> Call:
        members = {"tranID": ask.provider_ref, "amount": ask.money.major()}
        return form(CAPTURE, members | {"RefID": ask.reference})

    def void(self, ask: Ask) -> Call:
        return form(CANCEL, {"txnID": ask.provider_ref})

    def refund(self, ask: Ask) -> Call:
        members = {
            "RefundType": "P",
            "RefID": ask.reference,
            "TxnID": ask.provider_ref,
            "Amount": ask.money.major(),
            "notify_url": ask.webhook_url,
        }
        return form(REFUND, {name: value for name, value in members.items() if value})

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            return form(REFUNDS, {"TxnID": ask.provider_ref})
        amount = (ask.total or ask.money).major()
        if ask.provider_ref:
            return form(STATUS, {"amount": amount, "txID": ask.provider_ref})
        return form(STATUS_BY_ORDER, {"amount": amount, "oID": ask.reference, "type": "0"})

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path not in PAID_AT_ONCE:
            base = base.replace("https://pay.", "https://api.", 1)
        signed = SIGNED[call.path](call.body, account)
        return super().wire(replace(call, body=signed), base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {}

    def authentic(self, account: Mapping[str, str], wire: Wire, reply: Reply) -> bool:
        found = heard(reply)
        path = urlsplit(wire.url).path
        if not path.endswith((STATUS, STATUS_BY_ORDER)) or not isinstance(found, dict):
            return True
        if "VrfKey" not in found:
            return "StatCode" not in found
        by_order = path.endswith(STATUS_BY_ORDER)
        asked = dict(parse_qsl(wire.body.decode()))
        subject = asked["oID"] if by_order else asked["txID"]
        names = found.get("Amount", ""), account["secret_key"], account["merchant_id"]
        return same(md5_hex(*names, subject, found.get("StatCode", "")), found["VrfKey"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        found = heard(reply)
        if ask.verb == "inquire" and ask.target == "refund":
            return refunded_of(ask, found if isinstance(found, list) else [])
        if isinstance(found, list):
            return self._recurred(found[0])
        if ask.verb in ("inquire", "resume") and "error_code" in found:
            return Outcome("unknown", raw_code=str(found["error_code"]))
        if ask.verb in ("inquire", "resume"):
            about = ask.target if ask.verb == "inquire" else "payment"
            return self._asked(ask, about, found)
        if "error_code" in found and "TxnData" not in found:
            decline = "invalid_request" if ask.verb == "authorize" else f"{ask.verb}_refused"
            code, text = str(found["error_code"]), str(found.get("error_desc", ""))
            return Outcome("refused", decline=decline, raw_code=code, raw_message=text)
        if ask.verb == "authorize":
            return self._paid(ask, found)
        if ask.verb == "refund":
            return refunded(found)
        return self._operated(ask, found)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        is_form = "json" not in inbound.headers.get("content-type", "")
        told = inbound.form() if is_form else inbound.json()
        if "RefundType" in told:
            return [refund_news(told, account)]
        names = ("tranID", "orderid", "status", "domain", "amount", "currency")
        inner = md5_hex(*(told.get(name, "") for name in names))
        paid, domain, code = (told.get(name, "") for name in ("paydate", "domain", "appcode"))
        signature = md5_hex(paid, domain, inner, code, account["secret_key"])
        if domain != account["merchant_id"] or not same(signature, told.get("skey", "")):
            raise BadSignature("the callback is not signed with this account's secret key")
        outcome = self._called_back(told)
        return [News("payment", outcome, told["orderid"], outcome.provider_ref)]

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        return b"CBTOKEN:MPSTATOK", {"Content-Type": "text/plain"}

    def _paid(self, ask: Ask, found: Mapping[str, Any]) -> Outcome:
        """The answer to a direct payment: its end, or the shopper's next step."""
        said = found["TxnData"]
        data, reference = said.get("RequestData") or {}, str(found.get("TxnID", ""))
        scanned = data.get("qr_data") or data.get("qrData")
        if scanned:
            step = actions.qr(scanned)
        elif said.get("RequestType") == "REDIRECT":
            step = redirection(ask, said)
        elif said.get("RequestType") == "RESPONSE":
            return self._answered(ask, data, reference)
        else:
            return Outcome("unknown", reference, raw_code=said.get("RequestType", ""))
        return Outcome("action", reference, action=step, keep={"action": step})

    def _answered(self, ask: Ask, data: Mapping[str, Any], reference: str) -> Outcome:
        taken = "captured" if ask.capture == "automatic" else "authorized"
        word = str(data.get("status", ""))
        state = {"00": taken, "11": "declined", "22": "pending"}.get(word, "unknown")
        extra = data.get("extraP") or {}
        token = extra.get("token") if isinstance(extra, dict) else None
        return Outcome(
            state,
            reference,
            decline="generic_decline" if state == "declined" else "",
            raw_code=data.get("error_code") or word,
            raw_message=data.get("error_desc") or "",
            facts={"network_reference": STORED + token} if token else {},
        )

    def _asked(self, ask: Ask, about: str, found: Mapping[str, Any]) -> Outcome:
        """The answer to a question about a payment, or about what was done with it."""
        code, name = found.get("StatCode", ""), str(found.get("StatName", "")).lower()
        reference = found.get("TranID") or ask.provider_ref
        if about != "payment":
            is_done = code in DONE[about][0] and name in DONE[about][1]
            return Outcome("succeeded" if is_done else "unknown", reference, raw_code=name)
        state = stood(code, self.state(name))
        if state == "pending" and "action" in ask.kept and ask.verb == "inquire":
            step = ask.kept["action"]  # nothing has happened since: the step is still due
            return Outcome("action", reference, raw_code=name, action=step, keep=ask.kept)
        return Outcome(
            state,
            reference,
            decline="generic_decline" if state == "declined" else "",
            raw_code=found.get("ErrorCode") or name or found.get("Error", ""),
            raw_message=found.get("ErrorDesc", ""),
        )

    def _recurred(self, found: Mapping[str, Any]) -> Outcome:
        """The answer to a charge of a token: accepted is not yet paid."""
        word, why = found.get("status", ""), found.get("reason") or ""
        state = {"accepted": "pending", "failed": "declined"}.get(word, "unknown")
        decline = "generic_decline" if state == "declined" else ""
        return Outcome(state, found.get("tranID") or "", "", decline, word, why)

    def _operated(self, ask: Ask, found: Mapping[str, Any]) -> Outcome:
        """The answer to a capture or a cancellation."""
        code = str(found.get("StatCode", ""))
        known = {**dict.fromkeys(self.declines, "failed"), **OPERATIONS}
        state = known.get(code, "unknown")
        decline = self.declines.get(code, "") if state == "failed" else ""
        decline = f"{ask.verb}_refused" if decline == "provider_refused" else decline
        return Outcome(state, ask.provider_ref, decline=decline, raw_code=code)

    def _called_back(self, told: Mapping[str, str]) -> Outcome:
        held_or_taken = "credit" in told.get("channel", "credit").lower()
        taken = "unknown" if held_or_taken else "captured"
        word = told["status"]
        state = {"00": taken, "11": "declined", "22": "pending"}.get(word, "unknown")
        return Outcome(
            state,
            told["tranID"],
            decline="generic_decline" if state == "declined" else "",
            raw_code=told.get("error_code") or word,
            raw_message=told.get("error_desc", ""),
            money=Money.from_major(told["amount"], told["currency"]),
        )


# Fiuu's members.


def form(path: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", path, body, encoding="form")


def card(ask: Ask, scheme_id: str) -> dict[str, str]:
    if not ask.card:
        return {}
    alone = ask.initiator == "merchant" or ask.three_ds == "skip"
    return {
        "non_3DS": "1" if alone else "0",
        "CC_PAN": ask.card.number,
        "CC_CVV2": ask.card.cvc,
        "CC_MONTH": f"{ask.card.exp_month:02}",
        "CC_YEAR": str(ask.card.exp_year),
        "mpstokenstatus": "1" if ask.agreement == "first" else "3",
        "OriginalSchemeID": scheme_id,
    }


def recurring(ask: Ask, token: str) -> str:
    """A record of the recurring door, without its merchant and checksum."""
    fields = ["T", "", "", token, ask.reference, ask.money.currency, ask.money.major()]
    shopper = [ask.customer.name, ask.customer.email, ask.customer.phone, "", ""]
    return "|".join(one.replace("|", " ") for one in (*fields, *shopper))


def heard(reply: Reply) -> Any:
    """A reply as members, whatever it is written in."""
    if reply.body:
        return reply.body
    if reply.text.lstrip()[:1] in ("{", "["):
        return json.loads(reply.text)
    return dict(_LINE.findall(reply.text))


def stood(code: str, state: str) -> str:
    """A payment's state by its code and its name, which must agree."""
    if code == "22":
        return "pending"
    if code == "11":
        return state if state in ("declined", "voided") else "declined"
    return state if code == "00" else "unknown"


def redirection(ask: Ask, said: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: str(value) for name, value in (said.get("RequestData") or {}).items()}
    step = actions.three_ds if ask.card else actions.redirect
    return step(said["RequestURL"], said.get("RequestMethod", "POST"), fields)


def refunded(found: Mapping[str, Any]) -> Outcome:
    """What the answer to a refund says, or the news of one."""
    word, why = str(found.get("Status", "")), found.get("reason") or ""
    state = OPERATIONS.get(word, "unknown")
    decline = "refund_refused" if state == "failed" else ""
    references = str(found.get("TxnID", "")), str(found.get("RefundID", ""))
    return Outcome(state, *references, decline, word, why)


def refunded_of(ask: Ask, found: list[Mapping[str, Any]]) -> Outcome:
    """Our refund among those of a payment."""
    for one in found:
        if one.get("RefID") == ask.reference or str(one.get("RefundID")) == ask.operation_ref:
            word = str(one.get("Status", "")).lower()
            state = REFUNDED.get(word, "unknown")
            decline = "refund_refused" if state == "failed" else ""
            references = ask.provider_ref, str(one.get("RefundID", ""))
            return Outcome(state, *references, decline, word)
    return Outcome("unknown", raw_code="no_such_refund")


def refund_news(told: Mapping[str, Any], account: Mapping[str, str]) -> News:
    names = ("RefundType", "MerchantID", "RefID", "RefundID", "TxnID", "Amount", "Status")
    signature = md5_hex(*(str(told.get(name, "")) for name in names), account["secret_key"])
    if not same(signature, str(told.get("Signature", ""))):
        raise BadSignature("the refund is not signed with this account's secret key")
    outcome = refunded(told)
    references = outcome.provider_ref, outcome.operation_ref
    return News("refund", outcome, str(told["RefID"]), *references)
