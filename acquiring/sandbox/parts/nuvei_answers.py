"""What Nuvei answers and notifies: payments, operations, details, errors."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from acquiring.core.money import Money
from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer

STATUS = {
    "action": "REDIRECT",
    "pending": "PENDING",
    "authorized": "APPROVED",
    "captured": "APPROVED",
    "canceled": "APPROVED",
    "declined": "DECLINED",
    "expired": "DECLINED",
}
DONE = {"succeeded": "APPROVED", "pending": "PENDING", "failed": "DECLINED"}
FAILED = {"gwErrorCode": -1, "gwErrorReason": "Decline", "gwExtendedErrorCode": 0}
FINE = {"gwErrorCode": 0, "gwExtendedErrorCode": 0}


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """Members, methods and codes of the documents."""
    path = Path(__file__).parents[1] / "data" / "nuvei.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def transaction_id() -> str:
    """A fresh id, of 19 digits."""
    return f"711{secrets.randbelow(10**16):016d}"


def error(code: int, reason: str) -> Answer:
    """An answer that says why nothing was done."""
    told = {"status": "ERROR", "errCode": code, "reason": reason, "errType": "INVALID_REQUEST"}
    return Answer(200, {**told, "version": "1.0"})


def answer(body: Mapping[str, Any], members: Mapping[str, Any]) -> Answer:
    """An answer to a call that was understood."""
    echoed = ("merchantId", "merchantSiteId", "clientRequestId", "clientUniqueId", "sessionToken")
    told = {name: body[name] for name in echoed if name in body}
    head = {"internalRequestId": secrets.randbelow(10**10), "status": "SUCCESS"}
    return Answer(200, {**head, "errCode": 0, "reason": "", "version": "1.0", **told, **members})


def kind_of(charge: Charge) -> str:
    """The type of a payment's transaction: a challenge is one of its own."""
    asked = charge.data.get("is_card") and charge.state == "action"
    return "Auth3D" if asked else str(charge.data["type"])


def why(charge: Charge) -> dict[str, Any]:
    """The codes of a payment's outcome."""
    if STATUS[charge.state] != "DECLINED":
        return dict(FINE)
    known = tables()["issuer"].get(charge.data.get("decline", ""))
    if not known or charge.page != "three_ds":
        return dict(FAILED)
    return {**FAILED, "issuerDeclineCode": known[0], "issuerDeclineReason": known[1]}


def paid(charge: Charge) -> dict[str, Any]:
    """A payment as payment.do answers it."""
    option: dict[str, Any] = {"userPaymentOptionId": ""}
    if card := charge.data.get("card"):
        secured: dict[str, str] = {}
        if charge.state == "action":
            request = base64.urlsafe_b64encode(json.dumps({"t": charge.id}).encode()).decode()
            secured = {"acsUrl": page_url(charge), "cReq": request.rstrip("="), "result": "C"}
        elif result := charge.data.get("result"):
            secured = {"result": result, "eci": "05" if result == "Y" else "07"}
        shown = {"bin": card["bin"], "last4Digits": card["last4"], "threeD": secured}
        option["card"] = {**shown, "avsCode": "", "cvv2Reply": "M"}
    elif charge.state == "action":
        option["redirectUrl"] = page_url(charge)
    return {
        "orderId": charge.id[-9:],
        "paymentOption": option,
        "transactionStatus": STATUS[charge.state],
        "transactionType": kind_of(charge),
        "transactionId": charge.data.get("paid", charge.id),
        "authCode": charge.data["auth_code"] if STATUS[charge.state] == "APPROVED" else "",
        **why(charge),
    }


def operated(kind: str, own: str, made: Mapping[str, Any] | None) -> dict[str, Any]:
    """A settlement, refund or void; `made` is None where it was not possible."""
    if made is None:
        no = {"gwErrorCode": -1100, "gwErrorReason": "Invalid transaction", "transactionId": ""}
        return {**no, "transactionStatus": "ERROR", "transactionType": kind}
    status = DONE[made["status"]]
    codes = FAILED if status == "DECLINED" else FINE
    told = {"transactionId": own, "transactionStatus": status, "transactionType": kind}
    return {**told, "externalTransactionId": "", "authCode": "", **codes}


def details(subject: Charge | Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """What getTransactionDetails tells of a transaction."""
    if isinstance(subject, Charge):
        money = Money(subject.amount, subject.currency)
        names = ("transactionStatus", "transactionType", "transactionId", "authCode")
        shown = {name: paid(subject)[name] for name in names}
        sums = {"processedAmount": money.major(), "processedCurrency": money.currency}
        return {**shown, **why(subject), **sums}
    return {"transactionDetails": operated(kind, subject["id"], subject)}


def notification(
    charge: Charge, what: str, thing: Mapping[str, Any] | None, at: str
) -> dict[str, str]:
    """The form that tells of a transaction."""
    kinds = {"capture": "Settle", "refund": "Credit", "canceled": "Void", "disputed": "Chargeback"}
    about = thing or (charge.data.get("void") if what == "canceled" else None) or {}
    kind, own = kinds.get(what, kind_of(charge)), charge.data.get("paid", charge.id)
    amount = about.get("amount", charge.amount)
    status = DONE[about["status"]] if about else STATUS[charge.state]
    codes = FINE if about else why(charge)
    return {
        "ppp_status": "OK" if status == "APPROVED" else "FAIL",
        "Status": status,
        "TransactionID": about.get("id", own),
        "PPP_TransactionID": str(900_000_000 + secrets.randbelow(10**8)),
        "totalAmount": Money(amount, charge.currency).major(),
        "currency": charge.currency,
        "transactionType": kind,
        "clientUniqueId": about.get("reference", charge.reference),
        "relatedTransactionId": own if kind in kinds.values() else "",
        "productId": "",
        "responseTimeStamp": at,
        "ErrCode": str(codes["gwErrorCode"]),
        "ExErrCode": str(codes["gwExtendedErrorCode"]),
        "Reason": str(codes.get("gwErrorReason", "")),
        "payment_method": charge.method,
    }
