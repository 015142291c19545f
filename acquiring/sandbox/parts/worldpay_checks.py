"""What Access Worldpay looks at before it takes a payment, and what it keeps of it.

Sources: Worldpay's OpenAPI documents (Payments 2024-06-01, APMs 2024-07-01) and
developer.worldpay.com (testing values).
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts import wallets
from acquiring.sandbox.parts.worldpay_answers import new, refuse, unlinked
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Malformed, Request

CARDS = frozenset({"card", "applepay", "googlepay"})
BANKS = frozenset(
    "ideal bancontact blik przelewy mybank trustly open_banking safetypay pix".split()
)
DEBITS = frozenset({"sepa", "ach"})
PUSHED = frozenset({"bizum", "bancomat", "swish"})
COUNTERS = frozenset({"konbini", "multibanco", "paysafecard"})
WALLETS = frozenset({"alipay_cn", "alipay_hk", "alipay_uni", "paypal"})
LOCAL = BANKS | DEBITS | PUSHED | COUNTERS | WALLETS
HOLDERS = {
    "REFUSED": "decline:do_not_honor",
    "REFUSED4": "decline:pickup_card",
    "REFUSED51": "decline:insufficient_funds",
    "REFUSED54": "decline:expired_card",
}
REFUSED_IN_WALLET = "4000300011112220"


def payment_of(request: Request, book: Book, methods: frozenset[str]) -> dict[str, Any]:
    """A body that is the payment the documents describe; raises Refuse or Malformed."""
    body = checked(request.json(), "Payment")
    instruction = body["instruction"]
    method = instruction.get("method")
    if method not in methods:
        refuse(400, "fieldHasInvalidValue", "Unknown method", "$.instruction.method")
    checked(instruction, method, "$.instruction")
    if body["merchant"]["entity"] != book.account.credentials["entity"]:
        refuse(400, "entityIsNotConfigured", "The merchant entity is not known")
    value = instruction["value"]
    if not is_currency(value["currency"]):
        refuse(400, "fieldHasInvalidValue", "Unknown currency", "$.instruction.value.currency")
    if not 0 < value["amount"] < 2**31:
        refuse(400, "fieldHasInvalidValue", "Out of bounds", "$.instruction.value.amount")
    if not re.fullmatch("[a-zA-Z0-9 ,./-]+", instruction["narrative"]["line1"]):
        refuse(400, "fieldHasInvalidValue", "Not printable", "$.instruction.narrative.line1")
    return body


def checked(body: Any, structure: str, path: str = "$") -> dict[str, Any]:
    """A body with none but documented members and all that are wanted; raises Refuse."""
    if not isinstance(body, dict):
        raise Malformed("not an object")
    names = {"missing": "fieldIsMissing", "unknown": "fieldIsNotAllowed"}
    for fault in load("worldpay").faults(structure, body):
        name = names.get(fault.kind, "fieldHasInvalidValue")
        refuse(400, name, f"Field at path: {fault.kind}", f"{path}.{fault.member}")
    return body


def partial(request: Request, charge: Charge, structure: str) -> tuple[int, str]:
    """Sum and reference of a part; raises Refuse."""
    body = checked(request.json(), structure)
    if body["value"]["currency"] != charge.currency:
        refuse(400, "fieldHasInvalidValue", "Another currency", "$.value.currency")
    return body["value"]["amount"], body.get("reference", "")


def existing(book: Book, link: str, local: bool = False) -> Charge:
    """The payment a link leads to; raises Refuse."""
    charge = book.charge(unlinked(link))
    if charge is None or charge.data["is_card"] == local:
        refuse(404, "paymentNotFound", "Payment resource not found.")
    return charge


def is_payment(charge: Charge) -> bool:
    """Whether anybody was asked for the money: not before the issuer knew who is there."""
    unasked = charge.data.get("decline", "").startswith(("authentication_", "provider_risk"))
    return not charge.data["is_card"] or not (charge.state == "action" or unasked)


def card_charge(body: Mapping[str, Any], book: Book) -> Charge:
    """A payment by card or wallet before its first step; refuses a card that cannot be."""
    instruction = body["instruction"]
    paid_by = instruction["paymentInstrument"]
    number, holder = paid_by.get("cardNumber", ""), paid_by.get("cardHolderName", "")
    if instruction["method"] == "card":
        expiry = paid_by["expiryDate"]
        if not number.isdigit() or len(number) < 12 or not 1 <= expiry["month"] <= 12:
            refuse(400, "panFailedLuhnCheck", "The card number is invalid", "$.instruction")
        if (expiry["year"], expiry["month"]) < (book.now.year, book.now.month):
            refuse(400, "dateHasInvalidFormat", "The card has expired", "$.instruction")
    else:
        number = card_in(instruction["method"], paid_by["walletToken"])
        holder = "REFUSED" if number == REFUSED_IN_WALLET else holder
        if not number:
            refuse(400, "walletTokenInvalid", "The wallet token cannot be read", "$.instruction")
    digits = str(secrets.randbelow(10**15)).zfill(15)
    secure = instruction.get("threeDS") or {}
    data = {
        "entity": body["merchant"]["entity"],
        "instrument": {"type": "card/plain+masked", "cardBin": number[:6], "lastFour": number[-4:]},
        "scheme": digits,
        "code": digits[-6:],
        "challenge": secrets.token_hex(10),
        "return_url": secure.get("challenge", {}).get("returnUrl", ""),
    }
    scenario = by_amount(instruction["value"]["amount"]).name
    return charge_of(body, new("pay"), data, HOLDERS.get(holder, scenario))


def card_in(wallet: str, token: str) -> str:
    """The number behind a wallet's payload; "" for one that no wallet of ours made."""
    text = token if wallet == "googlepay" else base64.b64encode(token.encode()).decode()
    return wallets.number_in(wallet, {wallets.MEMBERS[wallet]: text})


def charge_of(
    body: Mapping[str, Any], charge_id: str, data: dict, scenario: str, page: str = "three_ds"
) -> Charge:
    """A payment's charge, by what its body says."""
    instruction, reference = body["instruction"], body["transactionReference"]
    value = instruction["value"]
    return Charge(
        id=charge_id,
        amount=value["amount"],
        currency=value["currency"],
        method=instruction["method"],
        state="pending",
        scenario=scenario,
        reference=reference,
        names=[reference],
        page=page,
        data=data,
    )


def without_card(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as it may be kept while the browser is looked at: the card is not needed any more."""
    instruction = {k: v for k, v in body["instruction"].items() if k != "paymentInstrument"}
    return {**body, "instruction": instruction}
