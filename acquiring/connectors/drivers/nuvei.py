"""Nuvei (SafeCharge) REST 1.0: cards and other methods, every call signed by a hash of members.

Quirks worth knowing
- Each payment begins with a session token, which serves one order. A card that a shopper may be
  asked about is first changed into a temporary token of that session, so that it can be charged
  after the challenge without its number; then 3-D Secure is opened (`initPayment`) and paid.
- After the challenge nothing is paid yet: the same payment is sent once more, naming the first.
- What a checksum covers differs from call to call. A notification's covers sum, status and an id
  of its own, but neither our reference nor the kind of transaction: it only makes us inquire.
- A refund names what took the money. Of a held payment that is its settlement, which is found by
  its `clientUniqueId`: the id of the payment that it settles. One payment is settled once.
- HTTP 200 is the answer to everything; `status` tells whether the call was understood,
  `transactionStatus` what became of it. 9146 is a transaction nobody knows.
- A later payment of an agreement names the first one's transaction: our network reference.
- Amounts are decimal strings. Refunds are offered for cards and PayPal only.

Sources: docs.nuvei.com (server-to-server REST 1.0, tokenization-only flow, response handling),
PyPI nuvei 1.0.2 (MIT: members of checksums and notifications), recorded answers of activemerchant
(MIT), hyperswitch-prism (Apache-2.0: getTransactionDetails).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
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
from acquiring.connectors.vocabulary import nuvei as words
from acquiring.connectors.vocabulary.nuvei import (
    INIT,
    LOOK,
    PAY,
    REFUND,
    SESSION,
    SETTLE,
    TOKEN,
    VOID,
)
from acquiring.core.money import Money

NOTIFIED = "totalAmount currency responseTimeStamp PPP_TransactionID Status productId"
DONE = {"capture": "APPROVED/Settle", "refund": "APPROVED/Credit", "void": "APPROVED/Void"}


class Nuvei(Driver):
    """Nuvei's REST API 1.0."""

    name = "nuvei"
    title = "Nuvei"
    live = "https://secure.safecharge.com/ppp/api/v1"
    credentials = ("merchant_id", "site_id", "secret_key")
    secret_credentials = ("secret_key",)
    resendable = frozenset({"inquire"})
    missing = frozenset({words.NOT_FOUND})
    states = words.STATES
    strangers = frozenset({"1001", "1013", "1022"})
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        return Call("POST", SESSION, {"clientRequestId": f"{ask.reference}-session"})

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing. A challenge is followed by the payment.
        if not ask.kept.get("card"):
            return self._look(ask)
        card = {"ccTempToken": ask.kept["card"]}
        return self._pay(ask, "-3ds", card, relatedTransactionId=ask.provider_ref)

    def capture(self, ask: Ask) -> Call:
        return self._operate(ask, SETTLE, ask.provider_ref, ask.provider_ref)

    def void(self, ask: Ask) -> Call:
        return self._operate(ask, VOID, ask.reference, ask.provider_ref)

    def refund(self, ask: Ask) -> Call:
        if ask.capture == "manual":
            return Call("POST", LOOK, {"clientUniqueId": ask.provider_ref})
        return self._operate(ask, REFUND, ask.reference, ask.provider_ref)

    def inquire(self, ask: Ask) -> Call:
        return self._look(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {}  # the checksum stands in the body

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        if call.signed:
            at = datetime.fromisoformat(account["sent_at"]).astimezone(UTC)
            ids = {"merchantId": account["merchant_id"], "merchantSiteId": account["site_id"]}
            body = {**ids, **call.body, "timeStamp": f"{at:%Y%m%d%H%M%S}"}
            body["checksum"] = words.checksum(call.path, body, account["secret_key"])
            call = replace(call, body=body)
        return super().wire(call, base, account)

    def _look(self, ask: Ask) -> Call:
        known = ask.provider_ref if ask.target == "payment" else ask.operation_ref
        # After a challenge the payment has another id than the question had, but the same name.
        if known and not (ask.target == "payment" and ask.kept.get("card")):
            return Call("POST", LOOK, {"transactionId": known})
        ours = ask.provider_ref if ask.target == "capture" else ask.reference
        return Call("POST", LOOK, {"clientUniqueId": ours})

    def _operate(self, ask: Ask, path: str, ours: str, related: str) -> Call:
        money = (ask.total or ask.money) if path == VOID else ask.money
        body = {
            "clientRequestId": ask.reference,
            "clientUniqueId": ours,
            "amount": money.major(),
            "currency": money.currency,
            "relatedTransactionId": related,
            "authCode": "" if path == REFUND else ask.kept.get("auth_code"),
            "urlDetails": told({"notificationUrl": ask.webhook_url}),
        }
        return Call("POST", path, told(body))

    def _tokenize(self, ask: Ask, session: str) -> Call:
        body = {"sessionToken": session, "cardData": card_of(ask), "billingAddress": person(ask)}
        return Call("POST", TOKEN, told(body), signed=False)

    def _init(self, ask: Ask, card: str) -> Call:
        return Call("POST", INIT, self._order(ask, "-init", {"card": {"ccTempToken": card}}))

    def _pay(self, ask: Ask, suffix: str, card: Mapping[str, Any], **members: str) -> Call:
        """The call that pays: by card, by a wallet's token, or at another page."""
        option: dict[str, Any] = {"card": card}
        if not card:
            option = {"alternativePaymentMethod": {"paymentMethod": ask.code}}
        body = {
            **self._order(ask, suffix, option),
            "clientUniqueId": ask.reference,
            "transactionType": "Auth" if ask.capture == "manual" else "Sale",
            "urlDetails": told(
                {
                    **dict.fromkeys(("successUrl", "failureUrl", "pendingUrl"), ask.return_url),
                    "notificationUrl": ask.webhook_url,
                }
            ),
            "dynamicDescriptor": told({"merchantName": ask.descriptor}),
            **members,
        }
        if ask.agreement:
            body["isRebilling"] = "1" if ask.initiator == "merchant" else "0"
        return Call("POST", PAY, told(body))

    def _order(self, ask: Ask, suffix: str, option: Mapping[str, Any]) -> dict[str, Any]:
        body = {
            "sessionToken": ask.kept.get("session"),
            "clientRequestId": f"{ask.reference}{suffix}",
            "userTokenId": ask.customer.id,
            "amount": ask.money.major(),
            "currency": ask.money.currency,
            "paymentOption": option,
            "deviceDetails": told({"ipAddress": ask.device.ip}),
            "billingAddress": person(ask),
        }
        return told(body)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if body.get("status") == "ERROR":
            return self._refused(ask, str(body.get("errCode", "")), body.get("reason") or "")
        if body.get("status") != "SUCCESS":
            return Outcome("unknown", ask.provider_ref)
        if ask.verb == "authorize" and ask.step != "payment":
            return self._next(ask, body)
        if ask.verb == "refund" and ask.capture == "manual" and not ask.step:
            return self._settled(ask, body)
        details = body.get("transactionDetails")
        if ask.verb in DONE or ask.target != "payment":
            return self._operated(ask, details or body)
        return self._stands(ask, body, details or body)

    def _next(self, ask: Ask, body: Mapping[str, Any]) -> More:
        """What follows the session token, the card's own, and the opening of 3-D Secure."""
        asks = ask.card and ask.initiator == "shopper" and ask.three_ds != "skip"
        if not ask.step:
            kept = {"session": body["sessionToken"]}
            ask = replace(ask, kept=kept)
            if asks:
                return More("card", self._tokenize(ask, kept["session"]), kept)
            again = {}
            if ask.initiator == "merchant" and ask.network_reference:
                again = {"relatedTransactionId": ask.network_reference}
            return More("payment", self._pay(ask, "", card_of(ask), **again), kept)
        if ask.step == "card":
            token = body["ccTempToken"]
            return More("init", self._init(ask, token), {"token": token})
        card: dict[str, Any] = {"ccTempToken": ask.kept["token"]}
        opened = body["paymentOption"]["card"]["threeD"]
        if opened.get("v2supported") == "true":
            card["threeD"] = secure(ask, opened.get("version", ""))
        paid = self._pay(ask, "", card, relatedTransactionId=body["transactionId"])
        return More("payment", paid)

    def _stands(self, ask: Ask, body: Mapping[str, Any], found: Mapping[str, Any]) -> Outcome:
        """What a payment has come to; `found` has its status and type, `body` the rest."""
        status, option = found.get("transactionStatus", ""), body.get("paymentOption") or {}
        secured = (option.get("card") or {}).get("threeD") or {}
        state = self.state(f"{status}/{found.get('transactionType', '')}")
        action, keep = None, {"auth_code": found.get("authCode") or ""}
        if status == "REDIRECT" and secured.get("acsUrl"):
            action = actions.three_ds(secured["acsUrl"], "POST", {"creq": secured["cReq"]})
            keep["card"] = ask.kept.get("token") or ask.kept.get("card") or ""
            keep["session"] = ask.kept.get("session", "")
        elif status == "REDIRECT" and option.get("redirectUrl"):
            action = actions.redirect(option["redirectUrl"])
        elif ask.kept.get("card"):
            keep |= {"card": "", "session": ""}  # paid or not, that question is answered
        if action and ask.verb == "authorize":
            state = "action"
        code, message = reason(found)
        decline = self.decline(code.partition("/")[0]) if state in ("declined", "refused") else ""
        if state == "declined" and secured.get("result") in ("N", "R"):
            decline = "authentication_failed"
        return Outcome(
            state,
            str(found.get("transactionId") or ask.provider_ref),
            decline=decline,
            raw_code=code,
            raw_message=message,
            action=action if state == "action" else None,
            money=processed(found) if state in ("captured", "authorized") else None,
            facts=facts(option, found),
            keep={name: one for name, one in keep.items() if one or name != "auth_code"},
        )

    def _settled(self, ask: Ask, body: Mapping[str, Any]) -> Outcome | More:
        """The settlement that a refund has to name."""
        found = body.get("transactionDetails") or {}
        told_of = f"{found.get('transactionStatus')}/{found.get('transactionType')}"
        if told_of != DONE["capture"]:
            return Outcome("refused", ask.provider_ref, "", "refund_refused", told_of)
        call = self._operate(ask, REFUND, ask.reference, str(found["transactionId"]))
        return More("refund", call)

    def _operated(self, ask: Ask, found: Mapping[str, Any]) -> Outcome:
        """What a capture, refund or void has come to."""
        kind = ask.target if ask.verb == "inquire" else ask.verb
        status, own = str(found.get("transactionStatus", "")), str(found.get("transactionId", ""))
        code, message = reason(found)
        state = {"PENDING": "pending", "DECLINED": "failed", "ERROR": "failed"}.get(status)
        if f"{status}/{found.get('transactionType')}" == DONE[kind]:
            state = "succeeded"
        no = f"{kind}_refused" if state == "failed" else ""
        return Outcome(state or "unknown", ask.provider_ref, own, no, code, message)

    def _refused(self, ask: Ask, code: str, message: str) -> Outcome:
        """A call that was not understood, so that nothing came of it."""
        said: dict[str, Any] = {"raw_code": code, "raw_message": message}
        # A session that is used up may have been so by this very payment, whose answer was lost.
        if ask.verb in ("inquire", "resume") or code in words.TROUBLE:
            return Outcome("unknown", ask.provider_ref, **said)
        decline = self.declines.get(code, "invalid_request")
        if ask.verb in DONE:
            decline = f"{ask.verb}_refused"
        return Outcome("refused", ask.provider_ref, decline=decline, **said)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        given = {**inbound.query, **inbound.form()}
        signed = account["secret_key"] + "".join(given.get(one, "") for one in NOTIFIED.split())
        mine = hashlib.sha256(signed.encode()).hexdigest()
        if not signing.same(mine, given.get("advanceResponseChecksum", "")):
            raise BadSignature("the notification is not signed with this account's key")
        about = words.ABOUT.get(given.get("transactionType", ""))
        if about is None:
            return []
        ours, key = given.get("clientUniqueId", ""), given.get("TransactionID", "")
        ours = ours if ours.startswith(("att_", "ref_", "voi_")) else ""
        code, message = given.get("ErrCode", ""), given.get("Reason", "")
        outcome = Outcome("unknown", raw_code=code, raw_message=message)
        if about in ("payment", "dispute"):
            key = given.get("relatedTransactionId", key) if about == "dispute" else key
            return [News(about, outcome, ours, provider_ref=key)]  # type: ignore[arg-type]
        return [News(about, outcome, ours, operation_ref=key)]  # type: ignore[arg-type]


# Nuvei's members in our words, and ours in Nuvei's.


def told(body: Mapping[str, Any]) -> dict[str, Any]:
    """Only members that say something."""
    return {name: value for name, value in body.items() if value not in ("", None, {})}


def card_of(ask: Ask) -> dict[str, Any]:
    """The card, or what a wallet gave for one; nothing where the shopper pays elsewhere."""
    if wallet := words.WALLETS.get(ask.code):
        given = {"externalTokenProvider": wallet, "mobileToken": ask.details["token"]}
        return {"externalToken": given}
    if ask.card is None:
        return {}
    card = {
        "cardNumber": ask.card.number,
        "cardHolderName": ask.card.holder or ask.customer.name,
        "expirationMonth": f"{ask.card.exp_month:02d}",
        "expirationYear": str(ask.card.exp_year),
        "CVV": ask.card.cvc,
    }
    return told(card)


def secure(ask: Ask, version: str) -> dict[str, Any]:
    """What 3-D Secure 2 wants to know of the shopper's browser."""
    device = ask.device
    browser = {
        "acceptHeader": device.accept,
        "ip": device.ip,
        "javaEnabled": "TRUE" if device.java_enabled else "FALSE",
        "javaScriptEnabled": "TRUE",
        "language": device.language or ask.locale,
        "colorDepth": str(device.color_depth),
        "screenHeight": str(device.screen_height),
        "screenWidth": str(device.screen_width),
        "timeZone": str(device.time_zone_offset_minutes),
        "userAgent": device.user_agent,
    }
    wish = "04" if ask.three_ds == "required" else "01"
    return {
        "methodCompletionInd": "U",
        "version": version,
        "notificationURL": ask.return_url,
        "platformType": "02",
        "v2AdditionalParams": {"challengeWindowSize": "05", "challengePreference": wish},
        "browserDetails": told(browser),
    }


def person(ask: Ask) -> dict[str, str]:
    """The shopper and where they live."""
    first, _, last = ask.customer.name.partition(" ")
    home = ask.billing
    body = {
        "firstName": first,
        "lastName": last or first,
        "email": ask.customer.email,
        "phone": ask.customer.phone,
        "address": home.line1 if home else "",
        "city": home.city if home else "",
        "zip": home.postal_code if home else "",
        "country": (home.country if home else "") or ask.country,
    }
    return told(body)


def reason(found: Mapping[str, Any]) -> tuple[str, str]:
    """Why not: the issuer's own code where it is handed on, else the gateway's or the method's."""
    if issuer := found.get("issuerDeclineCode"):
        return str(issuer), found.get("issuerDeclineReason") or found.get("gwErrorReason") or ""
    if other := found.get("paymentMethodErrorCode"):
        return f"apm {other}", found.get("paymentMethodErrorReason") or ""
    code, more = found.get("gwErrorCode") or "", found.get("gwExtendedErrorCode") or ""
    return f"{code}" + (f"/{more}" if more else ""), found.get("gwErrorReason") or ""


def processed(found: Mapping[str, Any]) -> Money | None:
    """The sum of a transaction, where it is told."""
    if "processedAmount" not in found:
        return None
    return Money.from_major(str(found["processedAmount"]), found["processedCurrency"])


def facts(option: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, str]:
    """What an answer tells beyond its status."""
    card = option.get("card") or {}
    secured = card.get("threeD") or {}
    return told(
        {
            "network_reference": str(found.get("transactionId") or ""),
            "authorization_code": found.get("authCode"),
            "avs": card.get("avsCode"),
            "cvc": card.get("cvv2Reply"),
            "eci": secured.get("eci"),
        }
    )
