"""Mercado Pago (AR, BR, CL, CO, MX, PE, UY): cards, Pix, PSE, cash counters, its own wallet.

Quirks worth knowing
- An account belongs to one country, whose currency is never said: amounts are bare JSON numbers.
- A card is turned into a token first, with the public key; what is paid names token and brand.
  Where debit cards go by names of their own (debvisa, redcompra …) that brand is refused.
- X-Idempotency-Key is honoured for payments and refunds: the first result is given again, whatever
  the body says then. A payment is also found by our reference among all payments.
- A refund has no reference of ours. One whose answer was lost is asked for again under its key.
- 3-D Secure happens where the issuer wants it and the account may; it cannot be insisted on. The
  challenge is opened with a posted `creq` and tells nobody where the shopper came from.
- The wallet is paid with on a page of Checkout Pro (a preference): there is no payment, and no id
  of one, before the shopper has paid. Cards are offered on that page as well.
- Webhooks are signed but name the payment only, so they make us inquire. Their address is typed
  into Mercado Pago's own panel, which also shows the secret.
- A chargeback has a topic of its own that names its payment; whoever asks for that hears
  `charged_back`, and its sum was taken all the same.
- Payments without the shopper need an agreement with Mercado Pago and are not offered.

Sources: mercadopago/openapi (Apache-2.0), samples and validator of mercadopago/sdk-java (MIT),
mercadopago.com developers (3DS, payment results, PSE, webhooks).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from acquiring.catalogue.card_numbers import brand_of
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
    Unsupported,
    Wire,
)
from acquiring.connectors.members import given
from acquiring.connectors.numbers import number
from acquiring.connectors.vocabulary import mercadopago as words

PAYMENTS = "/v1/payments"
TOKENS = "/v1/card_tokens"


class MercadoPago(Driver):
    name = "mercadopago"
    title = "Mercado Pago"
    live = "https://api.mercadopago.com"
    credentials = ("access_token", "public_key", "webhook_secret")
    secret_credentials = ("access_token", "webhook_secret")
    resendable = frozenset({"authorize", "resume", "refund", "inquire"})
    missing = frozenset({"no_such_reference", "not_captured", "not_cancelled"})
    states = {
        "pending": "pending",
        "approved": "captured",
        "authorized": "authorized",
        "in_process": "pending",
        "in_mediation": "captured",
        "rejected": "declined",
        "cancelled": "voided",
        "refunded": "captured",
        "charged_back": "captured",
    }
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        if ask.code == words.WALLET:
            return Call("POST", "/checkout/preferences", preference(ask))
        if not ask.card:
            return post(PAYMENTS, payment(ask), ask.reference)
        card = ask.card
        token = {
            "card_number": card.number,
            "expiration_month": card.exp_month,
            "expiration_year": card.exp_year,
            "security_code": card.cvc,
            "cardholder": given({"name": holder(ask), "identification": document(ask)}),
        }
        return Call("POST", TOKENS, given(token))

    def resume(self, ask: Ask) -> Call:
        return self._look(ask)

    def capture(self, ask: Ask) -> Call:
        body = {"capture": True, "transaction_amount": number(ask.money)}
        return Call("PUT", f"{PAYMENTS}/{ask.provider_ref}", body)

    def void(self, ask: Ask) -> Call:
        return Call("PUT", f"{PAYMENTS}/{ask.provider_ref}", {"status": "cancelled"})

    def refund(self, ask: Ask) -> Call:
        path = f"{PAYMENTS}/{ask.provider_ref}/refunds"
        return post(path, {"amount": number(ask.money)}, ask.reference)

    def inquire(self, ask: Ask) -> Call:
        if ask.target != "refund":
            return self._look(ask)
        if not ask.operation_ref:
            raise Unsupported("a refund without its id is asked for again under its key")
        return Call("GET", f"{PAYMENTS}/{ask.provider_ref}/refunds/{ask.operation_ref}")

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        shown = {"X-Public-Key": account["public_key"]} if wire.path == TOKENS else {}
        return {"Authorization": f"Bearer {account['access_token']}", **shown}

    def _look(self, ask: Ask) -> Call:
        known = ask.provider_ref or ask.returned.get("payment_id", "")
        if known.isdigit():
            return Call("GET", f"{PAYMENTS}/{known}")
        newest = {"sort": "date_created", "criteria": "desc"}
        query = {**newest, "external_reference": ask.reference}
        return Call("GET", f"{PAYMENTS}/search", query=query)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if reply.status >= 400:
            return self._refused(ask, reply)
        if ask.verb == "authorize" and ask.card and not ask.step:
            return More("pay", post(PAYMENTS, payment(ask, body["id"]), ask.reference))
        if ask.verb == "authorize" and ask.code == words.WALLET:
            return Outcome("action", action=actions.redirect(body["init_point"]))
        if "refund" in (ask.verb, ask.target):
            return refunded(body)
        if "results" in body:
            return self._found(ask, body["results"])
        if ask.verb == "resume" and not ask.provider_ref:
            return self._found(ask, [body])  # the shopper named it, which proves nothing
        if "capture" in (ask.verb, ask.target):
            return captured(body)
        if "void" in (ask.verb, ask.target):
            return voided(body)
        return self._stands(ask, body)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        told = dict(parse_qsl(urlsplit(inbound.url).query))
        signature = dict(parse_qsl(inbound.headers.get("x-signature", "").replace(",", "&")))
        manifest = signed_text(
            told.get("data.id", ""),
            inbound.headers.get("x-request-id", ""),
            signature.get("ts", "").strip(),
        )
        right = signing.hmac_sha256_hex(account["webhook_secret"], manifest.encode())
        if not signing.same(right, signature.get("v1", "")):
            raise BadSignature("x-signature is not that of this account")
        body = inbound.json()
        event, subject = str(body.get("id", "")), told.get("data.id", "")
        if body.get("type") == "topic_chargebacks_wh":
            payment = str(body.get("data", {}).get("payment_id", ""))
            opened = Outcome("chargeback_open", payment, raw_code="topic_chargebacks_wh")
            return [News("dispute", opened, "", payment, subject, event)]
        if body.get("type") != "payment":
            return []
        hint = Outcome("unknown", provider_ref=subject)
        return [News("payment", hint, provider_ref=subject, event_id=event)] if subject else []

    def _found(self, ask: Ask, payments: list[Mapping[str, Any]]) -> Outcome:
        """The payment with our reference; a page of the wallet can be paid as long as it stands."""
        for one in payments:
            if one.get("external_reference") == ask.reference:
                return self._stands(ask, one)
        waits = ask.code == words.WALLET
        return Outcome("unknown", raw_code="not_paid_yet" if waits else "no_such_reference")

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a payment has come to."""
        word, detail = body["status"], body.get("status_detail") or ""
        state, action = self.state(word), None
        if word == "cancelled" and detail in ("expired", "by_payer"):
            state = "expired" if detail == "expired" else "declined"
        if word == "pending" and ask.verb != "resume":
            action = next_action(body)
            state = "action" if action else "pending"
        return Outcome(
            state,
            str(body["id"]),
            decline=self.decline(detail) if state == "declined" else "",
            raw_code=detail or word,
            action=action,
            facts=given({"authorization_code": body.get("authorization_code")}),
        )

    def _refused(self, ask: Ask, reply: Reply) -> Outcome:
        code, message = cause(reply.body), reply.body.get("message", "")
        sure = reply.status in (400, 404, 422) and ask.verb not in ("inquire", "resume")
        if not sure:
            return Outcome("unknown", ask.provider_ref, raw_code=code, raw_message=message)
        if ask.verb == "authorize":
            no = words.REFUSALS.get(code, "invalid_request")
        else:
            no = words.AFTERWARDS.get(code, f"{ask.verb}_refused")
        return Outcome("refused", ask.provider_ref, "", no, code, message)


# Our members in Mercado Pago's words.


def post(path: str, body: Any, key: str) -> Call:
    return Call("POST", path, body, {"X-Idempotency-Key": key})


def payment(ask: Ask, token: str = "") -> dict[str, Any]:
    body = {
        "transaction_amount": number(ask.money),
        "description": (ask.description or ask.order_reference or ask.payment)[:255],
        "external_reference": ask.reference,
        "payment_method_id": ask.code,
        "payer": payer(ask),
        "statement_descriptor": ask.descriptor[:22],
        "additional_info": given({"ip_address": ask.device.ip}),
        "metadata": dict(ask.metadata),
    }
    if ask.card:
        brand = ask.card.brand or getattr(brand_of(ask.card.number), "code", "")
        body |= {"token": token, "payment_method_id": words.BRANDS.get(brand, brand)}
        body |= {"installments": int(ask.details.get("plan") or 1)}
        body |= {"capture": ask.capture == "automatic"}
        never = ask.three_ds == "skip"
        body |= {"three_d_secure_mode": "not_supported" if never else "optional"}
    if ask.code in words.BANKS:
        body |= {"callback_url": ask.return_url}
        body |= {"transaction_details": given({"financial_institution": ask.details.get("bank")})}
    return given(body)


def payer(ask: Ask) -> dict[str, Any]:
    first, _, last = holder(ask).partition(" ")
    return given(
        {
            "email": ask.customer.email,
            "first_name": first,
            "last_name": last,
            "entity_type": "individual" if ask.code in words.BANKS else "",
            "identification": document(ask),
            "address": home(ask.billing) if ask.billing and not ask.card else {},
        }
    )


def holder(ask: Ask) -> str:
    return (ask.card.holder if ask.card else "") or ask.customer.name


def document(ask: Ask) -> dict[str, str]:
    """The shopper's document, named as the country names it by its length."""
    country = ask.country or (ask.billing.country if ask.billing else "")
    digits = re.sub(r"\W", "", ask.details.get("tax_id", ""))
    kinds = words.DOCUMENTS.get(country)
    return {"type": kinds.get(len(digits), kinds[""]), "number": digits} if digits and kinds else {}


def home(address: Address) -> dict[str, str]:
    """An address; the house's number is the last one of its first line, S/N where there is none."""
    house = re.findall(r"\d+\w*", address.line1)
    members = {
        "zip_code": address.postal_code,
        "street_name": address.line1,
        "street_number": house[-1] if house else "S/N",
        "neighborhood": address.line2 or address.city,
        "city": address.city,
        "federal_unit": address.state,
    }
    return given(members)


def preference(ask: Ask) -> dict[str, Any]:
    """A page on which the wallet pays; what would take days to be paid is not shown there."""
    first, _, last = ask.customer.name.partition(" ")
    item = {
        "title": (ask.description or ask.order_reference or ask.payment)[:255],
        "quantity": 1,
        "currency_id": ask.money.currency,
        "unit_price": number(ask.money),
    }
    slow = [{"id": kind} for kind in ("ticket", "atm", "bank_transfer")]
    body = {
        "items": [item],
        "payer": given({"name": first, "surname": last, "email": ask.customer.email}),
        "payment_methods": {"excluded_payment_types": slow},
        "back_urls": dict.fromkeys(("success", "pending", "failure"), ask.return_url),
        "auto_return": "all",
        "external_reference": ask.reference,
        "statement_descriptor": ask.descriptor[:22],
    }
    return given(body)


# Mercado Pago's members in our words.


def next_action(body: Mapping[str, Any]) -> dict | None:
    """The challenge, the Pix code, the slip or the bank's page of a payment that waits."""
    challenge = body.get("three_ds_info") or {}
    if challenge.get("external_resource_url"):
        fields = {"creq": challenge.get("creq", "")}
        return actions.three_ds(challenge["external_resource_url"], "POST", fields)
    shown = (body.get("point_of_interaction") or {}).get("transaction_data") or {}
    expires = moment(body.get("date_of_expiration"))
    if shown.get("qr_code"):
        return actions.qr(shown["qr_code"], expires)
    details = body.get("transaction_details") or {}
    url = details.get("external_resource_url") or ""
    if body.get("payment_type_id") in ("ticket", "atm"):
        bars = (body.get("barcode") or {}).get("content") or ""
        typed = ("digitable_line", "verification_code", "payment_method_reference_id")
        codes = [details[name] for name in typed if details.get(name)]
        return actions.voucher(str([*codes, bars or body["id"]][0]), expires, bars, url)
    return actions.redirect(url) if url else None


def moment(text: str | None) -> str:
    """A time with Mercado Pago's offset as RFC 3339 in UTC."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def captured(body: Mapping[str, Any]) -> Outcome:
    word = body["status"]
    told: dict[str, Any] = {"provider_ref": str(body["id"])}
    if word in words.TAKEN:
        return Outcome("succeeded", raw_code=word, **told)
    if word in ("rejected", "cancelled"):
        return Outcome("failed", decline="capture_refused", raw_code=word, **told)
    return Outcome("unknown", raw_code="not_captured" if word == "authorized" else word, **told)


def voided(body: Mapping[str, Any]) -> Outcome:
    word = body["status"]
    told: dict[str, Any] = {"provider_ref": str(body["id"])}
    if word in ("cancelled", "rejected"):
        return Outcome("succeeded", raw_code=word, **told)
    if word in words.TAKEN:
        return Outcome("failed", decline="void_refused", raw_code=word, **told)
    waits = word in ("authorized", "pending", "in_process")
    return Outcome("unknown", raw_code="not_cancelled" if waits else word, **told)


def refunded(body: Mapping[str, Any]) -> Outcome:
    word = body.get("status") or ""
    state = words.REFUND_STATES.get(word, "unknown")
    no = "refund_refused" if state == "failed" else ""
    return Outcome(state, str(body["payment_id"]), str(body["id"]), no, word)


def cause(body: Mapping[str, Any]) -> str:
    """The code of the first cause of an error; the error's own name where none is told."""
    causes = body.get("cause") or []
    first = causes[0] if isinstance(causes, list) and causes else causes
    code = first.get("code") if isinstance(first, dict) else ""
    return str(code or body.get("error") or "")


def signed_text(subject: str, request: str, time: str) -> str:
    """What a webhook's signature is over; an absent part is left out, an id is in lower case."""
    parts = (("id", subject.lower()), ("request-id", request), ("ts", time))
    return "".join(f"{name}:{value};" for name, value in parts if value)
