"""PPRO (Global API): one charge for every local method, finished as its authentication says.

Quirks worth knowing
- How the shopper says yes is asked for with the charge (`authenticationSettings`), by the
  catalogue row: REDIRECT unless `extra.authentication` names another. The answer's
  `authenticationMethods` are the step: a page, a code to scan or to bring to a counter, or nothing
  but a notification on the shopper's phone.
- A declined charge is HTTP 200 with the status FAILED; 4xx means that nothing was made. An
  idempotency key is kept for 24 hours, and not at all after a 4xx.
- A charge that was lost is found by our reference; refunds are listed with the charge's.
- `failure` of a charge is its latest, which may be a refund's: it is read only from a failed one.
- A charge that ran out of time is DISCARDED, as is one that the merchant discards; `discards` tell
  them apart.
- Webhooks go to `webhooksUrl`, which must be https; else to the account's own address. New
  accounts sign time and body (PPRO-Signature), older ones hash body and secret
  (Webhook-Signature); the header that came is checked.
- Not spoken: cards, payment agreements, separate captures and voids (no method here has them), and
  one-time codes typed at the shop (BLIK's is typed on the page).

Sources: developerhub.ppro.com/global-api: docs (quickstart-dpms, redirect, payment-authentication,
webhooks, the pages of the methods), reference (idempotency, errors, failure codes) and the
OpenAPI documents of payment charges and webhooks, read in github.com/api-evangelist/ppro;
hyperswitch-prism's connector (Apache-2.0) for identifiers. Facts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

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
from acquiring.connectors.vocabulary import ppro as words

CHARGES = "/v1/payment-charges"
NOT_LISTED = "not_listed"
REFUSALS = frozenset({400, 404, 422})


class Ppro(Driver):
    name = "ppro"
    title = "PPRO"
    live = "https://api.eu.ppro.com"
    credentials = ("api_key", "merchant_id", "webhook_secret")
    secret_credentials = ("api_key", "webhook_secret")
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = verbs
    missing = frozenset({NOT_LISTED})
    states = {
        "AUTHORIZATION_PROCESSING": "pending",
        "AUTHORIZATION_ASYNC": "pending",
        "AUTHENTICATION_PENDING": "action",
        "CAPTURE_PENDING": "authorized",
        "CAPTURE_PROCESSING": "pending",
        "CAPTURED": "captured",
        "REFUND_PROCESSING": "captured",
        "REFUNDED": "captured",
        "VOID_PROCESSING": "pending",
        "VOIDED": "voided",
        "DISCARD_PROCESSING": "pending",
        "DISCARDED": "expired",
        "FAILED": "declined",
    }
    declines = words.DECLINES
    scrub = frozenset(
        "name email phone birthdate taxidentification ip firstname lastname street"
        " instrumentprovideridentity".split()
    )

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body = {
            "paymentMethod": ask.code,
            "paymentMedium": "ECOMMERCE",
            "merchantPaymentChargeReference": ask.reference,
            "paymentDescriptor": _descriptor(ask),
            "amount": {"currency": ask.money.currency, "value": ask.money.amount},
            "autoCapture": ask.capture == "automatic",
            "consumer": _consumer(ask),
            "authenticationSettings": [_authentication(ask)],
            "webhooksUrl": ask.webhook_url if ask.webhook_url.startswith("https://") else "",
        }
        return _post(CHARGES, ask, _given(body))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return self.inquire(ask)

    def refund(self, ask: Ask) -> Call:
        body = {
            "amount": ask.money.amount,
            "merchantRefundReference": ask.reference,
            "refundReason": "CUSTOMER_REQUEST",
        }
        return _post(f"{_charge(ask)}/refunds", ask, body)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund":
            one = f"/{quote(ask.operation_ref, safe='')}" if ask.operation_ref else ""
            return Call("GET", f"{_charge(ask)}/refunds{one}")
        if ask.provider_ref:
            return Call("GET", _charge(ask))
        return Call("GET", CHARGES, query={"merchantPaymentChargeReference": ask.reference})

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        key = {"Authorization": f"Bearer {account['api_key']}"}
        return key | {"Merchant-Id": account["merchant_id"]}

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if reply.status >= 400:
            return self._refused(ask, reply)
        is_refund = ask.verb == "refund" or ask.target == "refund"
        if isinstance(body.get("data"), list):
            body = next((one for one in body["data"] if ask.reference in _references(one)), {})
            if not body:
                return Outcome("unknown", ask.provider_ref, raw_code=NOT_LISTED)
        return self._refund(ask, body) if is_refund else self._payment(ask, body)

    def _payment(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        outcome = self._stated(body.get("id", ""), body.get("status", ""), body)
        if outcome.state != "action":
            return outcome
        due = _step(body.get("authenticationMethods") or []) or ask.kept.get("action")
        # A charge whose step we cannot show may still be finished elsewhere, and is asked for.
        state, keep = ("action", {"action": due}) if due else ("pending", {})
        return Outcome(state, outcome.provider_ref, action=due, keep=keep)

    def _stated(self, charge: str, status: str, body: Mapping[str, Any]) -> Outcome:
        """What a charge's status means, as answered or told."""
        state = self.state(status)
        if state == "expired" and _discarded_by(body) == "MERCHANT_INITIATED_DISCARD":
            state = "voided"
        if state != "declined":
            return Outcome(state, charge, raw_code="" if state != "unknown" else status)
        return Outcome(state, charge, "", *self._failure(body, "generic_decline"))

    def _refund(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word = body.get("status", "")
        state = words.REFUNDS.get(word, "unknown")
        told = self._failure(body, "refund_refused") if state == "failed" else ("", word, "")
        return Outcome(state, ask.provider_ref, body.get("id", ""), *told)

    def _failure(self, body: Mapping[str, Any], otherwise: str) -> tuple[str, str, str]:
        """Our decline, PPRO's code and its message."""
        failure = body.get("failure") or {}
        code = failure.get("failureCode") or failure.get("failureType") or ""
        return self.declines.get(code, otherwise), code, failure.get("failureMessage") or ""

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        code = f"http_{reply.status}"
        message = reply.body.get("failureMessage") or reply.body.get("message") or ""
        if ask.verb in ("resume", "inquire") or reply.status not in REFUSALS:
            return Outcome("unknown", ask.provider_ref, "", "", code, message)
        no = "refund_refused" if ask.verb == "refund" else "invalid_request"
        return Outcome("refused", ask.provider_ref, "", no, code, message)

    # Hearing.

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        _believe(inbound, account["webhook_secret"])
        event = inbound.json()
        kind, data, number = event.get("type", ""), event.get("data") or {}, event.get("id", "")
        charge = data.get("paymentChargeId", "")
        if kind in words.REFUND_EVENTS:
            state, refund = words.REFUND_EVENTS[kind], data.get("refundId") or ""
            no = self._failure(data, "refund_refused") if state == "failed" else ("", "", "")
            ours = data.get("merchantRefundReference") or ""
            outcome = Outcome(state, charge, refund, *no)
            return [News("refund", outcome, ours, charge, refund, number)]
        ours = data.get("merchantPaymentChargeReference") or ""
        if kind in words.PAYMENT_EVENTS:
            outcome = self._stated(charge, data.get("paymentChargeStatus", ""), data)
            return [News("payment", outcome, ours, charge, "", number)]
        if kind in words.DISPUTES:
            ours = ours or data.get("merchantPaymentReference") or ""
            outcome = Outcome(words.DISPUTES[kind], charge, raw_code=kind)
            return [News("dispute", outcome, ours, charge, data.get("disputeId", ""), number)]
        return []


def _believe(inbound: Inbound, secret: str) -> None:
    """Raises BadSignature unless one of PPRO's two signatures is made with the secret."""
    pairs = inbound.headers.get("ppro-signature", "").replace(" ", "").split(",")
    parts = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if parts:
        made = signing.hmac_sha256_hex(secret, f"{parts.get('t', '')}.".encode() + inbound.body)
        given = parts.get("s", "")
    else:
        made = signing.sha256_hex(inbound.body + b"." + secret.encode())
        given = inbound.headers.get("webhook-signature", "")
    if not signing.same(made, given.lower()):
        raise BadSignature("the webhook's signature is not made with our secret")


# PPRO's members in our words.


def _post(path: str, ask: Ask, body: dict[str, Any]) -> Call:
    return Call("POST", path, body, {"Request-Idempotency-Key": ask.reference})


def _charge(ask: Ask) -> str:
    return f"{CHARGES}/{quote(ask.provider_ref, safe='')}"


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Members with an empty value say nothing and are left out."""
    return {name: value for name, value in members.items() if value not in ("", None, {})}


def _descriptor(ask: Ask) -> str:
    """What the shopper reads in their app; some methods insist on one."""
    return ask.descriptor or ask.description or ask.order_reference or ask.payment


def _consumer(ask: Ask) -> dict[str, Any]:
    device, home = ask.device, ask.billing or Address()
    address = {
        "street": " ".join(filter(None, (home.line1, home.line2))),
        "postalCode": home.postal_code,
        "city": home.city,
        "region": home.state,
        "country": home.country,
    }
    consumer = {
        "name": ask.customer.name,
        "email": ask.customer.email,
        "phone": ask.customer.phone,
        "country": ask.country or home.country,
        "client": _given({"ip": device.ip, "userAgent": device.user_agent[:500]}),
        "taxIdentification": ask.details.get("tax_id", ""),
        "merchantConsumerReference": ask.customer.id or ask.payment,
        "billingAddress": _given(address),
    }
    return _given(consumer)


def _authentication(ask: Ask) -> dict[str, Any]:
    """How the shopper is to be asked."""
    kind = ask.extra.get("authentication", "REDIRECT")
    if kind == "REDIRECT":
        return {"type": kind, "settings": {"returnUrl": ask.return_url}}
    if kind == "APP_NOTIFICATION":
        return {"type": kind, "settings": {"instrumentProviderIdentity": ask.customer.phone}}
    return {"type": kind}


def _step(methods: list[Mapping[str, Any]]) -> dict | None:
    """What the shopper must do; None for what we do not speak."""
    known = {one.get("type"): one.get("details") or {} for one in methods}
    if "SCAN_CODE" in known:
        return _code(known["SCAN_CODE"])
    if "REDIRECT" in known:
        page = known["REDIRECT"]
        method = "POST" if page.get("requestMethod") == "POST" else "GET"
        return actions.redirect(page["requestUrl"], method)
    return actions.wait("app") if "APP_NOTIFICATION" in known else None


def _code(details: Mapping[str, Any]) -> dict:
    """A QR code for an app, or the bars and number of a slip that is paid at a counter."""
    payload, until = details.get("codePayload", ""), details.get("scanBy") or ""
    if details.get("codeType", "QR") == "QR":
        return actions.qr(payload, until, details.get("codeImage") or "")
    slip, entity = details.get("codeDocument") or "", details.get("codeProviderEntityId") or ""
    bars = "" if details["codeType"] == "PAYMENT_REFERENCE" else payload
    return actions.voucher(payload, until, bars, slip, entity)


def _references(body: Mapping[str, Any]) -> set[str]:
    """Our names for a refund, or for a charge, whose authorizations carry it."""
    found = [body, *(body.get("authorizations") or [])]
    names = ("merchantRefundReference", "merchantPaymentChargeReference")
    return {one[name] for one in found for name in names if one.get(name)}


def _discarded_by(body: Mapping[str, Any]) -> str:
    """The type of the discard: of the charge's last one, or the one a webhook tells of."""
    discards = body.get("discards") or [{}]
    return str(body.get("discardType") or discards[-1].get("type") or "")
