"""What Braintree hears and says: inputs, errors, transactions, refunds, notifications.

Sources: braintree/graphql-api (schema); developer.paypal.com/braintree (processor responses).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.core.money import Money
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts import graphql
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse

STATUSES = {
    "pending": "AUTHORIZING",
    "authorized": "AUTHORIZED",
    "captured": "SETTLED",
    "declined": "PROCESSOR_DECLINED",
    "canceled": "VOIDED",
    "expired": "AUTHORIZATION_EXPIRED",
}
REFUNDS = {"succeeded": "SETTLED", "pending": "SUBMITTED_FOR_SETTLEMENT", "failed": "FAILED"}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The types, payloads and codes of `data/braintree.json`."""
    path = Path(__file__).parent.parent / "data" / "braintree.json"
    return dict(json.loads(path.read_text("utf-8")))


def error(kind: str, message: str, code: str = "", status: int = 200) -> Answer:
    """Braintree's list of errors."""
    extensions = {"errorClass": kind, "errorType": "user_error"}
    extensions |= {"legacyCode": code} if code else {}
    one: dict[str, Any] = {
        "message": message,
        "locations": [],
        "path": None,
        "extensions": extensions,
    }
    return Answer(status, {"errors": [one], "extensions": {"requestId": secrets.token_hex(16)}})


def refuse(kind: str, message: str, code: str = "") -> NoReturn:
    """Say no."""
    raise Refuse(error(kind, message, code))


def checked(top: graphql.Field) -> dict[str, Any]:
    """The input of a mutation, when it is what the schema describes; raises Refuse."""
    given = top.arguments.get("input")
    for fault in load("braintree").faults(top.name, given):
        what = f"Variable 'input' has an invalid value: {fault.structure}.{fault.member}"
        refuse("VALIDATION", f"{what} ({fault.kind})")
    return given if isinstance(given, dict) else {}


def currency_of(book: Book, account: str) -> str:
    """The currency of a merchant account; raises Refuse."""
    pairs = book.account.credentials["merchant_accounts"].split(", ")
    known = {one.partition("=")[2]: one.partition("=")[0] for one in pairs}
    if account not in known:
        refuse("VALIDATION", "Merchant account ID is invalid.", "91513")
    return known[account]


def summed(value: str, currency: str) -> Money:
    """An amount as minor units; raises Refuse."""
    try:
        money = Money.from_major(value, currency)
    except ValueError:
        refuse("VALIDATION", "Amount is an invalid format.", "81503")
    if money.amount < 1:
        refuse("VALIDATION", "Amount must be greater than zero.", "81531")
    return money


def fresh(money: Money, reference: str, method: str) -> Charge:
    """A transaction before its first step, or what will become one."""
    return Charge(
        f"dHJhbnNhY3Rpb25f{secrets.token_hex(5)}",
        money.amount,
        money.currency,
        method,
        "pending",
        by_amount(money.amount).name,
        reference,
        [reference] if reference else [],
        data={"is_card": False, "manual": False},
    )


def paid_for(charge: Charge) -> tuple[int, str]:
    """What the shopper agreed to."""
    return charge.amount, charge.currency


def existing(book: Book, made: str) -> Charge:
    """A transaction by its id; raises Refuse."""
    charge = book.charge(made)
    if charge is None or charge.state == "action":
        refuse("NOT_FOUND", "An object with this ID was not found.")
    return charge


def node(book: Book, made: str) -> dict[str, Any] | None:
    """A transaction or refund by its id."""
    charge = book.charge(made)
    if charge is not None and charge.state != "action":
        return transaction(charge)
    one, named = book.get("refund", made), book.charges_named(made)
    if one is None or not named:
        refuse("NOT_FOUND", "An object with this ID was not found.")
    return refund(named[0], one)


def searched(book: Book, wish: graphql.Field) -> dict[str, Any]:
    """The transactions or refunds of an order id, newest first."""
    wanted = (wish.arguments.get("input") or {}).get("orderId", {}).get("is", "")
    if wish.name == "refunds":
        made = book.find("refund", reference=wanted)
        found = [refund(book.charges_named(one["id"])[0], one) for one in made]
    else:
        paid = [one for one in book.charges_named(wanted) if one.state != "action"]
        found = [transaction(one) for one in reversed(paid)]
    return {"edges": [{"node": one} for one in found]}


def transaction(charge: Charge) -> dict[str, Any]:
    """A transaction."""
    money = Money(charge.captured or charge.amount, charge.currency)
    status = STATUSES[charge.state]
    answer = {"legacyCode": "1000", "message": "Approved", "cvvResponse": "MATCHES"}
    event = {"__typename": "AuthorizedEvent", "status": "AUTHORIZED"}
    if charge.state == "declined":
        code = tables()["declines"].get(charge.data.get("decline", ""), "2046")
        answer = {"legacyCode": code, "message": "Declined"}
        event = {"__typename": "ProcessorDeclinedEvent", "status": status}
    events = [{**event, "processorResponse": answer}]
    if status not in ("AUTHORIZED", "PROCESSOR_DECLINED"):
        events.insert(0, {"__typename": "PaymentStatusEvent", "status": status})
    card = {"__typename": "CreditCardTransactionDetails"}
    return {
        "__typename": "Transaction",
        "id": charge.id,
        "orderId": charge.reference,
        "status": status,
        "amount": {"value": money.major(), "currencyCode": money.currency},
        "paymentMethodSnapshot": card | {"networkTransactionId": charge.data.get("network")},
        "statusHistory": events if charge.state != "pending" else [],
    }


def refund(charge: Charge, one: Mapping[str, Any]) -> dict[str, Any]:
    """A refund."""
    currency = charge.currency
    return {
        "__typename": "Refund",
        "id": one["id"],
        "orderId": one["reference"],
        "status": REFUNDS[one["status"]],
        "amount": {"value": Money(one["amount"], currency).major(), "currencyCode": currency},
    }


def notification(told: Mapping[str, str], now: datetime) -> str:
    """The XML of a notification."""
    about = f"<transaction><id>{told['id']}</id><order-id>{told['order']}</order-id></transaction>"
    if told["kind"] == "dispute_opened":
        sums = f"<amount-disputed>{told['amount']}</amount-disputed>"
        sums += f"<currency-iso-code>{told['currency']}</currency-iso-code>"
        about = f"<dispute><id>dp_{told['id']}</id>{sums}<reason>fraud</reason>{about}</dispute>"
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<notification><kind>{told['kind']}</kind>"
        f'<timestamp type="datetime">{time}</timestamp><subject>{about}</subject></notification>'
    )
