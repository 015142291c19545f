"""Buckaroo's JSON API on its test host: transactions, their refunds and their status.

A transaction waits on Buckaroo's page (790) until the shopper has answered, a transfer for the
money (792), a direct debit for the bank (791). A refund is a transaction of its own. Every status,
pending ones included, is pushed to the address of the transaction, signed over that address.

Sources: buckaroo-it/BuckarooSDK_PHP and buckaroo-sdk for Python (both official, MIT): signatures,
the check of pushes, members, service names, status codes; docs.buckaroo.io (statuses by invoice);
BuckarooSdk_DotNet (their errors); buckaroo-it's plugins Magento2 and Odoo (a transfer's account).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote_plus

import orjson

from acquiring.core.money import Money, is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

STATUS = {"captured": 190, "declined": 490, "canceled": 891, "expired": 690, "pending": 791}
THING_STATUS = {"succeeded": 190, "pending": 793, "failed": 490}
STALE_SECONDS = 600
PAGE_LIVES, TRANSFER_LIVES = timedelta(minutes=30), timedelta(days=14)
DEBITED_AFTER = timedelta(seconds=3)


class Buckaroo(Ordinary):
    """Buckaroo, as far as a payment needs it."""

    name = "buckaroo"
    title = "Buckaroo"
    key_credential = "website_key"
    cannot = {
        "dispute": "Its documents know no push for a chargeback.",
    }
    routes = (
        ("POST", "/json/Transaction", "transact"),
        ("POST", "/json/Transaction/Statuses", "statuses"),
        ("GET", "/json/Transaction/Status/{key}", "status"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A website's key and its secret."""
        return {"website_key": secrets.token_hex(5), "secret_key": secrets.token_hex(16)}

    def authenticate(self, request: Request) -> Account:
        """By the HMAC over the address that was called."""
        header = request.headers.get("authorization", "").removeprefix("hmac ")
        key, _, rest = header.partition(":")
        account = account_by_key(self.name, key) if key else None
        parts = rest.rsplit(":", 2)
        if account is None or len(parts) != 3:
            stranger()
        value, nonce, time = parts
        address = request.host + request.path
        address += f"?{request.query_string}" if request.query_string else ""
        made = signed(account, request.method, address, time, nonce, request.body)
        fresh = time.isdigit() and abs(int(account.now().timestamp()) - int(time)) < STALE_SECONDS
        ahead = account.ahead_seconds > 0  # the merchant has moved this account's clock
        if not hmac.compare_digest(made, value) or not (fresh or ahead):
            stranger()
        return account

    def not_found(self, request: Request) -> Answer:
        """No such page."""
        return Answer(404, {"Message": "No HTTP resource was found that matches the request."})

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return Answer(400, {"Message": "The request is invalid."})

    # Transactions.

    def transact(self, request: Request, book: Book) -> Answer:
        """A payment, a payment on an agreement, or a refund, by the service's action."""
        body = request.json()
        if not isinstance(body, dict):
            invalid("", "The request is invalid")
        service, action, told = asked(body)
        check(body, service, action, told)
        if action == "Refund":
            return self._refund(book, body, service)
        money = sum_of(body, "AmountDebit")
        charge = Charge(
            secrets.token_hex(16).upper(),
            money.amount,
            money.currency,
            service or "visa",
            "action",
            by_amount(money.amount).name,
            body["Invoice"],
            [body["Invoice"]],
            data={"body": body, "code": 790},
        )
        if action == "PayRecurrent":
            return self._again(book, charge)
        waits = tables()["waits"].get(service)
        charge.data |= {"manual": False, "is_card": False, "code": waits or 790}
        charge.page = tables()["pages"].get(service, "bank") if service else "three_ds"
        charge.due, charge.due_at = "expire", book.now + PAGE_LIVES
        if waits:
            charge.state, charge.page = "pending", ""
            charge.due_at = book.now + TRANSFER_LIVES
        if service == "SepaDirectDebit":
            fails = charge.plan.result == "decline"
            charge.due, charge.due_at = "decline" if fails else "approve", book.now + DEBITED_AFTER
        book.open(charge)
        self.tell(book, charge, "pending")
        return Answer(200, transaction(charge))

    def _again(self, book: Book, charge: Charge) -> Answer:
        """A payment on an agreement that an earlier transaction started."""
        body = charge.data["body"]
        first = book.charge(body.get("OriginalTransactionKey") or "")
        if first is None or not first.data["body"].get("StartRecurrent"):
            invalid("OriginalTransactionKey", "No recurrent transaction was found")
        self.begin(book, charge, asks_shopper=False)
        return Answer(200, transaction(charge))

    def _refund(self, book: Book, body: dict[str, Any], service: str) -> Answer:
        charge = book.charge(body.get("OriginalTransactionKey") or "")
        if charge is None or charge.method != service:
            invalid("OriginalTransactionKey", "The original transaction was not found")
        money = sum_of(body, "AmountCredit")
        if money.currency != charge.currency:
            invalid("Currency", "The currency differs from the original transaction")
        key = secrets.token_hex(16).upper()
        try:
            made = self.give_back(book, charge, key, body["Invoice"], money.amount)
        except WrongState:
            invalid("OriginalTransactionKey", "The original transaction is not successful")
        except TooMuch:
            invalid("AmountCredit", "The amount to refund is too high")
        kept = book.get("refund", key) or {}
        book.change("refund", key, kept | {"key": charge.id})
        return Answer(200, refund(charge, made))

    def status(self, request: Request, book: Book, key: str) -> Answer:
        """A transaction or refund as it stands."""
        charge = book.charge(key)
        if charge is not None:
            return Answer(200, transaction(charge))
        thing = book.get("refund", key)
        original = book.charge(thing["key"]) if thing else None
        if thing is None or original is None:
            return Answer(404, {"Message": "The transaction was not found."})
        return Answer(200, refund(original, thing))

    def statuses(self, request: Request, book: Book) -> Answer:
        """Transactions and refunds by key or invoice; what is not known is named as well."""
        body = request.json()
        wanted = body.get("Transactions") if isinstance(body, dict) else None
        if not isinstance(wanted, list) or not wanted:
            invalid("Transactions", "The parameter Transactions is required")
        found, errors = [], []
        for one in wanted:
            known = self._known(book, one.get("Key") or "", one.get("Invoice") or "")
            found += known
            if not known:
                named = {"Key": one.get("Key"), "Invoice": one.get("Invoice")}
                errors.append({**named, "ErrorMessage": "The transaction was not found."})
        return Answer(200, {"Transactions": found, "ErrorTransactions": errors})

    def _known(self, book: Book, key: str, invoice: str) -> list[dict[str, Any]]:
        charges = book.charges_named(invoice) if invoice else []
        charges += [one for one in [book.charge(key)] if one]
        refunds = book.find("refund", reference=invoice) if invoice else []
        refunds += [one for one in [book.get("refund", key)] if one]
        found = [transaction(one) for one in charges]
        for thing in refunds:
            original = book.charge(thing["key"])
            found += [refund(original, thing)] if original else []
        return found

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The whole transaction, or the refund."""
        if what == "disputed":
            return
        url = charge.data["body"].get("PushURL")
        shown = refund(charge, thing) if thing else transaction(charge)
        if url:
            book.tell(charge, what, {"transaction": shown, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The push, signed over the merchant's address."""
        body = orjson.dumps({"Transaction": delivery.message["transaction"]})
        url = delivery.message["url"]
        time, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        value = signed(account, "POST", url.partition("://")[2], time, nonce, body)
        key = account.credentials["website_key"]
        headers = {"Content-Type": "application/json"}
        headers["Authorization"] = f"hmac {key}:{value}:{nonce}:{time}"
        return Post(headers, body, url=url)

    def returns(self, charge: Charge) -> str:
        """The merchant's page for what has happened."""
        body = charge.data["body"]
        ended = {"declined": "ReturnURLReject", "canceled": "ReturnURLCancel"}
        return str(body.get(ended.get(charge.state, "ReturnURL")) or body.get("ReturnURL") or "")


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/buckaroo.json`."""
    path = Path(__file__).parents[1] / "data" / "buckaroo.json"
    return json.loads(path.read_text("utf-8"))


def signed(account: Account, method: str, address: str, time: str, nonce: str, body: bytes) -> str:
    """Buckaroo's HMAC; `address` comes without its scheme."""
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()) if body else b""
    key, secret = account.credentials["website_key"], account.credentials["secret_key"]
    text = f"{key}{method}{quote_plus(address).lower()}{time}{nonce}{digest.decode()}"
    made = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


def stranger() -> NoReturn:
    """Nobody we know."""
    raise Refuse(Answer(401, {"Message": "Authentication failed"}))


def invalid(member: str, text: str, service: str = "") -> NoReturn:
    """Validation failure (491), with what is wrong."""
    fault = {"Service": service, "Action": "", "Name": member, "Error": "ParameterInvalid"}
    kinds = ("ChannelErrors", "ServiceErrors", "ActionErrors", "CustomParameterErrors")
    faults = dict.fromkeys(kinds)
    errors = {**faults, "ParameterErrors": [{**fault, "ErrorMessage": text}]}
    body = {"Key": "", "Status": status_of(491, "S999"), "RequestErrors": errors, "Services": None}
    raise Refuse(Answer(400, body))


def asked(body: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """Service, action and parameters; the service is "" where the shopper is to choose."""
    listed = (body.get("Services") or {}).get("ServiceList") or []
    if not listed:
        return "", "Pay", {}
    one = listed[0]
    told = {each["Name"]: each["Value"] for each in one.get("Parameters") or []}
    return one.get("Name", ""), one.get("Action", ""), told


def check(body: Mapping[str, Any], service: str, action: str, told: Mapping[str, str]) -> None:
    """Refuse a transaction that Buckaroo would not take."""
    for member in body:
        if member not in tables()["members"]:
            invalid(member, f"The member {member} is unknown")
    for member in ("Currency", "Invoice"):
        if not body.get(member):
            invalid(member, f"The parameter {member} is required")
    if not is_currency(body["Currency"]):
        invalid("Currency", "The currency is unknown")
    if action not in tables()["actions"]:
        invalid("Action", "The action is unknown", service)
    if service and service not in tables()["services"] + tables()["cards"]:
        invalid("Name", "The service is unknown", service)
    if not service:
        offered = (body.get("ServicesSelectableByClient") or "").split(",")
        if body.get("ContinueOnIncomplete") != "RedirectToHTML" or not offered[0]:
            invalid("Services", "No service was specified")
    if action == "Pay":
        for member in tables()["required"].get(service, ()):
            if not told.get(member):
                invalid(member, f"The parameter {member} is required", service)


def sum_of(body: Mapping[str, Any], member: str) -> Money:
    """A sum in major units, a JSON number; raises Refuse."""
    value = body.get(member)
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        invalid(member, f"The parameter {member} must be a positive number")
    try:
        return Money.from_major(str(value), body["Currency"])
    except ValueError:
        invalid(member, f"The parameter {member} has too many decimals")


def status_of(code: int, detail: str, when: datetime | None = None) -> dict[str, Any]:
    """A status object."""
    text = tables()["status"].get(str(code), "")
    time = when.strftime("%Y-%m-%dT%H:%M:%S") if when else ""
    both = {"Code": {"Code": code, "Description": text}}
    return {**both, "SubCode": {"Code": detail, "Description": text}, "DateTime": time}


def code_of(charge: Charge) -> int:
    """The status code of a payment."""
    if charge.state == "declined":
        return tables()["declines"].get(charge.data["decline"], 490)
    open_code = charge.data["code"] if charge.data["code"] != 790 else 791
    return {"action": 790, "pending": open_code}.get(charge.state) or STATUS[charge.state]


def transaction(charge: Charge) -> dict[str, Any]:
    """A payment as it is answered and pushed."""
    body, code = charge.data["body"], code_of(charge)
    told = [{"Name": "transactionId", "Value": charge.id[:16]}]
    if charge.method == "transfer":
        account = {"BIC": "RABONL2U", "IBAN": "NL44RABO0123456789", "AccountHolderCountry": "NL"}
        account |= {"PaymentReference": f"1000-{charge.id[:12]}", "AccountHolderName": "Buckaroo"}
        told = [{"Name": name, "Value": value} for name, value in account.items()]
    action = None
    if charge.state == "action":
        page = {"RedirectURL": page_url(charge), "Name": "Redirect", "TypeDeprecated": 0}
        action = {**page, "RequestedInformation": None, "PayRemainderDetails": None}
    service = "" if charge.state == "action" and not body.get("Services") else charge.method
    return {
        "Key": charge.id,
        "Status": status_of(code, "S001" if code == 190 else "S002", charge.created_at),
        "RequiredAction": action,
        "Services": [{"Name": service, "Action": None, "Parameters": told}] if service else None,
        "CustomParameters": None,
        "AdditionalParameters": None,
        "RequestErrors": None,
        "Invoice": body["Invoice"],
        "Order": body.get("Order"),
        "ServiceCode": service or None,
        "IsTest": True,
        "Currency": charge.currency,
        "AmountDebit": amount(charge.amount, charge.currency),
        "TransactionType": tables()["types"].get(charge.method, "C021"),
        "MutationType": 1,
        "RelatedTransactions": None,
        "StartRecurrent": bool(body.get("StartRecurrent")),
        "Recurring": bool(body.get("OriginalTransactionKey")),
        "PaymentKey": charge.id[::-1],
    }


def refund(charge: Charge, thing: Mapping[str, Any]) -> dict[str, Any]:
    """A refund as it is answered and pushed."""
    code = THING_STATUS[thing["status"]]
    original = {"RelationType": "refund", "RelatedTransactionKey": charge.id}
    return {
        "Key": thing["id"],
        "Status": status_of(code, "S001" if code == 190 else "S990"),
        "RequiredAction": None,
        "Services": [{"Name": charge.method, "Action": None, "Parameters": []}],
        "RequestErrors": None,
        "Invoice": thing["reference"],
        "ServiceCode": charge.method,
        "IsTest": True,
        "Currency": charge.currency,
        "AmountCredit": amount(thing["amount"], charge.currency),
        "RelatedTransactions": [original],
        "StartRecurrent": False,
    }


def amount(minor: int, currency: str) -> Any:
    """Major units as the JSON number they are on the wire."""
    return orjson.loads(Money(minor, currency).major())
