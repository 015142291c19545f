"""Access Worldpay: cards and wallets by its Payments API, local methods by its APM API. JSON,
HTTP Basic, a version for each API in `WP-Api-Version`.

Quirks worth knowing
- What can be done next with a payment is a link in the last answer, with opaque data that changes
  from step to step. The links are kept; where the one that is wanted is not among them, the payment
  is looked at first and tells the present ones. Only their path is taken: credentials go nowhere
  but to the account's own address.
- A payment that asks for 3-D Secure is first answered `3dsDeviceDataRequired`: a script may look at
  the browser. None does here; Worldpay documents that the call goes on without, with the browser's
  facts in the payment. Then the issuer says yes, or shows a page, and the shopper comes back.
- Captures and refunds are always partial ones, since only those carry a reference of ours. In those
  references `_` is not allowed and `-` stands for it.
- No call is safe to repeat: a second one is a second payment. After silence a card's payment is
  found by `transactionReference` in the payment queries, which are up to a minute behind. Payments
  by local methods are not in there: only their event tells after a lost answer.
- Worldpay cancels a sale whose security code or address the issuer does not know (202
  `sentForCancellation`): that is a decline.
- `authorized` and `sentForSettlement` events do not say whether a hold or a sale is meant, so they
  make us inquire. Events are signed once Worldpay was asked for it; one may carry several
  signatures, of an old and a new key.
- The ids of local payments are longer than an id should be: our own reference is theirs.
- WeChat Pay answers with a picture of its code and not with what the code says: not spoken. Neither
  is Klarna, which insists on the merchant's terms and the lines of the order.

Sources: Worldpay's OpenAPI documents (Payments 2024-06-01, APMs 2024-07-01, Payment Queries 1,
Card Payments 7, Events 1) and developer.worldpay.com (3DS authentication for the web and what to do
when device data collection fails; event signature; payment queries; refusal response codes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any, Literal

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
from acquiring.connectors.parts.worldpay_links import (
    HEADERS,
    LOCAL,
    PAYMENTS,
    QUERIES,
    call,
    link,
    links,
    look,
    operate,
)
from acquiring.connectors.parts.worldpay_members import (
    card,
    is_local,
    local,
    payment,
    reference_of,
)
from acquiring.connectors.vocabulary import worldpay as words
from acquiring.core.money import Money

DUPLICATE = "transactionReferenceIsADuplicate"  # so there is one already
PUSHED = frozenset({"bizum", "bancomat", "swish"})
DEBITS = frozenset({"sepa", "ach"})


class Worldpay(Driver):
    name = "worldpay"
    title = "Worldpay"
    live = "https://access.worldpay.com"
    credentials = ("username", "password", "entity", "webhook_secret")
    secret_credentials = ("password", "webhook_secret")
    resendable = frozenset({"inquire"})
    missing = frozenset({"nothing_found", "no_such_operation"})
    states = {**words.LOCAL, **words.QUERIED, **words.OUTCOMES}
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if not is_local(ask):
            return call("POST", PAYMENTS, payment(ask, card(ask)))
        if ask.capture == "manual":
            raise Unsupported(f"Worldpay takes {ask.code} payments at once; only cards are held")
        return call("POST", LOCAL, payment(ask, local(ask)))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing. Where the issuer asked them, this goes on.
        challenge = ask.kept.get("challenge", "")
        return call("POST", challenge) if challenge else self.inquire(ask)

    def capture(self, ask: Ask) -> Call:
        return operate(ask, ask.kept) or look(ask)

    def void(self, ask: Ask) -> Call:
        return operate(ask, ask.kept) or look(ask)

    def refund(self, ask: Ask) -> Call:
        return operate(ask, ask.kept) or look(ask)

    def inquire(self, ask: Ask) -> Call:
        if is_local(ask) and "self" in ask.kept:
            return call("GET", ask.kept["self"])
        if ask.provider_ref and not is_local(ask):
            return call("GET", f"{QUERIES}/{ask.provider_ref}")
        query = {"transactionReference": reference_of(ask)}
        return Call("GET", QUERIES, query=query, headers=HEADERS[QUERIES])

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.path in (PAYMENTS, LOCAL):
            call = replace(call, body={**call.body, "merchant": {"entity": account["entity"]}})
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return signing.basic(account["username"], account["password"])

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        if reply.status >= 400:
            return self._refused(ask, reply.body)
        if ask.verb in ("capture", "void", "refund"):
            return self._operated(ask, reply)
        if ask.verb == "inquire" or (ask.verb == "resume" and "outcome" not in reply.body):
            return self._found(ask, reply.body)
        return self._local(ask, reply.body) if is_local(ask) else self._card(ask, reply.body)

    def _refused(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        code, message = body.get("errorName", ""), body.get("message", "")
        if ask.verb in ("inquire", "resume") or code == DUPLICATE:
            return Outcome("unknown", raw_code=code, raw_message=message)
        no = self.declines.get(code, "invalid_request")
        if ask.verb != "authorize":
            no = f"{ask.verb}_refused"
        return Outcome("refused", ask.provider_ref, "", no, code, message)

    def _card(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        word = body.get("outcome", "")
        if word == "3dsDeviceDataRequired":
            return More("device", call("POST", link(body, "supply3dsDeviceData"), {}))
        if word == "3dsChallenged":
            asked = body["challenge"]
            fields = {"JWT": asked["jwt"], "MD": ask.reference}
            step = actions.three_ds(asked["url"], "POST", fields)
            keep = {"challenge": link(body, "complete3dsChallenge"), "action": step}
            return Outcome("action", raw_code=word, action=step, keep=keep)
        state = words.OUTCOMES.get(word, "unknown")
        if state == "authorized" and ask.capture == "automatic":
            state = "pending"  # its settlement follows
        code = body.get("refusalCode") or word
        no = ""
        if state == "declined":
            no = mismatch(body) if word == "sentForCancellation" else self.decline(code)
        return Outcome(
            state,
            body.get("paymentId", ""),
            decline=no,
            raw_code=code,
            raw_message=body.get("refusalDescription", ""),
            facts=facts(body),
            keep=links(body),
        )

    def _local(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word = body.get("lastEvent", "")
        state, step = words.LOCAL.get(word, "unknown"), None
        if state == "pending" and ask.verb == "authorize":
            step = next_step(ask, body)
        elif state == "pending" and ask.verb == "inquire" and word == "pending":
            step = ask.kept.get("action")  # nothing has happened since: the step is still due
        no = self.decline(word) if state == "declined" else ""
        keep = given({**links(body), "action": step})
        named = reference_of(ask)
        return Outcome("action" if step else state, named, "", no, word, action=step, keep=keep)

    def _found(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """What an inquiry found: a payment in a list, its events, or how a local one stands."""
        if "_embedded" in body:
            ours = [one for one in body["_embedded"]["payments"] if is_ours(ask, one)]
            if ours:
                return More("look", call("GET", f"{QUERIES}/{ours[-1]['paymentId']}"))
            if "challenge" in ask.kept and ask.target == "payment":
                return Outcome("action", action=ask.kept["action"])
            return Outcome("unknown", raw_code="not_listed" if is_local(ask) else "nothing_found")
        if not is_local(ask):
            return self._queried(ask, body)
        return self._local(ask, body) if ask.target == "payment" else given_back(ask, body)

    def _queried(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What payment queries tell of a card's payment, or of one operation on it."""
        if ask.target != "payment":
            return submitted(ask, body)
        word = body.get("lastEvent", "")
        state = words.QUERIED.get(word, "unknown")
        if state == "captured" and ask.capture == "manual":
            state = "authorized"  # captures are told of on their own
        elif state == "authorized" and ask.capture == "automatic":
            state = "pending"
        last: Mapping[str, Any] = next(
            (one for one in reversed(body.get("events", ())) if "code" in one), {}
        )
        code = last.get("code", "") if state == "declined" else word
        told = {
            "network_reference": (body.get("scheme") or {}).get("reference", "").strip(),
            "authorization_code": (body.get("issuer") or {}).get("authorizationCode", ""),
        }
        return Outcome(
            state,
            body.get("paymentId", ""),
            decline=self.decline(code or word) if state == "declined" else "",
            raw_code=code or word,
            raw_message=last.get("description", ""),
            money=Money(**body["value"]) if state == "captured" else None,
            facts=given(told),
        )

    def _operated(self, ask: Ask, reply: Reply) -> Outcome | More:
        """A promise to do what was asked; or the links of the payment, and then the call."""
        if reply.status == 202:
            word = reply.body.get("outcome") or reply.body.get("lastEvent", "")
            return Outcome("pending", ask.provider_ref, raw_code=word, keep=links(reply.body))
        found = operate(ask, links(reply.body))
        if found and not ask.step:
            return More("act", found)
        word = reply.body.get("lastEvent", "")
        return Outcome("refused", ask.provider_ref, "", f"{ask.verb}_refused", word)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        made = signing.hmac_sha256_hex(account["webhook_secret"], inbound.body)
        given_ones = inbound.headers.get("event-signature", "").split(",")
        if not any(signing.same(made, one.rpartition("/")[2].strip()) for one in given_ones):
            raise BadSignature("Event-Signature is not that of this account")
        event = inbound.json()
        told = self._event(event.get("eventDetails") or {})
        return [replace(told, event_id=event.get("eventId", ""))] if told else []

    def _event(self, details: Mapping[str, Any]) -> News | None:
        kind, ours = details.get("type", ""), details.get("transactionReference", "")
        named = str(details.get("reference", "")).replace("-", "_", 1)
        # A local payment's reference is also what we know it by.
        provider_ref = "" if ours.startswith("att_") else ours
        if kind in words.DISPUTES or details.get("classification") == "chargeback":
            return News("dispute", Outcome("unknown", raw_code=kind), ours, provider_ref)
        about = operation_of(named)
        if about and kind in words.OPERATIONS:
            state = words.OPERATIONS[kind]
            no = f"{about}_refused" if state == "failed" else ""
            return News(about, Outcome(state, decline=no, raw_code=kind), named)
        if kind in ("pending", "sentForAuthorization"):
            return None
        state, no = "unknown", ""
        if "/apmPayments/" in payment_link(details) and words.LOCAL.get(kind) != "pending":
            state = words.LOCAL.get(kind, "unknown")
        elif kind in ("refused", "error", "expired"):
            state = words.LOCAL[kind]
        code = str((details.get("refusal") or {}).get("code") or kind)
        no = self.decline(code) if state == "declined" else ""
        return News("payment", Outcome(state, "", "", no, code), ours, provider_ref)


# Worldpay's members in our words.


def next_step(ask: Ask, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the shopper of a local method does now; an account is debited without them."""
    page, code = unescape(body.get("redirect") or ""), body.get("transactionCode", "")
    if ask.code in DEBITS:
        return None
    if ask.code == "pix" and code:
        return actions.qr(code)
    if ask.code in PUSHED:
        return actions.wait("app")
    return actions.redirect(page) if page else None


def is_ours(ask: Ask, one: Mapping[str, Any]) -> bool:
    return one.get("transactionReference") == reference_of(ask)


def submitted(ask: Ask, body: Mapping[str, Any]) -> Outcome:
    """How a capture, refund or void stands: its request, and what came of the same command."""
    stem, member = words.EVENTS[ask.target]
    events = body.get("events", ())
    named = ask.reference.replace("_", "-")
    asked = [one for one in events if one.get("eventName") == f"{stem}ed"]
    ours = [one for one in asked if not member or one.get(member) == named]
    if not ours:
        return Outcome("unknown", ask.provider_ref, raw_code="no_such_operation")
    command = ours[-1].get("commandId")
    last = [one["eventName"] for one in events if one.get("commandId") == command][-1]
    state = words.SUBMITTED.get(last.removeprefix(stem), "unknown")
    no = f"{ask.target}_refused" if state == "failed" else ""
    return Outcome(state, ask.provider_ref, "", no, last)


def given_back(ask: Ask, body: Mapping[str, Any]) -> Outcome:
    """How a refund by a local method stands, where it is the only one that can be meant."""
    word = body.get("lastEvent", "")
    state = words.OPERATIONS.get(word, "unknown")
    if ask.money != ask.total or ask.target != "refund":
        state = "unknown"  # of several the event of each tells
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, ask.provider_ref, "", no, word)


def operation_of(named: str) -> Literal["", "capture", "refund"]:
    return "capture" if named.startswith("cap_") else "refund" if named.startswith("ref_") else ""


def payment_link(details: Mapping[str, Any]) -> str:
    found = ((details.get("_links") or {}).get("payment") or {}).get("href", "")
    return str(found)


def mismatch(body: Mapping[str, Any]) -> str:
    """Why Worldpay let a sale go: what the issuer did not find true."""
    for one in body.get("riskFactors", ()):
        if one.get("risk") == "notMatched":
            return words.MISMATCHES.get(one.get("detail") or one.get("type"), "generic_decline")
    return "generic_decline"


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    checks = {
        one.get("detail") or one.get("type"): one.get("risk") for one in body.get("riskFactors", ())
    }
    return given(
        {
            "network_reference": body.get("schemeReference", ""),
            "authorization_code": (body.get("issuer") or {}).get("authorizationCode", ""),
            "avs": checks.get("address", ""),
            "cvc": checks.get("cvc", ""),
            "eci": (body.get("threeDS") or {}).get("eci", ""),
            "card_country": (body.get("paymentInstrument") or {}).get("countryCode", ""),
        }
    )
