"""What Fiuu says: direct payments, lines of status, refunds, callbacks; and its MD5 signatures.

Sources: members, signatures and status words as juspay/hyperswitch-prism (Apache-2.0) reads them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

# Codes and names of a payment by its state.
STANDING = {
    "action": ("22", "pending"),
    "pending": ("22", "pending"),
    "authorized": ("00", "authorized"),
    "captured": ("00", "captured"),
    "declined": ("11", "failed"),
    "expired": ("11", "failed"),
    "canceled": ("11", "cancelled"),
}
REFUNDS = {
    "succeeded": ("00", "success"),
    "failed": ("11", "rejected"),
    "pending": ("22", "pending"),
}


def md5(*parts: str) -> str:
    """The hash of joined texts."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def refuse(code: str, why: str) -> NoReturn:
    """An error of the kind that payments and refunds have."""
    raise Refuse(Answer(200, {"status": False, "error_code": code, "error_desc": why}))


def stopped(code: str) -> NoReturn:
    """An error of the kind that captures and cancellations have."""
    raise Refuse(Answer(200, {"StatCode": code}))


def number() -> str:
    """A transaction's id."""
    return str(secrets.randbelow(9 * 10**8) + 10**8)


def amount(charge: Charge) -> str:
    """The whole sum, as it was asked for."""
    return Money(charge.amount, charge.currency).major()


def why(charge: Charge) -> tuple[str, str]:
    """The error of a payment that failed: acquirers have their own, none is published."""
    if charge.state not in ("declined", "expired"):
        return "", ""
    return "DECLINED", str(charge.data.get("decline", "")).replace("_", " ")


def paid(charge: Charge) -> Answer:
    """The answer to a direct payment."""
    data = charge.data
    shown: dict[str, Any] = {
        "MerchantID": data["merchant"],
        "ReferenceNo": charge.reference,
        "TxnID": charge.id,
        "TxnType": "AUTS" if data["manual"] else "SALS",
        "TxnCurrency": charge.currency,
        "TxnAmount": amount(charge),
        "TxnChannel": charge.method,
    }
    if charge.state != "action":
        return Answer(200, {**shown, "TxnData": {"RequestType": "RESPONSE", **response(charge)}})
    if charge.method == "RPP_DUITNOWQR":
        return Answer(200, {**shown, "TxnData": {"RequestData": {"qr_data": page_url(charge)}}})
    form = {"RequestURL": page_url(charge), "RequestMethod": "POST", "RequestType": "REDIRECT"}
    return Answer(200, {**shown, "TxnData": {**form, "RequestData": {"tranID": charge.id}}})


def response(charge: Charge) -> dict[str, Any]:
    """What became of a payment nobody had to see a page for."""
    code, text = why(charge)
    told: dict[str, Any] = {"tranID": charge.id, "status": STANDING[charge.state][0]}
    if charge.data["token"] and charge.state in ("authorized", "captured"):
        told["extraP"] = {"token": charge.data["token"]}
    told |= {"error_code": code or None, "error_desc": text or None}
    return {"RequestURL": "", "RequestMethod": "", "RequestData": told}


def lines(members: Mapping[str, str], sign: str) -> Answer:
    """Members as lines of text."""
    text = "\n".join(f"{name}{sign}{value}" for name, value in members.items())
    return Answer(200, text, {"Content-Type": "text/html; charset=UTF-8"})


def standing(charge: Charge, account: Account, subject: str) -> Answer:
    """How a payment stands, signed with the secret key over what was asked for."""
    code, name = STANDING[charge.state]
    error, text = why(charge)
    keys = account.credentials
    signature = md5(amount(charge), keys["secret_key"], account.key, subject, code)
    told = {
        "StatCode": code,
        "StatName": name,
        "TranID": charge.id,
        "Amount": amount(charge),
        "Domain": account.key,
        "VrfKey": signature,
        "Channel": charge.method,
        "OrderID": charge.reference,
        "Currency": charge.currency,
        "ErrorCode": error,
        "ErrorDesc": text,
    }
    return lines(told, ": ")


def refund(one: Mapping[str, Any], charge: Charge, merchant: str) -> dict[str, Any]:
    """The answer to a refund."""
    return {
        "RefundType": "P",
        "MerchantID": merchant,
        "RefID": one["reference"],
        "RefundID": int(one["id"]),
        "TxnID": charge.id,
        "Amount": Money(one["amount"], charge.currency).major(),
        "Status": REFUNDS[one["status"]][0],
    }


def refund_row(one: Mapping[str, Any], charge: Charge) -> dict[str, Any]:
    """A refund in the list of a payment's."""
    return {
        "RefundID": one["id"],
        "RefID": one["reference"],
        "TxnID": charge.id,
        "Status": REFUNDS[one["status"]][1],
    }


def callback(charge: Charge, merchant: str, now: datetime) -> dict[str, str]:
    """The members of a notification, still without its signature."""
    error, text = why(charge)
    return {
        "nbcb": "2",
        "tranID": charge.id,
        "orderid": charge.reference,
        "status": STANDING[charge.state][0],
        "domain": merchant,
        "amount": amount(charge),
        "currency": charge.currency,
        "appcode": charge.id[-6:] if charge.state in ("authorized", "captured") else "",
        "paydate": f"{now:%Y-%m-%d %H:%M:%S}",
        "channel": "Credit" if charge.method == "CREDITAN" else charge.method,
        "error_code": error,
        "error_desc": text,
    }


def skey(told: Mapping[str, str], secret: str) -> str:
    """The signature of a notification."""
    names = ("tranID", "orderid", "status", "domain", "amount", "currency")
    inner = md5(*(told[name] for name in names))
    return md5(told["paydate"], told["domain"], inner, told["appcode"], secret)


def refund_signature(told: Mapping[str, Any], secret: str) -> str:
    """The signature of a refund's answer and notification."""
    names = ("RefundType", "MerchantID", "RefID", "RefundID", "TxnID", "Amount", "Status")
    return md5(*(str(told[name]) for name in names), secret)
