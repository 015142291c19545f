"""What Adyen finds wrong with a call, in Adyen's words.

Sources: docs.adyen.com development-resources/error-codes and api-idempotency; the structures are
those of Adyen/adyen-openapi CheckoutService-v72 (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Book
from acquiring.sandbox.parts import wallets
from acquiring.sandbox.parts.adyen_payment import SCHEMES, brand, minor_units, reference
from acquiring.sandbox.structure import Fault, load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

# What a missing member is called; any other is error 702.
MISSING = {
    "amount": ("100", "Required object 'amount' is not provided."),
    "reference": ("130", "Reference Missing"),
}


def error(status: int, code: str, message: str, kind: str = "validation") -> Answer:
    """Adyen's error envelope."""
    body = {"status": status, "errorCode": code, "message": message, "errorType": kind}
    return Answer(status, body | ({"pspReference": reference()} if status == 422 else {}))


def transient(answer: Answer) -> Answer:
    """The same error, but the key is free again."""
    return Answer(answer.status, answer.body, {**answer.headers, "Transient-Error": "true"})


def checked(request: Request, book: Book, structure: str) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    faults = list(load("adyen").faults(structure, body))
    for kind in ("unknown", "type"):
        found = [fault for fault in faults if fault.kind == kind]
        if found:
            raise Refuse(_unfit(kind, found))
    account = book.account.credentials["merchant_account"]
    if structure != "PaymentDetailsRequest" and body.get("merchantAccount") != account:
        raise Refuse(error(403, "901", "Invalid Merchant Account", "security"))
    away = body.get("shopperInteraction") == "ContAuth"
    for fault in faults:
        if not (away and fault.member == "returnUrl"):
            raise Refuse(_refused(fault, body))
    return body


def wrong(body: Mapping[str, Any], book: Book) -> Answer | None:
    """What a well-formed payment request may still have wrong."""
    amount, method = body["amount"], body["paymentMethod"]
    stored = method.get("storedPaymentMethodId")
    if not is_currency(amount["currency"]):
        return error(422, "138", "Unsupported currency specified")
    if amount["value"] <= 0 or not minor_units(amount):
        return error(422, "137", "Invalid amount specified")
    if stored:
        return None if book.get("token", stored) else error(422, "803", "PaymentDetail not found")
    kind = method.get("type", "scheme")
    if kind in wallets.MEMBERS and not wallets.number_in(kind, method):
        return error(422, "174", "Unable to decrypt data")
    return _wrong_card(method) if kind in SCHEMES else None


def _wrong_card(method: Mapping[str, str]) -> Answer | None:
    number, code = method.get("number", ""), method.get("cvc", "")
    month, year = method.get("expiryMonth", ""), method.get("expiryYear", "")
    digits = 4 if brand(number) == "amex" else 3
    if not _luhn(number):
        return error(422, "101", "Invalid card number")
    if code and not (code.isdigit() and len(code) == digits):
        return error(422, "103", "CVC is not the right length")
    if not (month.isdigit() and 1 <= int(month) <= 12):
        return error(422, "141", "Expiry month should be between 1 and 12 inclusive")
    if not (year.isdigit() and int(year) > 2000):
        return error(422, "140", "Expiry year should be a 4 digit number greater than 2000")
    return None


def _luhn(number: str) -> bool:
    if not (number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2]]
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _unfit(kind: str, faults: list[Fault]) -> Answer:
    names = ", ".join(fault.member for fault in faults)
    what = "the following unknown fields" if kind == "unknown" else "invalid values for"
    return error(400, "702", f"Structure of {faults[0].structure} contains {what}: [{names}]")


def _refused(fault: Fault, body: Mapping[str, Any]) -> Answer:
    if fault.kind == "missing":
        text = f"Required field '{fault.member}' is not provided."
        return error(422, *MISSING.get(fault.member, ("702", text)))
    if fault.member == "paymentMethod":
        return _no_acquirer(body)
    return error(422, "702", f"Invalid value for field '{fault.member}'")


def _no_acquirer(body: Mapping[str, Any]) -> Answer:
    variant, currency = body["paymentMethod"].get("type"), body["amount"]["currency"]
    return error(
        422,
        "905_1",
        f"Could not find an acquirer account for the provided txvariant ({variant}), currency"
        f" ({currency}), and action (AUTH).",
        "configuration",
    )
