"""Adyen Checkout v72: cards with 3-D Secure, and local methods by redirect, QR, voucher or app.

Quirks worth knowing
- There is no payment look-up. `inquire` does not exist here: after silence the same call is sent
  again under the same `Idempotency-Key` (kept 31 days at least), which returns the stored answer
  and moves nothing twice; everything later is told by webhooks alone.
- A stored error stays the answer for its key. Only the reply header `Transient-Error: true` says
  that the key is free again. 704 means that the first call under the key is still under way.
- Captures, cancels and refunds are only `received`; the webhook says whether they worked.
  REFUND_FAILED, REFUNDED_REVERSED and CAPTURE_FAILED are bad news although they say success=true.
- Automatic capture is asked with `captureDelayHours: 0` and is not announced; the webhook
  AUTHORISATION therefore looks the same either way. The capture mode travels in `metadata`, which
  comes back; without it (Adyen leaves it out at times) a success reads "authorized".
- Every notification item signs itself: eight members, hex key. All else in an item is unsigned.
  Several keys, separated by blanks, may stand in `hmac_key` while they are being rotated.
- Minor units follow Adyen's own table: CLP and ISK have two places, CVE and IDR none.
- Live calls go to a host of the company's own, hence the credential `live_prefix`.
- A later payment of an agreement names the first one: by the network's transaction id for cards,
  by Adyen's `storedPaymentMethodId` for other methods; both are the fact `network_reference`.
- A wallet's payload goes in as the wallet made it; Adyen's account holds what opens it.

Sources: Adyen/adyen-openapi CheckoutService-v72 and Webhooks-v1; docs.adyen.com pages on API
idempotency, HMAC signatures, currency codes, refusal reasons, error codes, live endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

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
    Unsupported,
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.parts.adyen_members import members
from acquiring.connectors.signing import hmac_sha256_base64, same
from acquiring.connectors.vocabulary.adyen import (
    BANK_FIELDS,
    CODES,
    DECLINES,
    ERRORS,
    EVENTS,
    FACTS,
    INVOICED,
    REFUSED,
    RETURNED,
    SCRUB,
    SIGNED,
    STATES,
)
from acquiring.core.money import Money, exponent, rescale


class Adyen(Driver):
    """Adyen, spoken as Checkout API v72 and its standard webhooks."""

    name = "adyen"
    title = "Adyen"
    live = "https://{live_prefix}-checkout-live.adyenpayments.com/checkout"
    credentials = ("api_key", "merchant_account", "hmac_key", "live_prefix")
    secret_credentials = ("api_key", "hmac_key")
    verbs = frozenset({"authorize", "resume", "capture", "void", "refund"})
    resendable = verbs
    states = STATES
    declines = DECLINES
    exponents = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
    scrub = SCRUB

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        """`POST /payments`: a charge or a hold, by card or by a local method."""
        body = {
            "amount": self._amount(ask.money),
            "reference": ask.reference,
            "returnUrl": ask.return_url,
            "merchantOrderReference": ask.order_reference or ask.payment,
            "metadata": {"payment": ask.payment, "capture": ask.capture},
            "countryCode": ask.country,
            "shopperStatement": ask.descriptor[:22],
            **members(ask),
        }
        if ask.code.startswith(INVOICED):
            body["lineItems"] = self._lines(ask)
        return _post("/v72/payments", given(body), ask.reference)

    def resume(self, ask: Ask) -> Call:
        """`POST /payments/details` with what the shopper came back with.

        Raises Unsupported when that is nothing Adyen knows: the webhook will tell. Each step has
        its own key, so that a second step is not answered with the first one's reply.
        """
        details = {name: text for name, text in ask.returned.items() if name in RETURNED}
        if not details:
            raise Unsupported("the shopper came back with nothing to hand on")
        body: dict[str, Any] = {"details": details}
        if ask.kept.get("payment_data"):
            body["paymentData"] = ask.kept["payment_data"]
        step = sha256(repr(sorted(details.items())).encode()).hexdigest()[:16]
        return _post("/v72/payments/details", body, f"{ask.reference}.{step}")

    def capture(self, ask: Ask) -> Call:
        """`POST /payments/{}/captures`: all of a hold or a part of it."""
        return self._modify(ask, "captures", with_amount=True)

    def void(self, ask: Ask) -> Call:
        """`POST /payments/{}/cancels`: lets go of what was not captured. `POST /cancels` by our own
        reference where the answer with Adyen's was lost (a technical cancel)."""
        if ask.provider_ref or not ask.attempt:
            return self._modify(ask, "cancels", with_amount=False)
        body = {"reference": ask.reference, "paymentReference": ask.attempt}
        return _post("/v72/cancels", body, ask.reference)

    def refund(self, ask: Ask) -> Call:
        """`POST /payments/{}/refunds`: all of a captured sum or a part of it."""
        return self._modify(ask, "refunds", with_amount=True)

    def _modify(self, ask: Ask, path: str, *, with_amount: bool) -> Call:
        if not ask.provider_ref:
            raise Unsupported(f"{ask.verb} needs Adyen's reference of the payment")
        body: dict[str, Any] = {"reference": ask.reference}
        if with_amount:
            body["amount"] = self._amount(ask.money)
        if with_amount and ask.code.startswith(INVOICED):
            body["lineItems"] = self._lines(ask)
        return _post(f"/v72/payments/{ask.provider_ref}/{path}", body, ask.reference)

    def _lines(self, ask: Ask) -> list[dict]:
        sum_of_all = self._amount(ask.money)["value"]
        name = ask.description or ask.order_reference or ask.reference
        return [{"id": "1", "quantity": 1, "amountIncludingTax": sum_of_all, "description": name}]

    def _amount(self, money: Money) -> dict:
        places = exponent(money.currency)
        value = rescale(money.amount, places, self.exponents.get(money.currency, places))
        return {"currency": money.currency, "value": value}

    def _money(self, amount: Mapping[str, Any] | None) -> Money | None:
        if not amount or "value" not in amount:
            return None
        currency = amount["currency"]
        places = exponent(currency)
        theirs = self.exponents.get(currency, places)
        return Money(rescale(int(amount["value"]), theirs, places), currency)

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        """The call as bytes, with the merchant account, at the company's own host when live."""
        # /payments/details finds its payment by what the shopper brought; it knows no account.
        if not call.path.endswith("/details"):
            body = {**call.body, "merchantAccount": account["merchant_account"]}
            call = replace(call, body=body)
        base = base.replace("{live_prefix}", account.get("live_prefix", ""))
        return super().wire(call, base, account)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        """The API key."""
        return {"X-API-Key": account["api_key"]}

    # Reading.

    def may_resend(self, ask: Ask, reply: Reply | None) -> bool:
        """After silence always; after a reply only where it frees the idempotency key."""
        return reply is None or reply.headers.get("transient-error", "").lower() == "true"

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        """A result, a receipt, or an error that came before any bank was asked."""
        body = reply.body
        if reply.status >= 400:
            return self._error(ask, reply)
        if "resultCode" in body:
            return self._result(ask, body)
        return Outcome(
            self.state(body.get("status", "")),
            provider_ref=body.get("paymentPspReference", ask.provider_ref),
            operation_ref=body.get("pspReference", ""),
        )

    def _error(self, ask: Ask, reply: Reply) -> Outcome:
        code, message = str(reply.body.get("errorCode", "")), reply.body.get("message", "")
        # An odd return from the issuer says nothing about the payment it belongs to.
        if reply.status >= 500 or code == "704" or ask.verb == "resume":
            return Outcome("unknown", raw_code=code, raw_message=message)
        decline = ERRORS.get(code) or REFUSED.get(ask.verb, "invalid_request")
        return Outcome("refused", decline=decline, raw_code=code, raw_message=message)

    def _result(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word, state = body["resultCode"], self.state(body["resultCode"])
        step = _next_step(body["action"]) if body.get("action") else None
        if step:
            state = "action"
        elif state == "action":
            state = "pending"  # a step that only Adyen's own components can draw
        elif state == "authorized" and ask.capture == "automatic":
            state = "captured"
        code, reason = body.get("refusalReasonCode", ""), body.get("refusalReason", "")
        paid_data = body.get("threeDSPaymentData", "")
        return Outcome(
            state,
            provider_ref=body.get("pspReference", ask.provider_ref),
            decline=self._decline(word, code, reason) if state == "declined" else "",
            raw_code=code if state == "declined" else "",
            raw_message=reason if state == "declined" else "",
            action=step,
            money=self._money(body.get("amount")) if word == "PartiallyAuthorised" else None,
            facts=_facts(body.get("additionalData", {}), body.get("fraudResult", {})),
            keep={"payment_data": paid_data} if paid_data else {},
        )

    def _decline(self, word: str, code: str, reason: str) -> str:
        code = code or CODES.get(reason.casefold(), "")
        if not code and word in ("Cancelled", "Error"):
            return {"Cancelled": "shopper_canceled", "Error": "processing_error"}[word]
        return self.decline(code)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        """The facts of a standard webhook; items of other accounts of the company are passed over.

        Raises BadSignature when one item is not signed with one of our keys.
        """
        items, keys = _items(inbound), account["hmac_key"].split()
        if not all(_signed(item, keys) for item in items):
            raise BadSignature("hmacSignature is not made with one of our keys")
        ours = account["merchant_account"]
        found = [self._news(item) for item in items if item["merchantAccountCode"] == ours]
        return [one for one in found if one]

    def _news(self, item: Mapping[str, Any]) -> News | None:
        data, event = item.get("additionalData") or {}, item["eventCode"]
        if event == "CANCEL_OR_REFUND":
            event = "REFUND" if data.get("modification.action") == "refund" else "CANCELLATION"
        success = str(item["success"]).lower() == "true"
        about, good, bad = EVENTS.get(event, ("", "", ""))
        state = good if success else bad
        if not state:
            return None
        if event == "AUTHORISATION" and success and _captured(item, data):
            state = "captured"
        theirs, original = item["pspReference"], item.get("originalReference") or ""
        reference = item.get("merchantReference") or ""
        if about in REFUSED and not reference.startswith(("cap_", "voi_", "ref_")):
            reference = ""  # without one of its own, an operation shows the payment's
        return News(
            about,  # type: ignore[arg-type]
            self._told(item, about, state, data),
            reference=reference,
            provider_ref=theirs if about == "payment" and not original else original,
            operation_ref="" if about == "payment" else theirs,
            event_id=f"{item['eventCode']}:{theirs}:{str(success).lower()}",
        )

    def _told(self, item: Mapping[str, Any], about: str, state: str, data: Mapping) -> Outcome:
        bad = state in ("declined", "failed")
        reason = (item.get("reason") or "") if bad or about == "dispute" else ""
        code = item["eventCode"] if about == "dispute" else CODES.get(reason.casefold(), "")
        decline = ""
        if bad:
            decline = self.decline(code) if about == "payment" else REFUSED[about]
        return Outcome(
            state,
            decline=decline,
            raw_code=code,
            raw_message=reason,
            money=self._money(item.get("amount")),
            facts=_facts(data, {}),
        )

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        """The word Adyen waits for; without it the webhook is sent again."""
        return b"[accepted]", {"Content-Type": "text/plain"}


# Our words into theirs.


def _post(path: str, body: dict, key: str) -> Call:
    return Call("POST", path, body, {"Idempotency-Key": key})


# Their words into ours.


def _next_step(action: Mapping[str, Any]) -> dict | None:
    """What the shopper does next; None for steps only Adyen's own components can draw."""
    kind, url, expires = action["type"], action.get("url", ""), _utc(action.get("expiresAt", ""))
    if kind == "qrCode":
        return actions.qr(action.get("qrCodeData", ""), expires_at=expires, app_url=url)
    if kind == "voucher":
        slip = action.get("downloadUrl") or action.get("instructionsUrl") or url
        entity = action.get("entity", "")
        return actions.voucher(action.get("reference", ""), expires, url=slip, entity=entity)
    if kind == "await":
        return actions.wait("app", hint=action.get("paymentMethodType", ""), expires_at=expires)
    if kind == "bankTransfer":
        fields = {ours: action[name] for name, ours in BANK_FIELDS.items() if action.get(name)}
        return actions.bank_details(fields, action.get("reference", ""), expires)
    if not url:
        return None
    card = kind == "threeDS2" or action.get("paymentMethodType") == "scheme"
    draw = actions.three_ds if card else actions.redirect
    return draw(url, action.get("method", "GET"), action.get("data"))


def _utc(text: str) -> str:
    """A time of theirs, with or without an offset, as RFC 3339 UTC; "" when there is none."""
    if not text:
        return ""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _facts(data: Mapping[str, Any], risk: Mapping[str, Any]) -> dict[str, str]:
    """What is worth showing; the network's reference wins over Adyen's own token."""
    facts = {ours: str(data[name]) for name, ours in FACTS.items() if data.get(name)}
    if "accountScore" in risk:
        facts["risk_score"] = str(risk["accountScore"])
    return facts


def _captured(item: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether an authorised payment captures itself: we asked so, or it knows nothing else."""
    mode = data.get("metadata.capture")
    if mode:
        return bool(mode == "automatic")
    return bool(item.get("operations")) and "CAPTURE" not in item["operations"]


def _items(inbound: Inbound) -> list[Mapping[str, Any]]:
    try:
        return [one["NotificationRequestItem"] for one in inbound.json()["notificationItems"]]
    except (KeyError, TypeError) as error:
        raise BadSignature("the body has no notificationItems") from error


def _signed(item: Mapping[str, Any], keys: list[str]) -> bool:
    """Whether one of the hex keys signed the item's eight members; absent ones are empty."""
    try:
        amount, signature = item["amount"], item["additionalData"]["hmacSignature"]
        members = [item.get(name) for name in SIGNED]
        parts = [*members[:4], amount.get("value"), amount.get("currency"), *members[4:]]
        message = ":".join("" if part is None else str(part) for part in parts).encode()
        made = [hmac_sha256_base64(bytes.fromhex(key), message) for key in keys]
        return any(same(one, signature) for one in made)
    except (AttributeError, KeyError, TypeError):
        return False
