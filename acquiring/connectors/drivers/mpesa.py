"""M-PESA Kenya (Safaricom Daraja): a push to the shopper's phone, paid into a pay bill number.

Quirks worth knowing
- Whole shillings only. The account reference has 12 characters, the description 13.
- The password is made of shortcode, passkey and the time in Nairobi, anew for every call.
- A push that is still open, and much else, is answered with HTTP 500 and `500.001.1001`; what is
  meant is told by the message.
- The callback is not signed: it is a reason to ask, no more. The address it is sent to carries our
  reference, so that a push whose answer was lost gets its name, by which alone it can be asked for.
- Nothing has an idempotency key: a push is never sent twice.
- A callback names the receipt, a query does not, and a reversal wants it; what becomes of one is
  told by unsigned callbacks only. So there are no refunds here: they are made in the M-PESA portal.
- A till (CustomerBuyGoodsOnline) is another kind of account, and not spoken.
- Safaricom is said to refuse callback addresses with words like "mpesa" for some of its calls: a
  merchant who meets that needs an address without it.

Sources: third-party collections of developer.safaricom.co.ke, which needs a login: daraja-mock
1.0.5 (paths, answers), api-evangelist/mpesa (result codes, callbacks), public guides.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from acquiring.connectors import actions
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    News,
    Outcome,
    Pass,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.signing import basic
from acquiring.connectors.vocabulary import mpesa as words
from acquiring.core.money import exponent, rescale

PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
NAIROBI = timezone(timedelta(hours=3))


class Mpesa(Driver):
    name = "mpesa"
    title = "M-PESA (Daraja)"
    live = "https://api.safaricom.co.ke"
    credentials = ("consumer_key", "consumer_secret", "shortcode", "passkey")
    secret_credentials = ("consumer_key", "consumer_secret", "passkey")
    verbs = frozenset({"authorize", "inquire"})
    resendable = frozenset({"inquire"})
    states = words.STATES
    declines = words.DECLINES
    exponents = {"KES": 0}
    scrub = frozenset({"password", "phonenumber", "partya", "msisdn", "access_token"})
    signs_webhooks = False

    # Signing in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        headers = basic(account["consumer_key"], account["consumer_secret"])
        query = {"grant_type": "client_credentials"}
        return Call("GET", "/oauth/v1/generate", headers=headers, query=query, signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["access_token"], int(reply.body["expires_in"]))

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['access_token']}"}

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        """The call as bytes, with the shortcode and its password of this moment."""
        if call.path == PUSH:
            call = replace(call, body={**call.body, "PartyB": account["shortcode"]})
        if call.path in (PUSH, QUERY):
            call = replace(call, body={**password(account), **call.body})
        return super().wire(call, base, account)

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        phone = msisdn(ask.customer.phone)
        currency = ask.money.currency
        places = exponent(currency)
        told_at = f"{'&' if '?' in ask.webhook_url else '?'}reference={quote(ask.reference)}"
        body = {
            "TransactionType": "CustomerPayBillOnline",
            "Amount": rescale(ask.money.amount, places, self.exponents.get(currency, places)),
            "PartyA": phone,
            "PhoneNumber": phone,
            "CallBackURL": ask.webhook_url + told_at,
            "AccountReference": (ask.order_reference or ask.payment)[-12:],
            "TransactionDesc": (ask.description or "Payment")[:13],
        }
        return Call("POST", PUSH, body)

    def inquire(self, ask: Ask) -> Call:
        if not ask.provider_ref:
            raise Unsupported("a push is asked for by the name its answer or callback told")
        return Call("POST", QUERY, {"CheckoutRequestID": ask.provider_ref})

    # Reading.

    def broke_down(self, reply: Reply) -> bool:
        """Some answers come as HTTP 500."""
        return reply.status >= 500 and reply.body.get("errorCode") not in words.ANSWERS

    def read(self, ask: Ask, reply: Reply) -> Outcome:
        body = reply.body
        if ask.verb == "inquire":
            return self._found(ask, reply)
        if reply.status >= 400:
            return self._refused(body)
        code, push = str(body.get("ResponseCode", "")), body.get("CheckoutRequestID", "")
        if code == "0" and push:
            return Outcome("action", push, raw_code=code, action=actions.wait("phone"))
        if code.isdigit():
            message = body.get("ResponseDescription", "")
            return Outcome("refused", "", "", "provider_refused", code, message)
        return Outcome("unknown", push, raw_code=code)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        told = inbound.json()
        answer = told.get("Body", {}).get("stkCallback", {}) if isinstance(told, dict) else {}
        push = answer.get("CheckoutRequestID", "")
        if not push:
            raise BadSignature("this is no callback of a push")
        reference = parse_qs(urlsplit(inbound.url).query).get("reference", [""])[0]
        outcome = Outcome("unknown", push, raw_code=str(answer.get("ResultCode", "")))
        return [News("payment", outcome, reference, push)]

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        return b'{"ResultCode":0,"ResultDesc":"Accepted"}', {"Content-Type": "application/json"}

    def _found(self, ask: Ask, reply: Reply) -> Outcome:
        """What became of a push."""
        body = reply.body
        push = body.get("CheckoutRequestID") or ask.provider_ref
        error, message = body.get("errorCode", ""), body.get("errorMessage", "")
        if error == "500.001.1001" and "being processed" in message:
            return Outcome("action", push, raw_code=error, action=actions.wait("phone"))
        if reply.status >= 400 or str(body.get("ResponseCode")) != "0":
            return Outcome("unknown", push, raw_code=error, raw_message=message)
        code = str(body.get("ResultCode", ""))
        state, no = self.state(code), body.get("ResultDesc", "")
        return Outcome(
            state,
            push,
            decline=self.decline(code) if state == "declined" else "",
            raw_code=code,
            raw_message=no if state in ("declined", "expired") else "",
            action=actions.wait("phone") if state == "action" else None,
        )

    def _refused(self, body: Mapping[str, Any]) -> Outcome:
        """A push that was not sent."""
        code, message = body.get("errorCode", ""), body.get("errorMessage", "")
        text = message.lower()
        told = next((ours for part, ours in words.MESSAGES.items() if part in text), "")
        no = told or words.DECLINES.get(code, "provider_refused")
        return Outcome("refused", "", "", no, code, message)


def password(account: Mapping[str, str]) -> dict[str, str]:
    """Who asks, proved for this second."""
    sent_at = datetime.fromisoformat(account["sent_at"]).astimezone(NAIROBI)
    moment = f"{sent_at:%Y%m%d%H%M%S}"
    proof = f"{account['shortcode']}{account['passkey']}{moment}".encode()
    return {
        "BusinessShortCode": account["shortcode"],
        "Password": base64.b64encode(proof).decode(),
        "Timestamp": moment,
    }


def msisdn(phone: str) -> str:
    """A phone number with the country's code and nothing else; a leading 0 is Kenya's."""
    digits = "".join(filter(str.isdigit, phone))
    return f"254{digits[1:]}" if digits.startswith("0") and len(digits) == 10 else digits
