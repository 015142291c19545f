"""Buckaroo: one transaction resource for Dutch and European methods, on Buckaroo's pages. JSON.

Quirks worth knowing
- Every call is signed anew: HMAC-SHA256 over website key, method, address (lower case, encoded,
  without its scheme), time, nonce and the MD5 of the body. Pushes are signed the same way over our
  own address. The signature grows old, so it is made at the moment of sending.
- Card numbers are taken encrypted by Buckaroo's own script only. A card is paid on Buckaroo's page,
  where the shopper names the brand (`extra.services` are those offered); the brand is the service,
  so a refund first asks the transaction for it.
- `ContinueOnIncomplete` lets Buckaroo's page ask for what a service still wants to know (pay later
  in particular).
- When the first answer was lost, the statuses of our reference are asked for (`Statuses`, by
  `Invoice`): a payment by transfer of another sum, and a second try on the page, are transactions
  of their own under the same invoice, so the one that is paid counts. Pushes carry it as well.
- There is no idempotency key, so nothing is sent again.
- Amounts are decimal JSON numbers: AmountDebit for a payment, AmountCredit for a refund.
- An agreement starts with `StartRecurrent`; later payments name its transaction and service, which
  together are our network reference.
- A validation failure (491) may come as HTTP 200 or 400.
- Part payments by gift card are groups of transactions (I150) and are not spoken here.

Sources: buckaroo-it/BuckarooSDK_PHP and buckaroo-sdk for Python (both official, MIT);
docs.buckaroo.io (transaction statuses; transfer: another sum is a transaction of its own);
BuckarooSdk_DotNet (what a status that is not found is answered with); the plugins Magento2 and Odoo
of buckaroo-it (the members of a transfer's answer). `InvoiceInfo` is of credit management only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from acquiring.connectors import actions, numbers, signing
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
from acquiring.connectors.numbers import number
from acquiring.connectors.vocabulary import buckaroo as words
from acquiring.core.money import Money

TRANSACTION = "/json/Transaction"
GROUP = "I150"


class Buckaroo(Driver):
    """Buckaroo, JSON API."""

    name = "buckaroo"
    title = "Buckaroo"
    live = "https://checkout.buckaroo.nl"
    credentials = ("website_key", "secret_key")
    secret_credentials = ("secret_key",)
    verbs = frozenset({"authorize", "resume", "refund", "inquire"})
    resendable = frozenset({"resume", "inquire"})
    missing = frozenset({"nothing_found"})
    states = words.STATES
    declines = words.DECLINES
    scrub = frozenset(words.SCRUB.split())

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body = {
            "Currency": ask.money.currency,
            "AmountDebit": number(ask.money),
            "Invoice": ask.reference,
            "Order": ask.order_reference or ask.payment,
            "Description": ask.descriptor or ask.description or ask.payment,
            "ClientIP": {"Type": int(":" in ask.device.ip), "Address": ask.device.ip},
            "ReturnURL": ask.return_url,
            "ReturnURLCancel": ask.return_url,
            "ReturnURLError": ask.return_url,
            "ReturnURLReject": ask.return_url,
            "PushURL": ask.webhook_url,
            "PushURLFailure": ask.webhook_url,
            "StartRecurrent": ask.agreement == "first",
            **self._service(ask),
        }
        if not ask.device.ip:
            del body["ClientIP"]
        return Call("POST", TRANSACTION, given(body))

    def resume(self, ask: Ask) -> Call:
        # What the shopper returns with proves nothing; the truth is asked for.
        return look(ask.provider_ref) if ask.provider_ref else look_up(ask)

    def refund(self, ask: Ask) -> Call:
        if ask.code == words.CARDS:
            return look(ask.provider_ref)
        return self._give_back(ask, ask.code)

    def inquire(self, ask: Ask) -> Call:
        key = ask.operation_ref if ask.target == "refund" else ask.provider_ref
        return look(key) if key else look_up(ask)

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        sent_at = account.get("sent_at", "1970-01-01T00:00:00+00:00")
        time = str(int(datetime.fromisoformat(sent_at).timestamp()))
        nonce = hashlib.sha256(f"{sent_at} {wire.url}".encode() + wire.body).hexdigest()[:32]
        address = urlsplit(wire.url).netloc + wire.path
        value = signature(account, wire.method, address, time, nonce, wire.body)
        return {"Authorization": f"hmac {account['website_key']}:{value}:{nonce}:{time}"}

    def _service(self, ask: Ask) -> dict[str, Any]:
        """What is to be done with which service, and what it is told."""
        if ask.network_reference and ask.initiator == "merchant":
            service, _, key = ask.network_reference.partition("/")
            return {**services(service, "PayRecurrent"), "OriginalTransactionKey": key}
        page = {"ContinueOnIncomplete": "RedirectToHTML"}
        if ask.code == words.CARDS:
            return {**page, "ServicesSelectableByClient": ask.extra["services"]}
        return {**page, **services(ask.code, "Pay", parameters(ask))}

    def _give_back(self, ask: Ask, service: str) -> Call:
        body = {
            "Currency": ask.money.currency,
            "AmountCredit": number(ask.money),
            "Invoice": ask.reference,
            "Order": ask.payment,
            "Description": ask.description,
            "OriginalTransactionKey": ask.provider_ref,
            "PushURL": ask.webhook_url,
            "PushURLFailure": ask.webhook_url,
            **services(service, "Refund"),
        }
        return Call("POST", TRANSACTION, given(body))

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        body = reply.body
        if "Transactions" in body:
            body = self._of_invoice(ask, body)
            if not body:
                return Outcome("unknown", ask.provider_ref, raw_code="nothing_found")
        if not code_of(body):
            return Outcome("unknown", ask.provider_ref, raw_code=f"http_{reply.status}")
        if ask.verb == "refund" and ask.code == words.CARDS and not ask.step:
            service = body.get("ServiceCode") or ""
            if not service:
                return Outcome("unknown", ask.provider_ref, raw_code="no_service")
            return More("refund", self._give_back(ask, service))
        if ask.verb == "refund" or ask.target == "refund":
            return self._refunded(ask, body)
        return self._stands(ask, body)

    def _of_invoice(self, ask: Ask, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The transaction that counts among those of our reference: the one that is paid."""
        found = [one for one in body["Transactions"] or () if one.get("Invoice") == ask.reference]
        paid = [one for one in found if self.state(code_of(one)) == "captured"]
        return (paid or found or [{}])[-1]

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        if not genuine(inbound, account):
            raise BadSignature("the push is not signed with this account's key")
        body = inbound.json().get("Transaction") or {}
        ours, key = str(body.get("Invoice") or ""), body.get("Key", "")
        if ours.startswith("ref_"):
            outcome = self._refunded(None, body)
            return [News("refund", outcome, ours, operation_ref=key)]
        return [News("payment", self._stands(None, body), ours, provider_ref=key)]

    def _stands(self, ask: Ask | None, body: Mapping[str, Any]) -> Outcome:
        """What a payment has come to; `ask` is None where nobody asked."""
        code, action = code_of(body), None
        state = self.state(code)
        if body.get("TransactionType") == GROUP:
            state = "unknown"
        if ask and ask.verb != "resume" and state == "pending":
            action = next_action(body) or ask.kept.get("action")
            state = "action" if action else state
        if code == "491" and ask and ask.verb == "authorize":
            state = "refused"
        decline = self.decline(code) if state in ("declined", "refused") else ""
        return Outcome(
            state,
            body.get("Key") or "",
            decline=decline,
            raw_code=detailed(body),
            raw_message=message(body),
            action=action,
            money=money(body, "AmountDebit"),
            facts=facts(body),
            keep={"action": action} if action else {},
        )

    def _refunded(self, ask: Ask | None, body: Mapping[str, Any]) -> Outcome:
        """What a refund has come to."""
        code = code_of(body)
        state = words.OPERATION_STATES.get(code, "unknown")
        if code == "491" and ask and ask.verb == "refund":
            state = "refused"
        no = "refund_refused" if state in ("failed", "refused") else ""
        payment, said = ask.provider_ref if ask else "", detailed(body)
        total = money(body, "AmountCredit")
        return Outcome(state, payment, body.get("Key") or "", no, said, message(body), money=total)


# Buckaroo's members in our words, and ours in Buckaroo's.


def look(key: str) -> Call:
    """A transaction as it stands, by Buckaroo's own key."""
    return Call("GET", f"{TRANSACTION}/Status/{quote(key)}")


def look_up(ask: Ask) -> Call:
    """The transactions of our reference."""
    return Call("POST", f"{TRANSACTION}/Statuses", {"Transactions": [{"Invoice": ask.reference}]})


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Only the members that say something."""
    return {name: value for name, value in members.items() if value not in ("", None, False)}


def services(name: str, action: str, told: list[dict] | None = None) -> dict[str, Any]:
    """The list of the one service that is asked."""
    one = {"Name": name, "Action": action}
    return {"Services": {"ServiceList": [{**one, "Parameters": told} if told else one]}}


def parameters(ask: Ask) -> list[dict[str, str]]:
    """What a service is told about the shopper."""
    first, _, last = ask.customer.name.partition(" ")
    known = {
        "email": ask.customer.email,
        "first_name": first,
        "last_name": last or first,
        "country": ask.country,
        "holder": ask.details.get("account_holder") or ask.customer.name,
        "iban": ask.details.get("iban", ""),
        "mandate": ask.payment,
    }
    wanted = words.PARAMETERS.get(ask.code, {}).items()
    return [{"Name": name, "Value": known[ours]} for name, ours in wanted if known[ours]]


def code_of(body: Mapping[str, Any]) -> str:
    """The status code, "" where there is none."""
    return str(((body.get("Status") or {}).get("Code") or {}).get("Code") or "")


def detailed(body: Mapping[str, Any]) -> str:
    """The status code with its second half: 190/S001."""
    second = ((body.get("Status") or {}).get("SubCode") or {}).get("Code")
    return f"{code_of(body)}/{second}" if second else code_of(body)


def message(body: Mapping[str, Any]) -> str:
    """What Buckaroo says about it: the first fault of a call, else the status."""
    for faults in (body.get("RequestErrors") or {}).values():
        for fault in faults or ():
            return fault.get("ErrorMessage") or ""
    status = body.get("Status") or {}
    told = (status.get("SubCode") or status.get("Code") or {}).get("Description")
    return told or ""


def money(body: Mapping[str, Any], member: str) -> Money | None:
    """A sum; the JSON number's own digits are what counts."""
    value = body.get(member)
    return None if value is None else numbers.money(value, body["Currency"])


def told_by_service(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the answering services."""
    found = [one for service in body.get("Services") or () for one in service["Parameters"] or ()]
    return {one["Name"]: one["Value"] for one in found}


def next_action(body: Mapping[str, Any]) -> dict | None:
    """Where the shopper pays: on a page, or by transfer to the account named."""
    page = (body.get("RequiredAction") or {}).get("RedirectURL")
    if page:
        return actions.redirect(page)
    told = told_by_service(body)
    if "PaymentReference" in told and "IBAN" in told:
        fields = {ours: told.get(theirs, "") for ours, theirs in words.TRANSFER.items()}
        return actions.bank_details(fields, told["PaymentReference"])
    return None


def facts(body: Mapping[str, Any]) -> dict[str, str]:
    """What a transaction tells beyond its status."""
    told = told_by_service(body)
    found = {ours: told[theirs] for theirs, ours in words.FACTS.items() if told.get(theirs)}
    if body.get("StartRecurrent") and body.get("ServiceCode"):
        found["network_reference"] = f"{body['ServiceCode']}/{body['Key']}"
    return found


def signature(
    account: Mapping[str, str], method: str, address: str, time: str, nonce: str, body: bytes
) -> str:
    """Buckaroo's HMAC over a call or a push; `address` has no scheme."""
    # An MD5 of the body is what the protocol asks for; the HMAC is what protects it.
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()) if body else b""
    where = quote_plus(address).lower()
    signed = f"{account['website_key']}{method}{where}{time}{nonce}{digest.decode()}"
    return signing.hmac_sha256_base64(account["secret_key"], signed.encode())


def genuine(inbound: Inbound, account: Mapping[str, str]) -> bool:
    """Whether a push is signed with this account's key, over our own address."""
    parts = inbound.headers.get("authorization", "").removeprefix("hmac ").strip().split(":")
    if len(parts) != 4 or parts[0] != account["website_key"]:
        return False
    address = inbound.url.partition("://")[2]
    made = signature(account, "POST", address, parts[3].strip(), parts[2], inbound.body)
    return signing.same(made, parts[1])
